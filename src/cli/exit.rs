//! Exit codes. They are stable: scripts and schedulers branch on them.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for is done: sent, held on purpose, answered.
    Done,
    /// The report did not go out, or only in part; or a command failed for good.
    Failed,
    /// The command line or the configuration is wrong; nothing was done.
    Usage,
    /// The data holds the report: a person has to look, then `send` or repair.
    NeedsPerson,
    /// Something is not available at the moment; the same command may work later.
    TryAgain,
    /// Ledger, anchors or archive contradict each other: evidence is corrupt or missing.
    Corrupt,
}

impl Exit {
    /// Every code and what it says, for `--help`.
    const ALL: [(Self, &str); 6] = [
        (Self::Done, "done: the report was sent, or held on purpose; the question was answered"),
        (Self::Failed, "the report did not go out, or not to everybody; the command failed"),
        (Self::Usage, "the command line or the configuration is wrong; nothing was done"),
        (Self::NeedsPerson, "the data holds the report: a person has to look"),
        (Self::TryAgain, "something is not available at the moment; try again later"),
        (Self::Corrupt, "evidence is corrupt or missing"),
    ];

    /// The table in `--help`.
    pub fn help() -> String {
        let line = |(exit, meaning): (Self, &str)| format!("\n  {}  {meaning}", exit.code());
        Self::ALL.map(line).into_iter().fold("Exit codes:".to_owned(), |text, line| text + &line)
    }

    /// Of several, the one that a person has to know of first.
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let weight = |exit: &Self| match exit {
            Self::Done => 0,
            Self::TryAgain => 1,
            Self::NeedsPerson => 2,
            Self::Failed => 3,
            Self::Usage => 4,
            Self::Corrupt => 5,
        };
        exits.into_iter().max_by_key(weight).unwrap_or(Self::Done)
    }

    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NeedsPerson => 3,
            Self::TryAgain => 4,
            Self::Corrupt => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
