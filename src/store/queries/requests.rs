//! First answers to request ids, for retries.

use super::{Conn, batch};
use crate::{
    domain::time::Timestamp,
    store::{Remembered, RequestKey, StoreError, codec::at},
};

/// What a request id was used for.
pub(super) async fn remembered(conn: &mut Conn, key: &RequestKey) -> Result<Option<Remembered>, StoreError> {
    let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "SELECT payload_sha256, response FROM request WHERE caller = $1 AND method = $2 AND request_id = $3",
    )
    .bind(key.caller.as_str())
    .bind(key.method)
    .bind(key.request_id.0)
    .fetch_optional(conn)
    .await?;
    let place = at("request", &key.request_id);
    row.map(|(sha256, response)| Ok(Remembered { payload_sha256: place.digest("payload_sha256", &sha256)?, response }))
        .transpose()
}

/// Writes new answers.
pub(super) async fn add_requests(
    conn: &mut Conn,
    rows: &[(&RequestKey, &(Remembered, Timestamp))],
) -> Result<(), StoreError> {
    let insert = "INSERT INTO request (caller, method, request_id, payload_sha256, response, created) ";
    batch::write(conn, insert, "", rows, |columns, (key, (remembered, created))| {
        columns
            .push_bind(key.caller.as_str())
            .push_bind(key.method)
            .push_bind(key.request_id.0)
            .push_bind(remembered.payload_sha256.0.as_slice())
            .push_bind(remembered.response.as_slice())
            .push_bind(created.micros());
    })
    .await
}

/// How many answers one statement forgets.
pub(super) const FORGET_AT_ONCE: u64 = 1_000;

/// Forgets some of the answers older than this. Returns how many.
pub(super) async fn forget(conn: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM request WHERE (caller, method, request_id) IN \
         (SELECT caller, method, request_id FROM request WHERE created < $1 ORDER BY created LIMIT $2)",
    )
    .bind(before.micros())
    .bind(i64::try_from(FORGET_AT_ONCE).unwrap_or(i64::MAX))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
