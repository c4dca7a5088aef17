//! `init`: writes a commented configuration file, and never over another.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

const TEMPLATE: &str = include_str!("../../templates/weekledger.toml");

/// Write a commented weekledger.toml
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger init
  weekledger init --config hotels.toml

A file that exists is never overwritten.")]
pub struct Args {}

#[derive(Debug, thiserror::Error)]
enum InitError {
    #[error(
        "{} exists already and is not overwritten\n  fix: edit it, or name another file with \
         --config FILE",
        .0.display()
    )]
    Exists(PathBuf),
    #[error(
        "{} cannot be written\n  fix: make its folder first, or name another file with --config \
         FILE",
        .path.display()
    )]
    Unwritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

pub fn run(_: Args, context: &Context) -> Result<Exit, Failure> {
    let path = &context.config_path;
    write_new(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(Exit::Usage, InitError::Exists(path.clone())),
        _ => Failure::new(Exit::Failed, InitError::Unwritable { path: path.clone(), source }),
    })?;
    let shown = path.display();
    context.tell(&format!(
        "wrote {shown}\nnext: put your time zone, ad accounts and recipients into it, then run\n  \
         weekledger config check{}",
        if path == Path::new("weekledger.toml") {
            String::new()
        } else {
            format!(" --config {shown}")
        }
    ));
    Ok(Exit::Done)
}

fn write_new(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(TEMPLATE.as_bytes())?;
    file.sync_all()
}
