//! `ombord bench follower`.

use super::place::Place;
use crate::{
    bench::follower::measure,
    cli::client::connect,
    client::{Client, GateFollower, Lease},
};
use clap::Args;
use std::{io::Write, process::ExitCode, sync::Arc, time::Duration};

#[derive(Debug, Args)]
pub(crate) struct Follower {
    #[command(flatten)]
    place: Place,
    /// Seconds of each round.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    duration: u32,
    /// How many rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) async fn run(verb: Follower, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let pinning = super::pinning();
    let opened = verb.place.open(pinning.as_ref(), None).await?;
    let (channel, token) = (connect(&opened.address.to_string()).await?, opened.token.clone());
    let start = || GateFollower::start(Client::new(channel, Arc::new(move || token.clone())), Lease::default());
    let duration = Duration::from_secs(verb.duration.into());
    let followed = measure(start, verb.place.senders, duration, verb.rounds, pinning).await?;
    match verb.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&followed)?)?,
        false => writeln!(out, "{followed}")?,
    }
    Ok(ExitCode::SUCCESS)
}
