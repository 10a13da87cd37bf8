//! What happened to an acceptance after it was recorded: the end of coverage, and its invalidation.

use super::read;
use crate::{
    domain::{
        ids::SenderId,
        ledger::{Event, Private},
        time::Timestamp,
    },
    service::error::Result,
    store::{AcceptanceRow, EntryFilter, Reader},
};
use std::collections::HashMap;

/// The later changes of an acceptance, which never changes otherwise.
#[derive(Debug, Default)]
pub(super) struct History {
    /// When and why it was invalidated.
    pub(super) invalidated: Option<(Timestamp, Private)>,
    /// When the coverage of each company was ended.
    pub(super) ended: HashMap<SenderId, Timestamp>,
}

const PAGE: u32 = 100;

/// Reads the changes out of the ledger. Most acceptances have none, which their rows tell.
pub(super) async fn history(reader: &mut dyn Reader, row: &AcceptanceRow) -> Result<History> {
    let mut history = History::default();
    let mut filter = EntryFilter {
        after_revision: row.revision,
        sender_id: Some(row.sender_id),
        events: [Event::GROUP_COVERAGE_ENDED, Event::ACCEPTANCE_INVALIDATED].map(str::to_owned).to_vec(),
        ..EntryFilter::default()
    };
    while filter.after_revision < row.changed_revision {
        let entries = reader.entries(&filter, PAGE).await?;
        let Some(last) = entries.last() else { break };
        filter.after_revision = last.revision;
        for entry in &entries {
            let entry = read(entry)?;
            match entry.event {
                Event::AcceptanceInvalidated { acceptance_id, reason, .. } if acceptance_id == row.acceptance_id => {
                    history.invalidated = Some((entry.time, reason));
                }
                Event::GroupCoverageEnded { acceptance_id, covered, .. } if acceptance_id == row.acceptance_id => {
                    history.ended.insert(covered.sender_id, entry.time);
                }
                _ => {}
            }
        }
    }
    Ok(history)
}
