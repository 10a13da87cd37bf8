//! Reading personal data for those who may see it.

use super::error::{Error, Result};
use crate::{
    domain::ids::RecordId,
    store::{ConnectionRow, PrivateRecord, Reader},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A free text.
#[derive(Serialize, Deserialize)]
pub struct Note {
    /// The text.
    pub text: String,
}

/// A signatory (R4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Full name, as written.
    pub full_name: String,
    /// Role in the company.
    pub role: String,
    /// Address.
    pub email: String,
}

/// A contact point (R6).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Address.
    pub email: String,
}

/// A sole trader's name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateName {
    /// The name.
    pub name: String,
}

/// What a private record holds; nothing where it was erased.
pub async fn body<T: DeserializeOwned>(reader: &mut dyn Reader, id: RecordId) -> Result<Option<T>> {
    match reader.private(&[id]).await?.into_iter().next() {
        Some(record) => Ok(Some(read(&record)?)),
        None => Ok(None),
    }
}

/// What a private record holds. serde's message is left out of the error, whose cause is logged: it may repeat the value.
pub fn read<T: DeserializeOwned>(record: &PrivateRecord) -> Result<T> {
    serde_json::from_str(&record.body).map_err(|error| {
        let (id, kind, column) = (record.record_id, error.classify(), error.column());
        Error::internal(anyhow::anyhow!("private record {id}: {kind:?} error in JSON at column {column}"))
    })
}

/// The name that an integrator uses for a sender: a legal person's stands in the row, a sole trader's in a private record.
/// Nothing where that was erased.
pub fn name_in(row: &ConnectionRow, record: Option<&PrivateRecord>) -> Result<Option<String>> {
    match (&row.legal_name, record) {
        (Some(name), _) => Ok(Some(name.clone())),
        (None, Some(record)) => Ok(Some(read::<PrivateName>(record)?.name)),
        (None, None) => Ok(None),
    }
}

/// The same, with the record looked up.
pub async fn name_of(reader: &mut dyn Reader, row: &ConnectionRow) -> Result<Option<String>> {
    let record = match row.private_name.filter(|_| row.legal_name.is_none()) {
        Some(id) => reader.private(&[id]).await?.into_iter().next(),
        None => None,
    };
    name_in(row, record.as_ref())
}

/// The text of a note; nothing where it was erased.
pub async fn note(reader: &mut dyn Reader, id: RecordId) -> Result<Option<String>> {
    Ok(body::<Note>(reader, id).await?.map(|note| note.text))
}
