//! A retry never acts twice: one effect, the same answer, on both databases.

use crate::support::{
    database,
    server::{Server, faults, reason, request_id},
    world::{furnish, number, registration},
};
use ombord::pb;
use std::collections::BTreeSet;

const CALLERS: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_with_one_request_id_have_one_effect() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let request = registration(&number(1), "K-1");
        let calls = (0..CALLERS).map(|_| {
            // A connection each, so that the calls do not queue behind one another.
            let mut clients = server.integrator("first");
            let request = request.clone();
            tokio::spawn(async move { clients.senders.register_sender(request).await.unwrap().into_inner() })
        });
        let mut answers = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            answers.push(call.await.unwrap());
        }
        assert_eq!(answers.len(), CALLERS);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "the answers differ");
        assert_eq!(answers[0].outcome(), pb::RegistrationOutcome::Created);
        let registered = crate::support::ledger::entries(&server.auditor()).await;
        assert_eq!(registered.iter().filter(|e| e.event_type == "SENDER_REGISTERED").count(), 1);

        // Another payload under the same id is refused, and changes nothing.
        let mut other = request.clone();
        other.legal_name = "Another AB".into();
        let refused = server.integrator("first").senders.register_sender(other).await.unwrap_err();
        assert_eq!((reason(&refused).as_str(), faults(&refused)), ("REQUEST_ID_REUSED", vec!["request_id".to_owned()]));

        // Another caller's ids are its own.
        let second = server.integrator("second").senders.register_sender(request.clone()).await.unwrap().into_inner();
        assert_ne!(second.connection_id, answers[0].connection_id);

        // After a restart the answer is still the first one.
        let store = server.stop().await;
        let server = Server::start(store).await;
        let again = server.integrator("first").senders.register_sender(request).await.unwrap().into_inner();
        assert_eq!(again, answers[0]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_kept() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let mut request = registration(&number(1), "K-1");
        let refused = server.integrator("first").senders.register_sender(request.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "INTEGRATOR_SUSPENDED", "an integrator that was never created");
        furnish(&server).await;
        request.legal_name = "Mended AB".into();
        server.integrator("first").senders.register_sender(request).await.unwrap();
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_gets_the_truth_with_its_retry() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let (mut whole, mut absent) = (0, 0);
        for n in 0..40 {
            let request = registration(&number(n), &format!("K-{n}"));
            let mut clients = server.integrator("first");
            let mut hasty = tonic::Request::new(request.clone());
            hasty.set_timeout(std::time::Duration::from_micros(300 * n as u64));
            let patience = std::time::Duration::from_micros(150 * n as u64);
            // Dropping the call resets its stream in the middle of whatever the server does.
            let _ = tokio::time::timeout(patience, clients.senders.register_sender(hasty)).await;
            let list = pb::ListSendersRequest { external_reference: format!("K-{n}"), ..Default::default() };
            let there = clients.senders.list_senders(list.clone()).await.unwrap().into_inner().senders.len();
            if there == 0 {
                absent += 1
            } else {
                whole += 1
            }
            let answer = clients.senders.register_sender(request).await.unwrap().into_inner();
            assert_eq!(
                answer.outcome(),
                pb::RegistrationOutcome::Created,
                "the retry gets the answer of the one effect"
            );
            assert_eq!(clients.senders.list_senders(list).await.unwrap().into_inner().senders.len(), 1);
        }
        println!("hung up on 40 calls: {whole} were whole, {absent} absent or not yet begun");
        let entries = crate::support::ledger::entries(&server.auditor()).await;
        let registered: Vec<_> = entries.iter().filter(|e| e.event_type == "SENDER_REGISTERED").collect();
        let ids: BTreeSet<&str> = registered.iter().map(|e| e.canonical_json.as_str()).collect();
        assert_eq!((registered.len(), ids.len()), (40, 40));
        crate::support::ledger::verify_with_head(&entries, server.store.as_ref()).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_op_changes_nothing_and_says_so() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut operator = server.operator("anna");
        let suspend = |id: &str| pb::SuspendIntegratorRequest {
            request_id: id.into(),
            integrator_id: "first".into(),
            reason: "a test".into(),
        };
        let first = operator.integrators.suspend_integrator(suspend(&request_id())).await.unwrap().into_inner();
        let again = operator.integrators.suspend_integrator(suspend(&request_id())).await.unwrap().into_inner();
        assert!(first.changed && !again.changed);
        assert_eq!(again.revision, first.revision, "a no-op uses no revision");
        server.stop().await;
    })
    .await;
}
