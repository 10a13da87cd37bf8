//! Where to find acceptances and declines: the entries of their revisions hold everything about them.

use super::{Conn, Db, batch};
use crate::{
    domain::ids::{AcceptanceId, AgreementId, DeclineId, IntegratorId, SenderId, VersionLabel},
    store::{
        AcceptanceFilter, AcceptanceRow, StoreError,
        codec::{at, bound, number},
    },
};
use sqlx::QueryBuilder;
use uuid::Uuid;

const ACCEPTANCE: &str = "SELECT a.acceptance_id, a.sender_id, a.integrator_id, a.agreement_id, a.version, a.revision, \
    a.changed_revision FROM acceptance a";

type Columns = (Uuid, Uuid, String, String, String, i64, i64);

fn row_of(
    (id, sender_id, integrator_id, agreement_id, version, revision, changed): Columns,
) -> Result<AcceptanceRow, StoreError> {
    let place = at("acceptance", &id);
    Ok(AcceptanceRow {
        acceptance_id: AcceptanceId(id),
        sender_id: SenderId(sender_id),
        integrator_id: place.parsed("integrator_id", IntegratorId::parse(&integrator_id))?,
        agreement_id: place.parsed("agreement_id", AgreementId::parse(&agreement_id))?,
        version: place.parsed("version", VersionLabel::parse(&version))?,
        revision: place.count("revision", revision)?,
        changed_revision: place.count("changed_revision", changed)?,
    })
}

/// An acceptance.
pub(super) async fn acceptance(conn: &mut Conn, id: AcceptanceId) -> Result<Option<AcceptanceRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(ACCEPTANCE);
    query.push(" WHERE a.acceptance_id = ").push_bind(id.0);
    query.build_query_as().fetch_optional(conn).await?.map(row_of).transpose()
}

/// Acceptances in the order of their ids.
pub(super) async fn acceptances(
    conn: &mut Conn,
    filter: &AcceptanceFilter,
    limit: u32,
) -> Result<Vec<AcceptanceRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(ACCEPTANCE);
    query.push(" WHERE a.acceptance_id > ").push_bind(filter.after.map_or(Uuid::nil(), |id| id.0));
    if let Some(id) = filter.sender_id {
        query.push(" AND a.sender_id = ").push_bind(id.0);
    }
    if let Some(id) = &filter.integrator_id {
        query.push(" AND a.integrator_id = ").push_bind(id.as_str());
    }
    if let Some(id) = &filter.agreement_id {
        query.push(" AND a.agreement_id = ").push_bind(id.as_str());
    }
    if let Some(revision) = filter.changed_after_revision {
        query.push(" AND a.changed_revision > ").push_bind(bound(revision));
    }
    query.push(" ORDER BY a.acceptance_id LIMIT ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(row_of).collect()
}

/// Writes acceptances. Of a known one only the change is new.
pub(super) async fn put_acceptances(conn: &mut Conn, rows: &[&AcceptanceRow]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|row| Ok((*row, number(row.revision)?, number(row.changed_revision)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO acceptance (acceptance_id, sender_id, integrator_id, agreement_id, version, revision, changed_revision) ";
    let end = " ON CONFLICT (acceptance_id) DO UPDATE SET changed_revision = excluded.changed_revision";
    batch::write(conn, insert, end, &rows, |columns, (row, revision, changed)| {
        columns
            .push_bind(row.acceptance_id.0)
            .push_bind(row.sender_id.0)
            .push_bind(row.integrator_id.as_str())
            .push_bind(row.agreement_id.as_str())
            .push_bind(row.version.as_str())
            .push_bind(*revision)
            .push_bind(*changed);
    })
    .await
}

/// Writes new declines.
pub(super) async fn add_declines(conn: &mut Conn, rows: &[(&DeclineId, &(SenderId, u64))]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|(id, (sender, revision))| Ok((id.0, sender.0, number(*revision)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO decline (decline_id, sender_id, revision) ";
    batch::write(conn, insert, "", &rows, |columns, (id, sender, revision)| {
        columns.push_bind(*id).push_bind(*sender).push_bind(*revision);
    })
    .await
}
