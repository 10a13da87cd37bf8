//! Between columns and domain values. A value that cannot be read is named by table, column and id, never shown.

use super::{DocumentFormat, PrivateKind, StoreError, failure::fault};
use crate::domain::{ids::Digest, time::Timestamp};
use serde::{
    Serialize,
    de::{DeserializeOwned, IntoDeserializer},
};
use std::fmt::Display;

/// Where a value stands, for the error's sake.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    table: &'static str,
    id: &'a (dyn Display + Sync),
}

/// The place of a row.
pub(super) fn at<'a>(table: &'static str, id: &'a (dyn Display + Sync)) -> Place<'a> {
    Place { table, id }
}

impl Place<'_> {
    /// The error of a column.
    pub(super) fn corrupt(self, column: &'static str, cause: impl Into<anyhow::Error>) -> StoreError {
        StoreError::Corrupt { table: self.table, column, id: self.id.to_string(), cause: cause.into() }
    }

    /// The error of a column that contradicts the row's key.
    pub(super) fn contradicts(self, column: &'static str) -> StoreError {
        self.corrupt(column, anyhow::anyhow!("contradicts the row's other columns"))
    }

    /// A count or revision.
    pub(super) fn count(self, column: &'static str, value: i64) -> Result<u64, StoreError> {
        u64::try_from(value).map_err(|error| self.corrupt(column, error))
    }

    /// A time.
    pub(super) fn time(self, column: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
        Timestamp::from_micros(micros).map_err(|error| self.corrupt(column, error))
    }

    /// 32 bytes.
    pub(super) fn bytes(self, column: &'static str, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        bytes.try_into().map_err(|error: std::array::TryFromSliceError| self.corrupt(column, error))
    }

    /// A digest.
    pub(super) fn digest(self, column: &'static str, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.bytes(column, bytes).map(Digest)
    }

    /// A JSON text. serde's message is left out: it may repeat the value.
    pub(super) fn json<T: DeserializeOwned>(self, column: &'static str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| {
            self.corrupt(column, anyhow::anyhow!("{:?} error in JSON at column {}", error.classify(), error.column()))
        })
    }

    /// One of a closed set of words.
    pub(super) fn word<T: DeserializeOwned>(self, column: &'static str, text: &str) -> Result<T, StoreError> {
        let word: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(word).map_err(|_| self.corrupt(column, anyhow::anyhow!("an unknown word")))
    }

    /// A text with a shape of its own, such as a slug.
    pub(super) fn parsed<T, E>(self, column: &'static str, parsed: Result<T, E>) -> Result<T, StoreError>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        parsed.map_err(|error| self.corrupt(column, error))
    }

    /// The kind of a private record.
    pub(super) fn private_kind(self, text: &str) -> Result<PrivateKind, StoreError> {
        let found = PrivateKind::ALL.iter().copied().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| self.corrupt("kind", anyhow::anyhow!("an unknown word")))
    }
}

/// The column's word for a document's format.
pub(super) fn document_format(format: DocumentFormat) -> &'static str {
    match format {
        DocumentFormat::Markdown => "MARKDOWN",
        DocumentFormat::Pdf => "PDF",
    }
}

/// A value as JSON text.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(fault)
}

/// The word of a value of a closed set.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    let quoted = json(value)?;
    Ok(quoted.trim_matches('"').to_owned())
}

/// A revision as the databases hold it.
pub(super) fn number(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(fault)
}

/// A bound that rows are compared with. Callers may ask for any; beyond the largest number there are no rows.
pub(super) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
