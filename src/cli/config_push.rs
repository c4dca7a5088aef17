//! `config push`: makes the configuration file the live configuration of a stack.

use serde::Serialize;
use weekledger::config::{Config, ConfigError};
use weekledger_events::Digest;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Answer;
use crate::remote;
use crate::world::block_on;

/// Make the configuration file the live configuration of a stack on AWS
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger --ledger aws config push
  weekledger --ledger aws config push --config hotels.toml
  weekledger --ledger aws config check       what the stack has, and what it will do and when

A file with problems is not pushed, none with another sender than the stack's, and none over a configuration that somebody else has pushed in
the meantime. Runs that are open keep the configuration that they began with;
the addresses of recipients are read anew when a mail is handed over.")]
pub struct Args {
    #[command(flatten)]
    answer: AnswerArgs,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Pushed {
    file: String,
    place: String,
    digest: Digest,
    /// The one that it took the place of; the bucket keeps it as a version.
    replaced: Option<Digest>,
    /// False if the stack had these very bytes already; then nothing was written.
    changed: bool,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    if !context.is_remote() {
        let what = "config push is for a stack on AWS; an embedded system reads the file itself";
        return Err(Failure::new(Exit::Usage, what).with_fix("add --ledger aws"));
    }
    let text = Config::read(&context.config_path)?;
    let config = Config::parse(&text, &context.config_path).map_err(ConfigError::Invalid)?;
    block_on(async {
        let remote = remote::open(context).await?;
        let from = config.mail.from.as_str();
        if let Some(may) = remote.sender().filter(|may| !may.eq_ignore_ascii_case(from)) {
            let what = format!("[mail] from is {from}, and the stack may send from {may} only");
            let fix = format!("deploy the stack with Sender={from} first, or set from to {may}");
            return Err(Failure::new(Exit::Usage, what).with_fix(&fix));
        }
        let live = remote.configuration().await?;
        let changed = live.as_ref().is_none_or(|live| live.text != text);
        if changed {
            remote.configure(&text, live.as_ref()).await?;
        }
        let pushed = Pushed {
            file: context.config_path.display().to_string(),
            place: remote.configuration_place(),
            digest: Digest::of(text.as_bytes()),
            replaced: live.filter(|_| changed).map(|live| Digest::of(live.text.as_bytes())),
            changed,
        };
        context.answer(&pushed, args.answer)?;
        Ok(Exit::Done)
    })
}

impl Answer for Pushed {
    fn for_people(&self) -> String {
        let Self { file, place, digest, replaced, changed } = self;
        if !changed {
            return format!("{place} is {file} already\n");
        }
        let replaced = replaced.map(|digest| format!("  in place of {digest}\n"));
        format!("{file} is now {place}\n  digest {digest}\n{}", replaced.unwrap_or_default())
    }
}
