//! Writers that share a commit: each is told the truth about its own write.

use super::samples::*;
use crate::support::database::{Database, Kind, each};
use ombord::{
    domain::{
        ids::SenderId,
        organisation_number::OrganisationNumber,
        vocabulary::{AgreementKind, ConnectionState},
    },
    store::{EntryFilter, PrivateKind, StoreError},
};
use std::{sync::Arc, time::Duration};

/// Puts a commit off: takes the turn, and lets the others queue behind it in order.
async fn queued<F: Future + Send + 'static>(tasks: Vec<F>) -> Vec<tokio::task::JoinHandle<F::Output>>
where
    F::Output: Send,
{
    let mut handles = Vec::new();
    for task in tasks {
        handles.push(tokio::spawn(task));
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    handles
}

#[tokio::test]
async fn a_refused_write_takes_only_those_after_it_along() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        for settle in [false, true] {
            let before = db.store.read().await.unwrap().head().revision;
            let first = db.store.begin().await.unwrap();
            let writers = (0..6u64).map(|writer| {
                let db = db.clone();
                async move {
                    let mut tx = db.store.begin().await.unwrap();
                    assert_eq!(tx.head().revision, before + writer);
                    append_next(&mut tx, "X", None).await.unwrap();
                    // The fourth one writes a company's number for two senders.
                    let n = 1_000 * before + if writer == 3 { 0 } else { writer };
                    let facts = sender(1_000 * before + 10 + writer, Some(legal(n)), tx.head().revision + 1);
                    tx.put_sender(&facts, None).await.unwrap();
                    if settle && writer == 2 {
                        assert_eq!(tx.entry(before + 1).await.unwrap().unwrap().revision, before + 1);
                        tx.entries(&EntryFilter::default(), 5).await.unwrap();
                    }
                    tx.commit().await
                }
            });
            let handles = queued(writers.collect()).await;
            drop(first);
            let mut outcomes = Vec::new();
            for handle in handles {
                outcomes.push(match handle.await.unwrap() {
                    Ok(()) => "done",
                    Err(StoreError::Fault(_)) => "refused",
                    Err(StoreError::Unavailable(_)) => "retry",
                    Err(StoreError::Corrupt { .. }) => "corrupt",
                    Err(StoreError::TooNew { .. }) => "too new",
                });
            }
            assert_eq!(outcomes, ["done", "done", "done", "refused", "retry", "retry"], "{settle}");
            let mut read = db.store.read().await.unwrap();
            assert_eq!(read.head().revision, before + 3);
            assert_eq!(read.head().frontier.size(), before + 3);
            let number = OrganisationNumber::Legal(legal(1_000 * before));
            assert_eq!(read.sender_of(&number).await.unwrap(), Some(SenderId(id(1_000 * before + 10))));
            assert_eq!(read.sender(SenderId(id(1_000 * before + 14))).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn writers_see_what_earlier_ones_of_the_same_commit_wrote() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let first = db.store.begin().await.unwrap();
        let (one, two, three) = (db.clone(), db.clone(), db.clone());
        type Task = std::pin::Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;
        let tasks: Vec<Task> = vec![
            Box::pin(async move {
                let mut tx = one.store.begin().await?;
                append_next(&mut tx, "X", Some(10)).await?;
                tx.put_agreement(&agreement("dpa-mellan", AgreementKind::Dpa, 2)).await?;
                tx.put_private(&number_record(50, &sole_trader(5))).await?;
                tx.put_sender(&sender(10, None, 2), Some(number_record(50, &sole_trader(5)).record_id)).await?;
                tx.put_sender(&sender(11, Some(legal(11)), 2), None).await?;
                tx.put_connection(&connection(20, 10, "lonebyran", "kund-1")).await?;
                let (key, answer) = request(70);
                tx.remember(&key, &answer, time(1)).await?;
                tx.commit().await
            }),
            Box::pin(async move {
                let mut tx = two.store.begin().await?;
                assert_eq!(tx.head().revision, 2);
                let slugs: Vec<_> = tx.agreements().await?.into_iter().map(|a| a.agreement_id.to_string()).collect();
                assert_eq!(slugs, ["dpa-mellan", "dpa-payslip", "general-terms"]);
                assert_eq!(
                    tx.sender_of(&OrganisationNumber::SoleTrader(sole_trader(5))).await?,
                    Some(SenderId(id(10)))
                );
                assert_eq!(tx.sender_of(&OrganisationNumber::Legal(legal(11))).await?, Some(SenderId(id(11))));
                assert!(tx.remembered(&request(70).0).await?.is_some());
                let mut ended = tx.connection(SenderId(id(10)), &slug("lonebyran")).await?.unwrap();
                ended.state = ConnectionState::Ended;
                tx.put_connection(&ended).await?;
                tx.put_sender(&sender(10, None, 3), None).await?;
                append_next(&mut tx, "Y", Some(10)).await?;
                // The reference is free again, and the second connection comes in the same statement.
                tx.put_connection(&connection(21, 10, "lonebyran", "kund-1")).await?;
                tx.commit().await
            }),
            Box::pin(async move {
                let mut tx = three.store.begin().await?;
                assert_eq!(tx.head().revision, 3);
                let open = tx.connection_of(&slug("lonebyran"), "kund-1").await?.unwrap();
                assert_eq!(open, connection(21, 10, "lonebyran", "kund-1"));
                assert_eq!(tx.sender(SenderId(id(10))).await?.unwrap().revision, 3);
                // Swaps the references of two connections within one transaction.
                tx.put_connection(&connection(22, 11, "lonebyran", "kund-2")).await?;
                for (n, sender, reference) in [(21, 10, "kund-9"), (22, 11, "kund-1"), (21, 10, "kund-2")] {
                    tx.put_connection(&connection(n, sender, "lonebyran", reference)).await?;
                }
                tx.put_private(&record(51, PrivateKind::Note, "{}", None)).await?;
                tx.commit().await
            }),
        ];
        let handles = queued(tasks).await;
        drop(first);
        for handle in handles {
            handle.await.unwrap().unwrap();
        }
        let mut read = db.store.read().await.unwrap();
        assert_eq!(read.head().revision, 3);
        assert_eq!(
            read.sender_of(&OrganisationNumber::SoleTrader(sole_trader(5))).await.unwrap(),
            Some(SenderId(id(10)))
        );
        assert_eq!(
            read.connection_of(&slug("lonebyran"), "kund-1").await.unwrap().unwrap().sender_id,
            SenderId(id(11))
        );
        assert_eq!(
            read.connection_of(&slug("lonebyran"), "kund-2").await.unwrap().unwrap().sender_id,
            SenderId(id(10))
        );
    })
    .await;
}

