//! `LedgerService`.

use super::convert::{Fields, answer, filter_digest, open, times};
use crate::{
    domain::{ids::IntegratorId, ledger::Entry},
    pb::{self, ledger_service_server::LedgerService},
    service::{
        Services,
        error::Result,
        ledger::{EntryRow, ListEntries, get_checkpoint, list_entries, prove_consistency, prove_inclusion},
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `LedgerService`.
pub struct Ledger(pub Arc<Services>);

/// The most event types that one list may ask for.
const MOST_TYPES: usize = 50;

fn list(mut message: pb::ListEntriesRequest) -> Result<ListEntries> {
    let mut fields = Fields::default();
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    let sender_id = fields.take_unless_empty("sender_id", &message.sender_id, str::parse);
    let integrator_id = fields.take_unless_empty("integrator_id", &message.integrator_id, IntegratorId::parse);
    if message.event_types.len() > MOST_TYPES {
        fields.fault("event_types", format!("must have at most {MOST_TYPES} values"));
    }
    for (place, name) in message.event_types.iter().enumerate().take(MOST_TYPES) {
        if name.is_empty() || !name.bytes().all(|c| c.is_ascii_uppercase() || c == b'_') {
            fields.fault(&format!("event_types[{place}]"), "must be an event type such as ACCEPTANCE_RECORDED");
        }
    }
    let (from_revision, events) = (message.from_revision.min(1 << 53), message.event_types);
    fields.finish(Some(ListEntries { page_size, page_token, filter, from_revision, sender_id, integrator_id, events }))
}

fn entry(row: EntryRow) -> pb::LedgerEntry {
    // One that cannot be read has none; its bytes are told all the same.
    let schema = Entry::schema_of(&row.canonical).ok().and_then(|schema| schema.try_into().ok());
    pb::LedgerEntry {
        revision: row.revision,
        record_time: Some(times::to_pb(row.time)),
        event_type: row.event,
        schema_version: schema.unwrap_or_default(),
        canonical_json: row.canonical,
        leaf_hash: row.leaf_hash.to_string(),
    }
}

#[tonic::async_trait]
impl LedgerService for Ledger {
    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> std::result::Result<Response<pb::ListEntriesResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let (page, ledger_id) = list_entries(&self.0, list(message)?).await?;
                Ok(pb::ListEntriesResponse {
                    entries: page.items.into_iter().map(entry).collect(),
                    next_page_token: page.next_page_token,
                    revision: page.revision,
                    ledger_id: ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn get_checkpoint(
        &self,
        request: Request<pb::GetCheckpointRequest>,
    ) -> std::result::Result<Response<pb::GetCheckpointResponse>, Status> {
        let (_, pb::GetCheckpointRequest {}) = open(request)?;
        answer(get_checkpoint(&self.0).await.map(|signed| pb::GetCheckpointResponse {
            checkpoint: signed.note,
            verifying_key: signed.key,
            tree_size: signed.size,
            root_hash: signed.root.to_string(),
            ledger_id: signed.ledger_id.to_string(),
        }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<pb::GetInclusionProofRequest>,
    ) -> std::result::Result<Response<pb::GetInclusionProofResponse>, Status> {
        let (_, message) = open(request)?;
        let proof = prove_inclusion(&self.0, message.revision, message.tree_size).await;
        answer(proof.map(|proof| pb::GetInclusionProofResponse {
            leaf_hash: proof.leaf.to_string(),
            leaf_index: proof.place,
            tree_size: proof.size,
            root_hash: proof.root.to_string(),
            hashes: proof.hashes.iter().map(ToString::to_string).collect(),
            ledger_id: proof.ledger_id.to_string(),
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> std::result::Result<Response<pb::GetConsistencyProofResponse>, Status> {
        let (_, message) = open(request)?;
        let proof = prove_consistency(&self.0, message.first_tree_size, message.second_tree_size).await;
        answer(proof.map(|proof| pb::GetConsistencyProofResponse {
            first_tree_size: proof.first.0,
            first_root_hash: proof.first.1.to_string(),
            second_tree_size: proof.second.0,
            second_root_hash: proof.second.1.to_string(),
            hashes: proof.hashes.iter().map(ToString::to_string).collect(),
            ledger_id: proof.ledger_id.to_string(),
        }))
    }
}
