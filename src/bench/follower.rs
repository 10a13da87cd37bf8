//! A follower, as a gateway has it in its own process: how long it takes until it can decide, and how long a decision
//! takes then.

use super::{
    clock,
    fill::{CONTENT_TYPE, INTEGRATOR},
    numbers::{self, Dice},
    processes::{Pinning, Usage},
    report::Spread,
    rounds::on_own_thread,
};
use crate::{
    client::{GateFollower, Named, Question, system_clock},
    domain::{ids::IntegratorId, organisation_number::OrganisationNumber},
};
use anyhow::{Context, bail};
use serde::Serialize;
use std::{fmt, sync::Arc, time::Duration};

/// How many questions are drawn beforehand; so many of a large database lie far apart in memory.
const DRAWN: usize = 1 << 20;
/// How many are asked between two looks at the clock.
const STRETCH: usize = 1_000;
/// The longest wait for all facts.
const PATIENCE: Duration = Duration::from_secs(300);

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Followed {
    /// From the opening of the stream until it could decide.
    pub snapshot_seconds: f64,
    /// How many senders it knows.
    pub senders: usize,
    /// Memory of this process before and after, in MiB.
    pub resident_mib: (f64, f64),
    /// Nanoseconds for one decision, the choice of the sender included.
    pub check_ns: Spread,
    /// The same with a look at the clock before each.
    pub check_with_clock_ns: Spread,
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { snapshot_seconds, senders, resident_mib: (before, after), check_ns, check_with_clock_ns } = self;
        writeln!(f, "{senders} senders followed after {snapshot_seconds:.2} s")?;
        writeln!(f, "memory of this process: {before:.1} MiB before, {after:.1} MiB after")?;
        write!(f, "a check takes {check_ns} ns, {check_with_clock_ns} ns with a look at the clock")
    }
}

fn resident() -> anyhow::Result<f64> {
    Ok(Usage::of(std::process::id())?.resident_bytes as f64 / f64::from(1 << 20))
}

/// Waits until the follower that `start` starts has all facts, and asks it for a time in each round.
pub async fn measure(
    start: impl FnOnce() -> GateFollower,
    senders: u32,
    duration: Duration,
    rounds: u32,
    pinning: Option<Pinning>,
) -> anyhow::Result<Followed> {
    let mut dice = Dice::new(1);
    let drawn = (0..DRAWN).filter_map(|_| numbers::number(dice.below(senders)).map(OrganisationNumber::Legal));
    let drawn: Vec<OrganisationNumber> = drawn.collect();
    let (before, began) = (resident()?, clock::now());
    let follower = Arc::new(start());
    if !follower.reaches(1, PATIENCE).await {
        bail!("no facts came: is the service running, and the token that of a gateway?");
    }
    let snapshot_seconds = clock::now().duration_since(began).as_secs_f64();
    let facts = follower.facts(system_clock()()).context("the follower has no facts")?;
    let known = facts.state().senders().count();
    let after = resident()?;
    if known < senders as usize {
        bail!("the database has {known} senders, not {senders}");
    }
    let asked = follower.clone();
    let figures = on_own_thread(pinning, async move || {
        let round = |_| Ok((ask(&asked, &drawn, duration, false)?, ask(&asked, &drawn, duration, true)?));
        (0..rounds).map(round).collect::<anyhow::Result<Vec<(f64, f64)>>>()
    });
    let (alone, with_clock): (Vec<f64>, Vec<f64>) = figures.await?.into_iter().unzip();
    Ok(Followed {
        snapshot_seconds,
        senders: known,
        resident_mib: (before, after),
        check_ns: Spread::of(alone).context("no round")?,
        check_with_clock_ns: Spread::of(with_clock).context("no round")?,
    })
}

/// Asks without a pause, and looks at the clock before each question or now and then; nanoseconds for one answer.
fn ask(
    follower: &GateFollower,
    drawn: &[OrganisationNumber],
    duration: Duration,
    clock_each: bool,
) -> anyhow::Result<f64> {
    let now = system_clock();
    let mut question = Question {
        sender: Named::Reference(String::new()),
        integrator_id: Some(IntegratorId::parse(INTEGRATOR)?),
        content_type: CONTENT_TYPE,
    };
    let (mut asked, began) = (0_u64, clock::now());
    for stretch in drawn.chunks(STRETCH).cycle() {
        let lately = now();
        for number in stretch {
            question.sender = Named::Number(*number);
            let decision = follower.check(&question, if clock_each { now() } else { lately })?;
            if !decision.allowed {
                bail!("the answer is not ALLOW: {decision:?}");
            }
        }
        asked += stretch.len() as u64;
        let elapsed = clock::now().duration_since(began);
        if elapsed >= duration {
            return Ok(elapsed.as_nanos() as f64 / asked as f64);
        }
    }
    bail!("there is nobody to ask about")
}
