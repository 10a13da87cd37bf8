//! Reads CSV line by line, so that a broken line spoils no other.

use super::outcome::Refusal;
use anyhow::{Context, bail};
use std::collections::HashMap;

/// A CSV file with a header.
pub(super) struct Table {
    /// The rows, without empty ones.
    pub(super) rows: Vec<Row>,
}

/// One row.
pub(super) struct Row {
    /// Its line in the file, as an editor or a spreadsheet counts: the header is line 1.
    pub(super) number: u64,
    /// Its cells by column, or what is wrong with the line.
    pub(super) cells: Result<Cells, Refusal>,
}

/// The cells of a row that are not empty, without the white space around them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cells(HashMap<&'static str, String>);

impl Cells {
    /// The cell, or an empty text.
    pub(super) fn get(&self, column: &'static str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// Whether the cell says yes; an empty one says no.
    pub(super) fn yes(&self, column: &'static str) -> Result<bool, Refusal> {
        match self.get(column).to_lowercase().as_str() {
            "" | "no" | "nej" | "false" | "0" => Ok(false),
            "yes" | "ja" | "true" | "1" => Ok(true),
            _ => Err(Refusal::cell(column, "must be yes or no")),
        }
    }

    /// The cell's parts, however they are separated.
    pub(super) fn list(&self, column: &'static str) -> impl Iterator<Item = &str> {
        self.get(column).split([';', ',', '|', ' ']).filter(|part| !part.is_empty())
    }

    #[cfg(test)]
    pub(super) fn of(cells: &[(&'static str, &str)]) -> Self {
        Self(cells.iter().map(|(column, cell)| (*column, (*cell).to_owned())).collect())
    }
}

impl Table {
    /// Reads a file's bytes. A header that lacks a required column, or has one that means nothing, is an error.
    pub(super) fn read(bytes: &[u8], required: &[&'static str], optional: &[&'static str]) -> anyhow::Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut lines = (1u64..).zip(bytes.split(|byte| *byte == b'\n'));
        let (_, header) = lines.next().context("the file is empty")?;
        let delimiter = if header.contains(&b';') && !header.contains(&b',') { b';' } else { b',' };
        let header = cells(header, delimiter).map_err(|refusal| anyhow::anyhow!("the header {}", refusal.message))?;
        let columns = columns(&header, required, optional)?;
        let row = |(number, line): (u64, &[u8])| {
            let blank = line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == delimiter);
            (!blank).then(|| Row { number, cells: cells(line, delimiter).and_then(|cells| named(&columns, cells)) })
        };
        Ok(Self { rows: lines.filter_map(row).collect() })
    }
}

fn columns(
    header: &[String],
    required: &[&'static str],
    optional: &[&'static str],
) -> anyhow::Result<Vec<&'static str>> {
    let known = || required.iter().chain(optional).copied();
    let mut columns = Vec::new();
    for name in header {
        let name = name.to_lowercase();
        let Some(column) = known().find(|known| *known == name) else {
            bail!("the column {name:?} is none of: {}", known().collect::<Vec<_>>().join(", "));
        };
        if columns.contains(&column) {
            bail!("the column {column} is there twice");
        }
        columns.push(column);
    }
    let missing: Vec<_> = required.iter().filter(|column| !columns.contains(column)).copied().collect();
    if !missing.is_empty() {
        bail!("the header lacks: {}", missing.join(", "));
    }
    Ok(columns)
}

fn named(columns: &[&'static str], cells: Vec<String>) -> Result<Cells, Refusal> {
    if cells.len() != columns.len() {
        return Err(Refusal::line(format!("has {} cells, the header has {}", cells.len(), columns.len())));
    }
    Ok(Cells(columns.iter().copied().zip(cells).filter(|(_, cell)| !cell.is_empty()).collect()))
}

/// The cells of one line.
fn cells(line: &[u8], delimiter: u8) -> Result<Vec<String>, Refusal> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(line);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|_| Refusal::line("cannot be read as CSV".to_owned()))?;
    let cell = |cell: &[u8]| {
        let text =
            std::str::from_utf8(cell).map_err(|_| Refusal::line("is not UTF-8: save the file as UTF-8".to_owned()))?;
        Ok(text.trim().to_owned())
    };
    record.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Table> {
        Table::read(text.as_bytes(), &["number", "name"], &["types"])
    }

    #[test]
    fn byte_order_mark_semicolons_order_and_blank_lines_do_not_matter() {
        for text in [
            "number,name,types\n1,Åsa & Co,\"A;B\"\n",
            "\u{feff}Name;Number;Types\r\n Åsa & Co ;1;A,B\r\n\r\n",
            "types,name,number\n\n,,\nA;B,Åsa & Co,1",
        ] {
            let table = read(text).unwrap();
            assert_eq!(table.rows.len(), 1, "{text}");
            let cells = table.rows[0].cells.as_ref().unwrap();
            assert_eq!((cells.get("number"), cells.get("name")), ("1", "Åsa & Co"));
            assert_eq!(cells.list("types").collect::<Vec<_>>(), ["A", "B"]);
        }
    }

    #[test]
    fn a_broken_line_spoils_no_other() {
        let text = b"number,name\n1,One\n\"2,Two\n3,Th\xe9\n4,Four,4\n5,Five\n";
        let table = Table::read(text, &["number", "name"], &[]).unwrap();
        let fine: Vec<_> = table.rows.iter().filter(|row| row.cells.is_ok()).map(|row| row.number).collect();
        let broken: Vec<_> = table.rows.iter().filter(|row| row.cells.is_err()).map(|row| row.number).collect();
        assert_eq!((fine, broken), (vec![2, 6], vec![3, 4, 5]));
    }

    #[test]
    fn a_wrong_header_is_an_error() {
        for (text, part) in [
            ("", "header lacks"),
            ("number\n1", "lacks: name"),
            ("number,name,nmae\n", "none of: number, name, types"),
            ("number,name,name\n", "twice"),
        ] {
            let error = read(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}