#[tokio::test]
async fn callers_that_go_away_leave_the_others_alone() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        for round in 0..40u64 {
            let before = db.store.read().await.unwrap().head().revision;
            let first = db.store.begin().await.unwrap();
            let writers = (0..8u64).map(|writer| {
                let db = db.clone();
                async move {
                    let mut tx = db.store.begin().await?;
                    append_next(&mut tx, "X", None).await?;
                    tx.put_sender(&sender(100 + writer, Some(legal(100 + writer)), tx.head().revision + 1), None)
                        .await?;
                    if writer % 2 == 1 {
                        tx.connections(&Default::default(), 3).await?;
                    }
                    tx.commit().await
                }
            });
            let handles = queued(writers.collect()).await;
            drop(first);
            tokio::time::sleep(Duration::from_micros(round * 150)).await;
            for handle in handles.iter().step_by(3) {
                handle.abort();
            }
            let mut done = 0;
            for handle in handles {
                match handle.await {
                    Ok(Ok(())) => done += 1,
                    Ok(Err(StoreError::Unavailable(_))) => {}
                    Ok(Err(error)) => panic!("{error:?}"),
                    Err(ended) => assert!(ended.is_cancelled()),
                }
            }
            let mut read = db.store.read().await.unwrap();
            let head = read.head().clone();
            assert!(head.revision >= before + done);
            assert_eq!(read.entries(&EntryFilter::default(), 10_000).await.unwrap().len() as u64, head.revision);
            assert_eq!(head.frontier.size(), head.revision);
        }
        // It still works.
        let mut tx = db.store.begin().await.unwrap();
        append_next(&mut tx, "X", None).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn another_node_that_hangs_is_waited_for_no_longer_than_it_may_rest() {
    each(|db: Arc<Database>| async move {
        if db.kind == Kind::Sqlite {
            return;
        }
        use ombord::store::{
            Store,
            postgres::{PostgresOptions, PostgresStore},
        };
        let options = PostgresOptions {
            max_connections: 3,
            lock_timeout: Duration::from_millis(300),
            statement_timeout: Duration::from_secs(5),
            idle_in_transaction_timeout: Duration::from_millis(900),
        };
        found(db.store.as_ref()).await;
        let (hung, other) = (
            PostgresStore::open(&db.url, &options).await.unwrap(),
            PostgresStore::open(&db.url, &options).await.unwrap(),
        );
        let mut hangs = hung.begin().await.unwrap();
        append_next(&mut hangs, "X", None).await.unwrap();
        assert!(matches!(other.begin().await.err(), Some(StoreError::Unavailable(_))), "the head row is taken");
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        let mut tx = other.begin().await.unwrap();
        append_next(&mut tx, "Y", None).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(hangs.commit().await, Err(StoreError::Unavailable(_))));
        let mut tx = hung.begin().await.unwrap();
        append_next(&mut tx, "Z", None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.store.read().await.unwrap().head().revision, 3);
    })
    .await;
}
