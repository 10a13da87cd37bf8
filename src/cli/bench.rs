//! `ombord bench`: what a service does in a second, and what that costs.

mod drive;
mod follower;
mod place;

use super::output::{Output, hint, say};
use crate::{
    app::{self, System},
    bench::{bare, clock, fill::fill, numbers, processes::Pinning},
    config::{Mode, Settings},
    domain::ids::LedgerId,
    service::ports::Entropy,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Fill a new database with senders that may send, for the other commands to ask about.
    Fill(Fill),
    /// Ask one question a call, and compare with a bare tonic server.
    Unary(drive::Drive),
    /// Ask many questions a call, and compare with a bare tonic server.
    Batch(drive::Batch),
    /// Follow the gate in this process, as a gateway may, and decide without the network.
    Follower(follower::Follower),
    /// Be the bare server that the others are compared with.
    #[command(hide = true)]
    Bare(Bare),
}

#[derive(Debug, Args)]
pub(crate) struct Fill {
    /// The new database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, value_name = "URL")]
    database: String,
    /// How many senders.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(numbers::MOST)))]
    senders: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Bare {
    /// The answer's message.
    #[arg(long)]
    reply: PathBuf,
    /// Whether it is that to a batch.
    #[arg(long)]
    batch: bool,
}

/// This program.
fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("where this program is")
}

/// The processors of servers and load; says so where they cannot be kept apart.
fn pinning() -> Option<Pinning> {
    let pinning = Pinning::possible();
    if pinning.is_none() {
        hint!("servers and load share all processors: there is only one, or no taskset");
    }
    pinning
}

/// Runs the command.
pub(crate) async fn run(verb: Bench) -> anyhow::Result<ExitCode> {
    match verb {
        Bench::Fill(verb) => filled(verb).await,
        Bench::Unary(drive) => drive::run(drive, None, &mut Output).await,
        Bench::Batch(drive::Batch { drive, size }) => drive::run(drive, Some(size), &mut Output).await,
        Bench::Follower(verb) => follower::run(verb, &mut Output).await,
        Bench::Bare(verb) => {
            let reply = std::fs::read(&verb.reply).context("the reply cannot be read")?;
            let told = |address| hint!("{}", serde_json::json!({ "message": "serving", "address": address }));
            bare::serve(verb.batch, &reply, told).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn filled(verb: Fill) -> anyhow::Result<ExitCode> {
    let variable = ("DATABASE_URL".to_owned(), verb.database);
    let settings = Settings::load(None, [variable].into_iter(), Mode::Command)?;
    let store = app::open_store(&settings.database).await?;
    store.migrate(LedgerId(System.uuid_v7())).await?;
    let began = clock::now();
    let seconds = || clock::now().duration_since(began).as_secs_f64();
    let mut progress = |count: u32| {
        if count.is_multiple_of(100_000) {
            hint!("{count} senders, {:.0} s", seconds());
        }
    };
    fill(store, verb.senders, &mut progress).await?;
    say!("{} senders may send, after {:.1} s", verb.senders, seconds())?;
    Ok(ExitCode::SUCCESS)
}
