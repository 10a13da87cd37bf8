//! What the services and the gate's feed need of a database. The only SQL is below this room.
//!
//! A write transaction begins by locking the head row, so writes are serial on both databases and each decision is made
//! on the latest state. Every row that holds facts is the result of the one fold in [`crate::domain::facts`].

mod codec;
mod failure;
mod pending;
pub mod postgres;
pub mod sqlite;

use crate::domain::{
    agreement::AgreementFacts,
    exception::Exception,
    ids::{
        AcceptanceId, AgreementId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, LedgerId, RecordId,
        RequestId, SenderId, VersionLabel,
    },
    integrator::IntegratorFacts,
    ledger::{commitment::Salt, tree::Frontier},
    organisation_number::{OrganisationNumber, SoleTraderNumber},
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{ConnectionState, ContactQuality, ContentType, Language},
};
use async_trait::async_trait;

/// How many prepared statements a connection keeps: all that there are, in all their sizes.
const STATEMENTS: usize = 512;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, too slow, or shutting down: nothing is known to have been done, and a retry may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// A row cannot be read: names table, column and id, never the value.
    #[error("corrupt row in {table}.{column}, id {id}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        id: String,
        /// What the reader said.
        #[source]
        cause: anyhow::Error,
    },
    /// A fault of ours: a statement the database refuses, or a row count that cannot be.
    #[error("the database refused a statement")]
    Fault(#[source] anyhow::Error),
}

/// The head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which ledger.
    pub ledger_id: LedgerId,
    /// The newest revision; 0 for an empty ledger.
    pub revision: u64,
    /// The tree over all entries up to it.
    pub frontier: Frontier,
}

/// A stored entry: its canonical text is what counts, the rest finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Its revision.
    pub revision: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// The event's type.
    pub event: String,
    /// The sender it is about, if any.
    pub sender_id: Option<SenderId>,
    /// The integrator it is about, if any.
    pub integrator_id: Option<IntegratorId>,
    /// The canonical JSON.
    pub canonical: String,
    /// Its leaf hash.
    pub leaf_hash: Digest,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Only later ones.
    pub after_revision: u64,
    /// Only about this sender.
    pub sender_id: Option<SenderId>,
    /// Only about this integrator.
    pub integrator_id: Option<IntegratorId>,
    /// Only of these types; of all where empty.
    pub events: Vec<String>,
}

/// What an integrator writes about a sender. The name of a sole trader and the contact point are private records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its id.
    pub connection_id: ConnectionId,
    /// The sender.
    pub sender_id: SenderId,
    /// The integrator.
    pub integrator_id: IntegratorId,
    /// Where it stands.
    pub state: ConnectionState,
    /// The integrator's own key, unique among its connections that are not ended.
    pub external_reference: String,
    /// A legal person's name.
    pub legal_name: Option<String>,
    /// A sole trader's name.
    pub private_name: Option<RecordId>,
    /// The contact point.
    pub contact: Option<RecordId>,
    /// What is known of it.
    pub contact_quality: ContactQuality,
    /// What the sender means to send.
    pub content_types: Vec<ContentType>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The revision of the last change; its etag.
    pub revision: u64,
}

/// Which connections are asked for, in the order of their ids (which is that of their making).
#[derive(Debug, Clone, Default)]
pub struct ConnectionFilter {
    /// Only this integrator's.
    pub integrator_id: Option<IntegratorId>,
    /// Only in these states; in any where empty.
    pub states: Vec<ConnectionState>,
    /// Only with this reference.
    pub external_reference: Option<String>,
    /// Only of senders that changed after this revision.
    pub changed_after_revision: Option<u64>,
    /// Only after this one.
    pub after: Option<ConnectionId>,
}

/// Where to find one acceptance: the entry of its revision holds everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptanceRow {
    /// Its id.
    pub acceptance_id: AcceptanceId,
    /// The sender.
    pub sender_id: SenderId,
    /// The integrator it came through.
    pub integrator_id: IntegratorId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The version.
    pub version: VersionLabel,
    /// The revision that recorded it.
    pub revision: u64,
    /// The revision of its last change, such as an invalidation.
    pub changed_revision: u64,
}

/// Which acceptances are asked for, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct AcceptanceFilter {
    /// Only of this sender.
    pub sender_id: Option<SenderId>,
    /// Only through this integrator.
    pub integrator_id: Option<IntegratorId>,
    /// Only of this agreement.
    pub agreement_id: Option<AgreementId>,
    /// Only changed after this revision.
    pub changed_after_revision: Option<u64>,
    /// Only after this one.
    pub after: Option<AcceptanceId>,
}

