//! Invitations, and the links in mails.

use super::{Conn, Db, batch};
use crate::{
    domain::{
        ids::{ConnectionId, Digest, IntegratorId, InvitationId, RecordId, SenderId},
        time::Timestamp,
    },
    store::{
        InvitationFilter, InvitationRow, StoreError,
        codec::{Place, at, bound, number, word},
    },
};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

const INVITATION: &str = "SELECT i.invitation_id, i.sender_id, i.connection_id, i.integrator_id, i.state, i.recipient, i.language, \
    i.two_signatories, i.cause, i.replaces, i.joint_with, i.signature_revision, i.answer_revision, \
    i.reminders, i.created, i.sent, i.expires, i.ended, i.revision FROM invitation i";

#[derive(FromRow)]
struct Columns {
    invitation_id: Uuid,
    sender_id: Uuid,
    connection_id: Uuid,
    integrator_id: String,
    state: String,
    recipient: Uuid,
    language: String,
    two_signatories: i64,
    cause: String,
    replaces: Option<Uuid>,
    joint_with: Option<Uuid>,
    signature_revision: Option<i64>,
    answer_revision: Option<i64>,
    reminders: i64,
    created: i64,
    sent: Option<i64>,
    expires: i64,
    ended: Option<i64>,
    revision: i64,
}

fn small(place: Place<'_>, column: &'static str, value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|error| place.corrupt(column, error))
}

fn row_of(row: Columns) -> Result<InvitationRow, StoreError> {
    let place = at("invitation", &row.invitation_id);
    let revision = |column, value: Option<i64>| value.map(|value| place.count(column, value)).transpose();
    let time = |column, value: Option<i64>| value.map(|value| place.time(column, value)).transpose();
    Ok(InvitationRow {
        invitation_id: InvitationId(row.invitation_id),
        sender_id: SenderId(row.sender_id),
        connection_id: ConnectionId(row.connection_id),
        integrator_id: place.parsed("integrator_id", IntegratorId::parse(&row.integrator_id))?,
        state: place.word("state", &row.state)?,
        recipient: RecordId(row.recipient),
        language: place.word("language", &row.language)?,
        two_signatories: row.two_signatories == 1,
        cause: place.word("cause", &row.cause)?,
        replaces: row.replaces.map(InvitationId),
        joint_with: row.joint_with.map(InvitationId),
        signature_revision: revision("signature_revision", row.signature_revision)?,
        answer_revision: revision("answer_revision", row.answer_revision)?,
        reminders: small(place, "reminders", row.reminders)?,
        created: place.time("created", row.created)?,
        sent: time("sent", row.sent)?,
        expires: place.time("expires", row.expires)?,
        ended: time("ended", row.ended)?,
        revision: place.count("revision", row.revision)?,
    })
}

/// An invitation.
pub(super) async fn invitation(conn: &mut Conn, id: InvitationId) -> Result<Option<InvitationRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(INVITATION);
    query.push(" WHERE i.invitation_id = ").push_bind(id.0);
    query.build_query_as().fetch_optional(conn).await?.map(row_of).transpose()
}

/// Invitations in the order of their ids.
pub(super) async fn invitations(
    conn: &mut Conn,
    filter: &InvitationFilter,
    limit: u32,
) -> Result<Vec<InvitationRow>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(INVITATION);
    query.push(" WHERE i.invitation_id > ").push_bind(filter.after.map_or(Uuid::nil(), |id| id.0));
    if let Some(id) = &filter.integrator_id {
        query.push(" AND i.integrator_id = ").push_bind(id.as_str());
    }
    if let Some(id) = filter.sender_id {
        query.push(" AND i.sender_id = ").push_bind(id.0);
    }
    if let Some(id) = filter.connection_id {
        query.push(" AND i.connection_id = ").push_bind(id.0);
    }
    if let Some(time) = filter.expires_before {
        query.push(" AND i.expires < ").push_bind(time.micros());
    }
    if let Some(time) = filter.expires_from {
        query.push(" AND i.expires >= ").push_bind(time.micros());
    }
    if let Some(time) = filter.created_before {
        query.push(" AND i.created < ").push_bind(time.micros());
    }
    if let Some(count) = filter.fewer_reminders {
        query.push(" AND i.reminders < ").push_bind(i64::from(count));
    }
    if let Some(revision) = filter.changed_after_revision {
        query.push(" AND i.revision > ").push_bind(bound(revision));
    }
    if !filter.states.is_empty() {
        query.push(" AND i.state IN (");
        let mut list = query.separated(", ");
        for state in &filter.states {
            list.push_bind(word(state)?);
        }
        query.push(")");
    }
    query.push(" ORDER BY i.invitation_id LIMIT ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(conn).await?.into_iter().map(row_of).collect()
}

/// Writes invitations. Of a known one only what can change is new.
pub(super) async fn put_invitations(conn: &mut Conn, rows: &[&InvitationRow]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|row| {
            let words = (word(&row.state)?, word(&row.language)?, word(&row.cause)?);
            let revision = |value: Option<u64>| value.map(number).transpose();
            let revisions = (revision(row.signature_revision)?, revision(row.answer_revision)?, number(row.revision)?);
            Ok((*row, words, revisions))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO invitation (invitation_id, sender_id, connection_id, integrator_id, state, recipient, language, \
                  two_signatories, cause, replaces, joint_with, signature_revision, answer_revision, reminders, \
                  created, sent, expires, ended, revision) ";
    let end = " ON CONFLICT (invitation_id) DO UPDATE SET state = excluded.state, \
               signature_revision = excluded.signature_revision, answer_revision = excluded.answer_revision, \
               reminders = excluded.reminders, sent = excluded.sent, ended = excluded.ended, revision = excluded.revision";
    batch::write(conn, insert, end, &rows, |columns, (row, (state, language, cause), (signature, answer, revision))| {
        columns
            .push_bind(row.invitation_id.0)
            .push_bind(row.sender_id.0)
            .push_bind(row.connection_id.0)
            .push_bind(row.integrator_id.as_str())
            .push_bind(state.as_str())
            .push_bind(row.recipient.0)
            .push_bind(language.as_str())
            .push_bind(i64::from(row.two_signatories))
            .push_bind(cause.as_str())
            .push_bind(row.replaces.map(|id| id.0))
            .push_bind(row.joint_with.map(|id| id.0))
            .push_bind(*signature)
            .push_bind(*answer)
            .push_bind(i64::from(row.reminders))
            .push_bind(row.created.micros())
            .push_bind(row.sent.map(Timestamp::micros))
            .push_bind(row.expires.micros())
            .push_bind(row.ended.map(Timestamp::micros))
            .push_bind(*revision);
    })
    .await
}

/// The revision of the entry that made a link.
pub(super) async fn link(conn: &mut Conn, token_sha256: Digest) -> Result<Option<u64>, StoreError> {
    let revision: Option<i64> = sqlx::query_scalar("SELECT revision FROM link WHERE token_sha256 = $1")
        .bind(token_sha256.0.to_vec())
        .fetch_optional(conn)
        .await?;
    revision.map(|revision| at("link", &revision).count("revision", revision)).transpose()
}

/// Writes new links.
pub(super) async fn add_links(conn: &mut Conn, rows: &[(&Digest, &u64)]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|(token, revision)| Ok((*token, number(**revision)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    batch::write(conn, "INSERT INTO link (token_sha256, revision) ", "", &rows, |columns, (token, revision)| {
        columns.push_bind(token.0.to_vec()).push_bind(*revision);
    })
    .await
}
