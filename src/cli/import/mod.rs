//! `ombord import`: sends a CSV file to the batch RPCs. Every row gets its own outcome, in a file; a row that is refused
//! stops no other. Nothing is remembered between runs: what is there already is answered with UNCHANGED, so the same
//! command again goes on where an earlier one was cut off.

mod acceptances;
mod batches;
mod outcome;
mod senders;
mod table;

use super::client;
use crate::{app::System, client::Client, service::ports::Entropy};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Register senders.
    #[command(long_about = senders::ABOUT)]
    Senders(senders::Job),
    /// Record acceptances of earlier years, as IMPORT.
    #[command(long_about = acceptances::ABOUT)]
    Acceptances(Job),
}

#[derive(Debug, Args)]
pub(crate) struct Job {
    /// The CSV file: UTF-8, with a header; columns in any order, separated by comma or semicolon.
    file: PathBuf,
    /// Where the service listens.
    #[arg(long, env = "OMBORD_ADDRESS", default_value = "127.0.0.1:50051")]
    address: String,
    /// The token of an integrator, or of an operator with --integrator. Better given by variable: others on the machine
    /// see flags.
    #[arg(long, env = "OMBORD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that holds the token; it goes before the other two.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The integrator whose senders these are. An operator must give it.
    #[arg(long, default_value = "", hide_default_value = true)]
    integrator: String,
    /// Check every row and tell what would happen, but change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the outcome of every row [default: FILE with .outcome.csv at its end].
    #[arg(long, value_name = "FILE")]
    outcome: Option<PathBuf>,
    /// Rows in one call, at most 1,000.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch_size: u16,
}

/// Runs the import. Exit code 0: every row is fine; 1: some were refused; 2 (an error): it could not run to its end.
pub(crate) async fn run(verb: Import) -> anyhow::Result<ExitCode> {
    let fine = match &verb {
        Import::Senders(job) => senders::run(job).await?,
        Import::Acceptances(job) => acceptances::run(job).await?,
    };
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Job {
    async fn client(&self) -> anyhow::Result<Client> {
        let token = match (&self.token, &self.token_file) {
            (_, Some(file)) => read(file)?,
            (Some(token), None) => token.clone(),
            (None, None) => bail!("a token is needed: OMBORD_TOKEN, --token or --token-file"),
        };
        Ok(client::client(client::connect(&self.address).await?, &token))
    }

    fn table(&self, required: &[&'static str], optional: &[&'static str]) -> anyhow::Result<table::Table> {
        let bytes = fs::read(&self.file).with_context(|| format!("{} cannot be read", self.file.display()))?;
        table::Table::read(&bytes, required, optional).with_context(|| self.file.display().to_string())
    }

    fn outcomes(&self) -> anyhow::Result<outcome::Report> {
        let mut beside = self.file.clone().into_os_string();
        beside.push(".outcome.csv");
        let path = self.outcome.clone().unwrap_or_else(|| PathBuf::from(beside));
        if fs::canonicalize(&path).is_ok_and(|path| fs::canonicalize(&self.file).is_ok_and(|file| file == path)) {
            bail!("{} is the file to read; give another one for the outcomes", path.display());
        }
        outcome::Report::create(path)
    }

    /// A `request_id` for one batch. A rerun takes new ones, so that it is told what is there now.
    fn new_id() -> String {
        System.uuid_v4().to_string()
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}
