//! The texts that were published: every document and specification is there with the digest that the ledger has.

use super::{
    Report,
    cells::{id_of, spelled},
    each,
    entries::Known,
};
use crate::{
    domain::ids::Digest,
    store::{
        Reader, StoreError,
        evidence::{Cell, DOCUMENT, SPECIFICATION},
    },
};
use std::collections::HashMap;

/// Documents are large: few are read at once.
const FEW: u32 = 4;

type Key = Vec<String>;

fn key(row: &[Cell], length: usize) -> Key {
    let cell = |cell: &Cell| if let Cell::Text(text) = cell { text.clone() } else { String::new() };
    row.iter().take(length).map(cell).collect()
}

/// Holds all texts against the ledger.
pub(super) async fn verify(reader: &mut dyn Reader, report: &mut Report, known: &Known) -> Result<(), StoreError> {
    let (mut documents, mut specifications): (HashMap<Key, Digest>, HashMap<Key, Digest>) = Default::default();
    for agreement in known.agreements.values() {
        for version in &agreement.versions {
            let of = |more: &[&str]| {
                let own = [agreement.agreement_id.as_str(), version.label.as_str()];
                own.iter().chain(more).map(|part| (*part).to_owned()).collect::<Key>()
            };
            specifications.insert(of(&[]), version.specification_sha256);
            for document in &version.documents {
                let language = spelled(&document.language).unwrap_or_default();
                documents.insert(of(&[&language, "MARKDOWN"]), document.sha256);
                if let Some(pdf) = document.pdf_sha256 {
                    documents.insert(of(&[&language, "PDF"]), pdf);
                }
            }
        }
    }
    each(reader, &DOCUMENT, FEW, |row| {
        report.rows += 1;
        let bytes = if let Some(Cell::Bytes(bytes)) = row.last() { bytes.as_slice() } else { &[] };
        match documents.remove(&key(row, DOCUMENT.key)) {
            Some(wanted) if Digest::of(bytes) == wanted => {}
            Some(_) => report.fault("document", "bytes", id_of(&DOCUMENT, row), "are not those that were published"),
            None => report.fault("document", "", id_of(&DOCUMENT, row), "no entry published it"),
        }
    })
    .await?;
    each(reader, &SPECIFICATION, FEW, |row| {
        report.rows += 1;
        let text = if let Some(Cell::Text(text)) = row.last() { text.as_bytes() } else { &[] };
        let id = || id_of(&SPECIFICATION, row);
        match specifications.remove(&key(row, SPECIFICATION.key)) {
            Some(wanted) if Digest::of(text) == wanted => {}
            Some(_) => report.fault("specification", "canonical", id(), "is not the one that was published"),
            None => report.fault("specification", "", id(), "no entry published it"),
        }
    })
    .await?;
    for (table, missing) in [("document", documents), ("specification", specifications)] {
        for key in missing.into_keys() {
            report.fault(table, "", key.join("/"), "is missing");
        }
    }
    Ok(())
}
