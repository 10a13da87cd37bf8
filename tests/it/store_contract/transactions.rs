//! All or nothing, serial, gap-free.

use super::samples::*;
use crate::support::database::{Database, Kind, each};
use ombord::{
    domain::{
        ids::{Digest, RecordId, SenderId},
        ledger::{entry::SCHEMA, tree::Frontier},
        vocabulary::{AgreementKind, ConnectionState, Language},
    },
    store::{DocumentFormat, EntryFilter, PrivateKind, Store, StoreError, Tx},
};
use std::sync::Arc;

async fn head_and_entries(store: &dyn Store) -> (u64, usize) {
    let mut read = store.read().await.unwrap();
    (read.head().revision, read.entries(&EntryFilter::default(), 10_000).await.unwrap().len())
}

/// Writes one row of every kind.
async fn write_everything(tx: &mut Box<dyn Tx>) {
    append_next(tx, "SENDER_REGISTERED", Some(10)).await.unwrap();
    tx.put_integrator(&integrator("nykomling", 2)).await.unwrap();
    tx.put_agreement(&agreement("dpa-ny", AgreementKind::Dpa, 2)).await.unwrap();
    tx.put_private(&number_record(50, &sole_trader(1))).await.unwrap();
    tx.put_sender(&sender(10, None, 2), Some(RecordId(id(50)))).await.unwrap();
    tx.put_connection(&connection(20, 10, "lonebyran", "kund-1")).await.unwrap();
    tx.put_acceptance(&acceptance(30, 10, "lonebyran", 2)).await.unwrap();
    tx.put_exception(&exception(40, Some(10), None, 50)).await.unwrap();
    tx.put_document(&agreement_id("dpa-ny"), &version("1"), Language::Sv, DocumentFormat::Pdf, b"x").await.unwrap();
    tx.put_specification(&agreement_id("dpa-ny"), &version("1"), "{}").await.unwrap();
    tx.put_private(&record(51, PrivateKind::Contact, "{}", None)).await.unwrap();
    tx.put_invitation(&invitation(41, (20, 10), "lonebyran", 51)).await.unwrap();
    tx.put_link(token(42), 2).await.unwrap();
    tx.put_mail(&mail(43)).await.unwrap();
    tx.put_campaign(&campaign("dpa-ny", "1", 1)).await.unwrap();
    let (key, answer) = request(70);
    tx.remember(&key, &answer, time(1)).await.unwrap();
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let empty = "SELECT CAST((SELECT COUNT(*) FROM sender) + (SELECT COUNT(*) FROM connection) + (SELECT COUNT(*) FROM acceptance) + \
             (SELECT COUNT(*) FROM exception) + (SELECT COUNT(*) FROM private_record) + (SELECT COUNT(*) FROM request) + \
             (SELECT COUNT(*) FROM document) + (SELECT COUNT(*) FROM specification) + (SELECT COUNT(*) FROM invitation) + \
             (SELECT COUNT(*) FROM link) + (SELECT COUNT(*) FROM mail) + (SELECT COUNT(*) FROM campaign) AS TEXT)";
        for settled in [false, true] {
            let mut tx = db.store.begin().await.unwrap();
            write_everything(&mut tx).await;
            if settled {
                // A list sends what is pending.
                assert_eq!(tx.connections(&Default::default(), 9).await.unwrap().len(), 1);
                tx.put_sender(&sender(11, Some(legal(11)), 2), None).await.unwrap();
                assert_eq!(tx.numbered_after(None, 9).await.unwrap().read().unwrap().len(), 2);
            }
            drop(tx);
            let mut tx = db.store.begin().await.unwrap();
            assert_eq!(tx.head().revision, 1);
            assert_eq!(tx.sender(SenderId(id(10))).await.unwrap(), None);
            assert_eq!(tx.connections(&Default::default(), 9).await.unwrap(), []);
            drop(tx);
            assert_eq!(head_and_entries(db.store.as_ref()).await, (1, 1));
            assert_eq!(db.texts(empty).await, ["0"]);
        }
        let mut tx = db.store.begin().await.unwrap();
        write_everything(&mut tx).await;
        tx.commit().await.unwrap();
        assert_eq!(head_and_entries(db.store.as_ref()).await, (2, 2));
        assert_eq!(db.texts(empty).await, ["13"]);
    })
    .await;
}

#[tokio::test]
async fn a_commit_without_entries_leaves_the_revision() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let before = db.store.read().await.unwrap().head().clone();
        db.store.begin().await.unwrap().commit().await.unwrap();
        let mut tx = db.store.begin().await.unwrap();
        let (key, answer) = request(1);
        tx.remember(&key, &answer, time(1)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(*db.store.read().await.unwrap().head(), before);
    })
    .await;
}

