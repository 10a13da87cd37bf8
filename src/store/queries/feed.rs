//! What the gate is fed with: senders, each with a sole trader's number from the private table.

use super::{Conn, Db, batch, facts};
use crate::{
    domain::ids::SenderId,
    store::{
        StoreError,
        codec::bound,
        unread::{Columns, Numbered, Unread},
    },
};
use sqlx::QueryBuilder;
use uuid::Uuid;

const SENDER: &str = "SELECT s.sender_id, s.revision, s.organisation_number, s.facts, p.body FROM sender s \
                      LEFT JOIN private_record p ON p.record_id = s.private_number ";

/// Senders in the order of their last changes, which is about that in which the database keeps them.
pub(super) async fn page(conn: &mut Conn, after: Option<(u64, SenderId)>, limit: u32) -> Result<Unread, StoreError> {
    let (revision, id) = after.unwrap_or((0, SenderId(Uuid::nil())));
    let mut query = QueryBuilder::<Db>::new(SENDER);
    query.push("WHERE (s.revision, s.sender_id) > (").push_bind(bound(revision)).push(", ").push_bind(id.0);
    query.push(") ORDER BY s.revision, s.sender_id LIMIT ").push_bind(i64::from(limit));
    Ok(Unread::new(query.build_query_as().fetch_all(conn).await?, with_number))
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

fn with_number((id, _, number, facts, body): Columns) -> Result<Numbered, StoreError> {
    let private = body.map(|body| super::private::number_in(&body, &id)).transpose()?;
    Ok((facts::sender_of_columns(id, number.as_deref(), &facts)?, private))
}
