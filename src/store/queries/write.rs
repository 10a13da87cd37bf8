//! A write transaction: reads the database overlaid by what is pending, keeps its own rows pending until its commit.

use super::{
    acts, connections, documents, evidence, exceptions, facts, feed,
    group::{self, Group, Held, MOST_MEMBERS, Turn},
    head_and_entries, invitations, outbox, private, requests, subtrees,
};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{
            AcceptanceId, AgreementId, DeclineId, Digest, ExceptionId, IntegratorId, InvitationId, LedgerId, MessageId,
            RecordId, SenderId, VersionLabel,
        },
        integrator::IntegratorFacts,
        ledger::{proof::Run, tree::leaf_hash},
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::Language,
    },
    store::{
        AcceptanceFilter, AcceptanceRow, CampaignRow, ConnectionFilter, ConnectionRow, DocumentFormat, EntryFilter,
        EntryRow, ExceptionRow, Head, InvitationFilter, InvitationRow, MailFilter, MailRow, PrivateRecord, Reader,
        Remembered, RequestKey, StoreError, Tx, Unread,
        evidence::{Cell, Table},
        failure::{fault, unavailable, within},
        number_lookup,
        pending::{Member, Overlay},
    },
};
use async_trait::async_trait;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// A writer whose turn it is.
pub(super) struct Write {
    turn: Turn,
    held: Option<Held>,
    before: Head,
    own: Member,
}

impl Write {
    /// Takes its turn in the open group.
    pub(super) fn new(turn: Turn, held: Held, before: Head) -> Self {
        let own = Member::new(before.clone());
        Self { turn, held: Some(held), before, own }
    }

    fn group(&mut self) -> Result<(&mut Group, &mut Member), StoreError> {
        let held = self.held.as_mut().ok_or_else(|| fault("the transaction has ended"))?;
        Ok((held.group()?, &mut self.own))
    }

    fn overlay(&mut self) -> Result<Overlay<'_>, StoreError> {
        let (group, own) = self.group()?;
        Ok(Overlay { earlier: &group.members, own })
    }

    /// Sends what is pending, for reads that only the database can answer.
    async fn settle(&mut self) -> Result<(), StoreError> {
        if self.overlay()?.waits() {
            let (group, own) = self.group()?;
            group.settle(own).await?;
        }
        Ok(())
    }
}

/// Asks the database, which has so long to answer.
macro_rules! ask {
    ($self:ident, $conn:ident => $query:expr) => {{
        let (group, _) = $self.group()?;
        let limit = group.session.limit;
        let $conn = group.session.connection()?;
        let answer = within(limit, $query).await;
        group.note(answer)
    }};
}

/// Takes a row from what is pending, or asks the database for it.
macro_rules! find {
    ($self:ident, $table:ident, $key:expr, $conn:ident => $query:expr) => {
        match $self.overlay()?.find(|layer| layer.$table.get($key)).cloned() {
            Some(row) => Ok(Some(row)),
            None => ask!($self, $conn => $query),
        }
    };
}

#[async_trait]
impl Reader for Write {
    fn head(&self) -> &Head {
        &self.before
    }

    async fn integrator(&mut self, id: &IntegratorId) -> Result<Option<IntegratorFacts>, StoreError> {
        find!(self, integrators, id, conn => facts::integrator(conn, id))
    }

    async fn integrators(
        &mut self,
        after: Option<&IntegratorId>,
        limit: u32,
    ) -> Result<Vec<IntegratorFacts>, StoreError> {
        self.settle().await?;
        ask!(self, conn => facts::integrators(conn, after, limit))
    }

    async fn agreement(&mut self, id: &AgreementId) -> Result<Option<AgreementFacts>, StoreError> {
        find!(self, agreements, id, conn => facts::agreement(conn, id))
    }

    async fn agreements(&mut self) -> Result<Vec<AgreementFacts>, StoreError> {
        let mut agreements = ask!(self, conn => facts::agreements(conn))?;
        let pending = self.overlay()?.all(|layer| &layer.agreements);
        agreements.retain(|agreement| !pending.contains_key(&agreement.agreement_id));
        agreements.extend(pending.into_values().cloned());
        agreements.sort_by(|one, other| one.agreement_id.cmp(&other.agreement_id));
        Ok(agreements)
    }

    async fn sender(&mut self, id: SenderId) -> Result<Option<SenderFacts>, StoreError> {
        match self.overlay()?.find(|layer| layer.senders.get(&id)) {
            Some((facts, _)) => Ok(Some(facts.clone())),
            None => ask!(self, conn => facts::sender(conn, id)),
        }
    }

