//! `simulate`: both providers on loopback, for trying things out without a token.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::tz::TimeZone;
use weekledger::simulator::replay::Replay;
use weekledger::simulator::{
    self, CATALOG, Fault, Options, Property, Running, Switch, switch_named,
};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::{block_on, failed};

/// Serve both providers on this machine, for demonstration
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// Listen on this port of the loopback address; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Another seed makes another world
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Serve an Ads Manager export (CSV, by day or week) as if it were the API
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Let this go wrong; the names stand below
    #[arg(long = "fault", value_name = "NAME", value_parser = fault)]
    faults: Vec<&'static Switch>,
}

fn help() -> String {
    format!(
        "\
Examples:
  weekledger simulate
  weekledger simulate --replay 'Ads Manager export.csv'     your own figures, before a token
  weekledger simulate --port 0 --seed 11
  weekledger simulate --fault meta-limit-app --fault hubspot-lag     see what a run makes of it

Prints the configuration to use, then serves until it is interrupted (Ctrl-C).

What can go wrong, by the NAME for --fault:{}",
        switches()
    )
}

/// Every fault with what happens, one a line.
fn switches() -> String {
    CATALOG.iter().map(|switch| format!("\n  {:26} {}", switch.name, switch.what)).collect()
}

fn fault(name: &str) -> Result<&'static Switch, String> {
    switch_named(name).ok_or_else(|| format!("use one of:{}", switches()))
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    let replay = match &args.replay {
        Some(path) => Some(Replay::read(path).map_err(|error| Failure::new(Exit::Usage, error))?),
        None => None,
    };
    for note in replay.iter().flat_map(Replay::notes) {
        context.tell(&format!("note: {note}"));
    }
    let next = next_commands(replay.as_ref());
    block_on(async {
        let faults = args.faults.iter().map(|switch| switch.fault()).collect();
        let running = start(context, args.seed, args.port, replay, faults).await?;
        let configuration = configuration(&running, "weekly");
        context.print(configuration.as_bytes())?;
        let address = running.address();
        context.tell(&format!("serving Meta and HubSpot on {address}; end with Ctrl-C"));
        context.tell("next: save the lines above as sim.toml, then in another terminal");
        for command in next {
            context.tell(&format!("  {command}"));
        }
        tokio::signal::ctrl_c().await.map_err(failed)?;
        running.stop().await;
        Ok(Exit::Done)
    })
}

/// What to type in another terminal. An export has a past, which verdicts need, and no contacts:
/// without a token for them the report says what it lacks.
fn next_commands(replay: Option<&Replay>) -> Vec<String> {
    let options = "weekledger --config sim.toml --data-dir sim";
    let Some(replay) = replay else {
        let tokens = "WEEKLEDGER_META_TOKEN=sim WEEKLEDGER_HUBSPOT_TOKEN=sim";
        return vec![format!("{tokens} {options} run")];
    };
    let command = |what: String| format!("WEEKLEDGER_META_TOKEN=sim {options} {what}");
    let newest = replay.newest_week();
    let past = newest.zip(replay.oldest_week()).filter(|(newest, oldest)| oldest < newest);
    let backfill =
        past.map(|(newest, oldest)| format!("backfill --from {oldest} --to {}", newest.previous()));
    let run = newest.map_or_else(|| "run".to_owned(), |newest| format!("run --week {newest}"));
    backfill.into_iter().chain([run]).map(command).collect()
}

/// Starts the providers with data up to yesterday, or up to the end of an export.
pub async fn start(
    context: &Context,
    seed: u64,
    port: u16,
    replay: Option<Replay>,
    faults: Vec<Fault>,
) -> Result<Running, Failure> {
    let today = context.now().to_zoned(TimeZone::UTC).date();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let options = Options { seed, today, listen, replay, faults };
    simulator::start(options).await.map_err(failed)
}

/// A configuration that reads from the simulator.
pub fn configuration(running: &Running, report: &str) -> String {
    let mut text = format!(
        "# Reads from the simulated providers; any token will do.\n\
         [sources.meta]\nbase_url = \"{}\"\n\n\
         [sources.hubspot]\nbase_url = \"{}\"\n\n\
         [mail]\nfrom = \"Weekledger <reports@example.com>\"\n\n\
         [owner]\nemail = \"owner@example.com\"\n\n\
         [[report]]\nid = \"{report}\"\ntitle = \"Weekly advertising report\"\n\
         timezone = \"Europe/Vienna\"\n",
        running.meta_base_url(),
        running.hubspot_base_url(),
    );
    for property in running.properties() {
        account(&mut text, &property);
    }
    for (name, email, department) in [
        ("Mara", "mara@example.com", "Marketing"),
        ("Dev", "dev@example.com", "Digital"),
        ("Lea", "lea@example.com", "Leadership"),
    ] {
        // Writing to a `String` cannot fail.
        let _ = write!(
            text,
            "\n[[report.recipient]]\nname = \"{name}\"\nemail = \"{email}\"\n\
             department = \"{department}\"\n"
        );
    }
    text
}

fn account(text: &mut String, property: &Property) {
    let name = toml::Value::String(property.name.clone());
    let _ = write!(
        text,
        "\n[[report.account]]\nname = {name}\nmeta_account = \"{}\"\ntimezone = \"{}\"\n",
        property.meta_account, property.timezone
    );
}
