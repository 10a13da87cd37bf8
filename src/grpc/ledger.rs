//! `LedgerService`.

use super::convert::{Fields, answer, filter_digest, open, times};
use crate::{
    domain::{ids::IntegratorId, ledger::entry::SCHEMA},
    pb::{self, ledger_service_server::LedgerService},
    service::{
        Services,
        error::Result,
        ledger::{EntryRow, ListEntries, list_entries},
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
    pb::LedgerEntry {
        revision: row.revision,
        record_time: Some(times::to_pb(row.time)),
        event_type: row.event,
        schema_version: SCHEMA,
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
}
