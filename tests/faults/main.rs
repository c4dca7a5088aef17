//! Every fault that the simulator can make, and a whole run over it: how it ends, what it says, and
//! that no wrong figure leaves the house.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

mod desk;
mod faults;
mod growth;
mod snapshots;
