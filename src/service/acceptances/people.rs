//! Signatories, kept apart from the ledger and read back.

use crate::{
    domain::{
        ids::RecordId,
        ledger::event::{Evidence, Signatory},
        recording::Signer,
    },
    service::{
        error::Result,
        private::{self, Contact, Note, Person},
        senders::evidence::GivenEvidence,
        write::Write,
    },
    store::{PrivateKind, PrivateRecord},
};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// A signatory as it is kept: what an import lacks is empty. Nothing is kept where it lacks everything.
pub(super) fn person(signer: &Signer) -> Option<Person> {
    if signer.full_name.is_none() && signer.role.is_none() && signer.email.is_none() {
        return None;
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(Person { full_name: text(&signer.full_name), role: text(&signer.role), email: text(&signer.email) })
}

/// Keeps signatories and returns what an event may hold. Call it after the last check.
pub(super) async fn keep(write: &mut Write, signers: &[Signer]) -> Result<Vec<Signatory>> {
    let mut kept = Vec::with_capacity(signers.len());
    for signer in signers {
        let person = match person(signer) {
            Some(person) => Some(write.keep(PrivateKind::Person, &person).await?),
            None => None,
        };
        kept.push(Signatory { person, authority_basis: signer.authority_basis });
    }
    Ok(kept)
}

/// Private records in the clear.
pub(super) struct Records(HashMap<RecordId, PrivateRecord>);

impl Records {
    pub(super) fn new(records: Vec<PrivateRecord>) -> Self {
        Self(records.into_iter().map(|record| (record.record_id, record)).collect())
    }

    /// The text of a record; nothing where it was erased.
    pub(super) fn body(&self, id: RecordId) -> Option<&str> {
        self.0.get(&id).map(|record| record.body.as_str())
    }

    fn read<T: DeserializeOwned>(&self, id: RecordId) -> Result<Option<T>> {
        self.0.get(&id).map(private::read).transpose()
    }

    /// A signatory. What it lacked is absent; what was erased is empty.
    pub(super) fn signer(&self, signatory: &Signatory) -> Result<Signer> {
        let authority_basis = signatory.authority_basis;
        let Some(private) = signatory.person else {
            return Ok(Signer { full_name: None, role: None, email: None, authority_basis });
        };
        let erased = || Some(String::new());
        Ok(match self.read::<Person>(private.record_id)? {
            None => Signer { full_name: erased(), role: erased(), email: erased(), authority_basis },
            Some(Person { full_name, role, email }) => {
                let given = |text: String| Some(text).filter(|text| !text.is_empty());
                Signer { full_name: given(full_name), role: given(role), email: given(email), authority_basis }
            }
        })
    }

    /// A piece of evidence.
    pub(super) fn evidence(&self, evidence: &Evidence) -> Result<GivenEvidence> {
        let reference = match evidence.reference {
            Some(private) => self.read::<Note>(private.record_id)?.map(|note| note.text),
            None => None,
        };
        Ok(GivenEvidence { kind: evidence.kind, sha256: evidence.sha256, reference })
    }

    /// A contact point's address.
    pub(super) fn contact(&self, id: RecordId) -> Result<Option<String>> {
        Ok(self.read::<Contact>(id)?.map(|contact| contact.email))
    }

    /// A free text.
    pub(super) fn note(&self, id: RecordId) -> Result<Option<String>> {
        Ok(self.read::<Note>(id)?.map(|note| note.text))
    }
}
