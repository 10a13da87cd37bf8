//! What the gate is fed with: senders, each with a sole trader's number from the private table.

use super::{Conn, Db, ID_TEXT, batch, facts};
use crate::{
    domain::ids::SenderId,
    store::{
        StoreError,
        codec::bound,
        unread::{Columns, FIELD, Numbered, ROW, Unread},
    },
};
use sqlx::QueryBuilder;
use uuid::Uuid;

const SENDER: &str = "SELECT s.sender_id, s.revision, s.organisation_number, p.body, s.facts FROM sender s \
                      LEFT JOIN private_record p ON p.record_id = s.private_number ";

/// A row of these: id, revision, number of a legal person, private record of a sole trader's number, facts.
type Row = (Uuid, i64, Option<String>, Option<String>, String);

/// Senders in the order of their last changes, which is about that in which the database keeps them. They come as one text:
/// to hand over each by itself would wake two threads for each.
pub(super) async fn page(conn: &mut Conn, after: Option<(u64, SenderId)>, limit: u32) -> Result<Unread, StoreError> {
    let (revision, id) = after.unwrap_or((0, SenderId(Uuid::nil())));
    let mut query = QueryBuilder::<Db>::new("WITH page AS (");
    query
        .push(SENDER)
        .push("WHERE (s.revision, s.sender_id) > (")
        .push_bind(bound(revision))
        .push(", ")
        .push_bind(id.0);
    query.push(") ORDER BY s.revision, s.sender_id LIMIT ").push_bind(i64::from(limit));
    query.push(format_args!(
        ") SELECT string_agg(CAST(revision AS TEXT) || '{FIELD}' || {ID_TEXT} || '{FIELD}' || \
         COALESCE(organisation_number, '') || '{FIELD}' || COALESCE(body, '') || '{FIELD}' || facts, '{ROW}') FROM page"
    ));
    let text: Option<String> = query.build_query_scalar().fetch_one(conn).await?;
    Unread::new(text.unwrap_or_default(), with_number)
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
        let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
        for (id, _, number, body, facts) in &rows {
            found.push(with_number((*id, number.as_deref(), body.as_deref(), facts))?);
        }
    }
    Ok(found)
}

fn with_number((id, number, body, facts): Columns<'_>) -> Result<Numbered, StoreError> {
    let private = body.map(|body| super::private::number_in(body, &id)).transpose()?;
    Ok((facts::sender_of_columns(id, number, facts)?, private))
}
