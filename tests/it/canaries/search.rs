//! Searching for canaries.

use super::{MARK, digits};
use crate::support::database::{Database, Kind};
use std::collections::BTreeMap;

/// A canary where none should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: String,
    /// What stands around it.
    pub context: String,
    /// Whether it is a sole trader's number.
    pub number: bool,
    cause: String,
}

impl Finding {
    /// The same, with the field that it comes from.
    pub fn of(mut self, cause: &str) -> Self {
        cause.clone_into(&mut self.cause);
        self
    }
}

/// The first findings, to read.
pub fn list(found: &[Finding]) -> String {
    let line = |one: &Finding| format!("  {} {}: … {} …", one.place, one.cause, one.context);
    found.iter().take(40).map(line).collect::<Vec<_>>().join("\n")
}

/// The canaries in some bytes: their mark in any case; a number in any spelling, with or without its century.
pub fn find(place: &str, bytes: &[u8]) -> Vec<Finding> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let around = |text: &str, at: usize| {
        let from = text.floor_char_boundary(at.saturating_sub(80));
        text[from..text.ceil_char_boundary((at + 80).min(text.len()))].to_owned()
    };
    let finding = |text: &str, at: usize, number| Finding {
        place: place.to_owned(),
        context: around(text, at),
        number,
        cause: String::new(),
    };
    let mut found: Vec<Finding> = text.match_indices(MARK).take(5).map(|(at, _)| finding(&text, at, false)).collect();
    // Escaped or not, what people put between the digits.
    let plain = ["\\u00a0", "\\u2013"].iter().fold(text, |text, escaped| text.replace(escaped, ""));
    let plain: String = plain.chars().filter(|c| !matches!(c, '-' | '+' | ' ' | '\u{a0}' | '–')).collect();
    found.extend(plain.match_indices(&digits()).take(5).map(|(at, _)| finding(&plain, at, true)));
    found
}

/// Everything in the database but the one table for personal data: each table's values, one after the other.
pub async fn everything_else(database: &Database) -> BTreeMap<String, Vec<u8>> {
    let columns = match database.kind {
        Kind::Sqlite => {
            "SELECT m.name || '.hex(' || c.name || ')' FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name <> 'private_record'"
        }
        // Without the programs' own tables every column is one of these.
        Kind::Postgres => {
            "SELECT table_name || '.encode(' || CASE data_type WHEN 'bytea' THEN column_name::text \
             ELSE 'convert_to(' || column_name || '::text, ''UTF8'')' END || ', ''hex'')' \
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'private_record'"
        }
    };
    let mut tables: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for column in database.texts(columns).await {
        let (table, value) = column.split_once('.').unwrap();
        let contents = tables.entry(table.to_owned()).or_default();
        for row in database.texts(&format!("SELECT coalesce({value}, '') FROM {table}")).await {
            let digits = row.as_bytes().chunks_exact(2);
            contents.extend(digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()));
            contents.push(b'\n');
        }
    }
    tables
}
