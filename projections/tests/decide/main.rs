//! What may happen next, by tables: given a stream, when a pointer arrives at a time, then this.

mod given;
mod laws;
mod outcomes;
mod sending;
mod waiting;
