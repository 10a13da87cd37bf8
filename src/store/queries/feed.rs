//! What the gate is fed with: senders, each with a sole trader's number from the private table.

use super::{Conn, Db, batch, facts};
use crate::{
    domain::{ids::SenderId, organisation_number::OrganisationNumber, sender::SenderFacts},
    store::StoreError,
};
use sqlx::QueryBuilder;
use uuid::Uuid;

const SENDER: &str = "SELECT s.sender_id, s.organisation_number, s.facts, p.body FROM sender s \
                      LEFT JOIN private_record p ON p.record_id = s.private_number ";

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
