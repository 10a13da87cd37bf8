//! `WatchGate`: what followers are told is what the gate has, no more than they may know, and never late without a word.

use crate::{
    fold::walk::Walk,
    support::{
        chance::Chance,
        database::{Database, Kind, each},
        every_rpc::sole_trader,
        faulty::{Fault, Faulty},
        server::{Server, issuer, reason, request_id, settings},
        setting,
        watching::{Watcher, facts, newest, take_nothing},
        world::{acceptance, accepted_sender, furnish, number, registration},
    },
};
use ombord::{
    app::System,
    auth::issuer::Grant,
    domain::{ids::IntegratorId, time::Timestamp, vocabulary::ContentType},
    gate::{ask::Named, state::State},
    pb,
    service::{caller::Scopes, ports::Clock},
};
use prost::Message;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tonic::Code;

/// Answers of a state about each sender through each of some integrators, now and later.
fn answers(state: &State, of: &State, slugs: &[&str], now: Timestamp) -> Vec<String> {
    let mut all = Vec::new();
    for slug in slugs {
        let integrator = IntegratorId::parse(slug).unwrap();
        for sender in of.senders() {
            for content_type in [ContentType::Payslip, ContentType::Letter] {
                for days in [0, 6, 400] {
                    let at = now.plus_seconds(days * 86_400);
                    let answer = state.answer(&Named::Id(sender.sender_id), &integrator, content_type, at);
                    let reasons: Vec<_> = answer.ruling.reasons().collect();
                    let (allows, handling) = (answer.ruling.allows, answer.ruling.handling);
                    all.push(format!(
                        "{} {slug} {allows} {reasons:?} {handling:?} {:?}",
                        sender.sender_id, answer.next_change
                    ));
                }
            }
        }
        for reference in (0..7).map(|n| format!("K-{n}")) {
            let now = state.answer(&Named::Reference(reference), &integrator, ContentType::Payslip, now);
            all.push(format!("{slug} {:?}", now.ruling.reasons().map(|reason| reason.code).collect::<Vec<_>>()));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_have_the_facts_of_every_revision_that_they_claim() {
    let (rounds, seed) = (setting("OMBORD_TEST_ROUNDS", 20), setting("OMBORD_TEST_SEED", 1));
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut walk = Walk::new(&server, Chance::new(seed as u64 + 70)).await;
        let mut chance = Chance::new(seed as u64);
        let mut all = Watcher::begin(server.gateway()).await.unwrap();
        let mut own = Watcher::begin(server.integrator("second")).await.unwrap();
        let mut broken = 0;
        for _ in 0..rounds {
            for _ in 0..chance.below(14) {
                walk.step().await;
            }
            // A stream that breaks anywhere, with what it was told since its last checkpoint lost or not.
            if chance.once_in(3) {
                broken += 1;
                all.again().await.unwrap();
                own.again().await.unwrap();
            }
            let state = newest(&server).await;
            all.reach(state.revision).await.unwrap();
            own.reach(state.revision).await.unwrap();
            let (whole, part) = (all.state.as_ref().unwrap(), own.state.as_ref().unwrap());
            assert_eq!(whole.revision, state.revision, "nothing happens meanwhile");
            assert_eq!(facts(whole), facts(&state), "at revision {}", state.revision);
            let now = System.now();
            assert_eq!(
                answers(whole, &state, &["first", "second"], now),
                answers(&state, &state, &["first", "second"], now)
            );
            assert_eq!(answers(part, &state, &["second"], now), answers(&state, &state, &["second"], now));
            assert_eq!(part.catalogue().integrators.keys().map(IntegratorId::as_str).collect::<Vec<_>>(), ["second"]);
            for (connection, _) in part.senders().flat_map(|sender| sender.references()) {
                assert_eq!(connection.integrator_id.as_str(), "second");
            }
        }
        assert_eq!(all.resets, 1, "it goes on from each of its checkpoints");
        assert_eq!(own.resets, broken + 1, "an integrator is told anew");
        let told: Vec<u8> = all.told.iter().chain(&own.told).flat_map(Message::encode_to_vec).collect();
        let told = String::from_utf8_lossy(&told).into_owned();
        let (traders, companies): (Vec<_>, Vec<_>) = walk.numbers().into_iter().partition(|number| number.len() == 12);
        assert!(traders.iter().all(|number| !told.contains(&number[2..])), "a sole trader's number");
        assert!(companies.iter().any(|number| told.contains(number.as_str())));
        for personal in ["company.example", "Öberg", "Company"] {
            assert!(!told.contains(personal), "{personal}");
        }
        println!("{broken} streams broke; {} messages of facts", all.told.len());
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_integrator_is_told_nothing_of_what_happens_elsewhere() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        ombord::service::mail::set_paused(server.store.as_ref(), true).await.unwrap();
        let (mut first, mut second) = (server.integrator("first"), server.integrator("second"));
        for (company, reference) in [(number(1), "M-1"), (number(2), "M-2"), (sole_trader(3), "M-3")] {
            second.senders.register_sender(registration(&company, reference)).await.unwrap();
        }
        let mut watcher = Watcher::begin(second.clone()).await.unwrap();
        watcher.checkpoint().await.unwrap();
        let before = watcher.told.clone();
        // The company accepts through another, is suspended, and the other is treated in its own way.
        let sender_id = accepted_sender(&server, &number(1), "K-1").await;
        let suspension = pb::SuspendSenderRequest {
            request_id: request_id(),
            sender_id,
            reason: "Konkurs".into(),
            ..Default::default()
        };
        let mut anna = server.operator("anna");
        anna.senders.suspend_sender(suspension).await.unwrap();
        let stricter = pb::SetEnforcementRequest {
            request_id: request_id(),
            agreement_id: "dpa".into(),
            integrator_id: "first".into(),
            enforcement: pb::Enforcement::Required as i32,
            minimum_assurance: pb::Assurance::EidVerified as i32,
            effective_time: None,
        };
        anna.agreements.set_enforcement(stricter).await.unwrap();
        let ending = pb::EndConnectionRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            ..Default::default()
        };
        first.senders.end_connection(ending).await.unwrap();
        watcher.reach(newest(&server).await.revision).await.unwrap();
        assert_eq!(watcher.told, before, "changes that are nobody's business");
        // Told from the beginning, it looks the same as if nothing had happened.
        let mut fresh = Watcher::begin(second.clone()).await.unwrap();
        fresh.checkpoint().await.unwrap();
        let sorted = |told: &[pb::WatchGateResponse]| {
            let mut all: Vec<String> = Vec::new();
            for message in told {
                match message.message.clone().unwrap() {
                    pb::watch_gate_response::Message::Facts(facts) => {
                        all.extend(facts.agreements.iter().map(|one| format!("{one:?}")));
                        all.extend(facts.integrators.iter().map(|one| format!("{one:?}")));
                        all.extend(facts.senders.iter().map(|one| {
                            let place = one.profile_index as usize;
                            format!(
                                "{:?} {:?}",
                                pb::WatchedSender { profile_index: 0, ..one.clone() },
                                facts.profiles[place]
                            )
                        }));
                        all.extend(facts.former_references.iter().map(|one| format!("{one:?}")));
                    }
                    other => all.push(format!("{other:?}")),
                }
            }
            all.sort();
            all
        };
        assert_eq!(sorted(&fresh.told), sorted(&before));
        // Once it is confirmed, everything shows.
        let confirming = acceptance(&second, "M-1").await;
        second.acceptances.record_acceptance(confirming).await.unwrap();
        watcher.reach(newest(&server).await.revision).await.unwrap();
        let told = format!("{:?}", &watcher.told[before.len()..]);
        assert!(told.contains("suspended: true") && told.contains("Active") || told.contains("state: 2"), "{told}");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_gone_on_from_begins_anew() {
    each(|database| async move {
        let mut settings = settings();
        settings.gate.at_least_revision_wait = Duration::from_millis(50);
        settings.limits.watch_streams = 3;
        let server = Server::start_with(database.store.clone(), settings).await;
        furnish(&server).await;
        let mut watcher = Watcher::begin(server.gateway()).await.unwrap();
        let good = watcher.checkpoint().await.unwrap();
        let cases = [
            (good.clone(), None),
            (pb::WatchCheckpoint { ledger_id: request_id(), ..good.clone() }, Some(pb::WatchResetReason::OtherLedger)),
            (pb::WatchCheckpoint { rules_version: 99, ..good.clone() }, Some(pb::WatchResetReason::OtherRules)),
            (
                pb::WatchCheckpoint { history: vec![7; 32].into(), ..good.clone() },
                Some(pb::WatchResetReason::OtherHistory),
            ),
            (pb::WatchCheckpoint { revision: 2, ..good.clone() }, Some(pb::WatchResetReason::OtherHistory)),
            (
                pb::WatchCheckpoint { integrator_id: "first".into(), ..good.clone() },
                Some(pb::WatchResetReason::OtherScope),
            ),
        ];
        for (after, expected) in cases {
            let request = pb::WatchGateRequest { after: Some(after) };
            let mut stream = server.gateway().gate.watch_gate(request).await.unwrap().into_inner();
            let first = stream.message().await.unwrap().unwrap().message.unwrap();
            let reset = match first {
                pb::watch_gate_response::Message::Reset(reset) => Some(reset.reason()),
                pb::watch_gate_response::Message::Checkpoint(_) => None,
                pb::watch_gate_response::Message::Facts(facts) => panic!("nothing is new: {facts:?}"),
            };
            assert_eq!(reset, expected);
            drop(stream);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ahead = pb::WatchCheckpoint { revision: good.revision + 1, ..good.clone() };
        let refused = server.gateway().gate.watch_gate(pb::WatchGateRequest { after: Some(ahead) }).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "REVISION_NOT_REACHED"));
        // What an integrator is told begins anew each time, but it goes back no further than it was.
        let own = |good: &pb::WatchCheckpoint| pb::WatchCheckpoint { integrator_id: "first".into(), ..good.clone() };
        let ahead = pb::WatchCheckpoint { revision: good.revision + 1, ..own(&good) };
        let mut first = server.integrator("first").gate;
        let refused = first.watch_gate(pb::WatchGateRequest { after: Some(ahead) }).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "REVISION_NOT_REACHED"));
        let lost = pb::WatchCheckpoint { history: vec![7; 32].into(), ..own(&good) };
        for (after, expected) in
            [(lost, pb::WatchResetReason::OtherHistory), (own(&good), pb::WatchResetReason::OtherScope)]
        {
            let mut stream = first.watch_gate(pb::WatchGateRequest { after: Some(after) }).await.unwrap().into_inner();
            let told = stream.message().await.unwrap().unwrap().message.unwrap();
            assert!(
                matches!(&told, pb::watch_gate_response::Message::Reset(reset) if reset.reason() == expected),
                "{told:?}"
            );
            drop(stream);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let odd = pb::WatchCheckpoint { history: vec![7].into(), ledger_id: "x".into(), ..good };
        let refused = server.gateway().gate.watch_gate(pb::WatchGateRequest { after: Some(odd) }).await.unwrap_err();
        assert_eq!(crate::support::server::faults(&refused), ["after.ledger_id", "after.history"]);
        // There are three places.
        let (one, two) =
            (Watcher::begin(server.gateway()).await.unwrap(), Watcher::begin(server.gateway()).await.unwrap());
        let refused = Watcher::begin(server.gateway()).await.err().unwrap();
        assert_eq!(reason(&refused), "OVERLOADED");
        drop((one, two));
        tokio::time::sleep(Duration::from_millis(100)).await;
        Watcher::begin(server.gateway()).await.unwrap().checkpoint().await.unwrap();
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_token_the_node_and_the_database() {
    each(|database| async move {
        let faulty = Faulty::over(database.store.clone());
        let mut settings = settings();
        settings.gate.max_staleness = Duration::from_secs(2);
        settings.auth.rules.leeway_seconds = 0;
        let server = Server::start_with(faulty.clone(), settings).await;
        furnish(&server).await;
        let grant =
            Grant { subject: "gateway".into(), integrator: None, scopes: Scopes::GATE_CHECK, lifetime_seconds: 3 };
        let token = issuer().mint(&grant, &server.settings.auth.rules, System.now()).unwrap();
        let mut short = Watcher::begin(server.with_token(Some(&token))).await.unwrap();
        let ended = short.end().await;
        assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unauthenticated, "TOKEN_EXPIRED"));

        // A node that is cut off from its database confirms nothing any more, and falls silent.
        let mut watcher = Watcher::begin(server.gateway()).await.unwrap();
        watcher.checkpoint().await.unwrap();
        faulty.set(Fault::Away);
        let cut = System.now();
        let ended = watcher.end().await;
        assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unavailable, "GATE_NOT_READY"));
        let confirmed = watcher.last.clone().unwrap().confirmed_time.unwrap();
        assert!(Timestamp::from_parts(confirmed.seconds, confirmed.nanos).unwrap() <= cut);
        faulty.set(Fault::None);
        let began = Instant::now();
        while let Err(refused) = async {
            watcher.again().await?;
            watcher.checkpoint().await
        }
        .await
        {
            assert_eq!(refused.code(), Code::Unavailable);
            assert!(began.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(watcher.resets, 1);

        // A node that goes down says so, and waits for nobody.
        let began = Instant::now();
        let (_, ended) = tokio::join!(server.stop(), watcher.end());
        assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unavailable, "GATE_NOT_READY"));
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_comes_in_pieces_and_a_reader_that_takes_none_is_closed() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let mut settings = settings();
    settings.gate.watch_patience = Duration::from_millis(300);
    let server = Arc::new(Server::start_with(database.store.clone(), settings).await);
    furnish(&server).await;
    let ended = take_nothing(&server).await;
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Aborted, "READER_TOO_SLOW"));
    let mut first = server.integrator("first");
    for batch in 0..5 {
        let row = |n: usize| pb::RegisterSenderRequest {
            request_id: String::new(),
            ..registration(&number(batch * 1000 + n), &format!("{batch}-{n}-{}", "x".repeat(80)))
        };
        let request = pb::BatchRegisterSendersRequest {
            request_id: request_id(),
            requests: (0..1000).map(row).collect(),
            ..Default::default()
        };
        first.senders.batch_register_senders(request).await.unwrap();
    }
    let state = newest(&server).await;
    let mut watcher = Watcher::begin(server.gateway()).await.unwrap();
    watcher.reach(state.revision).await.unwrap();
    assert_eq!(facts(watcher.state.as_ref().unwrap()), facts(&state));
    let sizes: Vec<usize> = watcher.told.iter().map(Message::encoded_len).collect();
    assert!(sizes.len() > 5 && sizes.iter().all(|size| *size < 256 << 10), "{sizes:?}");
}
