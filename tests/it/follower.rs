//! Followers decide as their server does, and never on facts that are older than their lease; also through `gate-proxy`.

mod about;

use crate::{
    fold::walk::Walk,
    support::{
        chance::Chance,
        database::{Database, each},
        every_rpc::sole_trader,
        faulty::{Fault, Faulty},
        frames::Wire,
        process::Process,
        relay::Relay,
        server::{Clients, Server, reason, request_id, settings},
        setting,
        watching::{facts, newest},
        world::{acceptance, accepted_sender, furnish, in_seconds, number, question, registration},
    },
};
use futures_util::{Stream, StreamExt, stream};
use ombord::{
    app::System,
    client::{CannotDecide, Client, Decision, GateFollower, Lease, Named, Question, WhenOver},
    domain::{
        ids::IntegratorId, organisation_number::OrganisationNumber, reason::Code as Reason, rules::RULES_VERSION,
        vocabulary::ContentType,
    },
    pb::{
        self,
        gate_service_server::{GateService, GateServiceServer},
        watch_gate_response::Message as Said,
    },
    service::{caller::Scopes, ports::Clock},
};
use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, transport::Endpoint};

const PATIENCE: Duration = Duration::from_secs(20);

fn follow(address: SocketAddr, token: String, lease: Lease) -> GateFollower {
    let channel = Endpoint::new(format!("http://{address}")).unwrap().connect_lazy();
    GateFollower::start(Client::new(channel, Arc::new(move || token.clone())), lease)
}

fn gateway(server: &Server) -> String {
    server.token("gateway", None, Scopes::GATE_CHECK)
}

fn payslip(sender: Named, integrator: &str) -> Question {
    let integrator_id = Some(IntegratorId::parse(integrator).unwrap());
    Question { sender, integrator_id, content_type: ContentType::Payslip }
}

fn of(number: &str) -> Named {
    Named::Number(OrganisationNumber::parse(number).unwrap())
}

