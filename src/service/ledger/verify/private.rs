//! Personal data: every record that an entry refers to is there, as it was committed to.

use super::{PAGE, Report, cells::id_of, each};
use crate::{
    domain::{
        ids::{Digest, RecordId},
        ledger::{
            Entry, Event,
            commitment::{Private, Salt, commitment},
        },
    },
    store::{
        PrivateKind, Reader, StoreError,
        evidence::{Cell, PRIVATE_RECORD},
    },
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What the entries refer to.
#[derive(Default)]
pub(super) struct Bound {
    commitments: HashMap<RecordId, Digest>,
    actors: HashSet<RecordId>,
}

impl Bound {
    pub(super) fn add(&mut self, entry: &Entry, report: &mut Report) {
        if let Event::LinkMinted { recipient, address, .. } = &entry.event {
            let known = self.commitments.get(recipient);
            let fault = match (known, address) {
                (None, _) => Some("mints a link for an address that no entry commits to"),
                (Some(known), Some(mailed)) if known != mailed => {
                    Some("mints a link that went to another address than an entry before it commits to")
                }
                _ => None,
            };
            fault.into_iter().for_each(|fault| report.fault("entry", "canonical", entry.revision, fault));
        }
        for private in entry.event.private() {
            self.commit(private, entry.revision, report);
        }
        let actor = entry.author.actor_id;
        if !actor.0.is_nil() {
            self.actors.insert(actor);
        }
        if let Some(commitment) = entry.author.commitment {
            self.commit(Private { record_id: actor, commitment }, entry.revision, report);
        }
    }

    fn commit(&mut self, private: Private, revision: u64, report: &mut Report) {
        let before = self.commitments.insert(private.record_id, private.commitment);
        if before.is_some_and(|before| before != private.commitment) {
            report.fault("entry", "canonical", revision, "commits to other data than an entry before it");
        }
    }
}

/// The kind that a body shows, and what its record is found by.
fn shape(body: &str) -> Option<(PrivateKind, Option<String>)> {
    let Value::Object(body) = serde_json::from_str(body).ok()? else { return None };
    let mut keys: Vec<&str> = body.keys().map(String::as_str).collect();
    keys.sort_unstable();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let kind = match keys.as_slice() {
        ["number"] => PrivateKind::Number,
        ["subject"] => PrivateKind::Actor,
        ["name"] => PrivateKind::Name,
        ["email", "full_name", "role"] => PrivateKind::Person,
        ["email"] => PrivateKind::Contact,
        ["text"] => PrivateKind::Note,
        _ => return None,
    };
    Some((kind, kind.lookup(text(keys[0])?)))
}

/// Holds every record against the entries.
pub(super) async fn verify(reader: &mut dyn Reader, report: &mut Report, bound: Bound) -> Result<(), StoreError> {
    let Bound { mut commitments, mut actors } = bound;
    report.unbound_actors = actors.iter().filter(|actor| !commitments.contains_key(actor)).count();
    each(reader, &PRIVATE_RECORD, PAGE, |row| {
        report.rows += 1;
        let [Cell::Id(record), Cell::Text(kind), body, salt, lookup] = row else {
            return report.fault("private_record", "", id_of(&PRIVATE_RECORD, row), "cannot be read");
        };
        let wanted = commitments.remove(&RecordId(*record));
        let acts = actors.remove(&RecordId(*record));
        let (body, salt) = match (body, salt) {
            (Cell::Null, Cell::Null) => {
                // Nothing in this program erases. What does one day must say so in the ledger.
                return report.fault(
                    "private_record",
                    "body",
                    record,
                    "is empty, and no entry says that it was erased",
                );
            }
            (Cell::Text(body), Cell::Bytes(salt)) => (body, salt),
            _ => return report.fault("private_record", "body", record, "is there without its salt, or the other way"),
        };
        match (wanted, <[u8; 32]>::try_from(salt.as_slice())) {
            (Some(wanted), Ok(salt)) if commitment(&Salt(salt), body) == wanted => {}
            (Some(_), _) => {
                report.fault("private_record", "body", record, "body and salt are not what the entry commits to")
            }
            // Whoever called once and changed nothing has a record, and no entry.
            (None, _) if acts || kind == PrivateKind::Actor.as_str() => {}
            (None, _) => report.fault("private_record", "", record, "no entry refers to it"),
        }
        match shape(body) {
            Some((shape, found_by)) => {
                if shape.as_str() != kind {
                    report.fault("private_record", "kind", record, "is not that of its body");
                }
                if found_by.map_or(Cell::Null, Cell::Text) != *lookup {
                    report.fault("private_record", "lookup", record, "is not that of its body");
                }
            }
            None => report.fault("private_record", "body", record, "is of no known shape"),
        }
    })
    .await?;
    let mut missing: Vec<RecordId> = commitments.into_keys().chain(actors).collect();
    missing.sort_unstable();
    missing.dedup();
    for record in missing {
        report.fault("private_record", "", record, "is missing");
    }
    Ok(())
}
