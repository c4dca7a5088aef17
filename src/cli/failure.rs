//! Why a command ended without success: an error with its exit code, told once, with its causes.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use weekledger::config::ConfigError;
use weekledger::ports::{Cause, with_causes};

use crate::context::Context;
use crate::exit::Exit;

/// An error at the edge.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    cause: Cause,
    /// What to do, where the cause itself does not say it.
    fix: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, cause: impl Into<Cause>) -> Self {
        Self { exit, cause: cause.into(), fix: None }
    }

    pub fn with_fix(self, fix: &str) -> Self {
        Self { fix: Some(fix.to_owned()), ..self }
    }

    pub fn exit(&self) -> Exit {
        self.exit
    }

    pub fn fix(&self) -> Option<&str> {
        self.fix.as_deref()
    }

    /// The cause and its causes as one sentence, for an answer in JSON.
    pub fn sentence(&self) -> String {
        with_causes(self.cause.as_ref())
    }

    /// Stdout does not take what was to be printed. A reader that has seen enough is no failure.
    pub fn output(error: io::Error) -> Self {
        let exit = match error.kind() {
            io::ErrorKind::BrokenPipe => Exit::Done,
            _ => Exit::Failed,
        };
        Self::new(exit, OutputError(error))
    }

    /// Tells stderr, unless all is well.
    pub fn report(self, context: &Context) -> Exit {
        if self.exit != Exit::Done {
            // Nobody is left to be told if this fails.
            let mut text = chain(self.cause.as_ref());
            if let Some(fix) = &self.fix {
                // Writing to a `String` cannot fail.
                let _ = writeln!(text, "  fix: {fix}");
            }
            let _ = io::stderr().write_all(context.runnable(&text).as_bytes());
        }
        self.exit
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer cannot be written to stdout")]
struct OutputError(#[source] io::Error);

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, error)
    }
}

/// An error and its causes, one a line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("error: {error}\n");
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  because: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        assert_eq!(Failure::output(io::ErrorKind::BrokenPipe.into()).exit, Exit::Done);
        assert_eq!(Failure::output(io::ErrorKind::StorageFull.into()).exit, Exit::Failed);
    }

    #[test]
    fn every_cause_is_told_once() {
        let error = OutputError(io::Error::other("no space left"));
        assert_eq!(
            chain(&error),
            "error: the answer cannot be written to stdout\n  because: no space left\n"
        );
    }
}
