//! Exceptions.

use super::{Conn, Db, batch};
use crate::{
    domain::{
        exception::Exception,
        ids::{ExceptionId, IntegratorId, RecordId, SenderId},
        time::Timestamp,
    },
    store::{
        ExceptionRow, StoreError,
        codec::{at, number, word},
    },
};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

const EXCEPTION: &str = "SELECT x.exception_id, x.sender_id, x.integrator_id, x.state, x.until, x.proposed_by, x.reason, \
    x.approved_by, x.created, x.approved, x.ended, x.revision FROM exception x";

#[derive(FromRow)]
struct Columns {
    exception_id: Uuid,
    sender_id: Option<Uuid>,
    integrator_id: Option<String>,
    state: String,
    until: i64,
    proposed_by: Uuid,
    reason: Uuid,
    approved_by: Option<Uuid>,
    created: i64,
    approved: Option<i64>,
    ended: Option<i64>,
    revision: i64,
}

fn row_of(row: Columns) -> Result<ExceptionRow, StoreError> {
    let place = at("exception", &row.exception_id);
    let integrator_id =
        row.integrator_id.map(|id| place.parsed("integrator_id", IntegratorId::parse(&id))).transpose()?;
    Ok(ExceptionRow {
        exception: Exception {
            exception_id: ExceptionId(row.exception_id),
            state: place.word("state", &row.state)?,
            until: place.time("until", row.until)?,
            proposed_by: RecordId(row.proposed_by),
        },
        sender_id: row.sender_id.map(SenderId),
        integrator_id,
        reason: RecordId(row.reason),
        approved_by: row.approved_by.map(RecordId),
        created: place.time("created", row.created)?,
        approved: row.approved.map(|time| place.time("approved", time)).transpose()?,
        ended: row.ended.map(|time| place.time("ended", time)).transpose()?,
        revision: place.count("revision", row.revision)?,
    })
}

/// An exception.
pub(super) async fn exception(conn: &mut Conn, id: ExceptionId) -> Result<Option<ExceptionRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(EXCEPTION);
    query.push(" WHERE x.exception_id = ").push_bind(id.0);
    query.build_query_as().fetch_optional(conn).await?.map(row_of).transpose()
}

/// Exceptions, newest first.
pub(super) async fn exceptions(
    conn: &mut Conn,
    sender: Option<SenderId>,
    integrator: Option<&IntegratorId>,
    before: Option<ExceptionId>,
    limit: u32,
) -> Result<Vec<ExceptionRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(EXCEPTION);
    query.push(" WHERE x.exception_id < ").push_bind(before.map_or(Uuid::max(), |id| id.0));
    if let Some(id) = sender {
        query.push(" AND x.sender_id = ").push_bind(id.0);
    }
    if let Some(id) = integrator {
        query.push(" AND x.integrator_id = ").push_bind(id.as_str());
    }
    query.push(" ORDER BY x.exception_id DESC LIMIT ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(row_of).collect()
}

/// Writes exceptions. Of a known one only what can change is new.
pub(super) async fn put_exceptions(conn: &mut Conn, rows: &[&ExceptionRow]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|row| Ok((*row, word(&row.exception.state)?, number(row.revision)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO exception (exception_id, sender_id, integrator_id, state, until, proposed_by, reason, approved_by, \
                  created, approved, ended, revision) ";
    let end = " ON CONFLICT (exception_id) DO UPDATE SET state = excluded.state, until = excluded.until, \
               approved_by = excluded.approved_by, approved = excluded.approved, ended = excluded.ended, revision = excluded.revision";
    batch::write(conn, insert, end, &rows, |columns, (row, state, revision)| {
        columns
            .push_bind(row.exception.exception_id.0)
            .push_bind(row.sender_id.map(|id| id.0))
            .push_bind(row.integrator_id.as_ref().map(IntegratorId::as_str))
            .push_bind(state.as_str())
            .push_bind(row.exception.until.micros())
            .push_bind(row.exception.proposed_by.0)
            .push_bind(row.reason.0)
            .push_bind(row.approved_by.map(|id| id.0))
            .push_bind(row.created.micros())
            .push_bind(row.approved.map(Timestamp::micros))
            .push_bind(row.ended.map(Timestamp::micros))
            .push_bind(*revision);
    })
    .await
}