    async fn senders(&mut self, ids: &[SenderId]) -> Result<Vec<SenderFacts>, StoreError> {
        let mut found: HashMap<SenderId, SenderFacts> =
            ask!(self, conn => facts::senders(conn, ids))?.into_iter().map(|facts| (facts.sender_id, facts)).collect();
        let overlay = self.overlay()?;
        for id in ids {
            if let Some((facts, _)) = overlay.find(|layer| layer.senders.get(id)) {
                found.insert(*id, facts.clone());
            }
        }
        Ok(found.into_values().collect())
    }

    async fn sender_of(&mut self, number: &OrganisationNumber) -> Result<Option<SenderId>, StoreError> {
        let pending = match number {
            OrganisationNumber::Legal(number) => self.overlay()?.sender_of(number),
            OrganisationNumber::SoleTrader(number) => match self.private_of(&number_lookup(number)).await? {
                Some(record) => self.overlay()?.sole_trader(record.record_id),
                None => return Ok(None),
            },
        };
        match pending {
            Some(id) => Ok(Some(id)),
            None => ask!(self, conn => facts::sender_of(conn, number)),
        }
    }

    async fn connection(
        &mut self,
        sender: SenderId,
        integrator: &IntegratorId,
    ) -> Result<Option<ConnectionRow>, StoreError> {
        let ours = |row: &ConnectionRow| row.sender_id == sender && row.integrator_id == *integrator;
        if self.overlay()?.waiting(|layer| &layer.connections).any(ours) {
            self.settle().await?;
        }
        ask!(self, conn => connections::connection(conn, sender, integrator))
    }

    async fn connection_of(
        &mut self,
        integrator: &IntegratorId,
        reference: &str,
    ) -> Result<Option<ConnectionRow>, StoreError> {
        let stored = ask!(self, conn => connections::connection_of(conn, integrator, reference))?;
        let found = stored.as_ref().map(|row| row.connection_id);
        let touched = self.overlay()?.waiting(|layer| &layer.connections).any(|row| {
            found == Some(row.connection_id)
                || (row.integrator_id == *integrator && row.external_reference == reference)
        });
        if !touched {
            return Ok(stored);
        }
        self.settle().await?;
        ask!(self, conn => connections::connection_of(conn, integrator, reference))
    }

