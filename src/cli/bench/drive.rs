//! `ombord bench unary` and `ombord bench batch`.

use crate::{
    bench::{
        load::{
            Shape, Target,
            questions::{HEAD, Questions},
        },
        numbers,
        processes::Pinning,
        report::Report,
        rounds::{Contender, Series, answer, drive},
        servers,
    },
    cli::output::hint,
};
use anyhow::{Context, bail};
use clap::Args;
use hdrhistogram::serialization::{Serializer, V2Serializer};
use std::{
    ffi::OsString,
    fs::File,
    io::Write,
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

#[derive(Debug, Args)]
pub(crate) struct Drive {
    /// Start this program's own service, on one processor where there are several, and drive it from another.
    #[arg(long, requires = "database", conflicts_with_all = ["address", "token", "token_file"])]
    own: bool,
    /// The filled database of the own service.
    #[arg(long, value_name = "URL", requires = "own")]
    database: Option<String>,
    /// Where a running service listens.
    #[arg(long, env = "OMBORD_ADDRESS", default_value = "127.0.0.1:50051")]
    address: String,
    /// A gateway's token. Better given by variable: others on the machine see flags.
    #[arg(long, env = "OMBORD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that holds the token; it goes before the other two.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Ask about one of so many senders at random; the database must be filled with at least as many.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(numbers::MOST)))]
    senders: u32,
    /// Connections.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Calls at once on each connection; with --rate, at most so many.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    streams: u16,
    /// Calls a second, sent at their times whether earlier ones were answered or not; latency counts from those times.
    /// Without it, each call follows the answer before it.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Seconds that count, in each round.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    duration: u32,
    /// Seconds before, which do not count.
    #[arg(long, default_value_t = 3)]
    warm_up: u32,
    /// How often each server gets its turn.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Leave the bare tonic server out.
    #[arg(long)]
    alone: bool,
    /// Write the latencies of all rounds there, in nanoseconds, as HdrHistogram V2; those of other servers beside it.
    #[arg(long, value_name = "FILE")]
    histogram: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Batch {
    #[command(flatten)]
    pub(super) drive: Drive,
    /// Questions in a call.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(super) size: u16,
}

/// Runs the command: one question a call, or a batch of a size.
pub(super) async fn run(verb: Drive, batch: Option<u16>, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let questions = match batch {
        None => Questions::check(verb.senders)?,
        Some(size) => Questions::batch(verb.senders, usize::from(size))?,
    };
    let path = match batch {
        None => "/ombord.v1.GateService/CheckSend",
        Some(_) => "/ombord.v1.GateService/BatchCheckSend",
    };
    let program = std::env::current_exe().context("where this program is")?;
    let pinning = Pinning::possible();
    let processor = pinning.as_ref().map(|pinning| pinning.server);
    if pinning.is_none() {
        hint!("servers and load share all processors: there is only one, or no taskset");
    }

    // Servers live as long as they are in scope.
    let (own, target) = match &verb.database {
        Some(database) => {
            hint!("starting the service on its database");
            let (own, token) = servers::own(&program, database, processor).await?;
            let (address, pid) = (own.address, Some(own.running.pid()));
            (Some(own), Target { address, pid, path, token: Some(token), questions })
        }
        None => {
            let token = Some(verb.token()?);
            (None, Target { address: resolved(&verb.address)?, pid: None, path, token, questions })
        }
    };
    let reply = answer(target.clone()).await.context("the first question")?;
    let mut contenders = vec![Contender { name: "ombord", target: target.clone() }];
    let bare = match verb.alone {
        true => None,
        false => Some(servers::bare(&program, batch.is_some(), &reply[HEAD..], processor).await?),
    };
    contenders.extend(bare.as_ref().map(|bare| Contender {
        name: "bare tonic",
        target: Target { address: bare.address, pid: Some(bare.running.pid()), ..target },
    }));
    let series = drive(contenders, verb.shape(), verb.rounds, pinning, |began| hint!("{began}")).await?;
    drop((own, bare));

    let report = Report::of(&series);
    match verb.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        false => writeln!(out, "{report}")?,
    }
    if let Some(file) = &verb.histogram {
        write_histograms(&series, file)?;
    }
    if report.unsent() > 0 {
        hint!("{} calls were not sent in time: the rate is more than the server or the load can do", report.unsent());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

impl Drive {
    fn shape(&self) -> Shape {
        Shape {
            connections: self.connections.into(),
            streams: self.streams.into(),
            rate: self.rate,
            warm_up: Duration::from_secs(self.warm_up.into()),
            duration: Duration::from_secs(self.duration.into()),
        }
    }

    fn token(&self) -> anyhow::Result<String> {
        match (&self.token_file, &self.token) {
            (Some(file), _) => std::fs::read_to_string(file).with_context(|| format!("{}", file.display())),
            (None, Some(token)) => Ok(token.clone()),
            (None, None) => bail!("give a gateway's token (--token, --token-file, OMBORD_TOKEN), or --own"),
        }
    }
}

fn resolved(address: &str) -> anyhow::Result<SocketAddr> {
    let plain = address.strip_prefix("http://").unwrap_or(address);
    let found = plain.to_socket_addrs().with_context(|| format!("{address} is no HOST:PORT"))?.next();
    found.with_context(|| format!("{address} has no address"))
}

/// One file for each server: the measured one's as named, the others' with their names at the end.
fn write_histograms(series: &[Series], file: &Path) -> anyhow::Result<()> {
    for (place, one) in series.iter().enumerate() {
        let mut name = OsString::from(file);
        if place > 0 {
            name.push(format!(".{}", one.name.replace(' ', "-")));
        }
        let mut all = crate::bench::load::histogram()?;
        for round in &one.rounds {
            all.add(&round.latency)?;
        }
        let mut written = File::create(&name).with_context(|| format!("{} cannot be written", name.display()))?;
        V2Serializer::new().serialize(&all, &mut written)?;
    }
    Ok(())
}
