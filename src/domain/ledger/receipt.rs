//! A receipt: one text file that proves, years later and without this service, that an acceptance stands in the ledger.
//!
//! The file is a signed note. Its first line names the format, then come words for people, and its last line is one line
//! of canonical JSON with everything a verifier needs. `docs/receipts.md` describes it for others.

mod words;

use super::{
    Entry, Event,
    canonical::{NotCanonical, canonical},
    commitment::{Salt, commitment},
    note::{self, Checkpoint, InvalidNote, SigningKey, VerifyingKey},
    proof,
    tree::leaf_hash,
};
use crate::domain::{
    ids::{AgreementId, Digest, RecordId},
    specification::LocalText,
    vocabulary::AuthorityBasis,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt};

pub use words::words;

/// The first line of every receipt.
pub const FORMAT: &str = "ombord-receipt/1";

/// An agreement's titles, as they were when the receipt was made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Titles {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Its title in each language.
    pub titles: Vec<LocalText>,
}

/// Names that the entry does not hold; whoever signed the receipt answers for them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The agreements accepted, in the entry's order.
    pub agreements: Vec<Titles>,
    /// The integrator's name.
    pub integrator_name: String,
    /// A legal person's number; absent for a sole trader.
    pub organisation_number: Option<String>,
    /// The company's name; empty where it was erased.
    pub sender_name: String,
}

/// Personal data that a commitment of the entry binds, opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// What it holds: canonical JSON.
    pub body: String,
    /// Which record.
    pub record_id: RecordId,
    /// The salt of the commitment, in base64.
    pub salt: String,
}

impl Opened {
    /// A record in the clear.
    pub fn new(record_id: RecordId, salt: &Salt, body: String) -> Self {
        Self { body, record_id, salt: STANDARD.encode(salt.0) }
    }
}

/// What a receipt is made of.
pub struct Parts {
    /// The entry's canonical text.
    pub entry: String,
    /// The proof that it is in the tree of the checkpoint.
    pub inclusion: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The personal data that is still there.
    pub private: Vec<Opened>,
    /// Names.
    pub context: Context,
}

/// The last line of the text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    checkpoint: String,
    context: Context,
    entry: String,
    inclusion: Vec<String>,
    private: Vec<Opened>,
}

/// Why a receipt proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum InvalidReceipt {
    /// Not a receipt of this format.
    #[error("it is no receipt of the format {FORMAT}")]
    Shape,
    /// The receipt itself.
    #[error("the receipt: {0}")]
    Note(InvalidNote),
    /// The checkpoint in it.
    #[error("the checkpoint in it: {0}")]
    Checkpoint(InvalidNote),
    /// An entry of another ledger than the checkpoint's.
    #[error("the entry is of another ledger than the checkpoint")]
    Ledger,
    /// The entry is not in the checkpoint's tree.
    #[error("the proof does not lead from the entry to the checkpoint")]
    Inclusion,
    /// The entry is not an acceptance, or not one that this program can read.
    #[error("the entry is no acceptance that this program can read")]
    Entry,
    /// Personal data that the entry does not bind.
    #[error("the personal data is not what the entry binds")]
    Private,
    /// Titles of other agreements than the accepted ones.
    #[error("the titles are not those of the accepted agreements")]
    Titles,
}

/// A person who accepted; nothing is known of one whose data was erased or never recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Name, role and address.
    pub known: Option<[String; 3]>,
    /// Why the person may act for the sender.
    pub authority_basis: AuthorityBasis,
}

/// What a good receipt says. Holds personal data.
pub struct Summary {
    /// The entry.
    pub entry: Entry,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Names.
    pub context: Context,
    /// Who accepted.
    pub people: Vec<Person>,
    /// The contact point.
    pub contact: Option<String>,
    /// Where each proof is kept, in the entry's order, as far as it is known.
    pub evidence: Vec<Option<String>>,
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Summary(revision {}, {:?})", self.entry.revision, self.checkpoint)
    }
}

#[derive(Deserialize)]
struct PersonBody {
    full_name: String,
    role: String,
    email: String,
}

#[derive(Deserialize)]
struct ContactBody {
    email: String,
}

#[derive(Deserialize)]
struct NoteBody {
    text: String,
}

/// The opened records of an entry, each held against its commitment.
fn open_private(entry: &Entry, private: &[Opened]) -> Result<HashMap<RecordId, String>, InvalidReceipt> {
    let bound: HashMap<RecordId, Digest> =
        entry.event.private().into_iter().map(|one| (one.record_id, one.commitment)).collect();
    let mut opened = HashMap::new();
    for one in private {
        let salt = STANDARD.decode(&one.salt).ok().and_then(|salt| salt.try_into().ok()).map(Salt);
        let salt = salt.ok_or(InvalidReceipt::Private)?;
        let good = bound.get(&one.record_id) == Some(&commitment(&salt, &one.body));
        if !good || opened.insert(one.record_id, one.body.clone()).is_some() {
            return Err(InvalidReceipt::Private);
        }
    }
    Ok(opened)
}

