//! Two processes on one PostgreSQL: what one writes the other knows, and a hung one stops nobody for long.

use crate::support::{
    database::{Database, Kind},
    ledger,
    process::Process,
    world::{number, question, reasons, registration},
};
use ombord::pb;
use std::time::{Duration, Instant};

struct Pair {
    one: Process,
    other: Process,
    database: Database,
    _folder: tempfile::TempDir,
}

async fn pair() -> Option<Pair> {
    let database = Database::make(Kind::Postgres).await?;
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Process::start(folder.path(), &database.url), Process::start(folder.path(), &database.url));
    Some(Pair { one, other, database, _folder: folder })
}

async fn create(process: &Process) -> pb::CreateIntegratorResponse {
    let request = pb::CreateIntegratorRequest {
        request_id: crate::support::server::request_id(),
        integrator_id: "first".into(),
        display_name: "First".into(),
        organisation_number: "5567115695".into(),
        kind: pb::IntegratorKind::PayrollBureau as i32,
        email_domains: vec![],
    };
    process.operator().integrators.create_integrator(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_at_one_node_is_seen_at_the_other() {
    let Some(nodes) = pair().await else { return };
    {
        create(&nodes.one).await;
        let (mut writer, mut gate) = (nodes.one.integrator(), nodes.other.gateway());
        for n in 0..30 {
            let registered =
                writer.senders.register_sender(registration(&number(n), &format!("K-{n}"))).await.unwrap().into_inner();
            let ask = pb::CheckSendRequest {
                at_least_revision: registered.revision,
                ledger_id: registered.ledger_id.clone(),
                ..question(&number(n), "first")
            };
            let answer = gate.gate.check_send(ask).await.unwrap().into_inner();
            assert!(answer.revision >= registered.revision);
            assert_eq!(reasons(&answer), ["CONNECTION_NOT_CONFIRMED"], "the other node answers from before the write");
        }
        // Without asking for the revision: within the poll interval, and some time for a busy machine.
        for n in 30..40 {
            writer.senders.register_sender(registration(&number(n), &format!("K-{n}"))).await.unwrap();
            let began = Instant::now();
            loop {
                let answer = gate.gate.check_send(question(&number(n), "first")).await.unwrap().into_inner();
                if reasons(&answer) == ["CONNECTION_NOT_CONFIRMED"] {
                    break;
                }
                assert!(began.elapsed() < Duration::from_secs(3), "not seen within the poll interval");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let ask = pb::CheckSendRequest {
            at_least_revision: 1,
            ledger_id: "018f0000-0000-7000-8000-000000000000".into(),
            ..question(&number(1), "first")
        };
        let refused = gate.gate.check_send(ask).await.unwrap_err();
        assert_eq!(crate::support::server::reason(&refused), "LEDGER_MISMATCH");
        let ledger_id = gate.gate.check_send(question(&number(1), "first")).await.unwrap().into_inner().ledger_id;
        let ask = pb::CheckSendRequest { at_least_revision: 1_000_000, ledger_id, ..question(&number(1), "first") };
        let refused = gate.gate.check_send(ask).await.unwrap_err();
        assert_eq!(crate::support::server::reason(&refused), "REVISION_NOT_REACHED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_both_nodes_leave_no_gap_and_share_request_ids() {
    let Some(nodes) = pair().await else { return };
    {
        create(&nodes.one).await;
        let writers: Vec<_> = [&nodes.one, &nodes.other]
            .into_iter()
            .enumerate()
            .flat_map(|(side, node)| (0..8).map(move |writer| (side, writer, node.integrator())))
            .map(|(side, writer, mut clients)| {
                tokio::spawn(async move {
                    for n in 0..10 {
                        let n = side * 1000 + writer * 20 + n;
                        clients.senders.register_sender(registration(&number(n), &format!("K-{n}"))).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        // One id at both nodes at once: one effect, one answer.
        let request = registration(&number(5000), "K-5000");
        let calls: Vec<_> = (0..64)
            .map(|n| {
                let mut clients = if n % 2 == 0 { nodes.one.integrator() } else { nodes.other.integrator() };
                let request = request.clone();
                tokio::spawn(async move { clients.senders.register_sender(request).await.unwrap().into_inner() })
            })
            .collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        let entries = ledger::entries(&nodes.other.auditor()).await;
        assert_eq!(entries.len(), 1 + 160 + 1);
        ledger::verify_with_head(&entries, nodes.database.store.as_ref()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_stopped_while_it_writes_delays_the_other_no_longer_than_the_time_out() {
    let Some(nodes) = pair().await else { return };
    {
        create(&nodes.one).await;
        // Writers at the first node without a pause, so that a stop finds it holding the head row.
        let mut worst = Duration::ZERO;
        let mut held = 0;
        let mut stops = 0;
        for round in 0..40 {
            if stops >= 8 && held > 0 {
                break;
            }
            stops += 1;
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let mut clients = nodes.one.integrator();
                    tokio::spawn(async move {
                        for n in 0.. {
                            let n = 10_000 * (round + 1) + writer * 1000 + n;
                            if clients
                                .senders
                                .register_sender(registration(&number(n), &format!("K-{n}")))
                                .await
                                .is_err()
                            {
                                return;
                            }
                        }
                    })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(100 + 7 * round as u64)).await;
            nodes.one.signal("STOP");
            let n = 900_000 + round;
            let began = Instant::now();
            let request = registration(&number(n), &format!("K-{n}"));
            let mut clients = nodes.other.integrator();
            // A refusal for lack of the lock is a fair answer; the retry with the same id must then succeed.
            let mut tries = 0;
            while let Err(status) = clients.senders.register_sender(request.clone()).await {
                assert_eq!(crate::support::server::reason(&status), "DATABASE_UNAVAILABLE", "{status:?}");
                tries += 1;
                assert!(tries < 10, "the other node never got its turn");
            }
            let took = began.elapsed();
            worst = worst.max(took);
            held += usize::from(took > Duration::from_millis(500));
            nodes.one.signal("CONT");
            writers.iter().for_each(tokio::task::JoinHandle::abort);
        }
        assert!(held > 0, "no stop of {stops} found the head row held: nothing was shown");
        println!("{stops} stops, {held} while the head row was held: the other node's write took at most {worst:?}");
        let settings = ombord::config::Settings::default().database;
        let bound =
            settings.idle_in_transaction_session_timeout.max(settings.statement_timeout) + settings.lock_timeout;
        assert!(worst < bound + Duration::from_secs(2), "{worst:?} is beyond {bound:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        let entries = ledger::entries(&nodes.other.auditor()).await;
        ledger::verify(&entries);
    }
}
