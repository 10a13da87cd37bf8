//! A node refuses a database that is older than the newest checkpoint it can see, until the loss is accepted.

use super::{
    accept, key_of, receipt,
    tampering::{cut, faults, loosen},
};
use crate::support::{
    database::{Database, each},
    ledger::kept,
    server::{Server, issuer, log_key, reason, settings},
    world::{furnish, number, question, registration},
};
use ombord::{
    app,
    auth::{issuer::Issuer, ring::KeySource},
    config::Settings,
    domain::{
        ids::{Digest, LedgerId},
        ledger::{
            note::{Checkpoint, SigningKey},
            receipt::verify,
        },
    },
    pb,
};
use secrecy::ExposeSecret;
use std::{path::Path, sync::Arc};
use uuid::Uuid;

fn signing(issuer: &Issuer) -> SigningKey {
    SigningKey::from_pem("ombord", issuer.pem().expose_secret()).unwrap()
}

/// Why the service does not start.
async fn refusal(settings: &Settings, database: &Database) -> String {
    let keys = KeySource::Fixed(issuer().public_keys().to_owned());
    match app::start(settings, database.store.clone(), keys, tokio::runtime::Handle::current()).await {
        Ok(_) => panic!("it started"),
        Err(error) => format!("{error:#}"),
    }
}

fn with_file(file: &Path) -> Settings {
    let mut settings = settings();
    settings.ledger.checkpoint_file = Some(file.to_owned());
    settings.ledger.checkpoint_interval = std::time::Duration::from_millis(50);
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_is_refused_until_the_loss_is_accepted() {
    each(|database: Arc<Database>| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("elsewhere/checkpoint");
        let (settings, key) = (with_file(&file), signing(&log_key()));
        let server = Server::start_with(database.store.clone(), settings.clone()).await;
        furnish(&server).await;
        let ids = accept(&server, 3).await;
        let old = receipt(&server.integrator("first"), &ids[0]).await;
        // Mails leave entries; from here on none does.
        server.rest().await;
        let request = pb::RegisterSenderRequest { contact_point: None, ..registration(&number(7), "Z-1") };
        let registered = server.integrator("first").senders.register_sender(request).await.unwrap().into_inner();
        let newest = kept(&file, &key, registered.revision).await;
        assert_eq!((newest.size, newest.ledger_id), (registered.revision, database.ledger_id));
        server.stop().await;

        loosen(&database).await;
        cut(&database, newest.size).await;
        let why = refusal(&settings, &database).await;
        let lost = format!("the revisions {0} to {0} are lost", newest.size);
        assert!(why.contains(&lost) && why.contains("--accept-rollback"), "{why}");

        let told = app::accept_rollback(&settings, &database.store, "Disk brann").await.unwrap().unwrap();
        assert!(told.contains(&lost), "{told}");
        assert_eq!(app::accept_rollback(&settings, &database.store, "Igen").await.unwrap(), None);
        let server = Server::start_with(database.store.clone(), settings.clone()).await;
        let head = database.store.read().await.unwrap().head().clone();
        assert_ne!(head.ledger_id, database.ledger_id, "a ledger of its own from here on");
        let entries = crate::support::ledger::entries(&server.auditor()).await;
        crate::support::ledger::verify_with_head(&entries, database.store.as_ref()).await;
        assert_eq!(entries.last().unwrap().event_type, "ROLLBACK_ACCEPTED");
        assert!(!entries.last().unwrap().canonical_json.contains("brann"), "the reason is personal data");

        // What was proved before is proved still, and what is new as well.
        let keys = [key_of(&server)];
        assert!(verify(&old.receipt, &keys).is_ok());
        let again = verify(&receipt(&server.integrator("first"), &ids[0]).await.receipt, &keys).unwrap();
        assert_eq!((again.checkpoint.ledger_id, again.checkpoint.size), (database.ledger_id, newest.size - 1));
        let answer = crate::support::world::accepted_sender(&server, &number(8), "Z-2").await;
        assert!(!answer.is_empty());
        let now = kept(&file, &key, head.revision).await;
        assert_eq!(now.ledger_id, head.ledger_id);
        server.stop().await;
        for since in [None, Some(&newest), Some(&now)] {
            assert_eq!(faults(&database, since).await, []);
        }
        // Even with the old checkpoint it starts: that loss is accepted.
        std::fs::write(&file, Checkpoint::sign(&key, newest.ledger_id, newest.size, newest.root)).unwrap();
        Server::start_with(database.store.clone(), settings).await.stop().await;
    })
    .await;
}

