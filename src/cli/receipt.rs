//! `ombord receipt verify`: without the service, and without anything of its settings.

use super::{keys, output::say};
use crate::domain::ledger::receipt::{verify, words};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Subcommand)]
pub(crate) enum Receipt {
    /// Verify a receipt, and say in plain words what it proves. Exit code 0: it is good. 1: it is refused. 2: the file or
    /// a key could not be read.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The receipt's file.
    file: PathBuf,
    /// A public key of the service (NAME+HASH+KEY), or a file with one on each line; may be repeated.
    #[arg(long, required = true)]
    key: Vec<String>,
}

/// Verifies.
pub(crate) fn run(verb: Receipt) -> anyhow::Result<ExitCode> {
    let Receipt::Verify(Verify { file, key }) = verb;
    let keys = keys::read(&key)?;
    let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let Ok(text) = String::from_utf8(bytes) else {
        say!("REFUSED: it is no text")?;
        return Ok(ExitCode::FAILURE);
    };
    match verify(&text, &keys) {
        Ok(summary) => {
            say!("GOOD: this receipt is as {} signed it.\n\n{}", summary.checkpoint.name, words(&summary))?;
            Ok(ExitCode::SUCCESS)
        }
        // Every byte counts, so it stays refused; but whoever has such a copy can find the right one.
        Err(_) if verify(&text.replace("\r\n", "\n"), &keys).is_ok() => {
            say!(
                "REFUSED: its line ends seem changed, from LF to CR LF, as mail programs and editors do; nothing else is. \
                 Take the file as it was attached or downloaded."
            )?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => {
            say!("REFUSED: {error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}
