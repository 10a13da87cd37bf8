//! How many durable acceptances a second, by 32 callers: `cargo test --release -- --ignored --nocapture acceptances_a_second`.

use super::samples::*;
use crate::support::database::{Database, each};
use ombord::{
    domain::ids::{RecordId, SenderId},
    store::{PrivateKind, StoreError},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What recording one acceptance of two agreements reads and writes.
async fn accept(db: &Database, n: u64, sender_number: u64) -> Result<(), StoreError> {
    let mut tx = db.store.begin().await?;
    let (key, answer) = request(n);
    assert!(tx.remembered(&key).await?.is_none());
    tx.integrator(&slug("lonebyran")).await?;
    tx.agreements().await?;
    let mut facts = tx.sender(SenderId(id(sender_number))).await?.unwrap();
    let row = tx.connection(facts.sender_id, &slug("lonebyran")).await?.unwrap();
    let revision = tx.head().revision + 1;
    facts.revision = revision;
    let mut event = entry(revision, "ACCEPTANCE_RECORDED", Some(sender_number), Some("lonebyran"));
    event.canonical = format!("{revision}{}", "x".repeat(1_500));
    event.leaf_hash = ombord::domain::ledger::tree::leaf_hash(event.canonical.as_bytes());
    tx.append(&event, 1).await?;
    for place in 0..2 {
        tx.put_private(&record(
            10 * n + place,
            PrivateKind::Person,
            r#"{"name":"Kim Ek","role":"VD","email":"kim@bolag.se"}"#,
            None,
        ))
        .await?;
        tx.put_acceptance(&acceptance(10 * n + place, sender_number, "lonebyran", revision)).await?;
    }
    tx.put_sender(&facts, None).await?;
    tx.put_connection(&row).await?;
    tx.remember(&key, &answer, time(1)).await?;
    tx.commit().await
}

#[expect(clippy::disallowed_methods, reason = "measures")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures speed: for a release build on a quiet machine"]
async fn acceptances_a_second() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        let mut tx = db.store.begin().await.unwrap();
        tx.put_private(&record(1, PrivateKind::Note, "{}", None)).await.unwrap();
        let last = 2_000;
        for n in 0..last {
            tx.put_sender(&sender(n, Some(legal(n)), 1), None).await.unwrap();
            let mut row = connection(n, n, "lonebyran", &format!("ref-{n}"));
            row.contact = Some(RecordId(id(1)));
            tx.put_connection(&row).await.unwrap();
        }
        tx.commit().await.unwrap();
        for callers in [1, 8, 32] {
            static NEXT: AtomicU64 = AtomicU64::new(1_000);
            let seconds = 4;
            let begun = std::time::Instant::now();
            let tasks: Vec<_> = (0..callers)
                .map(|_| {
                    let db = db.clone();
                    tokio::spawn(async move {
                        let mut times = Vec::new();
                        while begun.elapsed() < Duration::from_secs(seconds) {
                            let n = NEXT.fetch_add(1, Ordering::Relaxed);
                            let one = std::time::Instant::now();
                            accept(&db, n, n % last).await.unwrap();
                            times.push(one.elapsed());
                        }
                        times
                    })
                })
                .collect();
            let mut times = Vec::new();
            for task in tasks {
                times.extend(task.await.unwrap());
            }
            times.sort();
            let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
            println!(
                "{:?}, {callers} callers: {rate:.0} a second, p50 {:?}, p99 {:?}",
                db.kind,
                times[times.len() / 2],
                times[times.len() * 99 / 100]
            );
        }
    })
    .await;
}
