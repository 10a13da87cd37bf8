//! The ledger as an auditor reads it, checked from the outside.

use super::server::Clients;
use ombord::{
    domain::{
        ids::Digest,
        ledger::{
            note::{Checkpoint, SigningKey},
            tree::{Frontier, leaf_hash},
        },
    },
    pb,
    store::Store,
};
use std::{path::Path, time::Duration};

/// All entries, page by page.
pub async fn entries(auditor: &Clients) -> Vec<pb::LedgerEntry> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListEntriesRequest { page_size: 1000, page_token, ..Default::default() };
        let page = auditor.clone().ledger.list_entries(request).await.unwrap().into_inner();
        found.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

/// Revisions from 1 without a gap, leaf hashes that are those of the bytes. The tree over them.
pub fn verify(entries: &[pb::LedgerEntry]) -> Frontier {
    let mut tree = Frontier::default();
    for (place, entry) in entries.iter().enumerate() {
        assert_eq!(entry.revision, place as u64 + 1, "a gap");
        let leaf = leaf_hash(entry.canonical_json.as_bytes());
        assert_eq!(entry.leaf_hash.parse::<Digest>().unwrap(), leaf, "revision {}", entry.revision);
        let said: serde_json::Value = serde_json::from_str(&entry.canonical_json).unwrap();
        assert_eq!((&said["revision"], &said["schema"]), (&entry.revision.into(), &entry.schema_version.into()));
        tree.push(leaf);
    }
    tree
}

/// The same, and that the head row of the database knows this very tree.
pub async fn verify_with_head(entries: &[pb::LedgerEntry], store: &dyn Store) {
    let tree = verify(entries);
    let reader = store.read().await.unwrap();
    assert_eq!(reader.head().revision, tree.size());
    assert_eq!(reader.head().frontier, tree, "the head row's tree");
}

/// Waits until a file has a checkpoint of this size.
pub async fn kept(file: &Path, key: &SigningKey, size: u64) -> Checkpoint {
    for _ in 0..200 {
        if let Ok(note) = std::fs::read_to_string(file)
            && let Ok(checkpoint) = Checkpoint::open(&note, std::slice::from_ref(key.public()))
            && checkpoint.size >= size
        {
            return checkpoint;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no checkpoint of {size} entries in the file")
}
