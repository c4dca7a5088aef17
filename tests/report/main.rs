//! The mail: claims, words, view, rendering, envelope and check.

mod fixture;
mod look;