fn body<'a, T: Deserialize<'a>>(
    opened: &'a HashMap<RecordId, String>,
    id: RecordId,
) -> Result<Option<T>, InvalidReceipt> {
    opened.get(&id).map(|text| serde_json::from_str(text).map_err(|_| InvalidReceipt::Private)).transpose()
}

fn summary(
    entry: Entry,
    checkpoint: Checkpoint,
    context: Context,
    private: &[Opened],
) -> Result<Summary, InvalidReceipt> {
    let opened = open_private(&entry, private)?;
    let Event::AcceptanceRecorded { signatories, contact, evidence, accepted, .. } = &entry.event else {
        return Err(InvalidReceipt::Entry);
    };
    if !accepted.iter().map(|one| &one.agreement_id).eq(context.agreements.iter().map(|one| &one.agreement_id)) {
        return Err(InvalidReceipt::Titles);
    }
    let mut people = Vec::with_capacity(signatories.len());
    for one in signatories {
        let known = one.person.map(|person| body::<PersonBody>(&opened, person.record_id)).transpose()?.flatten();
        let known = known.map(|person| [person.full_name, person.role, person.email]);
        people.push(Person { known, authority_basis: one.authority_basis });
    }
    let contact = contact.map(|contact| body::<ContactBody>(&opened, contact.record_id)).transpose()?.flatten();
    let mut kept = Vec::with_capacity(evidence.len());
    for one in evidence {
        let note = one.reference.map(|note| body::<NoteBody>(&opened, note.record_id)).transpose()?.flatten();
        kept.push(note.map(|note| note.text));
    }
    let contact = contact.map(|contact| contact.email);
    Ok(Summary { entry, checkpoint, context, people, contact, evidence: kept })
}

/// Checks everything but the receipt's own signature.
fn check(line: Line, keys: &[VerifyingKey]) -> Result<Summary, InvalidReceipt> {
    let checkpoint = Checkpoint::open(&line.checkpoint, keys).map_err(InvalidReceipt::Checkpoint)?;
    let entry = Entry::read(&line.entry).map_err(|_| InvalidReceipt::Entry)?;
    if entry.canonical().ok().as_ref() != Some(&line.entry) {
        return Err(InvalidReceipt::Entry);
    }
    if entry.ledger_id != checkpoint.ledger_id {
        return Err(InvalidReceipt::Ledger);
    }
    let digest = |text: &String| STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).map(Digest);
    let path = line.inclusion.iter().map(digest).collect::<Option<Vec<_>>>().ok_or(InvalidReceipt::Shape)?;
    let place = entry.revision.checked_sub(1).ok_or(InvalidReceipt::Inclusion)?;
    if !proof::includes(leaf_hash(line.entry.as_bytes()), place, checkpoint.size, &path, checkpoint.root) {
        return Err(InvalidReceipt::Inclusion);
    }
    summary(entry, checkpoint, line.context, &line.private)
}

/// Why a receipt could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Unwritable {
    /// Its parts would not verify.
    #[error("the parts of the receipt do not fit together")]
    Parts(#[from] InvalidReceipt),
    /// It cannot be written.
    #[error(transparent)]
    Canonical(#[from] NotCanonical),
}

/// Makes a receipt. What would not verify is not signed.
pub fn write(key: &SigningKey, parts: Parts) -> Result<String, Unwritable> {
    let line = Line {
        checkpoint: parts.checkpoint,
        context: parts.context,
        entry: parts.entry,
        inclusion: parts.inclusion.iter().map(|hash| STANDARD.encode(hash.0)).collect(),
        private: parts.private,
    };
    let json = canonical(&line)?;
    let summary = check(line, std::slice::from_ref(key.public()))?;
    Ok(key.sign(&format!("{FORMAT}\n\n{}\n{json}\n", words(&summary))))
}

/// What a receipt says, if one of the keys signed it, every part of it fits the others, and it is an acceptance.
pub fn verify(receipt: &str, keys: &[VerifyingKey]) -> Result<Summary, InvalidReceipt> {
    let (text, _) = note::open(receipt, keys).map_err(InvalidReceipt::Note)?;
    let (first, _) = text.split_once('\n').ok_or(InvalidReceipt::Shape)?;
    let (_, last) = text.trim_end_matches('\n').rsplit_once('\n').ok_or(InvalidReceipt::Shape)?;
    if first != FORMAT {
        return Err(InvalidReceipt::Shape);
    }
    let line: Line = serde_json::from_str(last).map_err(|_| InvalidReceipt::Shape)?;
    if canonical(&line).ok().as_deref() != Some(last) {
        return Err(InvalidReceipt::Shape);
    }
    check(line, keys)
}

/// The receipt's file name: it tells no more than the acceptance's id does.
pub fn file_name(entry: &Entry) -> Option<String> {
    let Event::AcceptanceRecorded { accepted, .. } = &entry.event else { return None };
    let id = accepted.first()?.acceptance_id.to_string();
    Some(format!("ombord-receipt-{}.txt", id.get(..8)?))
}

#[cfg(test)]
mod tests;
