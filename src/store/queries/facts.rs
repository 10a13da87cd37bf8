//! Integrators, agreements and senders: the results of the fold, as JSON beside their keys.

use super::{Conn, Db, batch};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, IntegratorId, RecordId, SenderId},
        integrator::IntegratorFacts,
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
    },
    store::{
        StoreError,
        codec::{at, json, number, word},
    },
};
use sqlx::QueryBuilder;
use uuid::Uuid;

fn integrator_of((id, facts): (String, String)) -> Result<IntegratorFacts, StoreError> {
    let place = at("integrator", &id);
    let facts: IntegratorFacts = place.json("facts", &facts)?;
    if facts.integrator_id.as_str() == id { Ok(facts) } else { Err(place.contradicts("facts")) }
}

/// An integrator.
pub(super) async fn integrator(conn: &mut Conn, id: &IntegratorId) -> Result<Option<IntegratorFacts>, StoreError> {
    let row = sqlx::query_as("SELECT integrator_id, facts FROM integrator WHERE integrator_id = $1");
    row.bind(id.as_str()).fetch_optional(conn).await?.map(integrator_of).transpose()
}

/// Integrators in the order of their slugs.
pub(super) async fn integrators(
    conn: &mut Conn,
    after: Option<&IntegratorId>,
    limit: u32,
) -> Result<Vec<IntegratorFacts>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT integrator_id, facts FROM integrator WHERE integrator_id > $1 ORDER BY integrator_id LIMIT $2",
    )
    .bind(after.map_or("", IntegratorId::as_str))
    .bind(i64::from(limit));
    rows.fetch_all(conn).await?.into_iter().map(integrator_of).collect()
}

fn agreement_of((id, facts): (String, String)) -> Result<AgreementFacts, StoreError> {
    let place = at("agreement", &id);
    let facts: AgreementFacts = place.json("facts", &facts)?;
    if facts.agreement_id.as_str() == id { Ok(facts) } else { Err(place.contradicts("facts")) }
}

/// An agreement.
pub(super) async fn agreement(conn: &mut Conn, id: &AgreementId) -> Result<Option<AgreementFacts>, StoreError> {
    let row = sqlx::query_as("SELECT agreement_id, facts FROM agreement WHERE agreement_id = $1");
    row.bind(id.as_str()).fetch_optional(conn).await?.map(agreement_of).transpose()
}

/// All agreements.
pub(super) async fn agreements(conn: &mut Conn) -> Result<Vec<AgreementFacts>, StoreError> {
    let rows = sqlx::query_as("SELECT agreement_id, facts FROM agreement ORDER BY agreement_id");
    rows.fetch_all(conn).await?.into_iter().map(agreement_of).collect()
}

/// A sender's columns: its id, its number if it is a legal person, its facts.
type SenderColumns = (Uuid, Option<String>, String);

/// Reads a sender.
fn sender_row((id, number, facts): SenderColumns) -> Result<SenderFacts, StoreError> {
    sender_of_columns(id, number.as_deref(), &facts)
}

/// The same from columns that stay with the row.
pub(super) fn sender_of_columns(id: Uuid, number: Option<&str>, facts: &str) -> Result<SenderFacts, StoreError> {
    let place = at("sender", &id);
    let facts: SenderFacts = place.json("facts", facts)?;
    let same_number = facts.number.map(|number| number.to_string()).as_deref() == number;
    if facts.sender_id.0 == id && same_number { Ok(facts) } else { Err(place.contradicts("facts")) }
}

/// A sender.
pub(super) async fn sender(conn: &mut Conn, id: SenderId) -> Result<Option<SenderFacts>, StoreError> {
    let row = sqlx::query_as("SELECT sender_id, organisation_number, facts FROM sender WHERE sender_id = $1");
    row.bind(id.0).fetch_optional(conn).await?.map(sender_row).transpose()
}