    async fn connections(&mut self, filter: &ConnectionFilter, limit: u32) -> Result<Vec<ConnectionRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => connections::connections(conn, filter, limit))
    }

    async fn acceptance(&mut self, id: AcceptanceId) -> Result<Option<AcceptanceRow>, StoreError> {
        find!(self, acceptances, &id, conn => acts::acceptance(conn, id))
    }

    async fn acceptances(&mut self, filter: &AcceptanceFilter, limit: u32) -> Result<Vec<AcceptanceRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => acts::acceptances(conn, filter, limit))
    }

    async fn exception(&mut self, id: ExceptionId) -> Result<Option<ExceptionRow>, StoreError> {
        find!(self, exceptions, &id, conn => exceptions::exception(conn, id))
    }

    async fn exceptions(
        &mut self,
        sender: Option<SenderId>,
        integrator: Option<&IntegratorId>,
        before: Option<ExceptionId>,
        limit: u32,
    ) -> Result<Vec<ExceptionRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => exceptions::exceptions(conn, sender, integrator, before, limit))
    }

    async fn entry(&mut self, revision: u64) -> Result<Option<EntryRow>, StoreError> {
        find!(self, entries, &revision, conn => head_and_entries::entry(conn, revision))
    }

    async fn entries_at(&mut self, revisions: &[u64]) -> Result<Vec<EntryRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => head_and_entries::entries_at(conn, revisions))
    }

    async fn entries(&mut self, filter: &EntryFilter, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => head_and_entries::entries(conn, filter, limit))
    }

    async fn private(&mut self, ids: &[RecordId]) -> Result<Vec<PrivateRecord>, StoreError> {
        let overlay = self.overlay()?;
        let pending: Vec<_> =
            ids.iter().filter_map(|id| overlay.find(|layer| layer.private.get(id))).cloned().collect();
        let others: Vec<_> =
            ids.iter().copied().filter(|id| pending.iter().all(|record| record.record_id != *id)).collect();
        let mut found = ask!(self, conn => private::private(conn, &others))?;
        found.extend(pending);
        Ok(found)
    }

    async fn private_of(&mut self, lookup: &str) -> Result<Option<PrivateRecord>, StoreError> {
        match self.overlay()?.private_of(lookup).cloned() {
            Some(record) => Ok(Some(record)),
            None => ask!(self, conn => private::private_of(conn, lookup)),
        }
    }

    async fn document(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        language: Language,
        format: DocumentFormat,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = (agreement.clone(), version.clone(), language, format);
        find!(self, documents, &key, conn => documents::document(conn, agreement, version, language, format))
    }

    async fn specification(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
    ) -> Result<Option<String>, StoreError> {
        let key = (agreement.clone(), version.clone());
        find!(self, specifications, &key, conn => documents::specification(conn, agreement, version))
    }

    async fn invitation(&mut self, id: InvitationId) -> Result<Option<InvitationRow>, StoreError> {
        find!(self, invitations, &id, conn => invitations::invitation(conn, id))
    }

    async fn invitations(&mut self, filter: &InvitationFilter, limit: u32) -> Result<Vec<InvitationRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => invitations::invitations(conn, filter, limit))
    }

    async fn link(&mut self, token_sha256: Digest) -> Result<Option<u64>, StoreError> {
        find!(self, links, &token_sha256, conn => invitations::link(conn, token_sha256))
    }

    async fn mail(&mut self, id: MessageId) -> Result<Option<MailRow>, StoreError> {
        find!(self, mails, &id, conn => outbox::mail(conn, id))
    }

    async fn mails(&mut self, filter: &MailFilter, limit: u32) -> Result<Vec<MailRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => outbox::mails(conn, filter, limit))
    }

    async fn next_mail(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.settle().await?;
        ask!(self, conn => outbox::next_mail(conn))
    }

    async fn outbox_paused(&mut self) -> Result<bool, StoreError> {
        self.settle().await?;
        ask!(self, conn => outbox::paused(conn))
    }

    async fn campaigns(&mut self) -> Result<Vec<CampaignRow>, StoreError> {
        self.settle().await?;
        ask!(self, conn => outbox::campaigns(conn))
    }

    async fn senders_after(&mut self, after: Option<SenderId>, limit: u32) -> Result<Vec<SenderFacts>, StoreError> {
        self.settle().await?;
        ask!(self, conn => facts::senders_after(conn, after, limit))
    }

    async fn remembered(&mut self, key: &RequestKey) -> Result<Option<Remembered>, StoreError> {
        match self.overlay()?.find(|layer| layer.requests.get(key)) {
            Some((remembered, _)) => Ok(Some(remembered.clone())),
            None => ask!(self, conn => requests::remembered(conn, key)),
        }
    }

    async fn nodes(&mut self, runs: &[Run]) -> Result<Vec<(u32, u64, Digest)>, StoreError> {
        self.settle().await?;
        ask!(self, conn => subtrees::nodes(conn, runs))
    }

    async fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&[Cell]>,
        limit: u32,
    ) -> Result<Vec<Vec<Cell>>, StoreError> {
        self.settle().await?;
        ask!(self, conn => evidence::rows(conn, table, after, limit))
    }

    async fn numbered_after(&mut self, after: Option<(u64, SenderId)>, limit: u32) -> Result<Unread, StoreError> {
        self.settle().await?;
        ask!(self, conn => feed::page(conn, after, limit))
    }

    async fn numbered(
        &mut self,
        ids: &[SenderId],
    ) -> Result<Vec<(SenderFacts, Option<OrganisationNumber>)>, StoreError> {
        self.settle().await?;
        ask!(self, conn => feed::some(conn, ids))
    }
}

#[async_trait]
impl Tx for Write {
    async fn rename_ledger(&mut self, ledger_id: LedgerId) -> Result<(), StoreError> {
        (self.before.ledger_id, self.own.after.ledger_id) = (ledger_id, ledger_id);
        Ok(())
    }

    async fn append(&mut self, entry: &EntryRow, schema: u32) -> Result<(), StoreError> {
        let next = self.own.after.revision + 1;
        if entry.revision != next {
            return Err(fault(format_args!("an entry of revision {} where {next} is next", entry.revision)));
        }
        if entry.leaf_hash != leaf_hash(entry.canonical.as_bytes()) {
            return Err(fault(format_args!("revision {next}: the leaf hash is not that of the entry")));
        }
        self.own.layer().entries.add(next, entry.clone())?;
        self.own.after.revision = next;
        self.own.after.entry_schema = self.own.after.entry_schema.max(schema);
        for full in self.own.after.frontier.push(entry.leaf_hash) {
            self.own.layer().subtrees.add((full.level, full.place), full)?;
        }
        Ok(())
    }

