//! What may happen next, by tables: given a stream, when a pointer arrives at a time, then this.

#[cfg(test)]
mod due;
#[cfg(test)]
mod given;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod not_now;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod waiting;
