//! A read transaction.

use super::BEGIN_READ;
use super::{
    Db, acts, connections, documents, evidence, exceptions, facts, feed, head_and_entries, invitations, outbox,
    private, requests, session::Session, subtrees,
};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{
            AcceptanceId, AgreementId, Digest, ExceptionId, IntegratorId, InvitationId, MessageId, RecordId, SenderId,
            VersionLabel,
        },
        integrator::IntegratorFacts,
        ledger::proof::Run,
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::Language,
    },
    store::{
        AcceptanceFilter, AcceptanceRow, CampaignRow, ConnectionFilter, ConnectionRow, DocumentFormat, EntryFilter,
        EntryRow, ExceptionRow, Head, InvitationFilter, InvitationRow, MailFilter, MailRow, PrivateRecord, Reader,
        Remembered, RequestKey, StoreError, Unread,
        evidence::{Cell, Table},
        failure::within,
    },
};
use async_trait::async_trait;
use sqlx::Pool;
use std::time::Duration;

/// A transaction that sees one state.
pub(super) struct Read {
    session: Session,
    head: Head,
}

impl Read {
    /// Begins on the latest committed state.
    pub(super) async fn begin(pool: &Pool<Db>, limit: Duration) -> Result<Self, StoreError> {
        let mut session = Session::begin(pool, BEGIN_READ, limit).await?;
        let head = within(limit, head_and_entries::head(session.connection()?)).await?;
        Ok(Self { session, head })
    }
}

/// Asks the database, which has so long to answer.
macro_rules! ask {
    ($self:ident, $conn:ident => $query:expr) => {{
        let limit = $self.session.limit;
        let $conn = $self.session.connection()?;
        within(limit, $query).await
    }};
}

#[async_trait]
impl Reader for Read {
    fn head(&self) -> &Head {
        &self.head
    }

    async fn integrator(&mut self, id: &IntegratorId) -> Result<Option<IntegratorFacts>, StoreError> {
        ask!(self, conn => facts::integrator(conn, id))
    }

    async fn integrators(
        &mut self,
        after: Option<&IntegratorId>,
        limit: u32,
    ) -> Result<Vec<IntegratorFacts>, StoreError> {
        ask!(self, conn => facts::integrators(conn, after, limit))
    }

    async fn agreement(&mut self, id: &AgreementId) -> Result<Option<AgreementFacts>, StoreError> {
        ask!(self, conn => facts::agreement(conn, id))
    }

    async fn agreements(&mut self) -> Result<Vec<AgreementFacts>, StoreError> {
        ask!(self, conn => facts::agreements(conn))
    }

    async fn sender(&mut self, id: SenderId) -> Result<Option<SenderFacts>, StoreError> {
        ask!(self, conn => facts::sender(conn, id))
    }

    async fn senders(&mut self, ids: &[SenderId]) -> Result<Vec<SenderFacts>, StoreError> {
        ask!(self, conn => facts::senders(conn, ids))
    }

    async fn sender_of(&mut self, number: &OrganisationNumber) -> Result<Option<SenderId>, StoreError> {
        ask!(self, conn => facts::sender_of(conn, number))
    }

    async fn connection(
        &mut self,
        sender: SenderId,
        integrator: &IntegratorId,
    ) -> Result<Option<ConnectionRow>, StoreError> {
        ask!(self, conn => connections::connection(conn, sender, integrator))
    }

    async fn connection_of(
        &mut self,
        integrator: &IntegratorId,
        reference: &str,
    ) -> Result<Option<ConnectionRow>, StoreError> {
        ask!(self, conn => connections::connection_of(conn, integrator, reference))
    }

    async fn connections(&mut self, filter: &ConnectionFilter, limit: u32) -> Result<Vec<ConnectionRow>, StoreError> {
        ask!(self, conn => connections::connections(conn, filter, limit))
    }

    async fn acceptance(&mut self, id: AcceptanceId) -> Result<Option<AcceptanceRow>, StoreError> {
        ask!(self, conn => acts::acceptance(conn, id))
    }

    async fn acceptances(&mut self, filter: &AcceptanceFilter, limit: u32) -> Result<Vec<AcceptanceRow>, StoreError> {
        ask!(self, conn => acts::acceptances(conn, filter, limit))
    }

