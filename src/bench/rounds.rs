//! Servers that are driven in turn: what happens to the machine meanwhile happens to all of them.

use super::{
    clock,
    collector::Collector,
    load::{self, Measured, Shape, Target},
    processes::Pinning,
    writers::{AtWork, Writers},
};
use anyhow::Context;
use std::{fmt, io, thread::JoinHandle};
use tokio::sync::oneshot;

/// A server and its name in the report.
#[derive(Clone)]
pub struct Contender {
    /// What it is called.
    pub name: &'static str,
    /// Who is asked what.
    pub target: Target,
    /// Who writes meanwhile, if anybody.
    pub writers: Option<Writers>,
    /// Who gets the traces of its calls, if anybody.
    pub collector: Option<Collector>,
}

/// What was measured of one server, a round after the other.
#[derive(Debug)]
pub struct Series {
    /// What it is called.
    pub name: &'static str,
    /// How many questions a call holds.
    pub items: usize,
    /// The rounds.
    pub rounds: Vec<Measured>,
}

/// A round that began.
#[derive(Debug, Clone, Copy)]
pub struct Began {
    /// From 1 on.
    pub round: u32,
    /// Of how many.
    pub rounds: u32,
    /// Who is driven.
    pub name: &'static str,
}

impl fmt::Display for Began {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "round {} of {}: {}", self.round, self.rounds, self.name)
    }
}

/// Drives each of them once in each round.
pub async fn drive(
    contenders: Vec<Contender>,
    shape: Shape,
    rounds: u32,
    pinning: Option<Pinning>,
    began: impl Fn(Began) + Send + 'static,
) -> anyhow::Result<Vec<Series>> {
    on_own_thread(pinning, async move || {
        let series =
            |one: &Contender| Series { name: one.name, items: one.target.questions.items(), rounds: Vec::new() };
        let mut all: Vec<Series> = contenders.iter().map(series).collect();
        for round in 1..=rounds {
            for (contender, series) in contenders.iter().zip(&mut all) {
                began(Began { round, rounds, name: contender.name });
                // Within a round the same senders are asked about, in the same order.
                let writers = contender.writers.as_ref().map(|writers| writers.start(pinning)).transpose()?;
                let (spans, since) = (contender.collector.as_ref().map(Collector::spans), clock::now());
                let mut measured =
                    load::drive(&contender.target, &shape, round).await.with_context(|| contender.name)?;
                measured.written = writers.map(AtWork::stop).transpose()?;
                measured.spans = contender.collector.as_ref().zip(spans).map(|(collector, before)| {
                    (collector.spans() - before) as f64 / clock::now().duration_since(since).as_secs_f64()
                });
                series.rounds.push(measured);
            }
        }
        Ok(all)
    })
    .await
}

/// Asks once, and returns the answer's frame.
pub async fn answer(target: Target) -> anyhow::Result<Vec<u8>> {
    on_own_thread(None, async move || load::once(&target).await).await
}

/// Starts what goes on beside the load, on a thread of its own on the load's processor, to which the load is preferred.
pub(super) fn beside_the_load(
    name: &str,
    pinning: Option<Pinning>,
    work: impl AsyncFnOnce() -> anyhow::Result<()> + Send + 'static,
) -> io::Result<JoinHandle<anyhow::Result<()>>> {
    let thread = move || {
        if let Some(pinning) = &pinning {
            pinning.load_here()?;
        }
        crate::lifecycle::stand_behind();
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(thread)
}

/// Runs what cannot leave its thread on one of its own, on the load's processor if there is one.
pub(super) async fn on_own_thread<T: Send + 'static>(
    pinning: Option<Pinning>,
    work: impl AsyncFnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (done, waiting) = oneshot::channel();
    let thread = move || {
        if let Some(pinning) = &pinning {
            pinning.load_here()?;
        }
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
    };
    std::thread::Builder::new().name("load".to_owned()).spawn(move || {
        // Whoever waited may have gone.
        let _ = done.send(thread());
    })?;
    waiting.await.context("the load's thread panicked")?
}
