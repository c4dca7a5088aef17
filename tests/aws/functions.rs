//! The Lambda functions over the real Runtime API, with the emulator's services between them.
//!
//! The emulator neither retries a rule's target nor keeps dead letters: the tests hand messages
//! over themselves, as the documentation says that the platform does.

mod absent;
mod commands;
mod doctor;
mod early;
mod faults;
mod kills;
mod later;
mod platform;
mod refusals;
mod runtime;
mod slow;
mod stack;
mod watch;
mod week;

pub use stack::history_table;
