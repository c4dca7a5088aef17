//! restatement
