//! Names the code that computes figures and mails by its own bytes, so that two builds of one
//! version number that could come to different results are told apart.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What the bytes of a figure or a mail depend on. Commands, adapters and tests are not in it.
const SOURCES: [&str; 15] = [
    "Cargo.lock",
    "events/src",
    "projections/src",
    "src/analyst",
    "src/analyst.rs",
    "src/config/settings.rs",
    "src/metrics",
    "src/metrics.rs",
    "src/report",
    "src/report.rs",
    "src/sources",
    "src/sources.rs",
    "src/stages",
    "src/stages.rs",
    "templates",
];

fn main() -> io::Result<()> {
    let mut digest = Fnv::new();
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
        let mut files = Vec::new();
        walk(Path::new(source), &mut files)?;
        files.sort();
        for file in files {
            digest.add(file.to_string_lossy().replace('\\', "/").as_bytes());
            digest.add(&fs::read(&file)?);
        }
    }
    println!("cargo:rustc-env=WEEKLEDGER_BUILD={:016x}", digest.0);
    Ok(())
}

/// Every file at or below a path that is compiled into the program.
fn walk(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let is_part = !name.starts_with('.') && name != "tests" && name != "tests.rs";
    match fs::read_dir(path) {
        _ if !is_part => Ok(()),
        Ok(entries) => entries.into_iter().try_for_each(|entry| walk(&entry?.path(), files)),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            let compiled = !name.ends_with(".png") && name != "weekledger.toml";
            files.extend(compiled.then(|| path.to_owned()));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// FNV-1a with 64 bits: it tells builds apart, and guards against nobody.
/// <https://www.rfc-editor.org/rfc/rfc9923>
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Line ends do not count: a checkout may change them.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().filter(|byte| **byte != b'\r').chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
