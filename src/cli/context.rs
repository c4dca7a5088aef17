//! What every command is given: where configuration and data lie, the clock, and how to answer.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::CommandFactory;
use jiff::Timestamp;
use weekledger::ports::Clock;

use crate::args::{AnswerArgs, Cli, DEFAULT_CONFIG, DEFAULT_DATA_DIR, Global, LedgerPlace};
use crate::clock::CliClock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Answer;

const PROGRAM: &str = "weekledger";

/// See the module.
#[derive(Debug, Clone)]
pub struct Context {
    pub config_path: PathBuf,
    pub data_dir: PathBuf,
    ledger: LedgerPlace,
    stack: Option<String>,
    clock: Arc<CliClock>,
    quiet: bool,
    verbose: bool,
}

impl Context {
    pub fn new(global: Global) -> Self {
        Self {
            config_path: global.config,
            data_dir: global.data_dir,
            ledger: global.ledger,
            stack: global.stack,
            clock: Arc::new(CliClock::new(global.now)),
            quiet: false,
            verbose: global.verbose > 0,
        }
    }

    /// True if the ledger lies elsewhere, and the stages run there.
    pub fn is_remote(&self) -> bool {
        self.ledger == LedgerPlace::Aws || self.stack.is_some()
    }

    /// True if more is to be said than what became of it.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// The stack whose outputs name what lies elsewhere; `None` leaves that to the environment.
    pub fn stack(&self) -> Option<&str> {
        self.stack.as_deref()
    }

    pub fn clock(&self) -> Arc<CliClock> {
        self.clock.clone()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Prints an answer on stdout, for people or as JSON.
    pub fn answer(&self, answer: &impl Answer, how: AnswerArgs) -> Result<(), Failure> {
        let text = if how.json {
            let json = serde_json::to_string_pretty(answer);
            json.map_err(|error| Failure::new(Exit::Failed, error))? + "\n"
        } else {
            self.runnable(&answer.for_people())
        };
        self.print(text.as_bytes())
    }

    /// The same for one of several answers: as JSON, each is one line.
    pub fn answer_line(&self, answer: &impl Answer, how: AnswerArgs) -> Result<(), Failure> {
        if !how.json {
            return self.answer(answer, how);
        }
        let json = serde_json::to_string(answer);
        let line = json.map_err(|error| Failure::new(Exit::Failed, error))? + "\n";
        self.print(line.as_bytes())
    }

    /// Writes data to stdout.
    pub fn print(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(Failure::output)
    }

    /// The same with another data directory, if the command line leaves the choice.
    pub fn with_data_dir_unless_given(&self, data_dir: &str) -> Self {
        let given = self.data_dir != Path::new(DEFAULT_DATA_DIR);
        let data_dir = if given { self.data_dir.clone() } else { PathBuf::from(data_dir) };
        Self { data_dir, ..self.clone() }
    }

    /// The same with another configuration, for commands that are told.
    pub fn with_config(&self, path: &Path) -> Self {
        Self { config_path: path.to_owned(), ..self.clone() }
    }

    /// A command as it has to be typed for this configuration and data directory, or for this
    /// remote ledger.
    pub fn command(&self, arguments: &str) -> String {
        let mut command = PROGRAM.to_owned();
        if let Some(stack) = &self.stack {
            return format!("{command} --stack {} {arguments}", quoted(Path::new(stack)));
        }
        if self.is_remote() {
            return format!("{command} --ledger aws {arguments}");
        }
        for (option, path, default) in [
            ("--config", &self.config_path, DEFAULT_CONFIG),
            ("--data-dir", &self.data_dir, DEFAULT_DATA_DIR),
        ] {
            if path != Path::new(default) {
                command += &format!(" {option} {}", quoted(path));
            }
        }
        format!("{command} {arguments}")
    }

    /// A text for people, in which every command can be copied: `weekledger status` with the options
    /// that this command was given.
    pub fn runnable(&self, text: &str) -> String {
        let mut pieces = text.split(PROGRAM);
        let mut found = pieces.next().unwrap_or_default().to_owned();
        for rest in pieces {
            let is_letter = |c: char| c.is_ascii_lowercase() || c == '-';
            let word = rest.strip_prefix(' ').and_then(|rest| rest.split(|c| !is_letter(c)).next());
            let verb = word.filter(|word| Cli::command().find_subcommand(word).is_some());
            found += &verb.map_or_else(|| PROGRAM.to_owned(), |verb| self.command(verb));
            found += &rest[verb.map_or(0, |verb| verb.len() + 1)..];
        }
        found
    }

    /// The same without a word on stderr, for work under a progress bar.
    pub fn quietly(&self) -> Self {
        Self { quiet: true, ..self.clone() }
    }

    /// Tells a person something that is no data, on stderr.
    pub fn tell(&self, text: &str) {
        if self.quiet {
            return;
        }
        // A closed stderr keeps no command from its work.
        let _ = writeln!(io::stderr(), "{}", self.runnable(text));
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%,=".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
