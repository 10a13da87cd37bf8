//! What rows should hold, cell by cell.

use super::Report;
use crate::{
    domain::{
        ids::{AgreementId, Digest, IntegratorId},
        time::Timestamp,
    },
    store::evidence::{Cell, Table},
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// What a cell should hold.
pub(super) enum Want {
    /// This.
    Is(Cell),
    /// The JSON of these facts. A row that an older program wrote may lack what only newer ones know.
    Facts(String),
    /// Anything: the ledger does not say.
    Any,
}

pub(super) fn text(text: impl Into<String>) -> Want {
    Want::Is(Cell::Text(text.into()))
}

pub(super) fn optional_text(found: Option<impl Into<String>>) -> Want {
    Want::Is(found.map_or(Cell::Null, |found| Cell::Text(found.into())))
}

pub(super) fn slug(id: &IntegratorId) -> Want {
    text(id.as_str())
}

pub(super) fn agreement(id: &AgreementId) -> Want {
    text(id.as_str())
}

pub(super) fn id(id: Uuid) -> Want {
    Want::Is(Cell::Id(id))
}

pub(super) fn optional_id(found: Option<Uuid>) -> Want {
    Want::Is(found.map_or(Cell::Null, Cell::Id))
}

pub(super) fn number(number: u64) -> Want {
    Want::Is(Cell::Number(i64::try_from(number).unwrap_or(i64::MAX)))
}

pub(super) fn time(time: Timestamp) -> Want {
    Want::Is(Cell::Number(time.micros()))
}

pub(super) fn bytes(digest: &Digest) -> Want {
    Want::Is(Cell::Bytes(digest.0.to_vec()))
}

pub(super) fn optional_number(found: Option<u64>) -> Want {
    found.map_or(Want::Is(Cell::Null), number)
}

pub(super) fn optional_time(found: Option<Timestamp>) -> Want {
    found.map_or(Want::Is(Cell::Null), time)
}

/// A word of a closed set, as it is written.
pub(super) fn spelled<T: Serialize>(value: &T) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Some(word),
        _ => None,
    }
}

/// A word of a closed set.
pub(super) fn word<T: Serialize>(value: &T) -> Want {
    optional_text(spelled(value))
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A row's key, for people.
pub(super) fn id_of(table: &Table, row: &[Cell]) -> String {
    let cell = |cell: &Cell| match cell {
        Cell::Number(number) => number.to_string(),
        Cell::Id(id) => id.to_string(),
        Cell::Text(text) => text.chars().filter(char::is_ascii_graphic).take(64).collect(),
        Cell::Bytes(bytes) => bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
        Cell::Null => "?".to_owned(),
    };
    row.iter().take(table.key).map(cell).collect::<Vec<_>>().join("/")
}

/// Compares a row's columns with what they should hold, and tells of each that differs.
pub(super) fn compare(report: &mut Report, table: &'static Table, row: &[Cell], wanted: &[Want]) {
    for ((found, wanted), (column, _)) in row.iter().zip(wanted).zip(table.columns) {
        let same = match (wanted, found) {
            (Want::Any, _) => true,
            (Want::Is(wanted), found) => wanted == found,
            (Want::Facts(wanted), Cell::Text(found)) => found == wanted,
            (Want::Facts(_), _) => false,
        };
        if !same {
            report.fault(table.name, column, id_of(table, row), "is not what the ledger says");
        }
    }
}
