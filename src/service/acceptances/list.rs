//! `ListAcceptances`.

use super::{
    misplaced, read,
    validity::{Validity, validity},
};
use crate::{
    domain::{
        ids::{AcceptanceId, AgreementId, Digest, IntegratorId, InvitationId, SenderId, VersionLabel},
        ledger::{Entry, Event},
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{Assurance, Method},
    },
    service::{
        Services,
        caller::Caller,
        error::Result,
        paging::{self, Page},
        senders::resolve::{self, SenderName, SenderRef},
        write::own_or_named,
    },
    store::{AcceptanceFilter, AcceptanceRow, Reader},
};
use std::collections::HashMap;

/// Which acceptances, and which page of them.
#[derive(Debug)]
pub struct ListAcceptances {
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page.
    pub page_token: String,
    /// Of the other parameters.
    pub filter: Digest,
    /// Only those that came through this integrator; an integrator's own in any case.
    pub integrator_id: Option<IntegratorId>,
    /// Only this sender's.
    pub sender: Option<SenderRef>,
    /// Only of this agreement.
    pub agreement_id: Option<AgreementId>,
    /// Only of this version.
    pub version: Option<VersionLabel>,
    /// Only those that stand so; all where empty.
    pub states: Vec<Validity>,
    /// Only recorded or changed after this revision.
    pub changed_after_revision: u64,
}

/// An acceptance without persons and evidence.
#[derive(Debug)]
pub struct AcceptanceSummary {
    /// Where it is.
    pub row: AcceptanceRow,
    /// The key that the integrator has for the sender.
    pub external_reference: String,
    /// Where it stands.
    pub validity: Validity,
    /// Until when it counts, where it is contested.
    pub contest_deadline: Option<Timestamp>,
    /// The invitations that it came of.
    pub invitations: Vec<InvitationId>,
    /// How it was given.
    pub method: Method,
    /// How sure it is.
    pub assurance: Assurance,
    /// When the sender accepted.
    pub accept_time: Timestamp,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// How often one page may look further for rows that fit what only the facts tell.
const MOST_LOOKS: usize = 10;

/// Lists acceptances in the order of their ids, which is that of their recording. The revision is that of the first page
/// on all of them, so that a poll from there misses nothing.
pub async fn list_acceptances(
    services: &Services,
    caller: &Caller,
    list: ListAcceptances,
) -> Result<Page<AcceptanceSummary>> {
    let size = paging::size(list.page_size);
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let after: Option<(AcceptanceId, u64)> = paging::after(list.filter, &list.page_token)?;
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let revision = after.map_or(reader.head().revision, |(_, first)| first);
    let mut filter = filter(reader, caller, &list).await?;
    filter.after = after.map(|(id, _)| id);
    let (mut items, mut more) = (Vec::new(), true);
    for _ in 0..MOST_LOOKS {
        // One row more than still fits tells whether there is another page.
        let missing = u32::try_from(wanted - items.len()).unwrap_or(size);
        let mut rows = reader.acceptances(&filter, missing + 1).await?;
        more = rows.len() > usize::try_from(missing).unwrap_or(usize::MAX);
        rows.truncate(wanted - items.len());
        filter.after = rows.last().map(|row| row.acceptance_id).or(filter.after);
        rows.retain(|row| list.version.as_ref().is_none_or(|version| row.version == *version));
        let found = summaries(reader, rows, services.clock.now()).await?;
        items.extend(found.into_iter().filter(|one| list.states.is_empty() || list.states.contains(&one.validity)));
        if !more || items.len() >= wanted {
            break;
        }
    }
    let next_page_token = match filter.after {
        Some(last) if more => paging::token(list.filter, (last, revision))?,
        _ => String::new(),
    };
    Ok(Page { items, next_page_token, revision })
}

async fn filter(reader: &mut dyn Reader, caller: &Caller, list: &ListAcceptances) -> Result<AcceptanceFilter> {
    let integrator_id = match (caller.integrator(), &list.integrator_id) {
        (None, None) => None,
        (_, named) => Some(own_or_named(caller, named.as_ref())?.clone()),
    };
    let sender_id: Option<SenderId> = match &list.sender {
        Some(sender) => {
            let name = SenderName { integrator_id: integrator_id.clone(), sender: sender.clone() };
            Some(resolve::sender(reader, caller, &name).await?.0)
        }
        None => None,
    };
    Ok(AcceptanceFilter {
        sender_id,
        integrator_id,
        agreement_id: list.agreement_id.clone(),
        changed_after_revision: (list.changed_after_revision > 0).then_some(list.changed_after_revision),
        after: None,
    })
}

async fn summaries(
    reader: &mut dyn Reader,
    rows: Vec<AcceptanceRow>,
    now: Timestamp,
) -> Result<Vec<AcceptanceSummary>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut senders: Vec<SenderId> = rows.iter().map(|row| row.sender_id).collect();
    senders.sort_unstable();
    senders.dedup();
    let mut revisions: Vec<u64> = rows.iter().map(|row| row.revision).collect();
    revisions.sort_unstable();
    revisions.dedup();
    let senders = reader.senders(&senders).await?;
    let senders: HashMap<SenderId, SenderFacts> = senders.into_iter().map(|facts| (facts.sender_id, facts)).collect();
    let mut entries: HashMap<u64, Entry> = HashMap::with_capacity(revisions.len());
    for row in reader.entries_at(&revisions).await? {
        entries.insert(row.revision, read(&row)?);
    }
    let summary = |row: AcceptanceRow| {
        let entry = entries.get(&row.revision).ok_or_else(|| misplaced(row.revision))?;
        let Event::AcceptanceRecorded { method, assurance, accept_time, invitations, .. } = &entry.event else {
            return Err(misplaced(row.revision));
        };
        let facts = senders.get(&row.sender_id).ok_or_else(|| misplaced(row.revision))?;
        let (validity, contested) = validity(&facts.acts, row.acceptance_id, now);
        Ok(AcceptanceSummary {
            external_reference: facts
                .connection(&row.integrator_id)
                .map(|one| one.external_reference.clone())
                .unwrap_or_default(),
            validity,
            contest_deadline: contested.filter(|_| validity == Validity::Contested),
            invitations: invitations.clone(),
            method: *method,
            assurance: *assurance,
            accept_time: *accept_time,
            record_time: entry.time,
            row,
        })
    };
    rows.into_iter().map(summary).collect()
}
