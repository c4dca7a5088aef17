//! The calibration as a bench: `cargo bench --bench calibrate -- RUNS` prints its document.

use std::io::Write as _;

use weekledger::calibrate::{Plan, calibrate};

/// Series a cell, unless told.
const RUNS: u32 = 2_000;

fn main() -> std::io::Result<()> {
    // Cargo adds `--bench`.
    let runs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RUNS);
    let document = calibrate(Plan { seed: 1987, runs }).to_markdown();
    std::io::stdout().write_all(document.as_bytes())
}
