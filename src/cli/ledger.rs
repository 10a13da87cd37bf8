//! `ombord ledger`: the whole ledger verified, and the keys that others verify with.

use super::{
    Given, keys,
    output::{hint, say},
};
use crate::{
    app,
    config::{DatabaseKind, Mode, Settings},
    domain::ledger::note::{Checkpoint, VerifyingKey},
    service::ledger::verify::{Report, verify},
    store::StoreError,
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::{io, path::PathBuf, process::ExitCode};

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Verify the whole ledger and every table that follows from it. Changes nothing. Exit code 0: all is as it was
    /// written. 1: something was changed, and what. 2: it could not be read. On SQLite only while the service is stopped,
    /// or on a copy of the database.
    Verify(Verify),
    /// Print the public keys that verify this service's receipts and checkpoints.
    Keys,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A file with a checkpoint that was kept elsewhere: the ledger must go on from it. Without one, a ledger that was
    /// rewritten as a whole, or cut off at its end, cannot be told from a true one.
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// A public key (NAME+HASH+KEY), or a file with one on each line, for the checkpoint; without it the keys of the
    /// settings.
    #[arg(long)]
    key: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(given: &Given, verb: Ledger) -> anyhow::Result<ExitCode> {
    let settings = given.settings(Mode::Command)?;
    match verb {
        Ledger::Keys => {
            for key in own_keys(&settings)? {
                say!("{key}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Ledger::Verify(verb) => all(&settings, verb).await,
    }
}

fn own_keys(settings: &Settings) -> anyhow::Result<Vec<VerifyingKey>> {
    let signing = settings.ledger.key().context("ledger.signing_key cannot be used")?;
    let own = signing.map(|key| key.public().clone());
    let keys: Vec<VerifyingKey> = own.into_iter().chain(settings.ledger.former_keys.iter().cloned()).collect();
    if keys.is_empty() {
        bail!("there is no ledger.signing_key");
    }
    Ok(keys)
}

async fn all(settings: &Settings, verb: Verify) -> anyhow::Result<ExitCode> {
    let since = match &verb.since {
        Some(path) => {
            let keys = if verb.key.is_empty() { own_keys(settings)? } else { keys::read(&verb.key)? };
            let note = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let opened = Checkpoint::open(&note, &keys);
            Some(opened.with_context(|| format!("the checkpoint in {}", path.display()))?)
        }
        None => None,
    };
    app::must_exist(&settings.database)?;
    let store = app::open_store(&settings.database).await;
    let store = match settings.database.kind() {
        DatabaseKind::Sqlite => store.context(
            "on SQLite this works while the service is stopped, or on a copy of the database (sqlite3 has .backup; name \
             the copy with --database-url)",
        )?,
        DatabaseKind::Postgres => store?,
    };
    let obstacles = store.obstacles().await?;
    if !obstacles.is_empty() {
        bail!("the database cannot be verified:\n  - {}", obstacles.join("\n  - "));
    }
    let mut progress = |entries: u64| {
        if entries.is_multiple_of(100_000) {
            hint!("{entries} entries …");
        }
    };
    let verified = match store.read().await {
        Ok(mut reader) => verify(reader.as_mut(), since.as_ref(), &mut progress).await,
        Err(error) => Err(error),
    };
    match verified {
        Ok(report) => Ok(tell(&report, since.as_ref())?),
        // The head row itself contradicts itself.
        Err(error @ StoreError::Corrupt { .. }) => {
            say!("FAULT {error}")?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(report: &Report, since: Option<&Checkpoint>) -> io::Result<ExitCode> {
    for fault in &report.faults {
        say!("FAULT {fault}")?;
    }
    if report.untold > 0 {
        say!("FAULT and {} more", report.untold)?;
    }
    say!("ledger {}: {} entries, root {}", report.ledger_id, report.entries, report.root)?;
    say!("{} rows beside them compared", report.rows)?;
    for revision in &report.rollbacks {
        say!("revision {revision} records that a loss of entries was accepted")?;
    }
    if report.unbound_actors > 0 {
        println!(
            "NOTE {} actors acted only before entries said whom their ids stood for: their subjects are not verified",
            report.unbound_actors
        );
    }
    match since {
        Some(since) => say!("held against the checkpoint of {} entries", since.size)?,
        None => say!("held against no checkpoint: give one with --since to find a ledger that was rewritten whole")?,
    }
    if report.is_good() {
        say!("GOOD: everything is as it was written")?;
        Ok(ExitCode::SUCCESS)
    } else {
        say!("CHANGED: the ledger or the tables are not as they were written")?;
        Ok(ExitCode::FAILURE)
    }
}
