//! Documents and specifications of versions.

use super::{Conn, batch};
use crate::{
    domain::{
        ids::{AgreementId, VersionLabel},
        vocabulary::Language,
    },
    store::{
        DocumentFormat, StoreError,
        codec::{document_format, word},
        pending::DocumentKey,
    },
};

/// A document's bytes.
pub(super) async fn document(
    conn: &mut Conn,
    agreement: &AgreementId,
    version: &VersionLabel,
    language: Language,
    format: DocumentFormat,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query_scalar(
        "SELECT bytes FROM document WHERE agreement_id = $1 AND version = $2 AND language = $3 AND format = $4",
    );
    let row = row.bind(agreement.as_str()).bind(version.as_str()).bind(word(&language)?).bind(document_format(format));
    Ok(row.fetch_optional(conn).await?)
}

/// A specification's canonical JSON.
pub(super) async fn specification(
    conn: &mut Conn,
    agreement: &AgreementId,
    version: &VersionLabel,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query_scalar("SELECT canonical FROM specification WHERE agreement_id = $1 AND version = $2");
    Ok(row.bind(agreement.as_str()).bind(version.as_str()).fetch_optional(conn).await?)
}

/// Writes new documents.
pub(super) async fn add_documents(conn: &mut Conn, rows: &[(&DocumentKey, &Vec<u8>)]) -> Result<(), StoreError> {
    let rows =
        rows.iter().map(|(key, bytes)| Ok((*key, word(&key.2)?, *bytes))).collect::<Result<Vec<_>, StoreError>>()?;
    let insert = "INSERT INTO document (agreement_id, version, language, format, bytes) ";
    batch::write(conn, insert, "", &rows, |columns, ((agreement, version, _, format), language, bytes)| {
        columns
            .push_bind(agreement.as_str())
            .push_bind(version.as_str())
            .push_bind(language.as_str())
            .push_bind(document_format(*format))
            .push_bind(bytes.as_slice());
    })
    .await
}

/// Writes new specifications.
pub(super) async fn add_specifications(
    conn: &mut Conn,
    rows: &[(&(AgreementId, VersionLabel), &String)],
) -> Result<(), StoreError> {
    let insert = "INSERT INTO specification (agreement_id, version, canonical) ";
    batch::write(conn, insert, "", rows, |columns, ((agreement, version), canonical)| {
        columns.push_bind(agreement.as_str()).push_bind(version.as_str()).push_bind(canonical.as_str());
    })
    .await
}