async fn suspend(server: &Server, sender_id: &str) {
    let request = pb::SuspendSenderRequest {
        request_id: request_id(),
        sender_id: sender_id.to_owned(),
        reason: "Konkurs".into(),
        ..Default::default()
    };
    server.operator("anna").senders.suspend_sender(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_whose_connection_breaks_has_the_facts_of_every_revision() {
    let (rounds, seed) = (setting("OMBORD_TEST_ROUNDS", 20), setting("OMBORD_TEST_SEED", 1) as u64);
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let relay = Relay::to(server.address).await;
        let follower = follow(relay.address, gateway(&server), Lease::default());
        let mut walk = Walk::new(&server, Chance::new(seed + 90)).await;
        let mut chance = Chance::new(seed);
        for _ in 0..rounds {
            for _ in 0..chance.below(10) {
                walk.step().await;
                if chance.once_in(8) {
                    relay.cut();
                }
            }
            let state = newest(&server).await;
            assert!(follower.reaches(state.revision, PATIENCE).await, "revision {}", state.revision);
            let held = follower.facts(System.now()).unwrap();
            assert_eq!((held.revision(), held.ledger_id()), (state.revision, state.ledger_id));
            assert_eq!(facts(held.state()), facts(&state), "at revision {}", state.revision);
        }
        // Another server, of another ledger, behind the same address: all of it is forgotten.
        let elsewhere = Database::make(database.kind).await.unwrap();
        let other = Server::start(elsewhere.store.clone()).await;
        furnish(&other).await;
        relay.lead_to(other.address);
        let began = Instant::now();
        loop {
            match follower.facts(System.now()) {
                Ok(held) if held.ledger_id() == elsewhere.ledger_id => {
                    let state = newest(&other).await;
                    assert_eq!(facts(held.state()), facts(&state));
                    break;
                }
                _ => assert!(began.elapsed() < PATIENCE, "the other ledger is not followed"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(follower);
        other.stop().await;
        server.stop().await;
        elsewhere.discard().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_decides_as_the_server_and_asks_it_where_only_that_can_tell() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let (trader, mut first) = (sole_trader(3), server.integrator("first"));
        accepted_sender(&server, &number(1), "K-1").await;
        first.senders.register_sender(registration(&number(2), "K-2")).await.unwrap();
        first.senders.register_sender(registration(&trader, "K-3")).await.unwrap();
        let accepting = acceptance(&first, "K-3").await;
        first.acceptances.record_acceptance(accepting).await.unwrap();
        let revision = newest(&server).await.revision;
        let follower = follow(server.address, gateway(&server), Lease::default());
        assert_eq!(follower.check(&payslip(of(&number(1)), "first"), System.now()), Err(CannotDecide::NoFacts));
        assert!(follower.reaches(revision, PATIENCE).await);
        let check = |question: &Question| follower.check(question, System.now());
        let allowed = Decision { allowed: true, hold: false, reason: None };
        let held = |reason| Decision { allowed: false, hold: true, reason: Some(reason) };
        assert_eq!(check(&payslip(of(&number(1)), "first")), Ok(allowed));
        assert_eq!(check(&payslip(of(&number(2)), "first")), Ok(held(Reason::ConnectionNotConfirmed)));
        let stranger = check(&payslip(of(&number(1)), "second")).unwrap();
        assert_eq!((stranger.allowed, stranger.reason), (false, Some(Reason::SenderNotVisible)));
        // A sole trader is known by the integrator's reference, and by its number to the server only.
        assert_eq!(check(&payslip(Named::Reference("K-3".into()), "first")), Ok(allowed));
        let by_number = payslip(of(&trader), "first");
        assert_eq!(check(&by_number), Err(CannotDecide::SoleTrader));
        assert_eq!(follower.check_or_ask(&by_number, || System.now()).await.unwrap(), allowed);
        // An integrator's follower need not name it, and answers for nobody else.
        let token = server.token("system", Some("first"), Scopes::SENDERS_READ);
        let own = follow(server.address, token, Lease::default());
        assert!(own.reaches(revision, PATIENCE).await);
        let unnamed = Question { integrator_id: None, ..payslip(of(&number(1)), "first") };
        assert_eq!(own.check(&unnamed, System.now()), Ok(allowed));
        assert_eq!(own.check(&payslip(of(&number(1)), "second"), System.now()), Err(CannotDecide::NotFollowed));
        let refused = own.check_or_ask(&payslip(of(&number(1)), "second"), || System.now()).await.unwrap_err();
        assert_eq!(reason(&refused), "INTEGRATOR_MISMATCH");
        drop((follower, own));
        server.stop().await;
    })
    .await;
}

/// A server of tomorrow: other rules, and whatever it likes to say.
struct Tomorrow(Vec<pb::WatchGateResponse>);

#[tonic::async_trait]
impl GateService for Tomorrow {
    async fn check_send(
        &self,
        request: Request<pb::CheckSendRequest>,
    ) -> Result<Response<pb::CheckSendResponse>, Status> {
        // Of the integrator `second` it has heard long ago.
        let age = if request.get_ref().integrator_id == "second" { 3600 } else { 0 };
        let decision = pb::Decision::Allow as i32;
        let confirmed_time = Some(in_seconds(-age));
        Ok(Response::new(pb::CheckSendResponse { decision, confirmed_time, ..Default::default() }))
    }

    async fn batch_check_send(
        &self,
        _: Request<pb::BatchCheckSendRequest>,
    ) -> Result<Response<pb::BatchCheckSendResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn explain_send(
        &self,
        _: Request<pb::ExplainSendRequest>,
    ) -> Result<Response<pb::ExplainSendResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    type WatchGateStream = Pin<Box<dyn Stream<Item = Result<pb::WatchGateResponse, Status>> + Send>>;

    async fn watch_gate(&self, _: Request<pb::WatchGateRequest>) -> Result<Response<Self::WatchGateStream>, Status> {
        let told = stream::iter(self.0.clone()).map(Ok);
        Ok(Response::new(Box::pin(told.chain(stream::pending()))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_does_not_understand_the_server_asks_it() {
    let say = |message| pb::WatchGateResponse { message: Some(message) };
    let ledger_id = "018f0000-0000-7000-8000-000000000000".to_owned();
    let reset = say(Said::Reset(pb::WatchReset { ledger_id: ledger_id.clone(), reason: 1 }));
    let checkpoint = |rules_version| {
        say(Said::Checkpoint(pb::WatchCheckpoint {
            revision: 1,
            ledger_id: ledger_id.clone(),
            rules_version,
            confirmed_time: Some(in_seconds(0)),
            integrator_id: String::new(),
            history: vec![7; 32].into(),
        }))
    };
    let other_rules = vec![reset.clone(), checkpoint(RULES_VERSION + 1)];
    let other_message = vec![reset.clone(), checkpoint(RULES_VERSION), pb::WatchGateResponse { message: None }];
    let other_value = pb::WatchedAgreement { agreement_id: "terms".into(), kind: 9, ..Default::default() };
    let other_value = say(Said::Facts(pb::WatchFacts { agreements: vec![other_value], ..Default::default() }));
    let other_value = vec![reset.clone(), other_value, checkpoint(RULES_VERSION)];
    let ask = payslip(of(&number(1)), "first");
    for (told, asks) in [
        (vec![reset, checkpoint(RULES_VERSION)], false),
        (other_rules, true),
        (other_message, true),
        (other_value, true),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder().add_service(GateServiceServer::new(Tomorrow(told)));
        let serving = tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let follower = follow(address, "token".into(), Lease::default());
        let began = Instant::now();
        let expected = if asks { Some(CannotDecide::OtherRules) } else { None };
        while follower.facts(System.now()).err() != expected {
            assert!(began.elapsed() < PATIENCE, "{expected:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(follower.facts(System.now()).err(), expected, "it stays so");
        let told = follower.check_or_ask(&ask, || System.now()).await.unwrap();
        assert_eq!(told.allowed, asks, "the server's answer, or that of no facts");
        if asks {
            let old = follower.check_or_ask(&payslip(of(&number(1)), "second"), || System.now()).await.unwrap_err();
            assert_eq!(old.code(), Code::Unavailable, "an answer that is older than the lease");
        }
        serving.abort();
    }
}

/// A node that can be cut off from its database, and another one beside it.
struct Nodes {
    cut_off: Server,
    other: Server,
    faulty: Arc<Faulty>,
    sender_id: String,
}

impl Nodes {
    async fn start(database: &Database) -> Self {
        let faulty = Faulty::over(database.store.clone());
        let cut_off = Server::start_with(faulty.clone(), settings()).await;
        let other = Server::start(database.store.clone()).await;
        furnish(&other).await;
        let sender_id = accepted_sender(&other, &number(1), "K-1").await;
        let mut first = other.integrator("first");
        first.senders.register_sender(registration(&sole_trader(3), "K-3")).await.unwrap();
        let accepting = acceptance(&first, "K-3").await;
        first.acceptances.record_acceptance(accepting).await.unwrap();
        Self { cut_off, other, faulty, sender_id }
    }

    async fn stop(self) {
        self.cut_off.stop().await;
        self.other.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_cut_off_from_its_database_renews_no_lease() {
    each(|database| async move {
        let nodes = Nodes::start(&database).await;
        let length = Duration::from_secs(3);
        let lease = |when_over| Lease { length, clock_skew: Duration::from_millis(200), when_over };
        let ours = follow(nodes.cut_off.address, gateway(&nodes.cut_off), lease(WhenOver::CannotDecide));
        let denying = follow(nodes.cut_off.address, gateway(&nodes.cut_off), lease(WhenOver::Deny));
        let revision = newest(&nodes.other).await.revision;
        assert!(ours.reaches(revision, PATIENCE).await && denying.reaches(revision, PATIENCE).await);
        let ask = payslip(of(&number(1)), "first");
        assert!(ours.check(&ask, System.now()).unwrap().allowed);
        let kept = ours.facts(System.now()).unwrap();
        assert!(kept.answer(&ask, System.now()).unwrap().ruling.allows);
        // An answer of the server's counts from the moment at which it is there.
        let trader = payslip(of(&sole_trader(3)), "first");
        assert!(ours.check_or_ask(&trader, || System.now()).await.unwrap().allowed);
        let readings = AtomicU32::new(0);
        let slow = || System.now().plus_seconds(if readings.fetch_add(1, Ordering::Relaxed) == 0 { 0 } else { 10 });
        assert_eq!(ours.check_or_ask(&trader, slow).await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(readings.into_inner(), 2);
        nodes.faulty.set(Fault::Away);
        suspend(&nodes.other, &nodes.sender_id).await;
        let revoked = Instant::now();
        let mut last = Instant::now();
        while revoked.elapsed() < 2 * length {
            let told = [&ours, &denying].map(|one| one.check(&ask, System.now()));
            if told.iter().any(|told| told.is_ok_and(|told| told.allowed)) {
                last = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("the last ALLOW came {:?} after the revocation", last - revoked);
        assert!(last - revoked < length, "the lease is {length:?}");
        assert!(last > revoked, "the node knew nothing of it: without a lease it would have gone on");
        assert_eq!(ours.check(&ask, System.now()), Err(CannotDecide::LeaseOver));
        assert_eq!(
            kept.answer(&ask, System.now()).err(),
            Some(CannotDecide::LeaseOver),
            "nor are kept facts good for ever"
        );
        assert_eq!(denying.check(&ask, System.now()), Ok(Decision { allowed: false, hold: true, reason: None }));
        // The node itself still answers, from facts that are too old for the lease.
        assert!(nodes.cut_off.gateway().gate.check_send(question(&number(1), "first")).await.is_ok());
        assert_eq!(ours.check_or_ask(&trader, || System.now()).await.unwrap_err().code(), Code::Unavailable);
        nodes.faulty.set(Fault::None);
        assert!(ours.reaches(revision + 1, PATIENCE).await);
        let told = ours.check(&ask, System.now()).unwrap();
        assert_eq!((told.allowed, told.reason), (false, Some(Reason::SenderSuspended)));
        drop((ours, denying));
        nodes.stop().await;
    })
    .await;
}

/// A proxy in a process of its own, and somebody who asks it.
fn proxy(folder: &std::path::Path, server: &Server, more: &[&str]) -> (Process, Clients) {
    proxy_with(folder, server, &gateway(server), more)
}

/// The same with any token.
fn proxy_with(folder: &std::path::Path, server: &Server, token: &str, more: &[&str]) -> (Process, Clients) {
    let process = Process::proxy(folder, server.address, token, more);
    let clients = Clients::new(process.channel(), None);
    (process, clients)
}

/// Asks until the proxy has all facts of a revision.
async fn ready(clients: &mut Clients, server: &Server) {
    let state = newest(server).await;
    let ask = pb::CheckSendRequest {
        at_least_revision: state.revision,
        ledger_id: state.ledger_id.to_string(),
        ..question(&number(1), "first")
    };
    let began = Instant::now();
    while let Err(refused) = clients.gate.check_send(ask.clone()).await {
        assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
        assert!(began.elapsed() < PATIENCE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_gives_the_servers_answers_to_the_byte() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut walk = Walk::new(&server, Chance::new(5)).await;
        for _ in 0..150 {
            walk.step().await;
        }
        let folder = tempfile::tempdir().unwrap();
        let (process, mut near) = proxy(folder.path(), &server, &[]);
        ready(&mut near, &server).await;
        let mut far = server.gateway();
        let mut asks = Vec::new();
        for integrator in ["first", "second", "nobody", "", "Ä"] {
            asks.extend(walk.numbers().iter().map(|number| question(number, integrator)));
            for reference in walk.references() {
                let ask = question("", integrator);
                asks.push(pb::CheckSendRequest { external_reference: reference, ..ask });
            }
            asks.push(pb::CheckSendRequest { content_type: 77, ..question(&number(1), integrator) });
            // As people type it, and named twice.
            let (six, four) = (&number(1)[..6], &number(1)[6..]);
            let typed = [format!("{six}-{four}"), format!("SE{six}{four}01"), format!(" 16{six} {four}")];
            asks.extend(typed.iter().map(|typed| question(typed, integrator)));
            asks.push(pb::CheckSendRequest { external_reference: "twice".into(), ..question(&number(1), integrator) });
        }
        let ahead =
            pb::CheckSendRequest { at_least_revision: 1, ledger_id: request_id(), ..question(&number(1), "first") };
        asks.push(ahead);
        let mut alike = 0;
        for ask in &asks {
            let told = [near.gate.check_send(ask.clone()).await, far.gate.check_send(ask.clone()).await];
            let [one, other] = told.map(|told| match told {
                Ok(answer) => {
                    let answer = answer.into_inner();
                    format!("{:?}", pb::CheckSendResponse { evaluate_time: None, confirmed_time: None, ..answer })
                }
                Err(refused) => format!("{:?} {} {:?}", refused.code(), refused.message(), refused.details()),
            });
            assert_eq!(one, other, "{ask:?}");
            alike += 1;
        }
        let item = |ask: &pb::CheckSendRequest| pb::BatchCheckSendItem {
            organisation_number: ask.organisation_number.clone(),
            external_reference: ask.external_reference.clone(),
            integrator_id: ask.integrator_id.clone(),
            content_type: ask.content_type,
            ..Default::default()
        };
        let companies = asks.iter().filter(|ask| ask.organisation_number.len() != 12);
        for items in [asks.iter().map(item).collect::<Vec<_>>(), companies.map(item).collect()] {
            let request = pb::BatchCheckSendRequest { items, ..Default::default() };
            let told = [near.gate.batch_check_send(request.clone()).await, far.gate.batch_check_send(request).await];
            let [one, other] = told.map(|told| {
                let answer = told.unwrap().into_inner();
                pb::BatchCheckSendResponse { evaluate_time: None, confirmed_time: None, ..answer }
            });
            assert_eq!(one, other);
        }
        // What is no message, and what is too large, is told as the server tells it.
        let (beside, there) = (Wire::new(process.address, "none"), Wire::new(server.address, &gateway(&server)));
        let paths = ["CheckSend", "BatchCheckSend"].map(|method| format!("/ombord.v1.GateService/{method}"));
        let malformed = [vec![0xff; 40], vec![0x0a, 0xff, 0x01], vec![0x0a, 3, 0x0a, 1, 0xff], vec![0; 3 << 20]];
        for (path, bytes) in paths.iter().flat_map(|path| malformed.iter().map(move |bytes| (path, bytes))) {
            let told = [beside.call(path, bytes).await.unwrap(), there.call(path, bytes).await.unwrap()];
            let [one, other] = told.map(|told| {
                let status = told.status;
                (status.code(), status.message().to_owned(), status.details().to_vec())
            });
            assert_eq!(one, other);
            assert!([Code::InvalidArgument, Code::ResourceExhausted].contains(&one.0), "{one:?}");
        }
        println!("{alike} answers are alike");
        drop(process);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_says_no_allow_beyond_its_lease() {
    each(|database| async move {
        let nodes = Nodes::start(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let (process, mut near) =
            proxy(folder.path(), &nodes.cut_off, &["--lease-ms", "3000", "--clock-skew-ms", "200"]);
        ready(&mut near, &nodes.other).await;
        let asks = [question(&number(1), "first"), question(&sole_trader(3), "first")];
        for ask in &asks {
            assert_eq!(near.gate.check_send(ask.clone()).await.unwrap().into_inner().decision(), pb::Decision::Allow);
        }
        nodes.faulty.set(Fault::Away);
        suspend(&nodes.other, &nodes.sender_id).await;
        let revoked = Instant::now();
        while revoked.elapsed() < Duration::from_secs(6) {
            for ask in &asks {
                let begun = revoked.elapsed();
                match near.gate.check_send(ask.clone()).await {
                    Ok(told) => {
                        assert_eq!(told.into_inner().decision(), pb::Decision::Allow, "what the node knew");
                        assert!(begun < Duration::from_secs(3), "an ALLOW {begun:?} after the revocation");
                    }
                    Err(refused) => assert_eq!(reason(&refused), "GATE_NOT_READY"),
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        nodes.faulty.set(Fault::None);
        ready(&mut near, &nodes.other).await;
        let told = near.gate.check_send(asks[0].clone()).await.unwrap().into_inner();
        assert_eq!(told.reasons[0].code(), pb::Reason::SenderSuspended);
        drop(process);
        nodes.stop().await;
    })
    .await;
}
