//! Mails that wait or went out, and the tellings of new versions.

use super::{Conn, Db, batch};
use crate::{
    domain::{
        ids::{AgreementId, ConnectionId, MessageId, RecordId, SenderId, VersionLabel},
        time::Timestamp,
    },
    store::{
        CampaignRow, MailFilter, MailRow, StoreError,
        codec::{at, json, word},
        failure::fault,
    },
};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

const MAIL: &str = "SELECT m.message_id, m.purpose, m.sender_id, m.connection_id, m.recipient, m.language, m.state, m.due, \
    m.attempts, m.fault, m.created, m.sent FROM mail m";

#[derive(FromRow)]
struct Columns {
    message_id: Uuid,
    purpose: String,
    sender_id: Option<Uuid>,
    connection_id: Option<Uuid>,
    recipient: Option<Uuid>,
    language: String,
    state: String,
    due: i64,
    attempts: i64,
    fault: Option<String>,
    created: i64,
    sent: Option<i64>,
}

fn row_of(row: Columns) -> Result<MailRow, StoreError> {
    let place = at("mail", &row.message_id);
    Ok(MailRow {
        message_id: MessageId(row.message_id),
        purpose: place.json("purpose", &row.purpose)?,
        sender_id: row.sender_id.map(SenderId),
        connection_id: row.connection_id.map(ConnectionId),
        recipient: row.recipient.map(RecordId),
        language: place.word("language", &row.language)?,
        state: place.word("state", &row.state)?,
        due: place.time("due", row.due)?,
        attempts: u32::try_from(row.attempts).map_err(|error| place.corrupt("attempts", error))?,
        fault: row.fault,
        created: place.time("created", row.created)?,
        sent: row.sent.map(|time| place.time("sent", time)).transpose()?,
    })
}

/// A mail.
pub(super) async fn mail(conn: &mut Conn, id: MessageId) -> Result<Option<MailRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(MAIL);
    query.push(" WHERE m.message_id = ").push_bind(id.0);
    query.build_query_as().fetch_optional(conn).await?.map(row_of).transpose()
}

/// Mails in the order of their ids, or of the times they are due where those are asked for.
pub(super) async fn mails(conn: &mut Conn, filter: &MailFilter, limit: u32) -> Result<Vec<MailRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(MAIL);
    query.push(" WHERE m.message_id > ").push_bind(filter.after.map_or(Uuid::nil(), |id| id.0));
    if let Some(id) = filter.sender_id {
        query.push(" AND m.sender_id = ").push_bind(id.0);
    }
    if !filter.states.is_empty() {
        query.push(" AND m.state IN (");
        let mut list = query.separated(", ");
        for state in &filter.states {
            list.push_bind(word(state)?);
        }
        query.push(")");
    }
    if let Some(time) = filter.due {
        query.push(" AND m.state = 'PENDING' AND m.due <= ").push_bind(time.micros());
        query.push(" ORDER BY m.due, m.message_id LIMIT ");
    } else {
        query.push(" ORDER BY m.message_id LIMIT ");
    }
    query.push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(row_of).collect()
}

/// When the next mail that waits is due.
pub(super) async fn next_mail(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> =
        sqlx::query_scalar("SELECT m.due FROM mail m WHERE m.state = 'PENDING' ORDER BY m.due, m.message_id LIMIT 1")
            .fetch_optional(conn)
            .await?;
    due.map(|due| at("mail", &"next").time("due", due)).transpose()
}

/// Writes mails. Of a known one only what can change is new.
pub(super) async fn put_mails(conn: &mut Conn, rows: &[&MailRow]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|row| Ok((*row, json(&row.purpose)?, word(&row.language)?, word(&row.state)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO mail (message_id, purpose, sender_id, connection_id, recipient, language, state, due, attempts, \
                  fault, created, sent) ";
    let end = " ON CONFLICT (message_id) DO UPDATE SET state = excluded.state, due = excluded.due, \
               attempts = excluded.attempts, fault = excluded.fault, sent = excluded.sent";
    batch::write(conn, insert, end, &rows, |columns, (row, purpose, language, state)| {
        columns
            .push_bind(row.message_id.0)
            .push_bind(purpose.as_str())
            .push_bind(row.sender_id.map(|id| id.0))
            .push_bind(row.connection_id.map(|id| id.0))
            .push_bind(row.recipient.map(|id| id.0))
            .push_bind(language.as_str())
            .push_bind(state.as_str())
            .push_bind(row.due.micros())
            .push_bind(i64::from(row.attempts))
            .push_bind(row.fault.as_deref())
            .push_bind(row.created.micros())
            .push_bind(row.sent.map(Timestamp::micros));
    })
    .await
}

/// Whether the outbox is paused.
pub(super) async fn paused(conn: &mut Conn) -> Result<bool, StoreError> {
    let paused: Option<i64> = sqlx::query_scalar("SELECT paused FROM outbox WHERE id = 1").fetch_optional(conn).await?;
    Ok(paused.ok_or_else(|| fault("the outbox row is gone"))? == 1)
}

/// Pauses the outbox, or lets it go on.
pub(super) async fn put_paused(conn: &mut Conn, paused: bool) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE outbox SET paused = $1 WHERE id = 1").bind(i64::from(paused)).execute(conn).await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(fault("the outbox row is gone")) }
}

/// The tellings that are not finished.
pub(super) async fn campaigns(conn: &mut Conn) -> Result<Vec<CampaignRow>, StoreError> {
    let rows: Vec<(String, String, Option<Uuid>, i64)> = sqlx::query_as(
        "SELECT agreement_id, version, after_sender, created FROM campaign WHERE finished IS NULL ORDER BY created, agreement_id, version",
    )
    .fetch_all(conn)
    .await?;
    let read = |(agreement_id, version, after, created): (String, String, Option<Uuid>, i64)| {
        let place = at("campaign", &agreement_id);
        Ok(CampaignRow {
            agreement_id: place.parsed("agreement_id", AgreementId::parse(&agreement_id))?,
            version: place.parsed("version", VersionLabel::parse(&version))?,
            after: after.map(SenderId),
            created: place.time("created", created)?,
            finished: None,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Writes tellings.
pub(super) async fn put_campaigns(conn: &mut Conn, rows: &[&CampaignRow]) -> Result<(), StoreError> {
    let insert = "INSERT INTO campaign (agreement_id, version, after_sender, created, finished) ";
    let end = " ON CONFLICT (agreement_id, version) DO UPDATE SET after_sender = excluded.after_sender, \
               finished = excluded.finished";
    batch::write(conn, insert, end, rows, |columns, row| {
        columns
            .push_bind(row.agreement_id.as_str())
            .push_bind(row.version.as_str())
            .push_bind(row.after.map(|id| id.0))
            .push_bind(row.created.micros())
            .push_bind(row.finished.map(Timestamp::micros));
    })
    .await
}
