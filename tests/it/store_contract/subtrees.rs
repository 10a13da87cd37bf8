//! The hashes that proofs are made of: those of the entries, whoever wrote them and whenever.

use super::samples::{append_next, found, id};
use crate::support::database::{Database, each};
use ombord::{
    domain::{
        ids::LedgerId,
        ledger::{
            proof::Run,
            tree::{Frontier, Subtree},
        },
    },
    store::Store,
};
use std::sync::Arc;

async fn kept(store: &dyn Store) -> Vec<Subtree> {
    let mut reader = store.read().await.unwrap();
    let runs = [8, 16].map(|level| Run { level, from: 0, count: 1000 });
    let rows = reader.nodes(&runs).await.unwrap();
    rows.into_iter().map(|(level, place, hash)| Subtree { level, place, hash }).collect()
}

#[tokio::test]
async fn subtrees_are_those_of_the_leaves() {
    each(|database: Arc<Database>| async move {
        let store = database.store.as_ref();
        found(store).await;
        for part in [200, 56, 255, 1, 300] {
            let mut tx = store.begin().await.unwrap();
            for _ in 0..part {
                append_next(&mut tx, "NOTHING", None).await.unwrap();
            }
            // A transaction sees its own, and one that is dropped leaves none behind.
            let own = tx.nodes(&[Run { level: 0, from: 0, count: 5000 }]).await.unwrap();
            assert!(own.len() > part);
            if part != 1 {
                tx.commit().await.unwrap();
            }
        }
        let mut reader = store.read().await.unwrap();
        let size = reader.head().revision;
        let leaves = reader.nodes(&[Run { level: 0, from: 0, count: 5000 }]).await.unwrap();
        assert_eq!(leaves.iter().map(|(_, place, _)| *place).collect::<Vec<_>>(), (0..size).collect::<Vec<_>>());
        let mut tree = Frontier::default();
        let full: Vec<Subtree> = leaves.iter().flat_map(|(_, _, leaf)| tree.push(*leaf)).collect();
        assert_eq!((full.len(), tree.root()), (3, reader.head().frontier.root()));
        drop(reader);
        assert_eq!(kept(store).await, full);

        // A ledger from before there was a place for them, or with some missing, gets them by `ombord migrate`.
        for sql in ["DELETE FROM subtree", "DELETE FROM subtree WHERE place = 1"] {
            database.execute(sql).await.unwrap();
            assert!(kept(store).await.len() < 3);
            store.migrate(LedgerId(id(1))).await.unwrap();
            assert_eq!(kept(store).await, full);
        }
    })
    .await;
}
