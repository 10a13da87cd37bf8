//! A write in progress: everything a verb may do within its transaction.

use super::{
    Services,
    caller::Caller,
    error::{Error, ErrorReason, Resource, Result},
    ports::Entropy,
};
use crate::{
    domain::{
        facts,
        ids::{IntegratorId, LedgerId, RecordId, SenderId},
        integrator::IntegratorFacts,
        ledger::{Author, Entry, Event, Private, canonical::canonical, tree::leaf_hash},
        organisation_number::SoleTraderNumber,
        time::Timestamp,
        vocabulary::Role,
    },
    store::{EntryRow, PrivateKind, PrivateRecord, Tx, number_lookup},
};
use serde::Serialize;
use std::sync::Arc;

/// A transaction with its time, its caller and the events recorded so far.
pub struct Write {
    /// The transaction, for reading and for rows beside the facts.
    pub tx: Box<dyn Tx>,
    /// The one time of everything in this write.
    pub now: Timestamp,
    /// Who asked.
    pub caller: Caller,
    /// Ids and salts.
    pub entropy: Arc<dyn Entropy>,
    /// Whether the service has a public address: only then can mails lead to it.
    pub has_form: bool,
    author: Author,
    revision: u64,
}

impl Write {
    pub(super) fn new(tx: Box<dyn Tx>, now: Timestamp, caller: Caller, services: &Services) -> Self {
        let revision = tx.head().revision;
        let actor_id = RecordId(uuid::Uuid::nil());
        let author = Author { role: Role::System, integrator_id: None, actor_id, commitment: None };
        let (entropy, has_form) = (services.entropy.clone(), services.form.is_some());
        Self { tx, now, caller, entropy, has_form, author, revision }
    }

    pub(super) fn set_author(&mut self, author: Author) {
        self.author = author;
    }

    /// Who the entries are by.
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The newest revision: of what was recorded here, else of the head.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether anything was recorded.
    pub fn changed(&self) -> bool {
        self.revision > self.tx.head().revision
    }

    /// The ledger's id, for answers.
    pub fn ledger_id(&self) -> crate::domain::ids::LedgerId {
        self.tx.head().ledger_id
    }

    /// Gives the ledger another id from the next entry on.
    pub(super) async fn rename_ledger(&mut self, ledger_id: LedgerId) -> Result<()> {
        Ok(self.tx.rename_ledger(ledger_id).await?)
    }

    /// A suspended integrator reads, but does not write; one that was never created does neither.
    pub(super) async fn check_integrator(&mut self) -> Result<()> {
        let Some(id) = self.author.integrator_id.clone() else { return Ok(()) };
        match self.tx.integrator(&id).await? {
            Some(facts) if facts.suspension.is_none() => Ok(()),
            _ => Err(Error::new(
                ErrorReason::IntegratorSuspended,
                "the integrator is suspended or not known; ask the operator",
            )),
        }
    }

    /// The integrator that the call is for: the caller itself, or for an operator the one that the body names.
    pub async fn acting_for(&mut self, named: Option<&IntegratorId>) -> Result<IntegratorFacts> {
        let id = own_or_named(&self.caller, named)?;
        self.tx.integrator(id).await?.ok_or_else(|| Error::not_found(Resource::Integrator))
    }

    /// Records an event: folds it into the facts it touches and appends it to the ledger.
    pub async fn record(&mut self, event: Event) -> Result<u64> {
        let revision = self.revision + 1;
        let entry = Entry {
            schema: event.schema().max(self.author.schema()),
            ledger_id: self.tx.head().ledger_id,
            revision,
            time: self.now,
            author: self.author.clone(),
            event,
        };
        let touched = entry.event.touched();
        let number = match &entry.event {
            Event::SenderRegistered { private_number, .. } => private_number.map(|p| p.record_id),
            _ => None,
        };
        if let Some(id) = &touched.integrator {
            let before = self.tx.integrator(id).await?;
            self.tx.put_integrator(&facts::integrator(before, &entry).map_err(Error::internal)?).await?;
        }
        if let Some(id) = &touched.agreement {
            let before = self.tx.agreement(id).await?;
            self.tx.put_agreement(&facts::agreement(before, &entry).map_err(Error::internal)?).await?;
        }
        let mut through = None;
        for id in &touched.senders {
            let before = self.tx.sender(*id).await?;
            let after = facts::sender(before, *id, &entry).map_err(Error::internal)?;
            let connection = after.connections.iter().find(|c| Some(&c.connection_id) == entry.event.connection());
            through = through.or_else(|| connection.map(|c| c.integrator_id.clone()));
            self.tx.put_sender(&after, number).await?;
        }
        let text = entry.canonical().map_err(Error::internal)?;
        let row = EntryRow {
            revision,
            time: self.now,
            event: entry.event.name().to_owned(),
            sender_id: touched.senders.first().copied(),
            integrator_id: touched.integrator.or(through).or_else(|| entry.event.through().cloned()),
            leaf_hash: leaf_hash(text.as_bytes()),
            canonical: text,
        };
        self.tx.append(&row, entry.schema).await?;
        self.revision = revision;
        Ok(revision)
    }

    /// Keeps personal data in the one table for it and returns the reference that an event may hold.
    pub async fn keep<T: Serialize>(&mut self, kind: PrivateKind, body: &T) -> Result<Private> {
        self.keep_record(kind, body, None).await
    }

    /// Keeps a sole trader's number, which is looked up by itself.
    pub async fn keep_number(&mut self, number: &SoleTraderNumber) -> Result<Private> {
        let body = serde_json::json!({ "number": number.reveal() });
        self.keep_record(PrivateKind::Number, &body, Some(number_lookup(number))).await
    }

    /// Keeps a free text.
    pub async fn keep_note(&mut self, text: &str) -> Result<Private> {
        self.keep(PrivateKind::Note, &serde_json::json!({ "text": text })).await
    }

    pub(super) async fn keep_actor(&mut self, lookup: String) -> Result<Private> {
        let body = serde_json::json!({ "subject": self.caller.subject() });
        self.keep_record(PrivateKind::Actor, &body, Some(lookup)).await
    }

    async fn keep_record<T: Serialize>(
        &mut self,
        kind: PrivateKind,
        body: &T,
        lookup: Option<String>,
    ) -> Result<Private> {
        let record = PrivateRecord {
            record_id: RecordId(self.entropy.uuid_v7()),
            kind,
            body: canonical(body).map_err(Error::internal)?,
            salt: self.entropy.salt(),
            lookup,
        };
        self.tx.put_private(&record).await?;
        Ok(record.reference())
    }

    /// A new sender's id: random, so that it does not tell when the company first appeared.
    pub fn new_sender_id(&self) -> SenderId {
        SenderId(self.entropy.uuid_v4())
    }
}

/// The integrator a call is about: a caller that is one may name only itself.
pub fn own_or_named<'a>(caller: &'a Caller, named: Option<&'a IntegratorId>) -> Result<&'a IntegratorId> {
    match (caller.integrator(), named) {
        (Some(own), None) => Ok(own),
        (Some(own), Some(named)) if own == named => Ok(own),
        (Some(_), Some(_)) => {
            Err(Error::new(ErrorReason::IntegratorMismatch, "integrator_id names another integrator than the token"))
        }
        (None, Some(named)) => Ok(named),
        (None, None) => Err(Error::field(
            ErrorReason::InvalidFields,
            "integrator_id",
            "must name the integrator that the call is for",
        )),
    }
}
