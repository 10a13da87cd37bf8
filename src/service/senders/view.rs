//! Connections as those see them who may: the integrator that wrote them, and operators.

use super::terms::body;
use crate::{
    domain::{
        ids::RecordId,
        sender::{Confirmation, SenderFacts},
        time::Timestamp,
        vocabulary::ConnectionState,
    },
    service::{
        error::Result,
        private::{Contact, name_in},
    },
    store::{ConnectionRow, PrivateRecord, Reader},
};
use std::collections::HashMap;

/// A connection with its personal data in the clear: not to be printed or kept.
pub struct ConnectionView {
    /// The row.
    pub row: ConnectionRow,
    /// Where it stands now.
    pub state: ConnectionState,
    /// Until when its confirmation counts, where the sender contests it.
    pub contested: Option<Timestamp>,
    /// The name that the integrator uses; absent where it was erased.
    pub legal_name: Option<String>,
    /// The contact point's address.
    pub contact: Option<String>,
    /// How it became active.
    pub confirmed: Option<Confirmation>,
    /// When it was ended.
    pub ended: Option<Timestamp>,
}

/// Views of several connections, each with the facts of its sender; one look at the private table for all.
pub(super) async fn views<'a>(
    reader: &mut dyn Reader,
    rows: impl IntoIterator<Item = (ConnectionRow, &'a SenderFacts)>,
    now: Timestamp,
) -> Result<Vec<ConnectionView>> {
    let rows: Vec<_> = rows.into_iter().collect();
    let ids: Vec<RecordId> = rows.iter().flat_map(|(row, _)| row.private_name.into_iter().chain(row.contact)).collect();
    let records = if ids.is_empty() { Vec::new() } else { reader.private(&ids).await? };
    let records: HashMap<RecordId, PrivateRecord> =
        records.into_iter().map(|record| (record.record_id, record)).collect();
    let of = |id: Option<RecordId>| id.and_then(|id| records.get(&id));
    rows.into_iter()
        .map(|(row, facts)| {
            let legal_name = name_in(&row, of(row.private_name))?;
            let contact = body::<Contact>(of(row.contact))?.map(|contact| contact.email);
            let known = facts.connections.iter().find(|known| known.connection_id == row.connection_id);
            let state = row.state_at(facts, now);
            let contested = known.and_then(|known| known.contested).filter(|_| state == ConnectionState::Active);
            Ok(ConnectionView {
                state,
                contested,
                legal_name,
                contact,
                confirmed: known.and_then(|known| known.confirmed),
                ended: known.and_then(|known| known.ended),
                row,
            })
        })
        .collect()
}
