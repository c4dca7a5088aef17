//! The mail: a view rendered to HTML and text, checked, and put into an envelope for each
//! recipient.

pub mod fit;
pub mod mime;
pub mod render;
