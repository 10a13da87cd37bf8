//! Followers whose server, or who themselves, are killed, cut off or begun anew while things change: each revision that they
//! claim is the ledger's, and nothing is allowed beyond the lease after a revocation.

use super::{
    PATIENCE, on_postgres, resume, suspend, through,
    truth::{Claim, Truth},
};
use crate::{
    fold::walk::Walk,
    support::{
        chance::Chance,
        database::Database,
        process::Process,
        relay::Relay,
        server::{Clients, Server, issuer, request_id},
        setting,
        world::{evidence, furnish, in_seconds, integrator, number, question, registration},
    },
};
use ombord::{
    app::System,
    auth::issuer::Grant,
    client::{Client, GateFollower, Lease, Named, Question, WhenOver},
    domain::{ids::IntegratorId, organisation_number::OrganisationNumber, time::Timestamp, vocabulary::ContentType},
    gate::state::State,
    pb,
    service::{caller::Scopes, ports::Clock},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tonic::transport::Endpoint;

const LEASE: Lease =
    Lease { length: Duration::from_secs(2), clock_skew: Duration::from_millis(200), when_over: WhenOver::CannotDecide };

/// After so many rounds other senders take the place of those that change.
const LIFE: usize = 5;

/// The sender whose right is revoked again and again: its integrator has no other, and an exception lifts whatever else
/// happens to the agreements.
const REVOKED: usize = 700_001;
const THROUGH: &str = "third";

/// What the two who watch the followers share.
struct Watched {
    follower: Mutex<Arc<GateFollower>>,
    proxy: Mutex<Clients>,
    questions: Mutex<Arc<pb::BatchCheckSendRequest>>,
    claims: Mutex<Vec<Claim>>,
    /// Whether claims are held against the ledger just now.
    judging: AtomicBool,
    /// When the revocation that stands was acknowledged.
    revoked: Mutex<Option<Timestamp>>,
    /// How long after that the last ALLOW was asked for; of the follower and of the proxy.
    last: [Mutex<Duration>; 2],
    /// How many ALLOWs there were after a revocation.
    stale: [AtomicUsize; 2],
    faults: Mutex<Vec<String>>,
}

impl Watched {
    fn revoked(&self) -> Option<Timestamp> {
        *self.revoked.lock().unwrap()
    }

    /// Judges an ALLOW that was asked for at a time, when this revocation stood.
    fn judge(&self, who: usize, revoked: Option<Timestamp>, asked: Timestamp) {
        // Given back meanwhile, it may be allowed again.
        let Some(since) = revoked.filter(|_| self.revoked() == revoked) else { return };
        let age = asked.since(since);
        self.stale[who].fetch_add(1, Ordering::Relaxed);
        let mut last = self.last[who].lock().unwrap();
        *last = age.max(*last);
        if age >= LEASE.length {
            self.faults.lock().unwrap().push(format!("{who} allows {age:?} after the revocation"));
        }
    }
}

fn revoked_sender() -> Question {
    let sender = Named::Number(OrganisationNumber::parse(&number(REVOKED)).unwrap());
    let integrator_id = Some(IntegratorId::parse(THROUGH).unwrap());
    Question { sender, integrator_id, content_type: ContentType::Payslip }
}

async fn watch_follower(watched: Arc<Watched>) {
    let (question, mut claimed): (_, Option<Arc<State>>) = (revoked_sender(), None);
    loop {
        let follower = watched.follower.lock().unwrap().clone();
        let (revoked, asked) = (watched.revoked(), System.now());
        if follower.check(&question, asked).is_ok_and(|told| told.allowed) {
            watched.judge(0, revoked, asked);
        }
        if let Ok(facts) = follower.facts(System.now())
            && claimed.as_ref().is_none_or(|last| !Arc::ptr_eq(last, facts.state()))
        {
            claimed = Some(facts.state().clone());
            watched.claims.lock().unwrap().push(Claim::Facts(facts.state().clone(), System.now()));
        }
        drop(follower);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn watch_proxy(watched: Arc<Watched>) {
    loop {
        let mut near = watched.proxy.lock().unwrap().clone();
        let (revoked, asked) = (watched.revoked(), System.now());
        // It may be dead, or unable to decide.
        if let Ok(told) = near.gate.check_send(question(&number(REVOKED), THROUGH)).await
            && told.get_ref().decision() == pb::Decision::Allow
        {
            watched.judge(1, revoked, asked);
        }
        // To judge a claim takes longer than to make one: while those of a round are judged, no more are asked for.
        let questions = watched.questions.lock().unwrap().clone();
        if !watched.judging.load(Ordering::Relaxed)
            && let Ok(told) = near.gate.batch_check_send(pb::BatchCheckSendRequest::clone(&questions)).await
        {
            watched.claims.lock().unwrap().push(Claim::Answers(questions, told.into_inner()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Questions about all senders through all integrators, by numbers (but for sole traders', which only the server knows) and
/// by references.
fn questions(walk: &Walk) -> pb::BatchCheckSendRequest {
    let mut items = Vec::new();
    for integrator in ["first", "second", THROUGH] {
        for content_type in [pb::ContentType::Payslip, pb::ContentType::Letter] {
            let ask = || pb::BatchCheckSendItem {
                integrator_id: integrator.into(),
                content_type: content_type as i32,
                ..Default::default()
            };
            let numbers = walk.numbers().into_iter().chain([number(REVOKED), number(900_001)]);
            let companies = numbers.filter(|number| number.len() == 10);
            items.extend(companies.map(|organisation_number| pb::BatchCheckSendItem { organisation_number, ..ask() }));
            items.extend(
                walk.references()
                    .into_iter()
                    .map(|external_reference| pb::BatchCheckSendItem { external_reference, ..ask() }),
            );
        }
    }
    pb::BatchCheckSendRequest { items, ..Default::default() }
}

/// What is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strike {
    /// kill -9 of the server.
    Server,
    /// kill -9 of the proxy.
    Proxy,
    /// The follower is dropped, and another one made.
    Follower,
    /// The followers' connections, several times.
    Wires,
    /// The server's way to its database, for longer than the lease.
    Database,
}

const STRIKES: [Strike; 6] =
    [Strike::Server, Strike::Proxy, Strike::Database, Strike::Wires, Strike::Follower, Strike::Server];

struct Stage {
    /// A node beside the one that is followed, where things are changed.
    writer: Server,
    operator: Clients,
    sender_id: String,
    /// The node that is followed.
    served: Option<Process>,
    proxy: Option<Process>,
    data: Relay,
    /// The wires of the follower and of the proxy.
    wires: [Relay; 2],
    token: String,
    watched: Arc<Watched>,
    database: Database,
    address: SocketAddr,
    folder: TempDir,
}

fn follow(address: SocketAddr, token: &str) -> Arc<GateFollower> {
    let channel = Endpoint::new(format!("http://{address}")).unwrap().connect_lazy();
    let token = token.to_owned();
    Arc::new(GateFollower::start(Client::new(channel, Arc::new(move || token.clone())), LEASE))
}

fn proxied(folder: &TempDir, address: SocketAddr, token: &str) -> (Process, Clients) {
    let [length, skew] = [LEASE.length, LEASE.clock_skew].map(|time| time.as_millis().to_string());
    let proxy = Process::proxy(folder.path(), address, token, &["--lease-ms", &length, "--clock-skew-ms", &skew]);
    let clients = Clients::new(proxy.channel(), None);
    (proxy, clients)
}

/// The sender that is revoked: active with its integrator, and excepted from all agreements. Its id.
async fn excepted(server: &Server) -> String {
    integrator(server, THROUGH, &number(800_000)).await;
    let mut third = server.integrator(THROUGH);
    // Without an address nobody contests it.
    let registering = pb::RegisterSenderRequest { contact_point: None, ..registration(&number(REVOKED), "V-1") };
    let registered = third.senders.register_sender(registering).await.unwrap().into_inner();
    let confirming = pb::ConfirmConnectionRequest {
        request_id: request_id(),
        external_reference: "V-1".into(),
        evidence: vec![evidence("instruction")],
        ..Default::default()
    };
    third.senders.confirm_connection(confirming).await.unwrap();
    let proposing = pb::ProposeExceptionRequest {
        request_id: request_id(),
        sender_id: registered.sender_id.clone(),
        until: Some(in_seconds(48 * 3600)),
        reason: "Lönedag".into(),
        ..Default::default()
    };
    let proposed = server.operator("anna").exceptions.propose_exception(proposing).await.unwrap().into_inner();
    let approving = pb::ApproveExceptionRequest { request_id: request_id(), exception_id: proposed.exception_id };
    server.operator("bo").exceptions.approve_exception(approving).await.unwrap();
    registered.sender_id
}

impl Stage {
    async fn set() -> Option<(Self, Walk, Truth)> {
        let (database, address) = on_postgres().await?;
        let folder = tempfile::tempdir().unwrap();
        let writer = Server::start(database.store.clone()).await;
        furnish(&writer).await;
        let sender_id = excepted(&writer).await;
        let walk = Walk::new(&writer, Chance::new(setting("OMBORD_TEST_SEED", 1) as u64 + 40)).await;
        let data = Relay::to(address).await;
        let served = Process::start(folder.path(), &through(&database.url, data.address));
        let grant = Grant {
            subject: "gateway".into(),
            integrator: None,
            scopes: Scopes::GATE_CHECK,
            lifetime_seconds: 12 * 3600,
        };
        let token = issuer().mint(&grant, &writer.settings.auth.rules, System.now()).unwrap();
        let wires = [Relay::to(served.address).await, Relay::to(served.address).await];
        let (proxy, near) = proxied(&folder, wires[1].address, &token);
        let questions = Arc::new(questions(&walk));
        let watched = Arc::new(Watched {
            follower: Mutex::new(follow(wires[0].address, &token)),
            proxy: Mutex::new(near),
            questions: Mutex::new(questions.clone()),
            claims: Mutex::default(),
            judging: AtomicBool::new(false),
            revoked: Mutex::default(),
            last: Default::default(),
            stale: Default::default(),
            faults: Mutex::default(),
        });
        let truth = Truth::of(database.store.clone(), database.ledger_id, questions);
        let operator = writer.operator("anna");
        let (served, proxy) = (Some(served), Some(proxy));
        let stage =
            Self { writer, operator, sender_id, served, proxy, data, wires, token, watched, database, address, folder };
        Some((stage, walk, truth))
    }

    fn follower(&self) -> Arc<GateFollower> {
        self.watched.follower.lock().unwrap().clone()
    }

    fn near(&self) -> Clients {
        self.watched.proxy.lock().unwrap().clone()
    }

    /// Waits until both followers have what was written last. What they say of the sender then: whether it may send.
    async fn all_follow(&self) -> [bool; 2] {
        let (head, began) = (self.database.store.read().await.unwrap().head().clone(), Instant::now());
        let follower = self.follower();
        assert!(follower.reaches(head.revision, PATIENCE).await, "the follower stays behind");
        let asked = pb::CheckSendRequest {
            at_least_revision: head.revision,
            ledger_id: head.ledger_id.to_string(),
            ..question(&number(REVOKED), THROUGH)
        };
        let ours = loop {
            match follower.check(&revoked_sender(), System.now()) {
                Ok(told) => break told.allowed,
                Err(cannot) => assert!(began.elapsed() < PATIENCE, "{cannot}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        loop {
            match self.near().gate.check_send(asked.clone()).await {
                Ok(told) => return [ours, told.get_ref().decision() == pb::Decision::Allow],
                Err(refused) => assert!(began.elapsed() < PATIENCE, "{refused:?}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Revokes the sender's right; from the acknowledgement on the lease is counted.
    async fn revoke(operator: &mut Clients, watched: &Watched, sender_id: &str) {
        suspend(operator, sender_id).await;
        *watched.revoked.lock().unwrap() = Some(System.now());
    }

    /// Changes with a strike in their midst, and a revocation while it lasts.
    async fn round(&mut self, walk: &mut Walk, chance: &mut Chance, strike: Strike, changes: usize) {
        *self.watched.revoked.lock().unwrap() = None;
        resume(&mut self.operator, &self.sender_id).await;
        assert_eq!(self.all_follow().await, [true; 2], "it may send before it is revoked");
        if strike == Strike::Database {
            // Before the revocation: nobody is to hear of it.
            self.data.shut().await;
            Self::revoke(&mut self.operator, &self.watched, &self.sender_id).await;
        }
        let before = chance.below(changes);
        for _ in 0..before {
            walk.step().await;
        }
        let delay = Duration::from_micros(chance.below(20_000) as u64);
        let changing = async {
            for _ in before..changes {
                walk.step().await;
            }
            if strike != Strike::Database {
                Self::revoke(&mut self.operator, &self.watched, &self.sender_id).await;
            }
        };
        let striking = async {
            tokio::time::sleep(delay).await;
            match strike {
                Strike::Server => self.served.take().unwrap().kill(),
                Strike::Proxy => self.proxy.take().unwrap().kill(),
                Strike::Follower => {
                    *self.watched.follower.lock().unwrap() = follow(self.wires[0].address, &self.token);
                }
                Strike::Wires => {
                    for _ in 0..3 {
                        self.wires.iter().for_each(Relay::cut);
                        tokio::time::sleep(delay).await;
                    }
                }
                Strike::Database => {}
            }
        };
        tokio::join!(changing, striking);
        match strike {
            Strike::Server => {
                let served = Process::start(self.folder.path(), &through(&self.database.url, self.data.address));
                self.wires.iter().for_each(|wire| wire.lead_to(served.address));
                self.served = Some(served);
            }
            Strike::Proxy => {
                let (proxy, near) = proxied(&self.folder, self.wires[1].address, &self.token);
                *self.watched.proxy.lock().unwrap() = near;
                self.proxy = Some(proxy);
            }
            Strike::Database => {
                self.stops_allowing().await;
                self.data.lead_to(self.address);
            }
            Strike::Follower | Strike::Wires => {}
        }
        assert_eq!(self.all_follow().await, [false; 2], "the revocation is known");
    }

    /// Waits until neither follower allows what was revoked, though nobody could tell them.
    async fn stops_allowing(&self) {
        let began = Instant::now();
        loop {
            let ours = self.follower().check(&revoked_sender(), System.now()).is_ok_and(|told| told.allowed);
            let theirs = self.near().gate.check_send(question(&number(REVOKED), THROUGH)).await;
            if !ours && theirs.is_err() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "they go on allowing");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_followers_and_servers_claim_only_what_is_so() {
    let Some((mut stage, mut walk, mut truth)) = Stage::set().await else { return };
    let (kills, changes) = (setting("OMBORD_TEST_KILLS", STRIKES.len()), setting("OMBORD_TEST_CHANGES", 200));
    let mut chance = Chance::new(setting("OMBORD_TEST_SEED", 1) as u64);
    let watched = stage.watched.clone();
    let watching = [tokio::spawn(watch_follower(watched.clone())), tokio::spawn(watch_proxy(watched.clone()))];
    let stale = || watched.stale.iter().map(|one| one.load(Ordering::Relaxed)).min().unwrap();
    let mut beyond = 0;
    for kill in 0..kills {
        let strike = STRIKES[kill % STRIKES.len()];
        if kill > 0 && kill.is_multiple_of(LIFE) {
            walk.move_on();
            truth.questions = Arc::new(questions(&walk));
            *watched.questions.lock().unwrap() = truth.questions.clone();
        }
        let mut tries = 0;
        loop {
            let before = stale();
            stage.round(&mut walk, &mut chance, strike, changes.div_ceil(kills)).await;
            let claims = std::mem::take(&mut *watched.claims.lock().unwrap());
            watched.judging.store(true, Ordering::Relaxed);
            truth.check(claims).await;
            watched.judging.store(false, Ordering::Relaxed);
            assert_eq!(*watched.faults.lock().unwrap(), [""; 0]);
            // Who is cut off goes on for as long as the lease: else nothing was shown, be it that the machine was too busy.
            if strike != Strike::Database || stale() > before {
                break;
            }
            tries += 1;
            assert!(tries < 10, "nobody who is cut off goes on");
        }
        beyond += usize::from(strike == Strike::Database);
    }
    for one in watching {
        assert!(!one.is_finished());
        one.abort();
    }
    let revisions = stage.database.store.read().await.unwrap().head().revision;
    let [ours, theirs] = watched.last.each_ref().map(|last| *last.lock().unwrap());
    println!(
        "{kills} strikes over {revisions} revisions: {} claims are the ledger's, {} came late; the last ALLOW after a revocation was \
         asked for after {ours:?} of the follower and {theirs:?} of the proxy, {beyond} times cut off for {:?}",
        truth.held, truth.late, LEASE.length
    );
    assert!(truth.held > kills && truth.late < truth.held / 10);
    stage.writer.stop().await;
}
