//! A node that meets what it cannot read: it stops answering the gate's questions, for it cannot tell what changed.

use crate::support::{
    database::each,
    faulty::{Fault, Faulty},
    server::{Server, reason, settings},
    world::{accepted_sender, furnish, number, question, registration},
};
use ombord::{domain::ledger::entry::SCHEMA, pb};
use std::time::Duration;

/// What the gate says, once it is what is waited for, or after two seconds.
async fn until(server: &Server, wanted: &str) -> String {
    let mut said = String::new();
    for _ in 0..200 {
        said = match server.gateway().gate.check_send(question(&number(1), "first")).await {
            Ok(answer) => answer.into_inner().decision().as_str_name().to_owned(),
            Err(status) => reason(&status),
        };
        if said == wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_read_stop_the_gate_until_they_can() {
    each(|database| async move {
        let faulty = Faulty::over(database.store.clone());
        let server = Server::start_with(faulty.clone(), settings()).await;
        furnish(&server).await;
        accepted_sender(&server, &number(1), "K-1").await;
        assert_eq!(until(&server, "DECISION_ALLOW").await, "DECISION_ALLOW");
        faulty.set(Fault::Corrupt);
        assert_eq!(until(&server, "GATE_NOT_READY").await, "GATE_NOT_READY");
        // Nor while it is away after that.
        faulty.set(Fault::Away);
        assert_eq!(until(&server, "DECISION_ALLOW").await, "GATE_NOT_READY");
        faulty.set(Fault::None);
        assert_eq!(until(&server, "DECISION_ALLOW").await, "DECISION_ALLOW");
        // A database that is merely away leaves the facts that there are.
        faulty.set(Fault::Away);
        assert_eq!(until(&server, "GATE_NOT_READY").await, "DECISION_ALLOW");
        faulty.set(Fault::None);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_a_newer_program_stops_the_gate_and_refuses_writes() {
    each(|database| async move {
        let server = Server::start_with(database.store.clone(), settings()).await;
        furnish(&server).await;
        accepted_sender(&server, &number(1), "K-1").await;
        assert_eq!(until(&server, "DECISION_ALLOW").await, "DECISION_ALLOW");
        database.execute(&format!("UPDATE head SET entry_schema = {}", SCHEMA + 1)).await.unwrap();
        assert_eq!(until(&server, "GATE_NOT_READY").await, "GATE_NOT_READY");
        let integrator = || server.integrator("first");
        let write = integrator().senders.register_sender(registration(&number(2), "K-2")).await.unwrap_err();
        let read = integrator().senders.list_senders(pb::ListSendersRequest::default()).await.unwrap_err();
        for refused in [write, read] {
            let said = (refused.code(), reason(&refused));
            assert_eq!(said, (tonic::Code::Unavailable, "DATABASE_UNAVAILABLE".to_owned()), "{refused:?}");
            assert!(refused.message().contains("newer version"), "{refused:?}");
        }
        server.stop().await;
    })
    .await;
}