    async fn put_integrator(&mut self, facts: &IntegratorFacts) -> Result<(), StoreError> {
        self.own.layer().integrators.put(facts.integrator_id.clone(), facts.clone());
        Ok(())
    }

    async fn put_agreement(&mut self, facts: &AgreementFacts) -> Result<(), StoreError> {
        self.own.layer().agreements.put(facts.agreement_id.clone(), facts.clone());
        Ok(())
    }

    async fn put_sender(&mut self, facts: &SenderFacts, private_number: Option<RecordId>) -> Result<(), StoreError> {
        // The rows of one sender are merged before they are sent: the record of its number must not get lost.
        let pending = self.overlay()?.find(|layer| layer.senders.get(&facts.sender_id)).and_then(|(_, record)| *record);
        self.own.put_sender(facts.clone(), private_number.or(pending));
        Ok(())
    }

    async fn put_connection(&mut self, row: &ConnectionRow) -> Result<(), StoreError> {
        self.own.put_connection(row.clone());
        Ok(())
    }

    async fn put_acceptance(&mut self, row: &AcceptanceRow) -> Result<(), StoreError> {
        self.own.layer().acceptances.put(row.acceptance_id, row.clone());
        Ok(())
    }

    async fn put_decline(&mut self, decline: DeclineId, sender: SenderId, revision: u64) -> Result<(), StoreError> {
        self.own.layer().declines.add(decline, (sender, revision))
    }

    async fn put_exception(&mut self, row: &ExceptionRow) -> Result<(), StoreError> {
        self.own.layer().exceptions.put(row.exception.exception_id, row.clone());
        Ok(())
    }

    async fn put_private(&mut self, record: &PrivateRecord) -> Result<(), StoreError> {
        self.own.add_private(record.clone())
    }

    async fn put_document(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        language: Language,
        format: DocumentFormat,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let key = (agreement.clone(), version.clone(), language, format);
        self.own.layer().documents.add(key, bytes.to_vec())
    }

    async fn put_specification(
        &mut self,
        agreement: &AgreementId,
        version: &VersionLabel,
        canonical: &str,
    ) -> Result<(), StoreError> {
        self.own.layer().specifications.add((agreement.clone(), version.clone()), canonical.to_owned())
    }

    async fn put_invitation(&mut self, row: &InvitationRow) -> Result<(), StoreError> {
        self.own.layer().invitations.put(row.invitation_id, row.clone());
        Ok(())
    }

    async fn put_link(&mut self, token_sha256: Digest, revision: u64) -> Result<(), StoreError> {
        self.own.layer().links.add(token_sha256, revision)
    }

    async fn put_mail(&mut self, row: &MailRow) -> Result<(), StoreError> {
        self.own.layer().mails.put(row.message_id, row.clone());
        Ok(())
    }

    async fn put_outbox_paused(&mut self, paused: bool) -> Result<(), StoreError> {
        self.own.layer().paused = Some(paused);
        Ok(())
    }

    async fn put_campaign(&mut self, row: &CampaignRow) -> Result<(), StoreError> {
        self.own.layer().campaigns.put((row.agreement_id.clone(), row.version.clone()), row.clone());
        Ok(())
    }

    async fn remember(&mut self, key: &RequestKey, remembered: &Remembered, now: Timestamp) -> Result<(), StoreError> {
        self.own.layer().requests.add(key.clone(), (remembered.clone(), now))
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let mut held = self.held.take().ok_or_else(|| fault("the transaction has ended"))?;
        let (reply, outcome) = oneshot::channel();
        let mut own = std::mem::replace(&mut self.own, Member::new(self.before.clone()));
        own.reply = Some(reply);
        let group = held.group()?;
        group.members.push(own);
        if group.members.len() >= MOST_MEMBERS {
            group::close_now(held);
        } else {
            let number = group.number();
            drop(held);
            group::close_later(self.turn.clone(), number);
        }
        outcome.await.unwrap_or_else(|_| Err(unavailable("the shared transaction has ended")))
    }
}

impl Drop for Write {
    /// Leaves nothing behind, and ends the group that may have nobody left to end it.
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        let Ok(group) = held.group() else { return };
        if self.own.savepoint {
            group.undo();
        }
        let number = group.number();
        drop(held);
        group::close_later(self.turn.clone(), number);
    }
}
