//! Events from outside: samples on disk, schemas on disk, a digest worked by hand, laws.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

#[cfg(test)]
mod chain;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod sample_week;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod versions;

/// Set to 1 to write generated files instead of comparing them.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
fn bless() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

/// Compares a generated file with the one on disk, or writes it.
fn check_file(path: &str, generated: &[u8]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if bless() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, generated).unwrap();
    }
    let on_disk = std::fs::read(&path).unwrap_or_default();
    assert!(
        on_disk == generated,
        "{} differs from the code; look at the difference, then run the tests with BLESS=1",
        path.display()
    );
}