#[tokio::test]
async fn a_read_transaction_sees_one_state() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut read = db.store.read().await.unwrap();
        let mut tx = db.store.begin().await.unwrap();
        append_next(&mut tx, "X", None).await.unwrap();
        tx.put_sender(&sender(10, Some(legal(10)), 2), None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(read.head().revision, 1);
        assert_eq!(read.entry(2).await.unwrap(), None);
        assert_eq!(read.sender(SenderId(id(10))).await.unwrap(), None);
        assert_eq!(db.store.read().await.unwrap().head().revision, 2);
    })
    .await;
}

#[tokio::test]
async fn entries_must_follow_one_another_and_be_what_they_hash_to() {
    each(|db: Arc<Database>| async move {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.append(&entry(2, "X", None, None), 1).await, Err(StoreError::Fault(_))));
        let mut changed = entry(1, "X", None, None);
        changed.leaf_hash = Digest([0; 32]);
        assert!(matches!(tx.append(&changed, 1).await, Err(StoreError::Fault(_))));
        tx.append(&entry(1, "X", None, None), 1).await.unwrap();
        assert!(matches!(tx.append(&entry(1, "X", None, None), 1).await, Err(StoreError::Fault(_))));
        tx.append(&entry(2, "Y", None, None), 1).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(head_and_entries(db.store.as_ref()).await, (2, 2));
    })
    .await;
}

#[tokio::test]
async fn the_head_tells_the_newest_schema_of_the_entries() {
    each(|db: Arc<Database>| async move {
        let schema = async || db.store.read().await.unwrap().head().entry_schema;
        assert_eq!(schema().await, 0, "no entry, no schema");
        for (revision, written, newest) in [(1, 1, 1), (2, SCHEMA, SCHEMA), (3, 1, SCHEMA)] {
            let mut tx = db.store.begin().await.unwrap();
            tx.append(&entry(revision, "X", None, None), written).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(schema().await, newest, "revision {revision}");
        }
        let known = db.store.read().await.unwrap().head().clone();

        // A newer program has written: this one neither reads nor writes there, and says why.
        let mut tx = db.store.begin().await.unwrap();
        tx.append(&entry(4, "NEW", None, None), SCHEMA + 1).await.unwrap();
        tx.commit().await.unwrap();
        let refusals =
            [db.store.begin().await.err(), db.store.read().await.err(), db.store.changes(&known).await.err()];
        for refusal in refusals {
            let expected = |error: &StoreError| matches!(error, StoreError::TooNew { schema, known: SCHEMA } if *schema == SCHEMA + 1);
            assert!(refusal.as_ref().is_some_and(expected), "{refusal:?}");
        }
        assert_eq!(db.texts("SELECT CAST(revision AS TEXT) FROM head").await, ["4"], "a refusal leaves nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_make_serial_revisions_and_one_tree() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        // Two nodes where the database can have them.
        let mut nodes = vec![db.store.clone()];
        if db.kind == Kind::Postgres {
            nodes.push(db.other_node().await);
        }
        let writers: Vec<_> = (0..32u64)
            .map(|writer| {
                let store = nodes[writer as usize % nodes.len()].clone();
                tokio::spawn(async move {
                    let mut committed = 0;
                    for round in 0..12 {
                        let mut tx = store.begin().await.unwrap();
                        let mut facts = match tx.sender(SenderId(id(7))).await.unwrap() {
                            Some(facts) => facts,
                            None => sender(7, Some(legal(7)), 2),
                        };
                        // A counter that every committed transaction raises by one: no write may be decided on old state.
                        let count = facts.acts.len();
                        facts.acts.push(facts.acts[0].clone());
                        facts.revision = tx.head().revision + 1;
                        tx.put_sender(&facts, None).await.unwrap();
                        for _ in 0..=(round % 3) {
                            append_next(&mut tx, "X", Some(7)).await.unwrap();
                        }
                        if (writer + round) % 5 == 0 {
                            if round % 2 == 0 {
                                tx.entries(&EntryFilter::default(), 3).await.unwrap();
                            }
                            drop(tx);
                            continue;
                        }
                        tx.commit().await.unwrap();
                        committed += 1;
                        assert!(
                            store.read().await.unwrap().sender(SenderId(id(7))).await.unwrap().unwrap().acts.len()
                                > count
                        );
                    }
                    committed
                })
            })
            .collect();
        let mut committed = 0;
        for writer in writers {
            committed += writer.await.unwrap();
        }
        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.sender(SenderId(id(7))).await.unwrap().unwrap().acts.len(), 1 + committed);
        let entries = read.entries(&EntryFilter::default(), 10_000).await.unwrap();
        let mut frontier = Frontier::default();
        for (place, entry) in entries.iter().enumerate() {
            assert_eq!(entry.revision, place as u64 + 1, "a gap");
            frontier.push(entry.leaf_hash);
        }
        assert_eq!((read.head().revision, &read.head().frontier), (entries.len() as u64, &frontier));
    })
    .await;
}

