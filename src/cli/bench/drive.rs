//! `ombord bench unary` and `ombord bench batch`.

use super::place::{Opened, Place};
use crate::{
    bench::{
        cerbos,
        collector::Collector,
        load::{
            Shape, Target,
            questions::{HEAD, Questions},
        },
        report::Report,
        rounds::{Contender, Series, answer, drive},
        servers::{self, Traced},
        writers::Writers,
    },
    cli::output::hint,
};
use anyhow::Context;
use clap::Args;
use hdrhistogram::serialization::{Serializer, V2Serializer};
use std::{
    ffi::OsString,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

#[derive(Debug, Args)]
pub(crate) struct Drive {
    #[command(flatten)]
    place: Place,
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
    /// So many writers beside the checks, and the same without them to compare with. They leave their senders in the database.
    #[arg(long, requires = "own", value_parser = clap::value_parser!(u16).range(1..))]
    writers: Option<u16>,
    /// How many senders the writers register in a call.
    #[arg(long, default_value_t = 1, requires = "writers", value_parser = clap::value_parser!(u16).range(1..=500))]
    writers_size: u16,
    /// The share of its calls that the service traces, 0 to 1, and sends to a collector here.
    #[arg(long, value_name = "SHARE", requires = "own")]
    traces: Option<f64>,
    /// The program of Cerbos, to be driven as well, with a policy and attributes equal in spirit.
    #[arg(long, value_name = "FILE")]
    cerbos: Option<PathBuf>,
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
    let senders = verb.place.senders;
    let (path, questions) = match batch {
        None => ("/ombord.v1.GateService/CheckSend", Questions::check(senders)?),
        Some(size) => ("/ombord.v1.GateService/BatchCheckSend", Questions::batch(senders, size.into())?),
    };
    let items = questions.items();
    let pinning = super::pinning();
    let processor = pinning.as_ref().map(|pinning| pinning.server);

    // Servers live as long as they are in scope.
    let traced =
        verb.traces.map(|share| anyhow::Ok(Traced { collector: Collector::start(pinning)?, share })).transpose()?;
    let opened = verb.place.open(pinning.as_ref(), traced.as_ref()).await?;
    let token = Some(opened.token.clone());
    let target = Target { address: opened.address, pid: opened.pid(), path, token: token.clone(), questions };
    let reply = answer(target.clone()).await.context("the first question")?;
    let collector = traced.map(|traced| traced.collector);
    let alone = Contender { name: "ombord", target: target.clone(), writers: None, collector: collector.clone() };
    let beside = verb.writers(&opened)?.map(|writers| Contender {
        name: "ombord beside writers",
        writers: Some(writers),
        target: target.clone(),
        collector: collector.clone(),
    });
    let mut contenders: Vec<Contender> = beside.into_iter().chain([alone]).collect();
    let bare = match verb.alone {
        true => None,
        false => Some(servers::bare(&super::program()?, batch.is_some(), &reply[HEAD..], processor).await?),
    };
    contenders.extend(bare.as_ref().map(|bare| Contender {
        name: "bare tonic",
        target: Target { address: bare.address, pid: Some(bare.running.pid()), ..target },
        writers: None,
        collector: None,
    }));
    let cerbos = match &verb.cerbos {
        None => None,
        Some(program) => Some(cerbos::start(program, senders, items, token, processor).await?),
    };
    contenders.extend(cerbos.as_ref().map(|(_, target)| Contender {
        name: "cerbos",
        target: target.clone(),
        writers: None,
        collector: None,
    }));
    let series = drive(contenders, verb.shape(), verb.rounds, pinning, |began| hint!("{began}")).await?;
    drop((opened, bare, cerbos));

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
    /// Those who write to the own service, if anybody does.
    fn writers(&self, opened: &Opened) -> anyhow::Result<Option<Writers>> {
        let Some((count, own)) = self.writers.zip(opened.own.as_ref()) else { return Ok(None) };
        Ok(Some(Writers {
            address: opened.address,
            token: own.integrator()?,
            count,
            at_once: self.writers_size,
            senders: self.place.senders,
        }))
    }

    fn shape(&self) -> Shape {
        Shape {
            connections: self.connections.into(),
            streams: self.streams.into(),
            rate: self.rate,
            warm_up: Duration::from_secs(self.warm_up.into()),
            duration: Duration::from_secs(self.duration.into()),
        }
    }
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