/// Several senders.
pub(super) async fn senders(conn: &mut Conn, ids: &[SenderId]) -> Result<Vec<SenderFacts>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(256) {
        let mut query =
            QueryBuilder::<Db>::new("SELECT sender_id, organisation_number, facts FROM sender WHERE sender_id IN (");
        let mut list = query.separated(", ");
        for id in batch::padded(ids) {
            list.push_bind(id.0);
        }
        query.push(")");
        for row in query.build_query_as().fetch_all(&mut *conn).await? {
            found.push(sender_row(row)?);
        }
    }
    Ok(found)
}

/// Senders in the order of their ids.
pub(super) async fn senders_after(
    conn: &mut Conn,
    after: Option<SenderId>,
    limit: u32,
) -> Result<Vec<SenderFacts>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT sender_id, organisation_number, facts FROM sender WHERE sender_id > $1 ORDER BY sender_id LIMIT $2",
    );
    let rows = rows.bind(after.map_or(Uuid::nil(), |id| id.0)).bind(i64::from(limit));
    rows.fetch_all(conn).await?.into_iter().map(sender_row).collect()
}

/// The sender of a number.
pub(super) async fn sender_of(conn: &mut Conn, number: &OrganisationNumber) -> Result<Option<SenderId>, StoreError> {
    let found: Option<Uuid> = match number {
        OrganisationNumber::Legal(number) => {
            sqlx::query_scalar("SELECT sender_id FROM sender WHERE organisation_number = $1")
                .bind(number.to_string())
                .fetch_optional(conn)
                .await?
        }
        OrganisationNumber::SoleTrader(number) => {
            sqlx::query_scalar(
                "SELECT s.sender_id FROM private_record p JOIN sender s ON s.private_number = p.record_id WHERE p.lookup = $1",
            )
            .bind(crate::store::number_lookup(number))
            .fetch_optional(conn)
            .await?
        }
    };
    Ok(found.map(SenderId))
}

/// Writes integrators.
pub(super) async fn put_integrators(conn: &mut Conn, rows: &[&IntegratorFacts]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|facts| Ok((facts.integrator_id.as_str(), number(facts.revision)?, json(facts)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO integrator (integrator_id, revision, facts) ";
    let end = " ON CONFLICT (integrator_id) DO UPDATE SET revision = excluded.revision, facts = excluded.facts";
    batch::write(conn, insert, end, &rows, |row, (id, revision, facts)| {
        row.push_bind(*id).push_bind(*revision).push_bind(facts.as_str());
    })
    .await
}

/// Writes agreements.
pub(super) async fn put_agreements(conn: &mut Conn, rows: &[&AgreementFacts]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|facts| Ok((facts.agreement_id.as_str(), word(&facts.kind)?, number(facts.revision)?, json(facts)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO agreement (agreement_id, kind, revision, facts) ";
    let end = " ON CONFLICT (agreement_id) DO UPDATE SET kind = excluded.kind, revision = excluded.revision, facts = excluded.facts";
    batch::write(conn, insert, end, &rows, |row, (id, kind, revision, facts)| {
        row.push_bind(*id).push_bind(kind.as_str()).push_bind(*revision).push_bind(facts.as_str());
    })
    .await
}

/// Writes senders. A number never changes, and the record of a sole trader's number is given with the first write only.
pub(super) async fn put_senders(conn: &mut Conn, rows: &[&(SenderFacts, Option<RecordId>)]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|(facts, record)| Ok((facts, record.map(|id| id.0), number(facts.revision)?, json(facts)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO sender (sender_id, organisation_number, private_number, revision, facts) ";
    let end = " ON CONFLICT (sender_id) DO UPDATE SET revision = excluded.revision, facts = excluded.facts";
    batch::write(conn, insert, end, &rows, |row, (sender, record, revision, facts)| {
        row.push_bind(sender.sender_id.0)
            .push_bind(sender.number.map(|number| number.to_string()))
            .push_bind(*record)
            .push_bind(*revision)
            .push_bind(facts.as_str());
    })
    .await
}
