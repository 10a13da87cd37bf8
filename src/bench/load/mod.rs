//! The load: one thread that asks one server as fast as it answers (closed loop), or at a rate (open loop), and is as cheap
//! as it can be, so that on a small machine it measures the server and not itself.

pub mod line;
pub mod pace;
pub mod questions;

use super::{clock, numbers::Dice, processes::Usage};
use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use line::{Asked, Line};
use pace::Pace;
use questions::Questions;
use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    sync::Mutex,
    task::{JoinSet, LocalSet},
};

/// The longest latency that is told apart; longer ones count as this.
const LONGEST: u64 = 60_000_000_000;
/// How long answers to what was asked are waited for after the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a server is driven.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Connections.
    pub connections: usize,
    /// Calls at once on each of them; with a rate, at most so many.
    pub streams: usize,
    /// Calls a second, each at its own time whether earlier ones were answered or not; as fast as answers come where absent.
    pub rate: Option<u32>,
    /// How long nothing is counted.
    pub warm_up: Duration,
    /// How long is counted.
    pub duration: Duration,
}

/// Who is asked, and what.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process, where it is on this machine.
    pub pid: Option<u32>,
    /// Its RPC.
    pub path: &'static str,
    /// The token of every call.
    pub token: Option<String>,
    /// What it is asked.
    pub questions: Questions,
}

/// What was measured in one round.
#[derive(Debug)]
pub struct Measured {
    /// Nanoseconds from the time at which a call was to be sent to the end of its answer.
    pub latency: Histogram<u64>,
    /// Calls answered within the duration.
    pub answered: u64,
    /// How long that was.
    pub seconds: f64,
    /// What the server's process used meanwhile.
    pub server: Option<Usage>,
    /// What this process used meanwhile.
    pub load: Usage,
    /// Calls whose time came and which were not sent before the end: the rate was not kept up.
    pub unsent: u64,
    /// Senders that were registered meanwhile, a second, where somebody wrote.
    pub written: Option<f64>,
    /// Spans that came to the collector from the round's beginning to its end, warm-up included, a second, where calls are
    /// traced.
    pub spans: Option<f64>,
}

/// When the counting begins and ends.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Instant,
    until: Instant,
}

struct Round {
    window: Window,
    latency: RefCell<Histogram<u64>>,
    answered: Cell<u64>,
    pace: Mutex<Pace>,
}

/// A histogram for latencies in nanoseconds.
pub fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1_000, LONGEST, 3)?)
}

/// Drives a server for one round, on the current thread. Fails at the first answer that is not what was expected.
pub async fn drive(target: &Target, shape: &Shape, seed: u32) -> anyhow::Result<Measured> {
    LocalSet::new().run_until(round(target, shape, seed)).await
}

async fn round(target: &Target, shape: &Shape, seed: u32) -> anyhow::Result<Measured> {
    if shape.connections == 0 || shape.streams == 0 || shape.duration.is_zero() {
        bail!("it takes a connection, a stream and some time to measure anything");
    }
    let mut lines = Vec::with_capacity(shape.connections);
    for _ in 0..shape.connections {
        lines.push(Line::open(target).await?);
    }
    let from = clock::now() + shape.warm_up;
    let round = Rc::new(Round {
        window: Window { from, until: from + shape.duration },
        latency: RefCell::new(histogram()?),
        answered: Cell::new(0),
        pace: Mutex::new(Pace::new(shape.rate, clock::now())),
    });
    let mut workers = JoinSet::new();
    for at in 0..shape.connections * shape.streams {
        let line = lines[at % lines.len()].clone();
        let dice = Dice::new(u64::from(seed) << 32 | at as u64);
        workers.spawn_local(work(round.clone(), line, target.questions.clone(), dice));
    }
    let usages = async {
        tokio::time::sleep_until(round.window.from.into()).await;
        let before = (Usage::maybe(target.pid)?, Usage::of(std::process::id())?);
        tokio::time::sleep_until(round.window.until.into()).await;
        let after = (Usage::maybe(target.pid)?, Usage::of(std::process::id())?);
        anyhow::Ok((after.0.zip(before.0).map(|(after, before)| after.since(&before)), after.1.since(&before.1)))
    };
    let finished = async {
        while let Some(worker) = workers.join_next().await {
            worker??;
        }
        anyhow::Ok(())
    };
    let all = async { tokio::try_join!(usages, finished) };
    let patience = shape.warm_up + shape.duration + PATIENCE;
    let ((server, load), ()) =
        tokio::time::timeout(patience, all).await.context("the server leaves calls without an answer")??;
    let unsent = round.pace.lock().await.unsent(round.window.until);
    let latency = round.latency.replace(histogram()?);
    if latency.is_empty() {
        bail!("not one call was answered in time");
    }
    Ok(Measured {
        latency,
        answered: round.answered.get(),
        seconds: shape.duration.as_secs_f64(),
        server,
        load,
        unsent,
        written: None,
        spans: None,
    })
}

/// One call after the other, until the end.
async fn work(round: Rc<Round>, mut line: Line, questions: Questions, mut dice: Dice) -> anyhow::Result<()> {
    let (mut question, mut answer) = (questions.template().to_vec(), Vec::new());
    loop {
        // Only who has the turn watches the clock.
        let Some(due) = round.pace.lock().await.next(round.window.until).await else { return Ok(()) };
        let frame = questions.fill(&mut question, &mut dice);
        let asked = Asked { frame, answer: &mut answer };
        line.call(asked).await.with_context(|| format!("{} calls were answered before", round.answered.get()))?;
        questions.judge(&answer)?;
        let end = clock::now();
        if (round.window.from..round.window.until).contains(&due) {
            let nanos = u64::try_from(end.duration_since(due).as_nanos()).unwrap_or(LONGEST);
            round.latency.borrow_mut().saturating_record(nanos.min(LONGEST));
        }
        if (round.window.from..round.window.until).contains(&end) {
            round.answered.set(round.answered.get() + 1);
        }
    }
}

/// Asks once, about the last sender, so that a database with fewer shows at once; and returns the answer's frame, which is as expected.
pub async fn once(target: &Target) -> anyhow::Result<Vec<u8>> {
    let asking = async {
        let mut line = Line::open(target).await?;
        let mut answer = Vec::new();
        let frame = target.questions.about_the_last();
        line.call(Asked { frame, answer: &mut answer }).await?;
        target.questions.judge(&answer)?;
        Ok(answer)
    };
    LocalSet::new().run_until(asking).await
}