/// Nodes that run on while their database is restored from a copy: whatever they see first, a poll or a write, none of them
/// writes any more, and their gates allow nothing, until the loss is accepted. Then they go on from what is left.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_runs_on_over_lost_history_neither_writes_nor_allows() {
    each(|database: Arc<Database>| async move {
        let folder = tempfile::tempdir().unwrap();
        let (settings, key) = (with_file(&folder.path().join("checkpoint")), signing(&log_key()));
        let file = settings.ledger.checkpoint_file.clone().unwrap();
        let seeing = Server::start_with(database.store.clone(), settings.clone()).await;
        furnish(&seeing).await;
        crate::support::world::accepted_sender(&seeing, &number(1), "Z-1").await;
        seeing.rest().await;
        let request = pb::RegisterSenderRequest { contact_point: None, ..registration(&number(7), "Z-2") };
        let registered = seeing.integrator("first").senders.register_sender(request).await.unwrap().into_inner();
        let newest = kept(&file, &key, registered.revision).await;
        assert_eq!(newest.size, registered.revision);
        // This one's feed sleeps: only a write shows it the database.
        let mut asleep = settings.clone();
        asleep.gate.poll_interval = std::time::Duration::from_secs(3600);
        asleep.ledger.checkpoint_file = None;
        let asleep = Server::start_with(database.store.clone(), asleep).await;
        for server in [&seeing, &asleep] {
            assert_eq!(decision(server).await, Ok(pb::Decision::Allow));
        }

        loosen(&database).await;
        cut(&database, newest.size).await;
        assert_eq!(stops_allowing(&seeing).await, "GATE_NOT_READY", "the ledger is shorter than its facts");
        assert_eq!(write(&seeing).await, Err("GATE_NOT_READY".to_owned()));
        assert_eq!(kept(&file, &key, newest.size).await, newest, "its checkpoint was not taken back");

        assert_eq!(write(&asleep).await, Err("GATE_NOT_READY".to_owned()), "the ledger is shorter than its facts");
        assert_eq!(stops_allowing(&asleep).await, "GATE_NOT_READY");
        let head = database.store.read().await.unwrap().head().clone();
        assert_eq!(head.revision, newest.size - 1, "nothing was written");

        app::accept_rollback(&settings, &database.store, "Disk brann").await.unwrap().unwrap();
        for server in [&seeing, &asleep] {
            goes_on(server).await;
        }
        for server in [seeing, asleep] {
            server.stop().await;
        }
        assert_eq!(faults(&database, None).await, []);
    })
    .await;
}

/// What the gate says of the first sender, or why it says nothing.
async fn decision(server: &Server) -> Result<pb::Decision, String> {
    let answer = server.gateway().gate.check_send(question(&number(1), "first")).await;
    answer.map(|answer| answer.into_inner().decision()).map_err(|refused| reason(&refused))
}

async fn stops_allowing(server: &Server) -> String {
    for _ in 0..200 {
        match decision(server).await {
            Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            Err(reason) => return reason,
        }
    }
    panic!("the gate goes on answering")
}

/// Writes and allows again, after a write at the latest has shown it the ledger's new id.
async fn goes_on(server: &Server) {
    for _ in 0..200 {
        let written = write(server).await;
        if (&written, decision(server).await) == (&Ok(()), Ok(pb::Decision::Allow)) {
            return;
        }
        assert!(written.is_ok() || written == Err("GATE_NOT_READY".to_owned()), "{written:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the node does not go on after the loss was accepted")
}

async fn write(server: &Server) -> Result<(), String> {
    let request = registration(&number(8), "Z-3");
    let done = server.integrator("first").senders.register_sender(request).await;
    done.map(|_| ()).map_err(|refused| reason(&refused))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_tells_another_story_is_refused() {
    each(|database: Arc<Database>| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint");
        let settings = with_file(&file);
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        server.stop().await;
        let head = database.store.read().await.unwrap().head().clone();
        let key = signing(&log_key());
        let root = head.frontier.root();
        let put = |note: String| std::fs::write(&file, note).unwrap();

        put(Checkpoint::sign(&key, head.ledger_id, head.revision, Digest::of(b"another")));
        assert!(refusal(&settings, &database).await.contains("are not those that were written"));
        put(Checkpoint::sign(&key, LedgerId(Uuid::nil()), 3, root));
        assert!(refusal(&settings, &database).await.contains("it is another ledger than"));
        put(Checkpoint::sign(&signing(&Issuer::from_seed([8; 32]).unwrap()), head.ledger_id, head.revision, root));
        assert!(refusal(&settings, &database).await.contains("not signed by a key that was given"));
        put("not a checkpoint".into());
        assert!(refusal(&settings, &database).await.contains("no signed note"));
        put(Checkpoint::sign(&key, head.ledger_id, head.revision, root));
        Server::start_with(database.store.clone(), settings).await.stop().await;
    })
    .await;
}

/// A node that knows nothing of what was lost has no reason to stop; but the last that tells of it stays where it is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_of_what_the_database_lacks_is_not_covered_up() {
    each(|database: Arc<Database>| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint");
        let (settings, key) = (with_file(&file), signing(&log_key()));
        let server = Server::start_with(database.store.clone(), settings.clone()).await;
        furnish(&server).await;
        let head = server.store.read().await.unwrap().head().clone();
        kept(&file, &key, head.revision).await;
        let lost = Checkpoint::sign(&key, head.ledger_id, head.revision + 2, Digest::of(b"of another node"));
        std::fs::write(&file, &lost).unwrap();
        accept(&server, 3).await;
        assert!(server.store.read().await.unwrap().head().revision > head.revision + 2);
        tokio::time::sleep(10 * settings.ledger.checkpoint_interval).await;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), lost);
        server.stop().await;
        assert!(refusal(&settings, &database).await.contains("are not those that were written"));
    })
    .await;
}
