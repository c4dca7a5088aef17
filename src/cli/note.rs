//! `note`: writes down what the company did in a week.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use weekledger::config::{Config, ConfigError};
use weekledger_events::{ReportId, Week};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remote;

/// Write down what the company did in a week
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger note 2026-W40 \"Budget halved\"
  weekledger note 2026-W30 \"Summer sale\" --exclude

Adds a [[note]] to the end of the configuration file. Every run from then on pins it, so the ledger
shows since when it was known; the mail tells it for eight weeks. Remove it in the file.")]
pub struct Args {
    /// The week in which it happened
    #[arg(value_name = "WEEK")]
    week: Week,
    /// What happened, on one line
    #[arg(value_name = "TEXT")]
    text: String,
    /// Leave the week out of what is ordinary
    #[arg(long)]
    exclude: bool,
    /// Only for this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    remote::refuse(context, "note", "write it into the file, then config push")?;
    let path = &context.config_path;
    Config::load(path)?;
    let written = fs::read_to_string(path).map_err(|error| Failure::new(Exit::Usage, error))?;
    let note = args.table();
    let gap = if written.ends_with('\n') { "\n" } else { "\n\n" };
    let addition = format!("{gap}{note}");
    // The file must stay one that can be loaded.
    Config::parse(&format!("{written}{addition}"), path).map_err(ConfigError::Invalid)?;
    let file = OpenOptions::new().append(true).open(path);
    let added = file.and_then(|mut file| {
        file.write_all(addition.as_bytes())?;
        file.sync_all()
    });
    added.map_err(|error| Failure::new(Exit::Failed, error))?;
    context.print(format!("added to {}:\n{note}", path.display()).as_bytes())?;
    Ok(Exit::Done)
}

impl Args {
    /// As TOML, every text quoted as TOML does.
    fn table(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut table = "[[note]]\n".to_owned();
        if let Some(report) = &self.report {
            table.push_str(&format!("report = {}\n", quoted(report.as_str())));
        }
        table.push_str(&format!("week = {}\n", quoted(&self.week.to_string())));
        table.push_str(&format!("text = {}\n", quoted(&self.text)));
        if self.exclude {
            table.push_str("exclude = true\n");
        }
        table
    }
}
