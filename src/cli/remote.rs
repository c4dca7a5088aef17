//! A ledger elsewhere, whose stages run there: it is read over ports like the embedded one, and
//! the command line appends requests and releases to it, nothing else.

#[cfg(feature = "aws")]
mod aws;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use weekledger::chain::{Ports, Stages};
use weekledger::config::{Config, ConfigError, StoredConfig};
use weekledger::doctor::Place;
use weekledger::ports::{ArtifactName, HistoryTable, MailEvent, Secrets};
use weekledger_events::StreamId;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// See the module.
#[async_trait]
pub trait Remote: Send + Sync {
    /// Without secrets and without a mailer: those belong to the stages.
    fn ports(&self) -> &Ports;

    /// What stands in the place of the stages: it performs none.
    fn stages(&self) -> Arc<dyn Stages>;

    /// The projection for other tools, and its name.
    fn history(&self) -> Result<(String, Arc<dyn HistoryTable>), Failure>;

    /// What the mail service told of a week's mails.
    async fn mails(&self, stream: &StreamId) -> Result<Vec<MailEvent>, Failure>;

    /// The live configuration as it was written; `None` before the first one.
    async fn configuration(&self) -> Result<Option<StoredConfig>, Failure>;

    /// Makes a text the live configuration, if that is still the one that it `replaces`. Whoever
    /// calls has checked the text.
    async fn configure(&self, text: &str, replaces: Option<&StoredConfig>) -> Result<(), Failure>;

    /// The secrets of the stages, for who may read them.
    fn secrets(&self) -> Result<Arc<dyn Secrets>, Failure>;

    /// What it can be asked about itself.
    fn place<'a>(&'a self, config: &'a Config) -> Result<Box<dyn Place + 'a>, Failure>;

    /// The one address that mails may come from, where it is known.
    fn sender(&self) -> Option<String>;

    /// Where the live configuration lies.
    fn configuration_place(&self) -> String;

    /// Where an archived object lies.
    fn place_of(&self, name: &ArtifactName) -> Result<String, Failure>;
}

/// The remote system that the environment names.
#[cfg(feature = "aws")]
pub async fn open(context: &Context) -> Result<Arc<dyn Remote>, Failure> {
    Ok(Arc::new(aws::Aws::open(context).await?))
}

#[cfg(not(feature = "aws"))]
pub async fn open(context: &Context) -> Result<Arc<dyn Remote>, Failure> {
    let place = context.stack().map_or_else(String::new, |stack| format!(" for the stack {stack}"));
    let what = format!("this program was built without the AWS adapters{place}");
    let fix = "build it with them: cargo install --path . --features aws --bin weekledger";
    Err(Failure::new(Exit::Usage, what).with_fix(fix))
}

/// The live configuration, checked.
pub async fn live_config(remote: &dyn Remote) -> Result<Config, Failure> {
    let place = remote.configuration_place();
    let text = remote.configuration().await?.ok_or_else(|| no_configuration(&place))?.text;
    Ok(Config::parse(&text, Path::new(&place)).map_err(ConfigError::Invalid)?)
}

/// A stack without a configuration does nothing.
pub fn no_configuration(place: &str) -> Failure {
    let fix = "weekledger config push, with the same options";
    Failure::new(Exit::Usage, format!("there is no configuration {place}")).with_fix(fix)
}

/// A command of the embedded system alone.
pub fn refuse(context: &Context, command: &str, instead: &str) -> Result<(), Failure> {
    if !context.is_remote() {
        return Ok(());
    }
    let what = format!("{command} works on a data directory; with --ledger aws {instead}");
    Err(Failure::new(Exit::Usage, what))
}
