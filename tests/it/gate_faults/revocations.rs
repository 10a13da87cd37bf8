//! Revocations: how long another node goes on saying ALLOW after the one that a revocation was sent to has acknowledged it.

use super::{PATIENCE, Sender, furnished, on_postgres, percentile, resume, suspend, through};
use crate::support::{
    chance::Chance,
    database::Database,
    figures,
    process::{OMBORD, Process, command},
    relay::Relay,
    server::Clients,
    setting,
    world::{question, reasons},
};
use ombord::{config::Settings, pb};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tonic::Code;

/// Revoked and given back by turns.
const SENDERS: usize = 4;
/// How often those who ask connect anew, with a new token.
const ANEW: usize = 500;
/// What a bound on all of them leaves out: a commit's way to the caller, a poll's way to the database, a question's to the node.
const SLACK: Duration = Duration::from_millis(100);
/// Within it are 99 of 100 revocations: heard of by NOTIFY, and beyond the interval of polls.
const HEARD: Duration = Duration::from_millis(100);
const POLLED: Duration = Duration::from_millis(50);

struct Stage {
    one: Process,
    senders: Vec<Sender>,
    database: Database,
    address: SocketAddr,
    folder: TempDir,
}

/// How the second node hears of what the first one commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    /// By NOTIFY.
    Notices,
    /// It polls: whatever tells of commits does not reach it.
    Polls,
    /// Not at all, for a minute.
    Nothing,
}

impl Stage {
    async fn set() -> Option<Self> {
        let (database, address) = on_postgres().await?;
        let folder = tempfile::tempdir().unwrap();
        let senders = furnished(&database.store, SENDERS).await;
        let one = Process::start(folder.path(), &database.url);
        Some(Self { one, senders, database, address, folder })
    }

    /// The second node, and its wire to the database.
    async fn another(&self, hears: Hears) -> (Process, Relay) {
        let wire = match hears {
            Hears::Notices => Relay::to(self.address).await,
            Hears::Polls | Hears::Nothing => Relay::deaf(self.address, b"LISTEN").await,
        };
        let url = through(&self.database.url, wire.address);
        let mut command = command(OMBORD, &["serve"], self.folder.path(), &url);
        if hears == Hears::Nothing {
            command.env("OMBORD_GATE_POLL_INTERVAL", "60s").env("OMBORD_GATE_MAX_STALENESS", "1h");
        }
        (Process::spawn(command), wire)
    }
}

fn about(sender: &Sender) -> pb::CheckSendRequest {
    question(&sender.number, "first")
}

/// An answer of a node, which may say for a while that it cannot give one.
async fn ask(gate: &mut Clients, question: pb::CheckSendRequest) -> pb::CheckSendResponse {
    let began = Instant::now();
    loop {
        match gate.gate.check_send(question.clone()).await {
            Ok(answer) => return answer.into_inner(),
            Err(refused) => assert!(refused.code() == Code::Unavailable && began.elapsed() < PATIENCE, "{refused:?}"),
        }
    }
}

/// Asks a node without a pause until it says DENY, at most for `patience`. When the last ALLOW came, and whether DENY did.
async fn until_denied(mut gate: Clients, question: pb::CheckSendRequest, patience: Duration) -> (Instant, bool) {
    let began = Instant::now();
    let mut last = began;
    while began.elapsed() < patience {
        if ask(&mut gate, question.clone()).await.decision() == pb::Decision::Deny {
            return (last, true);
        }
        last = Instant::now();
    }
    (last, false)
}

