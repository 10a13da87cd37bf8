//! What the gate is fed with: senders, each with a sole trader's number from the private table.

use super::{Conn, Db, batch, facts, read::Read};
use crate::{
    domain::{ids::SenderId, ledger::Entry, organisation_number::OrganisationNumber, sender::SenderFacts},
    store::{Changes, EntryFilter, Reader, StoreError},
};
use sqlx::QueryBuilder;
use std::collections::BTreeSet;
use uuid::Uuid;

const SENDER: &str = "SELECT s.sender_id, s.organisation_number, s.facts, p.body FROM sender s \
                      LEFT JOIN private_record p ON p.record_id = s.private_number ";

/// How many entries are read at once.
const BATCH: u32 = 1000;

type Columns = (Uuid, Option<String>, String, Option<String>);
type Numbered = (SenderFacts, Option<OrganisationNumber>);

/// Senders in the order of their ids.
pub(super) async fn page(conn: &mut Conn, after: Option<SenderId>, limit: u32) -> Result<Vec<Numbered>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SENDER);
    query.push("WHERE s.sender_id > ").push_bind(after.map_or(Uuid::nil(), |id| id.0));
    query.push(" ORDER BY s.sender_id LIMIT ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(with_number).collect()
}

/// Several senders, in any order.
pub(super) async fn some(conn: &mut Conn, ids: &[SenderId]) -> Result<Vec<Numbered>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(256) {
        let mut query = QueryBuilder::<Db>::new(SENDER);
        query.push("WHERE s.sender_id IN (");
        let mut list = query.separated(", ");
        for id in batch::padded(ids) {
            list.push_bind(id.0);
        }
        query.push(")");
        for row in query.build_query_as().fetch_all(&mut *conn).await? {
            found.push(with_number(row)?);
        }
    }
    Ok(found)
}

fn with_number((id, number, facts, body): Columns) -> Result<Numbered, StoreError> {
    let private = body.map(|body| super::private::number_in(&body, &id)).transpose()?;
    Ok((facts::sender_row((id, number, facts))?, private))
}

/// All entries after a revision, with the facts of everything that they touch as they are at the head. What an entry that
/// this program cannot read touches is not known, and left out.
pub(super) async fn changes(read: &mut Read, after_revision: u64) -> Result<Changes, StoreError> {
    let mut changes = Changes::none(read.head().clone());
    let (mut integrators, mut agreements, mut senders) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut filter = EntryFilter { after_revision, ..EntryFilter::default() };
    loop {
        let rows = read.entries(&filter, BATCH).await?;
        let Some(last) = rows.last() else { break };
        filter.after_revision = last.revision;
        for touched in rows.iter().filter_map(|row| Entry::read(&row.canonical).ok()).map(|entry| entry.event.touched())
        {
            integrators.extend(touched.integrator);
            agreements.extend(touched.agreement);
            senders.extend(touched.senders);
        }
        changes.entries.extend(rows);
    }
    for id in &integrators {
        changes.integrators.extend(read.integrator(id).await?);
    }
    for id in &agreements {
        changes.agreements.extend(read.agreement(id).await?);
    }
    let senders: Vec<SenderId> = senders.into_iter().collect();
    changes.senders = read.numbered(&senders).await?;
    Ok(changes)
}
