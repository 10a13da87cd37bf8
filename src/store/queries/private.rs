//! Personal data.

use super::{Conn, Db, batch};
use crate::{
    domain::{ids::RecordId, ledger::commitment::Salt, organisation_number::OrganisationNumber},
    store::{PrivateRecord, StoreError, codec::at},
};
use sqlx::QueryBuilder;
use std::fmt::Display;
use uuid::Uuid;

const RECORD: &str =
    "SELECT record_id, kind, body, salt, lookup FROM private_record WHERE body IS NOT NULL AND salt IS NOT NULL";

type Columns = (Uuid, String, String, Vec<u8>, Option<String>);

fn row_of((id, kind, body, salt, lookup): Columns) -> Result<PrivateRecord, StoreError> {
    let place = at("private_record", &id);
    Ok(PrivateRecord {
        record_id: RecordId(id),
        kind: place.private_kind(&kind)?,
        body,
        salt: Salt(place.bytes("salt", &salt)?),
        lookup,
    })
}

/// Reads a sole trader's number out of its record; `id` says whose, for the error.
pub(super) fn number_in(body: &str, id: &(dyn Display + Sync)) -> Result<OrganisationNumber, StoreError> {
    #[derive(serde::Deserialize)]
    struct Body {
        number: String,
    }
    let place = at("private_record", id);
    let body: Body = place.json("body", body)?;
    place.parsed("body", OrganisationNumber::parse(&body.number))
}

/// Records that are not erased.
pub(super) async fn private(conn: &mut Conn, ids: &[RecordId]) -> Result<Vec<PrivateRecord>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(256) {
        let mut query = QueryBuilder::<Db>::new(RECORD);
        query.push(" AND record_id IN (");
        let mut list = query.separated(", ");
        for id in batch::padded(ids) {
            list.push_bind(id.0);
        }
        query.push(")");
        for row in query.build_query_as().fetch_all(&mut *conn).await? {
            found.push(row_of(row)?);
        }
    }
    Ok(found)
}

/// The record with a look-up.
pub(super) async fn private_of(conn: &mut Conn, lookup: &str) -> Result<Option<PrivateRecord>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(RECORD);
    query.push(" AND lookup = ").push_bind(lookup);
    query.build_query_as().fetch_optional(conn).await?.map(row_of).transpose()
}

/// Writes new records.
pub(super) async fn add_private(conn: &mut Conn, rows: &[(&RecordId, &PrivateRecord)]) -> Result<(), StoreError> {
    let insert = "INSERT INTO private_record (record_id, kind, body, salt, lookup) ";
    batch::write(conn, insert, "", rows, |columns, (id, record)| {
        columns
            .push_bind(id.0)
            .push_bind(record.kind.as_str())
            .push_bind(record.body.as_str())
            .push_bind(record.salt.0.as_slice())
            .push_bind(record.lookup.as_deref());
    })
    .await
}
