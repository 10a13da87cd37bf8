//! Rows that somebody with full rights to the database plants or turns to another purpose: a link that was never mailed
//! opens nothing, a mail goes to no other address, and nobody's act becomes somebody else's.

use super::{
    million::register,
    tampering::{change, faults, literal, loosen},
};
use crate::support::{
    database::{Database, each},
    hosted::invite,
    server::{Server, request_id, settings},
    visitor::Visitor,
    world::{furnish, number, registration},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ombord::{
    domain::{
        ids::Digest,
        ledger::commitment::{Salt, commitment},
    },
    pb,
    service::ledger::verify::{Fault, verify},
    store::evidence::Cell,
};
use std::{sync::Arc, time::Duration};

const ASA: &str = "asa@company.example";

/// A service with the sender `P-1`, that mails into a folder.
async fn stage(database: &Database) -> (Server, Visitor, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.mail.directory = folder.path().to_owned();
    let server = Server::start_with(database.store.clone(), settings).await;
    furnish(&server).await;
    server.integrator("first").senders.register_sender(registration(&number(1), "P-1")).await.unwrap();
    let visitor = Visitor::of(&server);
    (server, visitor, folder)
}

fn about(found: &[Fault], table: &str) -> bool {
    found.iter().any(|fault| fault.table == table)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_link_opens_nothing_and_is_found() {
    each(|database: Arc<Database>| async move {
        let (server, visitor, _folder) = stage(&database).await;
        server.integrator("first").acceptances.create_invitation(invite("P-1", ASA)).await.unwrap();
        let mailed = visitor.mail(ASA, 1).await.token();
        assert_eq!(visitor.page(&mailed).await.status, 200);
        let own = URL_SAFE_NO_PAD.encode([7; 32]);
        let digest = literal(database.kind, &Cell::Bytes(Digest::of(own.as_bytes()).0.to_vec()));
        let never = visitor.page(&URL_SAFE_NO_PAD.encode([8; 32])).await;
        assert_eq!(faults(&database, None).await, []);
        // It names the entry of the true link, that of the invitation, and one that is not there.
        for named in ["LINK_MINTED", "INVITATION_CREATED", "nothing"] {
            let revision = format!("(SELECT coalesce(max(revision), 1000000) FROM entry WHERE event = '{named}')");
            let plant = format!("INSERT INTO link (token_sha256, revision) VALUES ({digest}, {revision})");
            change(&database, &plant).await.unwrap();
            let seen = visitor.page(&own).await;
            assert_eq!((seen.status, &seen.body), (404, &never.body), "{named}");
            assert_ne!(visitor.post(&own, &[("do", "not-ours"), ("confirm", "on")]).await.status, 303, "{named}");
            assert!(about(&faults(&database, None).await, "link"), "{named}");
            change(&database, &format!("DELETE FROM link WHERE token_sha256 = {digest}")).await.unwrap();
        }
        // The row of the true link is given the attacker's digest.
        change(&database, &format!("UPDATE link SET token_sha256 = {digest}")).await.unwrap();
        assert_eq!(visitor.page(&own).await.status, 404);
        assert!(about(&faults(&database, None).await, "link"));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_to_the_address_that_was_invited_or_nowhere() {
    each(|database: Arc<Database>| async move {
        let (server, visitor, _folder) = stage(&database).await;
        loosen(&database).await;
        change(&database, "UPDATE outbox SET paused = 1").await.unwrap();
        server.integrator("first").acceptances.create_invitation(invite("P-1", ASA)).await.unwrap();
        // Another address that the ledger knows: the contact point that the integrator wrote.
        let other = "(SELECT contact FROM connection WHERE external_reference = 'P-1')";
        let of = "purpose LIKE '%INVITATION%'";
        change(&database, &format!("UPDATE mail SET recipient = {other} WHERE {of}")).await.unwrap();
        change(&database, "UPDATE outbox SET paused = 0").await.unwrap();
        let state =
            || async { database.texts(&format!("SELECT state || coalesce(fault, '') FROM mail WHERE {of}")).await };
        for _ in 0..200 {
            if state().await != ["PENDING"] {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(state().await, ["DEADunwritable"]);
        // It is as good as come back: who invited is told so.
        assert_eq!(database.texts("SELECT state FROM invitation").await, ["BOUNCED"]);
        assert_eq!(database.texts("SELECT event FROM entry WHERE event = 'INVITATION_BOUNCED'").await.len(), 1);
        assert!(visitor.mails().is_empty());
        assert_eq!(database.texts("SELECT event FROM entry WHERE event = 'LINK_MINTED'").await.len(), 0);
        server.stop().await;
    })
    .await;
}

/// Whoever puts another address in the place of the one that was invited gets the link, and is found out, even if all is as
/// it was by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_went_astray_is_found_afterwards() {
    each(|database: Arc<Database>| async move {
        let (server, visitor, _folder) = stage(&database).await;
        loosen(&database).await;
        change(&database, "UPDATE outbox SET paused = 1").await.unwrap();
        server.integrator("first").acceptances.create_invitation(invite("P-1", ASA)).await.unwrap();
        let swap = |from: &str, to: &str| {
            format!("UPDATE private_record SET body = replace(body, '{from}', '{to}') WHERE body LIKE '%{from}%'")
        };
        change(&database, &swap(ASA, "mallory@evil.example")).await.unwrap();
        change(&database, "UPDATE outbox SET paused = 0").await.unwrap();
        let token = visitor.mail("mallory@evil.example", 1).await.token();
        assert_eq!(visitor.page(&token).await.status, 200);
        change(&database, &swap("mallory@evil.example", ASA)).await.unwrap();
        let found = faults(&database, None).await;
        assert!(about(&found, "entry") && !about(&found, "link"), "{found:?}");
        server.stop().await;
    })
    .await;
}

/// Whoever rewrites the record of an actor with everything that belongs to it makes another person of it.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_elses_name_can_be_put_to_an_act() {
    each(|database: Arc<Database>| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let request = pb::SuspendIntegratorRequest {
            request_id: request_id(),
            integrator_id: "second".into(),
            reason: "Utredning".into(),
        };
        server.operator("anna").integrators.suspend_integrator(request).await.unwrap();
        server.stop().await;
        assert_eq!(faults(&database, None).await, []);
        let mut reader = database.store.read().await.unwrap();
        assert_eq!(verify(reader.as_mut(), None, &mut |_| {}).await.unwrap().unbound_actors, 0);
        let anna = reader.private_of("actor:anna").await.unwrap().unwrap();
        drop(reader);
        let body = anna.body.replace("anna", "eve");
        assert_ne!(body, anna.body);
        assert_ne!(commitment(&anna.salt, &body), commitment(&Salt([9; 32]), &body));
        for salt in [anna.salt.0, [9; 32]] {
            let salt = literal(database.kind, &Cell::Bytes(salt.to_vec()));
            let forge = format!(
                "UPDATE private_record SET body = '{body}', lookup = 'actor:eve', salt = {salt} \
                 WHERE lookup IN ('actor:anna', 'actor:eve')"
            );
            change(&database, &forge).await.unwrap();
            let found = faults(&database, None).await;
            assert!(about(&found, "private_record") && found.len() == 1, "{found:?}");
        }
    })
    .await;
}

/// A ledger from before entries bound their authors is good, and says of how many it cannot tell.
#[tokio::test(flavor = "multi_thread")]
async fn authors_of_an_old_ledger_are_told_of_as_not_bound() {
    each(|database: Arc<Database>| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        register(database.store.as_ref(), 0, 3).await;
        let report = async || {
            let mut reader = database.store.read().await.unwrap();
            verify(reader.as_mut(), None, &mut |_| {}).await.unwrap()
        };
        let old = report().await;
        assert_eq!((old.faults, old.unbound_actors), (Vec::new(), 1));
        // What the same author does next binds it.
        let request = registration(&number(9), "P-9");
        server.integrator("first").senders.register_sender(request).await.unwrap();
        let now = report().await;
        assert_eq!((now.faults, now.unbound_actors), (Vec::new(), 0));
        server.stop().await;
    })
    .await;
}