/// An exception with what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRow {
    /// The exception.
    pub exception: Exception,
    /// For one sender.
    pub sender_id: Option<SenderId>,
    /// For all senders of one integrator.
    pub integrator_id: Option<IntegratorId>,
    /// The private record of its reason.
    pub reason: RecordId,
    /// The opaque id of who approved it.
    pub approved_by: Option<RecordId>,
    /// When it was proposed.
    pub created: Timestamp,
    /// When it was approved.
    pub approved: Option<Timestamp>,
    /// When an operator ended it.
    pub ended: Option<Timestamp>,
    /// The revision of the last change.
    pub revision: u64,
}

/// What kind of personal data a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateKind {
    /// A sole trader's number; looked up by it.
    Number,
    /// A sole trader's name.
    Name,
    /// A signatory: name, role, address.
    Person,
    /// A contact point.
    Contact,
    /// A token's subject; looked up by it.
    Actor,
    /// Free text: a reason, or where evidence is kept.
    Note,
}

/// A row of personal data, the only place for it. Erasing it empties body, salt and look-up.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateRecord {
    /// Its id.
    pub record_id: RecordId,
    /// What it holds.
    pub kind: PrivateKind,
    /// Canonical JSON.
    pub body: String,
    /// The salt of the commitment.
    pub salt: Salt,
    /// What it is found by, if anything; unique.
    pub lookup: Option<String>,
}

impl std::fmt::Debug for PrivateRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateRecord({}, {:?})", self.record_id, self.kind)
    }
}

/// What the private record of a sole trader's number is found by.
pub fn number_lookup(number: &SoleTraderNumber) -> String {
    format!("number:{}", number.reveal())
}

/// A version's text or its PDF companion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentFormat {
    /// The Markdown text.
    Markdown,
    /// The PDF companion.
    Pdf,
}

/// The key of a retry: caller, method and request id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// `integrator:` and its slug, or `actor:` and the opaque id of the subject. No personal data.
    pub caller: String,
    /// The RPC's name.
    pub method: &'static str,
    /// The caller's own id.
    pub request_id: RequestId,
}

/// What a request id was used for.
#[derive(Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Of the request.
    pub payload_sha256: Digest,
    /// The first response, encoded.
    pub response: Vec<u8>,
}

/// The facts that a node starts from, all of one revision.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The head they belong to.
    pub head: Head,
    /// All integrators.
    pub integrators: Vec<IntegratorFacts>,
    /// All agreements.
    pub agreements: Vec<AgreementFacts>,
    /// All senders, each with a sole trader's number joined from the private table.
    pub senders: Vec<(SenderFacts, Option<OrganisationNumber>)>,
}