async fn until_allowed(gate: &mut Clients, question: pb::CheckSendRequest) {
    let began = Instant::now();
    while ask(gate, question.clone()).await.decision() != pb::Decision::Allow {
        assert!(began.elapsed() < PATIENCE, "what was given back is not seen");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Asks for the facts of a revocation: it is never overlooked, whatever the node has heard by itself.
async fn never_stale(gate: &mut Clients, sender: &Sender, done: pb::SuspendSenderResponse) {
    let since = pb::CheckSendRequest { at_least_revision: done.revision, ledger_id: done.ledger_id, ..about(sender) };
    let answer = ask(gate, since).await;
    assert!(answer.revision >= done.revision);
    assert_eq!(reasons(&answer), ["SENDER_SUSPENDED"], "a stale answer in spite of at_least_revision");
}

/// Many revocations. Of every other one the time from its acknowledgement to the last ALLOW at the other node, where
/// somebody asks all the time; the others are asked for by their revisions.
async fn revoked(stage: &Stage, hears: Hears, many: usize, between_polls: Duration) -> Vec<Duration> {
    let (two, _wire) = stage.another(hears).await;
    let (mut chance, mut times) = (Chance::new(1), Vec::new());
    let (mut operator, mut gate) = (stage.one.operator(), two.gateway());
    for n in 0..many {
        if n % ANEW == ANEW - 1 {
            (operator, gate) = (stage.one.operator(), two.gateway());
        }
        let sender = &stage.senders[n % SENDERS];
        until_allowed(&mut gate, about(sender)).await;
        if hears == Hears::Polls {
            // Seeing the last one, the node has just polled: revocations are to fall anywhere between two polls.
            let micros = chance.below(usize::try_from(between_polls.as_micros()).unwrap());
            tokio::time::sleep(Duration::from_micros(micros as u64)).await;
        }
        if n.is_multiple_of(2) {
            let asking = tokio::spawn(until_denied(gate.clone(), about(sender), PATIENCE));
            suspend(&mut operator, &sender.id).await;
            let acknowledged = Instant::now();
            let (last, denied) = asking.await.unwrap();
            assert!(denied, "a revocation is not seen");
            times.push(last.saturating_duration_since(acknowledged));
        } else {
            let done = suspend(&mut operator, &sender.id).await;
            never_stale(&mut gate, sender, done).await;
        }
        for _ in 0..3 {
            assert_eq!(ask(&mut gate, about(sender)).await.decision(), pb::Decision::Deny, "seen, and forgotten");
        }
        resume(&mut operator, &sender.id).await;
    }
    times.sort();
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_is_soon_seen_at_the_other_node() {
    let Some(stage) = Stage::set().await else { return };
    let (many, between_polls) = (setting("OMBORD_TEST_REVOCATIONS", 30), Settings::default().gate.poll_interval);
    // Those that wait for a poll take longer.
    for (hears, many) in [(Hears::Notices, many), (Hears::Polls, many.div_ceil(2))] {
        let times = revoked(&stage, hears, many, between_polls).await;
        let (half, most, worst) = (percentile(&times, 50), percentile(&times, 99), percentile(&times, 100));
        println!(
            "{hears:?}: {} revocations, the last ALLOW after p50 {half:?}, p99 {most:?}, max {worst:?}; \
             {} by revision: 0 stale",
            times.len(),
            many - times.len()
        );
        if figures() {
            let bound = if hears == Hears::Notices { HEARD } else { between_polls + POLLED };
            assert!(most <= bound, "{hears:?}: {most:?}");
            assert!(worst < between_polls + SLACK, "{hears:?}: {worst:?}");
        }
    }
    // With the feed off, the same caller sees ALLOW long after the acknowledgement: the proof above can fail.
    let (two, _wire) = stage.another(Hears::Nothing).await;
    let (mut operator, mut gate) = (stage.one.operator(), two.gateway());
    let mut stale = Vec::new();
    for sender in &stage.senders[..3] {
        assert_eq!(ask(&mut gate, about(sender)).await.decision(), pb::Decision::Allow);
        let done = suspend(&mut operator, &sender.id).await;
        let acknowledged = Instant::now();
        let (last, denied) = until_denied(gate.clone(), about(sender), between_polls + SLACK).await;
        if !denied {
            stale.push(last - acknowledged);
        }
        never_stale(&mut gate, sender, done).await;
        resume(&mut operator, &sender.id).await;
    }
    println!("{:?}: stale ALLOWs up to {stale:?} after the acknowledgement", Hears::Nothing);
    assert!(!stale.is_empty(), "a node that hears nothing is found out");
}
