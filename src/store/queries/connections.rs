//! Connections.

use super::{Conn, Db, batch};
use crate::{
    domain::ids::{ConnectionId, IntegratorId, RecordId, SenderId},
    store::{
        ConnectionFilter, ConnectionRow, StoreError,
        codec::{at, bound, json, number, word},
    },
};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

const CONNECTION: &str = "SELECT c.connection_id, c.sender_id, c.integrator_id, c.state, c.external_reference, c.legal_name, \
    c.private_name, c.contact, c.contact_quality, c.content_types, c.created, c.updated, c.revision FROM connection c";

#[derive(FromRow)]
struct Columns {
    connection_id: Uuid,
    sender_id: Uuid,
    integrator_id: String,
    state: String,
    external_reference: String,
    legal_name: Option<String>,
    private_name: Option<Uuid>,
    contact: Option<Uuid>,
    contact_quality: String,
    content_types: String,
    created: i64,
    updated: i64,
    revision: i64,
}

fn row_of(row: Columns) -> Result<ConnectionRow, StoreError> {
    let place = at("connection", &row.connection_id);
    Ok(ConnectionRow {
        connection_id: ConnectionId(row.connection_id),
        sender_id: SenderId(row.sender_id),
        integrator_id: place.parsed("integrator_id", IntegratorId::parse(&row.integrator_id))?,
        state: place.word("state", &row.state)?,
        external_reference: row.external_reference,
        legal_name: row.legal_name,
        private_name: row.private_name.map(RecordId),
        contact: row.contact.map(RecordId),
        contact_quality: place.word("contact_quality", &row.contact_quality)?,
        content_types: place.json("content_types", &row.content_types)?,
        created: place.time("created", row.created)?,
        updated: place.time("updated", row.updated)?,
        revision: place.count("revision", row.revision)?,
    })
}

/// The last connection of a sender with an integrator.
pub(super) async fn connection(
    conn: &mut Conn,
    sender: SenderId,
    integrator: &IntegratorId,
) -> Result<Option<ConnectionRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(CONNECTION);
    query.push(" WHERE c.sender_id = ").push_bind(sender.0);
    query.push(" AND c.integrator_id = ").push_bind(integrator.as_str());
    // An open one first: the id of one made on a node whose clock is behind may be the smaller.
    query.push(" ORDER BY CASE c.state WHEN 'ENDED' THEN 1 ELSE 0 END, c.connection_id DESC LIMIT 1");
    query.build_query_as().fetch_optional(conn).await?.map(row_of).transpose()
}

/// The open connection under a reference, else the last one that ended.
pub(super) async fn connection_of(
    conn: &mut Conn,
    integrator: &IntegratorId,
    external_reference: &str,
) -> Result<Option<ConnectionRow>, StoreError> {
    for state in [" AND c.state <> 'ENDED'", " AND c.state = 'ENDED'"] {
        let mut query = QueryBuilder::<Db>::new(CONNECTION);
        query.push(" WHERE c.integrator_id = ").push_bind(integrator.as_str());
        query.push(" AND c.external_reference = ").push_bind(external_reference);
        query.push(state).push(" ORDER BY c.connection_id DESC LIMIT 1");
        if let Some(row) = query.build_query_as().fetch_optional(&mut *conn).await? {
            return row_of(row).map(Some);
        }
    }
    Ok(None)
}

/// Connections in the order of their ids.
pub(super) async fn connections(
    conn: &mut Conn,
    filter: &ConnectionFilter,
    limit: u32,
) -> Result<Vec<ConnectionRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(CONNECTION);
    if let Some(revision) = filter.changed_after_revision {
        query.push(" JOIN sender s ON s.sender_id = c.sender_id AND s.revision > ").push_bind(bound(revision));
    }
    query.push(" WHERE c.connection_id > ").push_bind(filter.after.map_or(Uuid::nil(), |id| id.0));
    if let Some(id) = &filter.integrator_id {
        query.push(" AND c.integrator_id = ").push_bind(id.as_str());
    }
    if let Some(reference) = &filter.external_reference {
        query.push(" AND c.external_reference = ").push_bind(reference.as_str());
    }
    if !filter.states.is_empty() {
        query.push(" AND c.state IN (");
        let mut list = query.separated(", ");
        for state in &filter.states {
            list.push_bind(word(state)?);
        }
        query.push(")");
    }
    query.push(" ORDER BY c.connection_id LIMIT ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(row_of).collect()
}

/// Writes connections.
pub(super) async fn put_connections(conn: &mut Conn, rows: &[&ConnectionRow]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|row| {
            let words = (word(&row.state)?, word(&row.contact_quality)?, json(&row.content_types)?);
            Ok((*row, words, number(row.revision)?))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO connection (connection_id, sender_id, integrator_id, state, external_reference, legal_name, \
                  private_name, contact, contact_quality, content_types, created, updated, revision) ";
    let end = " ON CONFLICT (connection_id) DO UPDATE SET state = excluded.state, \
               external_reference = excluded.external_reference, legal_name = excluded.legal_name, \
               private_name = excluded.private_name, contact = excluded.contact, contact_quality = excluded.contact_quality, \
               content_types = excluded.content_types, updated = excluded.updated, revision = excluded.revision";
    batch::write(conn, insert, end, &rows, |columns, (row, (state, quality, types), revision)| {
        columns
            .push_bind(row.connection_id.0)
            .push_bind(row.sender_id.0)
            .push_bind(row.integrator_id.as_str())
            .push_bind(state.as_str())
            .push_bind(row.external_reference.as_str())
            .push_bind(row.legal_name.as_deref())
            .push_bind(row.private_name.map(|id| id.0))
            .push_bind(row.contact.map(|id| id.0))
            .push_bind(quality.as_str())
            .push_bind(types.as_str())
            .push_bind(row.created.micros())
            .push_bind(row.updated.micros())
            .push_bind(*revision);
    })
    .await
}
