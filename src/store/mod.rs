//! What the services and the gate's feed need of a database. The only SQL is below this room.
//!
//! A write transaction begins by locking the head row, so writes are serial on both databases and each decision is made
//! on the latest state. Every row that holds facts is the result of the one fold in [`crate::domain::facts`].

mod changes;
mod codec;
pub mod evidence;
mod failure;
mod letters;
mod pending;
pub mod postgres;
mod rows;
pub mod sqlite;
mod unread;

pub use changes::{Changes, changes};
pub use letters::{CampaignRow, InvitationFilter, InvitationRow, MailFilter, MailRow};
pub use rows::{
    AcceptanceFilter, AcceptanceRow, ConnectionFilter, ConnectionRow, DocumentFormat, EntryFilter, EntryRow,
    ExceptionRow, Head, PrivateKind, PrivateRecord, Remembered, RequestKey, actor_lookup, number_lookup,
};
pub use unread::Unread;

use crate::domain::{
    agreement::AgreementFacts,
    ids::{
        AcceptanceId, AgreementId, DeclineId, Digest, ExceptionId, IntegratorId, InvitationId, LedgerId, MessageId,
        RecordId, SenderId, VersionLabel,
    },
    integrator::IntegratorFacts,
    ledger::proof::Run,
    organisation_number::OrganisationNumber,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::Language,
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
    /// The ledger has an entry of a newer program's: this one neither reads nor writes there.
    #[error("a newer program has written to the ledger (schema {schema}, this program knows {known}): run that one")]
    TooNew {
        /// The newest schema among the entries.
        schema: u32,
        /// The newest one that this program knows.
        known: u32,
    },
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
    /// An invitation.
    async fn invitation(&mut self, id: InvitationId) -> Result<Option<InvitationRow>, StoreError>;
    /// Invitations in the order of their ids.
    async fn invitations(&mut self, filter: &InvitationFilter, limit: u32) -> Result<Vec<InvitationRow>, StoreError>;
    /// The revision of the entry that made the link of a token, which says where it leads.
    async fn link(&mut self, token_sha256: Digest) -> Result<Option<u64>, StoreError>;
    /// A mail.
    async fn mail(&mut self, id: MessageId) -> Result<Option<MailRow>, StoreError>;
    /// Mails in the order of their ids.
    async fn mails(&mut self, filter: &MailFilter, limit: u32) -> Result<Vec<MailRow>, StoreError>;
    /// When the next mail that waits is due.
    async fn next_mail(&mut self) -> Result<Option<Timestamp>, StoreError>;
    /// Whether the outbox is paused.
    async fn outbox_paused(&mut self) -> Result<bool, StoreError>;
    /// The tellings of new versions that are not finished.
    async fn campaigns(&mut self) -> Result<Vec<CampaignRow>, StoreError>;
    /// Senders in the order of their ids.
    async fn senders_after(&mut self, after: Option<SenderId>, limit: u32) -> Result<Vec<SenderFacts>, StoreError>;
    /// What a request id was used for.
    async fn remembered(&mut self, key: &RequestKey) -> Result<Option<Remembered>, StoreError>;
    /// The hashes of runs of leaves or kept subtrees, as far as they are there: each with its level and place, in order.
    async fn nodes(&mut self, runs: &[Run]) -> Result<Vec<(u32, u64, Digest)>, StoreError>;
    /// Rows of a table of evidence as they stand there, in the order of their keys, after the one with a key.
    async fn rows(
        &mut self,
        table: &'static evidence::Table,
        after: Option<&[evidence::Cell]>,
        limit: u32,
    ) -> Result<Vec<Vec<evidence::Cell>>, StoreError>;
    /// Senders in the order of their last changes, after the one with a revision and an id; each with its number where it is
    /// a sole trader.
    async fn numbered_after(&mut self, after: Option<(u64, SenderId)>, limit: u32) -> Result<Unread, StoreError>;
    /// Several senders, in any order, each with its number where it is a sole trader.
    async fn numbered(
        &mut self,
        ids: &[SenderId],
    ) -> Result<Vec<(SenderFacts, Option<OrganisationNumber>)>, StoreError>;
}

/// A write transaction. Dropped without a commit, it leaves nothing behind, not even a used revision.
///
/// Writers may share a commit, and see what earlier ones wrote before it is durable. So what is told as done, be it only
/// found done before, is told after [`Tx::commit`], which waits for those writers too.
#[async_trait]
pub trait Tx: Reader {
    /// Gives the ledger another id, under which its next entries are written.
    async fn rename_ledger(&mut self, ledger_id: LedgerId) -> Result<(), StoreError>;
    /// Appends an entry of the revision after the last one, written in a schema, and adds its leaf to the tree.
    async fn append(&mut self, entry: &EntryRow, schema: u32) -> Result<(), StoreError>;
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
    /// Writes an invitation.
    async fn put_invitation(&mut self, row: &InvitationRow) -> Result<(), StoreError>;
    /// Writes a new link.
    async fn put_link(&mut self, token_sha256: Digest, revision: u64) -> Result<(), StoreError>;
    /// Writes a mail.
    async fn put_mail(&mut self, row: &MailRow) -> Result<(), StoreError>;
    /// Pauses the outbox, or lets it go on.
    async fn put_outbox_paused(&mut self, paused: bool) -> Result<(), StoreError>;
    /// Writes the telling of a new version.
    async fn put_campaign(&mut self, row: &CampaignRow) -> Result<(), StoreError>;
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
    /// What happened since a head was read, for the gate's feed. Cheap when nothing did. Where the database does not go on
    /// from that head, because it is another ledger's or lost entries, the answer has no entries, or some that do not fit.
    async fn changes(&self, since: &Head) -> Result<Changes, StoreError>;
    /// Waits until another node may have committed something. Only hints: some are missed, and a database without such
    /// news never gives any.
    async fn hint(&self);
    /// Forgets the answers to request ids older than this. Returns how many.
    async fn forget_requests(&self, before: Timestamp) -> Result<u64, StoreError>;
    /// Brings the schema up to date. A ledger that is made by it gets the id `new_ledger`; one that is there keeps its own.
    async fn migrate(&self, new_ledger: LedgerId) -> Result<(), StoreError>;
    /// What stands between this database and a safe start: durability settings that are off, an unknown schema version,
    /// migrations that were not run. Each with what to do; empty when all is well.
    async fn obstacles(&self) -> Result<Vec<String>, StoreError>;
    /// The database's own clock, to compare with ours.
    async fn clock(&self) -> Result<Timestamp, StoreError>;
    /// Ends all connections when their users are done. Whatever is asked of it after this is unavailable. An SQLite file is
    /// whole then, without the log beside it.
    async fn close(&self);
}
