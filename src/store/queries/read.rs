//! A read transaction.

use super::BEGIN_READ;
use super::{
    Db, acts, connections, documents, exceptions, facts, head_and_entries, private, requests, session::Session,
    snapshot,
};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AcceptanceId, AgreementId, ExceptionId, IntegratorId, RecordId, SenderId, VersionLabel},
        integrator::IntegratorFacts,
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
        vocabulary::Language,
    },
    store::{
        AcceptanceFilter, AcceptanceRow, ConnectionFilter, ConnectionRow, DocumentFormat, EntryFilter, EntryRow,
        ExceptionRow, Head, PrivateRecord, Reader, Remembered, RequestKey, Snapshot, StoreError, failure::within,
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

    async fn remembered(&mut self, key: &RequestKey) -> Result<Option<Remembered>, StoreError> {
        ask!(self, conn => requests::remembered(conn, key))
    }

    async fn snapshot(&mut self) -> Result<Snapshot, StoreError> {
        let limit = self.session.limit;
        snapshot::snapshot(self.session.connection()?, &self.head, limit).await
    }
}