    async fn exception(&mut self, id: ExceptionId) -> Result<Option<ExceptionRow>, StoreError> {
        ask!(self, conn => exceptions::exception(conn, id))
    }

    async fn exceptions(
        &mut self,
        sender: Option<SenderId>,
        integrator: Option<&IntegratorId>,
        before: Option<ExceptionId>,
        limit: u32,
    ) -> Result<Vec<ExceptionRow>, StoreError> {
        ask!(self, conn => exceptions::exceptions(conn, sender, integrator, before, limit))
    }

    async fn entry(&mut self, revision: u64) -> Result<Option<EntryRow>, StoreError> {
        ask!(self, conn => head_and_entries::entry(conn, revision))
    }

    async fn entries_at(&mut self, revisions: &[u64]) -> Result<Vec<EntryRow>, StoreError> {
        ask!(self, conn => head_and_entries::entries_at(conn, revisions))
    }

    async fn entries(&mut self, filter: &EntryFilter, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
        ask!(self, conn => head_and_entries::entries(conn, filter, limit))
    }

    async fn private(&mut self, ids: &[RecordId]) -> Result<Vec<PrivateRecord>, StoreError> {
        ask!(self, conn => private::private(conn, ids))
    }

    async fn private_of(&mut self, lookup: &str) -> Result<Option<PrivateRecord>, StoreError> {
        ask!(self, conn => private::private_of(conn, lookup))
    }

    async fn document(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        language: Language,
        format: DocumentFormat,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        ask!(self, conn => documents::document(conn, agreement, version, language, format))
    }

    async fn specification(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
    ) -> Result<Option<String>, StoreError> {
        ask!(self, conn => documents::specification(conn, agreement, version))
    }

    async fn invitation(&mut self, id: InvitationId) -> Result<Option<InvitationRow>, StoreError> {
        ask!(self, conn => invitations::invitation(conn, id))
    }

    async fn invitations(&mut self, filter: &InvitationFilter, limit: u32) -> Result<Vec<InvitationRow>, StoreError> {
        ask!(self, conn => invitations::invitations(conn, filter, limit))
    }

    async fn link(&mut self, token_sha256: Digest) -> Result<Option<u64>, StoreError> {
        ask!(self, conn => invitations::link(conn, token_sha256))
    }

    async fn mail(&mut self, id: MessageId) -> Result<Option<MailRow>, StoreError> {
        ask!(self, conn => outbox::mail(conn, id))
    }

    async fn mails(&mut self, filter: &MailFilter, limit: u32) -> Result<Vec<MailRow>, StoreError> {
        ask!(self, conn => outbox::mails(conn, filter, limit))
    }

    async fn next_mail(&mut self) -> Result<Option<Timestamp>, StoreError> {
        ask!(self, conn => outbox::next_mail(conn))
    }

    async fn outbox_paused(&mut self) -> Result<bool, StoreError> {
        ask!(self, conn => outbox::paused(conn))
    }

    async fn campaigns(&mut self) -> Result<Vec<CampaignRow>, StoreError> {
        ask!(self, conn => outbox::campaigns(conn))
    }

    async fn senders_after(&mut self, after: Option<SenderId>, limit: u32) -> Result<Vec<SenderFacts>, StoreError> {
        ask!(self, conn => facts::senders_after(conn, after, limit))
    }

    async fn remembered(&mut self, key: &RequestKey) -> Result<Option<Remembered>, StoreError> {
        ask!(self, conn => requests::remembered(conn, key))
    }

    async fn nodes(&mut self, runs: &[Run]) -> Result<Vec<(u32, u64, Digest)>, StoreError> {
        ask!(self, conn => subtrees::nodes(conn, runs))
    }

    async fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Vec<Cell>>, StoreError> {
        ask!(self, conn => evidence::rows(conn, table, after, limit))
    }

    async fn numbered_after(&mut self, after: Option<(u64, SenderId)>, limit: u32) -> Result<Unread, StoreError> {
        ask!(self, conn => feed::page(conn, after, limit))
    }

    async fn numbered(
        &mut self,
        ids: &[SenderId],
    ) -> Result<Vec<(SenderFacts, Option<OrganisationNumber>)>, StoreError> {
        ask!(self, conn => feed::some(conn, ids))
    }
}
