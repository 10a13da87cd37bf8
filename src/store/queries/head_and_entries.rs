//! The head row, which every writer locks, and the ledger's entries.

use super::{Conn, Db, batch};
use crate::{
    domain::{
        ids::{IntegratorId, LedgerId, SenderId},
        ledger::{entry::SCHEMA, tree::Frontier},
    },
    store::{
        EntryFilter, EntryRow, Head, StoreError,
        codec::{at, bound, number},
        failure::fault,
    },
};
use sqlx::QueryBuilder;
use uuid::Uuid;

type HeadColumns = (Uuid, i64, Vec<u8>, i64);

/// A ledger with an entry of a newer schema is neither read nor written by this program, which would miss, or lose, what
/// it does not know.
fn head_of((ledger_id, revision, frontier, entry_schema): HeadColumns) -> Result<Head, StoreError> {
    let place = at("head", &1);
    let entry_schema = u32::try_from(entry_schema).map_err(|error| place.corrupt("entry_schema", error))?;
    if entry_schema > SCHEMA {
        return Err(StoreError::TooNew { schema: entry_schema, known: SCHEMA });
    }
    let revision = place.count("revision", revision)?;
    let frontier = Frontier::from_bytes(revision, &frontier).ok_or_else(|| place.contradicts("frontier"))?;
    Ok(Head { ledger_id: LedgerId(ledger_id), revision, frontier, entry_schema })
}

/// The head.
pub(super) async fn head(conn: &mut Conn) -> Result<Head, StoreError> {
    let row: Option<HeadColumns> =
        sqlx::query_as("SELECT ledger_id, revision, frontier, entry_schema FROM head WHERE id = 1")
            .fetch_optional(conn)
            .await?;
    head_of(row.ok_or_else(|| fault("there is no ledger: run `ombord migrate`"))?)
}

/// Locks the head row against all other writers and reads it.
pub(super) async fn lock_head(conn: &mut Conn) -> Result<Head, StoreError> {
    let row: Option<HeadColumns> = sqlx::query_as(
        "UPDATE head SET revision = revision + 1 WHERE id = 1 RETURNING ledger_id, revision - 1, frontier, entry_schema",
    )
    .fetch_optional(conn)
    .await?;
    head_of(row.ok_or_else(|| fault("there is no ledger: run `ombord migrate`"))?)
}

/// Writes the head as it is after a transaction.
pub(super) async fn put_head(conn: &mut Conn, head: &Head) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE head SET revision = $1, frontier = $2, entry_schema = $3, ledger_id = $4 WHERE id = 1")
            .bind(number(head.revision)?)
            .bind(head.frontier.to_bytes())
            .bind(i64::from(head.entry_schema))
            .bind(head.ledger_id.0)
            .execute(conn)
            .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(fault("the head row is gone")) }
}

/// Makes the head row of a new ledger where there is none. Without entries there is no schema of them yet.
pub(super) async fn make_head(conn: &mut Conn, ledger_id: LedgerId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO head (id, ledger_id, revision, frontier, entry_schema) VALUES (1, $1, 0, $2, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(ledger_id.0)
    .bind(Vec::<u8>::new())
    .execute(conn)
    .await?;
    Ok(())
}

const ENTRY: &str =
    "SELECT e.revision, e.time, e.event, e.sender_id, e.integrator_id, e.canonical, e.leaf_hash FROM entry e";

type EntryColumns = (i64, i64, String, Option<Uuid>, Option<String>, String, Vec<u8>);

fn entry_of(
    (revision, time, event, sender_id, integrator_id, canonical, leaf_hash): EntryColumns,
) -> Result<EntryRow, StoreError> {
    let place = at("entry", &revision);
    let integrator_id =
        integrator_id.map(|text| place.parsed("integrator_id", IntegratorId::parse(&text))).transpose()?;
    Ok(EntryRow {
        revision: place.count("revision", revision)?,
        time: place.time("time", time)?,
        event,
        sender_id: sender_id.map(SenderId),
        integrator_id,
        canonical,
        leaf_hash: place.digest("leaf_hash", &leaf_hash)?,
    })
}

/// The entry of a revision.
pub(super) async fn entry(conn: &mut Conn, revision: u64) -> Result<Option<EntryRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(ENTRY);
    query.push(" WHERE e.revision = ").push_bind(number(revision)?);
    query.build_query_as().fetch_optional(conn).await?.map(entry_of).transpose()
}

/// The entries of several revisions.
pub(super) async fn entries_at(conn: &mut Conn, revisions: &[u64]) -> Result<Vec<EntryRow>, StoreError> {
    let mut found = Vec::with_capacity(revisions.len());
    for revisions in revisions.chunks(256) {
        let mut query = QueryBuilder::<Db>::new(ENTRY);
        query.push(" WHERE e.revision IN (");
        let mut list = query.separated(", ");
        for revision in batch::padded(revisions) {
            list.push_bind(number(revision)?);
        }
        query.push(")");
        for row in query.build_query_as().fetch_all(&mut *conn).await? {
            found.push(entry_of(row)?);
        }
    }
    Ok(found)
}

/// Entries in order.
pub(super) async fn entries(conn: &mut Conn, filter: &EntryFilter, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(ENTRY);
    query.push(" WHERE e.revision > ").push_bind(bound(filter.after_revision));
    if let Some(id) = filter.sender_id {
        query.push(" AND e.sender_id = ").push_bind(id.0);
    }
    if let Some(id) = &filter.integrator_id {
        query.push(" AND e.integrator_id = ").push_bind(id.as_str());
    }
    if !filter.events.is_empty() {
        query.push(" AND e.event IN (");
        let mut list = query.separated(", ");
        for event in &filter.events {
            list.push_bind(event.as_str());
        }
        query.push(")");
    }
    query.push(" ORDER BY e.revision LIMIT ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(entry_of).collect()
}

/// Writes new entries.
pub(super) async fn add_entries(conn: &mut Conn, entries: &[&EntryRow]) -> Result<(), StoreError> {
    let rows = entries.iter().map(|e| Ok((number(e.revision)?, *e))).collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO entry (revision, time, event, sender_id, integrator_id, canonical, leaf_hash) ";
    batch::write(conn, insert, "", &rows, |row, (revision, entry)| {
        row.push_bind(*revision)
            .push_bind(entry.time.micros())
            .push_bind(entry.event.as_str())
            .push_bind(entry.sender_id.map(|id| id.0))
            .push_bind(entry.integrator_id.as_ref().map(IntegratorId::as_str))
            .push_bind(entry.canonical.as_str())
            .push_bind(entry.leaf_hash.0.as_slice());
    })
    .await
}