/// Commits one transaction that writes what must be refused, and sees that nothing of it stays.
async fn refused(db: &Database, what: &str, write: impl AsyncFnOnce(&mut Box<dyn Tx>)) {
    let before = head_and_entries(db.store.as_ref()).await;
    let mut tx = db.store.begin().await.unwrap();
    append_next(&mut tx, "X", None).await.unwrap();
    write(&mut tx).await;
    let error = tx.commit().await.expect_err(what);
    assert!(matches!(error, StoreError::Fault(_)), "{what}: {error:?}");
    assert_eq!(head_and_entries(db.store.as_ref()).await, before, "{what}");
}

#[tokio::test]
async fn what_must_be_unique_is() {
    each(|db: Arc<Database>| async move {
        let db = &db;
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        append_next(&mut tx, "X", None).await.unwrap();
        tx.put_sender(&sender(10, Some(legal(10)), 2), None).await.unwrap();
        tx.put_sender(&sender(11, Some(legal(11)), 2), None).await.unwrap();
        tx.put_private(&number_record(50, &sole_trader(1))).await.unwrap();
        tx.put_sender(&sender(12, None, 2), Some(RecordId(id(50)))).await.unwrap();
        tx.put_connection(&connection(20, 10, "lonebyran", "kund-1")).await.unwrap();
        tx.put_document(&agreement_id("dpa-payslip"), &version("1"), Language::Sv, DocumentFormat::Pdf, b"x")
            .await
            .unwrap();
        tx.put_specification(&agreement_id("dpa-payslip"), &version("1"), "{}").await.unwrap();
        let (key, answer) = request(70);
        tx.remember(&key, &answer, time(1)).await.unwrap();
        tx.commit().await.unwrap();

        refused(db, "a number of two senders", async |tx| {
            tx.put_sender(&sender(13, Some(legal(10)), 3), None).await.unwrap()
        })
        .await;
        refused(db, "a sole trader's number of two senders", async |tx| {
            tx.put_sender(&sender(13, None, 3), Some(RecordId(id(50)))).await.unwrap();
        })
        .await;
        refused(db, "a look-up of two records", async |tx| {
            tx.put_private(&number_record(51, &sole_trader(1))).await.unwrap()
        })
        .await;
        refused(db, "a record written twice", async |tx| {
            tx.put_private(&record(50, PrivateKind::Note, "{}", None)).await.unwrap();
        })
        .await;
        refused(db, "two open connections of one sender", async |tx| {
            tx.put_connection(&connection(21, 10, "lonebyran", "kund-2")).await.unwrap();
        })
        .await;
        refused(db, "one reference of two open connections", async |tx| {
            tx.put_connection(&connection(21, 11, "lonebyran", "kund-1")).await.unwrap();
        })
        .await;
        refused(db, "two general terms", async |tx| {
            tx.put_agreement(&agreement("terms-2", AgreementKind::GeneralTerms, 3)).await.unwrap();
        })
        .await;
        refused(db, "a document changed", async |tx| {
            tx.put_document(&agreement_id("dpa-payslip"), &version("1"), Language::Sv, DocumentFormat::Pdf, b"y")
                .await
                .unwrap();
        })
        .await;
        refused(db, "a specification changed", async |tx| {
            tx.put_specification(&agreement_id("dpa-payslip"), &version("1"), "[]").await.unwrap();
        })
        .await;
        refused(db, "a request id used twice", async |tx| {
            let (key, answer) = request(70);
            tx.remember(&key, &answer, time(2)).await.unwrap();
        })
        .await;
        refused(db, "a connection of nobody", async |tx| {
            tx.put_connection(&connection(22, 99, "lonebyran", "kund-9")).await.unwrap();
        })
        .await;
        refused(db, "an acceptance of nothing", async |tx| {
            let mut row = acceptance(30, 10, "lonebyran", 3);
            row.agreement_id = agreement_id("nothing");
            tx.put_acceptance(&row).await.unwrap();
        })
        .await;

        // What ended is out of the way.
        let mut tx = db.store.begin().await.unwrap();
        let mut ended = connection(20, 10, "lonebyran", "kund-1");
        ended.state = ConnectionState::Ended;
        tx.put_connection(&ended).await.unwrap();
        tx.put_connection(&connection(21, 10, "lonebyran", "kund-1")).await.unwrap();
        tx.put_connection(&connection(23, 10, "systemhuset", "kund-1")).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.store.begin().await.unwrap();
        tx.put_private(&record(80, PrivateKind::Note, "{}", None)).await.unwrap();
        assert!(tx.put_private(&record(80, PrivateKind::Note, "{}", None)).await.is_err());
    })
    .await;
}