/// Reads, all within one transaction and so of one revision.
#[async_trait]
pub trait Reader: Send {
    /// The head of the ledger; within a write transaction as it was before it.
    fn head(&self) -> &Head;
    /// An integrator.
    async fn integrator(&mut self, id: &IntegratorId) -> Result<Option<IntegratorFacts>, StoreError>;
    /// Integrators in the order of their slugs.
    async fn integrators(
        &mut self,
        after: Option<&IntegratorId>,
        limit: u32,
    ) -> Result<Vec<IntegratorFacts>, StoreError>;
    /// An agreement.
    async fn agreement(&mut self, id: &AgreementId) -> Result<Option<AgreementFacts>, StoreError>;
    /// All agreements, in the order of their slugs.
    async fn agreements(&mut self) -> Result<Vec<AgreementFacts>, StoreError>;
    /// A sender.
    async fn sender(&mut self, id: SenderId) -> Result<Option<SenderFacts>, StoreError>;
    /// Several senders, in any order; unknown ones are left out.
    async fn senders(&mut self, ids: &[SenderId]) -> Result<Vec<SenderFacts>, StoreError>;
    /// The sender of a number.
    async fn sender_of(&mut self, number: &OrganisationNumber) -> Result<Option<SenderId>, StoreError>;
    /// The last connection of a sender with an integrator.
    async fn connection(
        &mut self,
        sender: SenderId,
        integrator: &IntegratorId,
    ) -> Result<Option<ConnectionRow>, StoreError>;
    /// The last connection that an integrator keeps under a reference: an open one if there is one.
    async fn connection_of(
        &mut self,
        integrator: &IntegratorId,
        external_reference: &str,
    ) -> Result<Option<ConnectionRow>, StoreError>;
    /// Connections.
    async fn connections(&mut self, filter: &ConnectionFilter, limit: u32) -> Result<Vec<ConnectionRow>, StoreError>;
    /// An acceptance.
    async fn acceptance(&mut self, id: AcceptanceId) -> Result<Option<AcceptanceRow>, StoreError>;
    /// Acceptances.
    async fn acceptances(&mut self, filter: &AcceptanceFilter, limit: u32) -> Result<Vec<AcceptanceRow>, StoreError>;
    /// An exception.
    async fn exception(&mut self, id: ExceptionId) -> Result<Option<ExceptionRow>, StoreError>;
    /// Exceptions, newest first by their ids; of one sender or integrator, and older than `before`, where given.
    async fn exceptions(
        &mut self,
        sender: Option<SenderId>,
        integrator: Option<&IntegratorId>,
        before: Option<ExceptionId>,
        limit: u32,
    ) -> Result<Vec<ExceptionRow>, StoreError>;
    /// The entry of a revision.
    async fn entry(&mut self, revision: u64) -> Result<Option<EntryRow>, StoreError>;
    /// The entries of several revisions, in any order; unknown ones are left out.
    async fn entries_at(&mut self, revisions: &[u64]) -> Result<Vec<EntryRow>, StoreError>;
    /// Entries in the order of their revisions.
    async fn entries(&mut self, filter: &EntryFilter, limit: u32) -> Result<Vec<EntryRow>, StoreError>;
    /// Private records, in any order; unknown and erased ones are left out.
    async fn private(&mut self, ids: &[RecordId]) -> Result<Vec<PrivateRecord>, StoreError>;
    /// The private record with this look-up.
    async fn private_of(&mut self, lookup: &str) -> Result<Option<PrivateRecord>, StoreError>;
    /// A document's bytes.
    async fn document(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        language: Language,
        format: DocumentFormat,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// A specification's canonical JSON.
    async fn specification(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
    ) -> Result<Option<String>, StoreError>;
    /// What a request id was used for.
    async fn remembered(&mut self, key: &RequestKey) -> Result<Option<Remembered>, StoreError>;
    /// All facts at this revision.
    async fn snapshot(&mut self) -> Result<Snapshot, StoreError>;
}

/// A write transaction. Dropped without a commit, it leaves nothing behind, not even a used revision.
///
/// Writers may share a commit, and see what earlier ones wrote before it is durable. So what is told as done, be it only
/// found done before, is told after [`Tx::commit`], which waits for those writers too.
#[async_trait]
pub trait Tx: Reader {
    /// Appends an entry of the revision after the last one and adds its leaf to the tree.
    async fn append(&mut self, entry: &EntryRow) -> Result<(), StoreError>;
    /// Writes an integrator's facts.
    async fn put_integrator(&mut self, facts: &IntegratorFacts) -> Result<(), StoreError>;
    /// Writes an agreement's facts.
    async fn put_agreement(&mut self, facts: &AgreementFacts) -> Result<(), StoreError>;
    /// Writes a sender's facts; `private_number` names the record of a new sole trader's number.
    async fn put_sender(&mut self, facts: &SenderFacts, private_number: Option<RecordId>) -> Result<(), StoreError>;
    /// Writes a connection.
    async fn put_connection(&mut self, row: &ConnectionRow) -> Result<(), StoreError>;
    /// Writes where to find an acceptance.
    async fn put_acceptance(&mut self, row: &AcceptanceRow) -> Result<(), StoreError>;
    /// Writes where to find a decline.
    async fn put_decline(&mut self, decline: DeclineId, sender: SenderId, revision: u64) -> Result<(), StoreError>;
    /// Writes an exception.
    async fn put_exception(&mut self, row: &ExceptionRow) -> Result<(), StoreError>;
    /// Writes a new private record.
    async fn put_private(&mut self, record: &PrivateRecord) -> Result<(), StoreError>;
    /// Writes a new document.
    async fn put_document(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        language: Language,
        format: DocumentFormat,
        bytes: &[u8],
    ) -> Result<(), StoreError>;
    /// Writes a new specification.
    async fn put_specification(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        canonical: &str,
    ) -> Result<(), StoreError>;
    /// Remembers the answer to a request id.
    async fn remember(&mut self, key: &RequestKey, remembered: &Remembered, now: Timestamp) -> Result<(), StoreError>;
    /// Makes everything durable, or nothing.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A database.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a write transaction: waits for its turn at the head row.
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError>;
    /// Begins a read transaction on the latest committed state.
    async fn read(&self) -> Result<Box<dyn Reader>, StoreError>;
    /// Entries after a revision, for the gate's feed, each with the number of a sole trader that it registers. Cheap
    /// when there are none.
    async fn feed(
        &self,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<(EntryRow, Option<OrganisationNumber>)>, StoreError>;
    /// Forgets the answers to request ids older than this. Returns how many.
    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError>;
    /// Brings the schema up to date. A ledger that is made by it gets the id `new_ledger`; one that is there keeps its own.
    async fn migrate(&self, new_ledger: LedgerId) -> Result<(), StoreError>;
    /// What stands between this database and a safe start: durability settings that are off, an unknown schema version,
    /// migrations that were not run. Each with what to do; empty when all is well.
    async fn obstacles(&self) -> Result<Vec<String>, StoreError>;
    /// The database's own clock, to compare with ours.
    async fn clock(&self) -> Result<Timestamp, StoreError>;
}
