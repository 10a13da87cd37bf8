//! A database that is cut off, hangs or crashes under load: within the bound on staleness the gate answers all the same,
//! beyond it never ALLOW, and afterwards it goes on by itself.

use super::{PATIENCE, Sender, furnished, resume, suspend, through};
use crate::support::{
    cluster::Cluster,
    database::{self, Kind},
    health::Health,
    process::{OMBORD, Process, command},
    relay::Relay,
    server::{Clients, reason},
    setting,
    world::{question, reasons},
};
use ombord::{
    app::System,
    domain::{ids::LedgerId, time::Timestamp},
    grpc::api::Api,
    pb,
    service::ports::Clock,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

const CALLERS: usize = 3;

/// What happens to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outage {
    /// Connections are cut, and no more can be made.
    Cut,
    /// Connections stay, and nothing is answered.
    Hung,
    /// It crashes and is started again.
    Crashed,
}

impl Outage {
    async fn begin(self, database: &Cluster, wire: &Relay) {
        match self {
            Self::Cut => wire.shut().await,
            Self::Hung => database.hang(),
            Self::Crashed => database.crash().await,
        }
    }

    async fn end(self, database: &Cluster, wire: &Relay) {
        match self {
            Self::Cut => wire.lead_to(database.address),
            Self::Hung => database.go_on(),
            Self::Crashed => database.up().await,
        }
    }
}

/// What those who ask the gate saw.
#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    answers: AtomicUsize,
    refusals: AtomicUsize,
    /// The newest confirmation that any answer has told of, in microseconds.
    confirmed: AtomicI64,
    /// The age of the oldest facts that an answer came from, in microseconds.
    oldest: AtomicI64,
    faults: Mutex<Vec<String>>,
}

impl Seen {
    fn fault(&self, what: String) {
        self.faults.lock().unwrap().push(what);
    }

    fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }

    /// One question after the other. Whatever the machine is busy with: an answer comes from facts that were within the
    /// bound when it was asked for, and a refusal when they were known to be beyond it.
    async fn ask(self: Arc<Self>, mut gate: Clients, about: pb::CheckSendRequest, bound: Duration) {
        let bound = i64::try_from(bound.as_micros()).unwrap();
        while !self.stop.load(Ordering::SeqCst) {
            let (known, asked) = (self.confirmed.load(Ordering::SeqCst), System.now().micros());
            match gate.gate.check_send(about.clone()).await {
                Ok(answer) => {
                    let answer = answer.into_inner();
                    let confirmed = answer.confirmed_time.unwrap();
                    let confirmed = Timestamp::from_parts(confirmed.seconds, confirmed.nanos).unwrap().micros();
                    self.confirmed.fetch_max(confirmed, Ordering::SeqCst);
                    self.oldest.fetch_max(asked - confirmed, Ordering::SeqCst);
                    self.answers.fetch_add(1, Ordering::SeqCst);
                    if answer.decision() != pb::Decision::Allow {
                        self.fault(format!("no ALLOW: {answer:?}"));
                    }
                    if asked - confirmed > bound {
                        self.fault(format!("ALLOW from facts that are {} µs old", asked - confirmed));
                    }
                }
                Err(refused) => {
                    self.refusals.fetch_add(1, Ordering::SeqCst);
                    let age = System.now().micros() - known;
                    if age <= bound {
                        self.fault(format!("refused while the facts are at most {age} µs old: {refused:?}"));
                    }
                    let again = refused.get_details_retry_info().and_then(|info| info.retry_delay);
                    if refused.code() != Code::Unavailable || reason(&refused) != "GATE_NOT_READY" || again.is_none() {
                        self.fault(format!("refused otherwise: {refused:?}"));
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

struct Stage {
    database: Cluster,
    wire: Relay,
    node: Process,
    /// Where its metrics are.
    admin: SocketAddr,
    sender: Sender,
    bound: Duration,
    health: Health,
    seen: Arc<Seen>,
    callers: Vec<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set(bound: Duration) -> Option<Self> {
        let database = Cluster::make().await?;
        let store = database::open(Kind::Postgres, &database.url()).await;
        store.migrate(LedgerId(Uuid::from_u64_pair(7, 7))).await.unwrap();
        let sender = furnished(&store, 1).await.remove(0);
        drop(store);
        let wire = Relay::to(database.address).await;
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(OMBORD, &["serve"], folder.path(), &through(&database.url(), wire.address));
        let admin = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let node = Process::spawn({
            command.env("OMBORD_GATE_MAX_STALENESS", format!("{}ms", bound.as_millis()));
            command.env("OMBORD_ADMIN_LISTEN", admin.to_string());
            command
        });
        let (health, seen) = (Health::at(node.address), Arc::new(Seen::default()));
        let about = question(&sender.number, "first");
        let callers =
            (0..CALLERS).map(|_| tokio::spawn(seen.clone().ask(node.gateway(), about.clone(), bound))).collect();
        Some(Self { database, wire, node, admin, sender, bound, health, seen, callers, _folder: folder })
    }

    /// What the node shows of its gate: by how many seconds it lags, and whether it answers.
    async fn metrics(&self) -> (f64, bool) {
        let mut line = TcpStream::connect(self.admin).await.unwrap();
        line.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await.unwrap();
        let mut shown = String::new();
        line.read_to_string(&mut shown).await.unwrap();
        let value = |name: &str| -> f64 {
            let value = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            value.unwrap_or_else(|| panic!("{name} is not in {shown}")).parse().unwrap()
        };
        (value("ombord_gate_lag_seconds"), value("ombord_gate_answers") == 1.0)
    }

    /// That everything serves, and the gate as expected.
    async fn healthy(&mut self, gate: bool) -> bool {
        for name in Api::SERVICES.iter().chain(&[""]).filter(|name| **name != Api::GATE) {
            assert!(self.health.serves(name).await, "{name:?} goes down with the database");
        }
        self.health.serves(Api::GATE).await == gate
    }

    /// An outage for longer than the bound, and what became of it.
    async fn suffer(&mut self, outage: Outage) {
        let (answers, refusals) = (self.seen.answers.load(Ordering::SeqCst), self.seen.refusals());
        outage.begin(&self.database, &self.wire).await;
        let began = Instant::now();
        // Until the bound is reached, and both the callers and whoever asks for its health have been told.
        while !self.healthy(false).await || self.seen.refusals() == refusals {
            assert!(began.elapsed() < self.bound + PATIENCE, "{outage:?}: it goes on answering for ever");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (served, lasted) = (self.seen.answers.load(Ordering::SeqCst) - answers, began.elapsed());
        let (lag, answers) = self.metrics().await;
        assert!(lag > self.bound.as_secs_f64() && !answers, "{outage:?}: {lag} s, {answers}");
        outage.end(&self.database, &self.wire).await;
        let began = Instant::now();
        while !self.healthy(true).await {
            assert!(began.elapsed() < PATIENCE, "{outage:?}: the gate does not come back");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let back = began.elapsed();
        let (lag, answers) = self.metrics().await;
        assert!(lag <= self.bound.as_secs_f64() && answers, "{outage:?} is over: {lag} s, {answers}");
        self.revokes().await;
        println!(
            "{outage:?} for {lasted:?}: {served} answers of facts at most {:?} old (bound {:?}), then {} refusals; serving \
             again {back:?} after its end",
            Duration::from_micros(self.seen.oldest.load(Ordering::SeqCst).try_into().unwrap()),
            self.bound,
            self.seen.refusals() - refusals,
        );
        assert!(served > 0, "{outage:?}: nothing was asked within the bound");
        assert_eq!(*self.seen.faults.lock().unwrap(), [""; 0], "{outage:?}");
    }

    /// It reads and writes again: what is revoked now is.
    async fn revokes(&mut self) {
        self.seen.stop.store(true, Ordering::SeqCst);
        for caller in self.callers.drain(..) {
            caller.await.unwrap();
        }
        let (mut operator, mut gate, began) = (self.node.operator(), self.node.gateway(), Instant::now());
        // A pooled connection that was lost may cost a call.
        let probe = pb::GetAgreementRequest { agreement_id: "terms".into() };
        while let Err(refused) = operator.agreements.get_agreement(probe.clone()).await {
            assert!(refused.code() == Code::Unavailable && began.elapsed() < PATIENCE, "{refused:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let done = suspend(&mut operator, &self.sender.id).await;
        let about = question(&self.sender.number, "first");
        let since =
            pb::CheckSendRequest { at_least_revision: done.revision, ledger_id: done.ledger_id, ..about.clone() };
        let answer = gate.gate.check_send(since).await.unwrap().into_inner();
        assert_eq!(reasons(&answer), ["SENDER_SUSPENDED"]);
        let done = resume(&mut operator, &self.sender.id).await;
        let since =
            pb::CheckSendRequest { at_least_revision: done.revision, ledger_id: done.ledger_id, ..about.clone() };
        assert_eq!(gate.gate.check_send(since).await.unwrap().into_inner().decision(), pb::Decision::Allow);
        self.seen.stop.store(false, Ordering::SeqCst);
        let ask = || tokio::spawn(self.seen.clone().ask(self.node.gateway(), about.clone(), self.bound));
        self.callers = (0..CALLERS).map(|_| ask()).collect();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_outlives_its_database_up_to_the_bound_and_comes_back() {
    let bound = Duration::from_secs(setting("OMBORD_TEST_OUTAGE", 2) as u64);
    let Some(mut stage) = Stage::set(bound).await else { return };
    let process = stage.node.child.id();
    for outage in [Outage::Cut, Outage::Hung, Outage::Crashed] {
        stage.suffer(outage).await;
    }
    stage.seen.stop.store(true, Ordering::SeqCst);
    for caller in stage.callers.drain(..) {
        caller.await.unwrap();
    }
    assert!(stage.node.child.try_wait().unwrap().is_none() && stage.node.child.id() == process, "without a restart");
}
