//! The rows that stand beside the facts, as the entries make them.

use crate::{
    domain::{
        contact,
        exception::{Exception, ExceptionState},
        ids::{AcceptanceId, ConnectionId, DeclineId, Digest, ExceptionId, InvitationId, SenderId},
        invitation::expires,
        ledger::{Entry, Event, event::ConnectionTerms},
        organisation_number::LegalNumber,
        vocabulary::{ConnectionState, InvitationState},
    },
    store::{AcceptanceRow, ConnectionRow, ExceptionRow, InvitationRow},
};
use std::collections::HashMap;

/// All of them.
#[derive(Default)]
pub(super) struct Derived {
    pub(super) connections: HashMap<ConnectionId, ConnectionRow>,
    pub(super) acceptances: HashMap<AcceptanceId, AcceptanceRow>,
    pub(super) declines: HashMap<DeclineId, (SenderId, u64)>,
    pub(super) exceptions: HashMap<ExceptionId, ExceptionRow>,
    pub(super) invitations: HashMap<InvitationId, InvitationRow>,
    /// The revision that minted the link of each token.
    pub(super) links: HashMap<Digest, u64>,
    /// The record of each sole trader's number.
    pub(super) numbers: HashMap<SenderId, crate::domain::ids::RecordId>,
    /// Connections that the first of several declines, given in one act, made active.
    confirmed_by: HashMap<ConnectionId, InvitationId>,
}

impl Derived {
    /// What an entry does to them. `contact_confirmed` says whether the sender's own person had given the contact point.
    pub(super) fn apply(&mut self, entry: &Entry, contact_confirmed: bool) {
        match &entry.event {
            Event::SenderRegistered { sender_id, connection_id, integrator_id, private_number, terms, .. } => {
                if let Some(number) = private_number {
                    self.numbers.insert(*sender_id, number.record_id);
                }
                let mut row = ConnectionRow {
                    connection_id: *connection_id,
                    sender_id: *sender_id,
                    integrator_id: integrator_id.clone(),
                    state: ConnectionState::Unconfirmed,
                    external_reference: String::new(),
                    legal_name: None,
                    private_name: None,
                    contact: None,
                    contact_quality: terms.contact_quality,
                    content_types: Vec::new(),
                    created: entry.time,
                    updated: entry.time,
                    revision: entry.revision,
                };
                say(&mut row, terms);
                self.connections.insert(*connection_id, row);
            }
            Event::ConnectionUpdated { connection_id, terms, .. } => {
                self.connection(entry, connection_id, |row| say(row, terms));
            }
            Event::ConnectionConfirmed { connection_id, .. } => {
                self.connection(entry, connection_id, |row| row.state = ConnectionState::Active);
            }
            Event::ConnectionEnded { connection_id, .. } => {
                self.connection(entry, connection_id, |row| row.state = ConnectionState::Ended);
            }
            Event::ConnectionContestResolved { connection_id, .. } => self.connection(entry, connection_id, |_| {}),
            Event::AcceptanceRecorded { .. } => self.acceptance(entry, contact_confirmed),
            Event::DeclineRecorded { .. } => self.decline(entry),
            Event::GroupCoverageEnded { acceptance_id, .. } | Event::AcceptanceInvalidated { acceptance_id, .. } => {
                self.changed(entry, std::slice::from_ref(acceptance_id));
            }
            Event::AcceptanceContested { acceptance_ids, .. } | Event::ContestResolved { acceptance_ids, .. } => {
                self.changed(entry, acceptance_ids);
            }
            _ => {
                self.exception(entry);
                self.invitation(entry);
            }
        }
    }

    fn connection(&mut self, entry: &Entry, id: &ConnectionId, change: impl FnOnce(&mut ConnectionRow)) {
        if let Some(row) = self.connections.get_mut(id) {
            change(row);
            (row.updated, row.revision) = (entry.time, entry.revision);
        }
    }

    fn changed(&mut self, entry: &Entry, ids: &[AcceptanceId]) {
        for id in ids {
            if let Some(row) = self.acceptances.get_mut(id) {
                row.changed_revision = entry.revision;
            }
        }
    }

    fn acceptance(&mut self, entry: &Entry, contact_confirmed: bool) {
        let Event::AcceptanceRecorded {
            sender_id,
            connection_id,
            integrator_id,
            accepted,
            method,
            contact,
            contact_quality,
            invitations,
            ..
        } = &entry.event
        else {
            return;
        };
        for one in accepted {
            let row = AcceptanceRow {
                acceptance_id: one.acceptance_id,
                sender_id: *sender_id,
                integrator_id: integrator_id.clone(),
                agreement_id: one.agreement_id.clone(),
                version: one.version.clone(),
                revision: entry.revision,
                changed_revision: entry.revision,
            };
            self.acceptances.insert(one.acceptance_id, row);
        }
        if let Some(row) = self.connections.get_mut(connection_id) {
            let before = (row.contact, row.contact_quality, row.state);
            // What the sender's own person gave is not changed by an integrator's word (R6).
            if contact::may_change(contact_confirmed, contact::word(*method)) {
                row.contact = contact.map(|contact| contact.record_id).or(row.contact);
                row.contact_quality = contact_quality.unwrap_or(row.contact_quality);
            }
            row.state = ConnectionState::Active;
            if before != (row.contact, row.contact_quality, row.state) {
                (row.updated, row.revision) = (entry.time, entry.revision);
            }
        }
        for id in invitations {
            self.answered(entry, id, InvitationState::Accepted);
        }
    }

    fn decline(&mut self, entry: &Entry) {
        let Event::DeclineRecorded { decline_id, sender_id, connection_id, invitation_id, .. } = &entry.event else {
            return;
        };
        self.declines.insert(*decline_id, (*sender_id, entry.revision));
        if let Some(row) = self.connections.get_mut(connection_id) {
            let same_act = invitation_id.is_some() && self.confirmed_by.get(connection_id) == invitation_id.as_ref();
            if row.state != ConnectionState::Active || same_act {
                row.state = ConnectionState::Active;
                (row.updated, row.revision) = (entry.time, entry.revision);
                self.confirmed_by.extend(invitation_id.map(|invitation| (*connection_id, invitation)));
            }
        }
        if let Some(id) = invitation_id {
            let first = self.invitations.get(id).and_then(|row| row.joint_with);
            for id in first.iter().chain([id]) {
                self.answered(entry, id, InvitationState::Declined);
            }
        }
    }

    fn exception(&mut self, entry: &Entry) {
        match &entry.event {
            Event::ExceptionProposed { exception_id, sender_id, integrator_id, until, reason } => {
                let row = ExceptionRow {
                    exception: Exception {
                        exception_id: *exception_id,
                        state: ExceptionState::Proposed,
                        until: *until,
                        proposed_by: entry.author.actor_id,
                    },
                    sender_id: *sender_id,
                    integrator_id: integrator_id.clone(),
                    reason: reason.record_id,
                    approved_by: None,
                    created: entry.time,
                    approved: None,
                    ended: None,
                    revision: entry.revision,
                };
                self.exceptions.insert(*exception_id, row);
            }
            Event::ExceptionApproved { exception_id, .. } => {
                if let Some(row) = self.exceptions.get_mut(exception_id) {
                    row.exception.state = ExceptionState::Approved;
                    row.approved_by = Some(entry.author.actor_id);
                    (row.approved, row.revision) = (Some(entry.time), entry.revision);
                }
            }
            Event::ExceptionEnded { exception_id, .. } => {
                if let Some(row) = self.exceptions.get_mut(exception_id) {
                    row.exception.state = ExceptionState::Ended;
                    (row.ended, row.revision) = (Some(entry.time), entry.revision);
                }
            }
            _ => {}
        }
    }

    /// An invitation that an act of the sender answered.
    fn answered(&mut self, entry: &Entry, id: &InvitationId, state: InvitationState) {
        if let Some(row) = self.invitations.get_mut(id) {
            row.state = state;
            (row.ended, row.revision) = (Some(entry.time), entry.revision);
            row.answer_revision = Some(entry.revision);
        }
    }

    fn invitation(&mut self, entry: &Entry) {
        match &entry.event {
            Event::InvitationCreated { about, recipient, language, two_signatories, cause, replaces, joint_with } => {
                let row = InvitationRow {
                    invitation_id: about.invitation_id,
                    sender_id: about.sender_id,
                    connection_id: about.connection_id,
                    integrator_id: about.integrator_id.clone(),
                    state: InvitationState::Created,
                    recipient: recipient.record_id,
                    language: *language,
                    two_signatories: *two_signatories,
                    cause: *cause,
                    replaces: *replaces,
                    joint_with: *joint_with,
                    signature_revision: None,
                    answer_revision: None,
                    reminders: 0,
                    created: entry.time,
                    sent: None,
                    expires: expires(entry.time),
                    ended: None,
                    revision: entry.revision,
                };
                self.invitations.insert(about.invitation_id, row);
            }
            Event::LinkMinted { token_sha256, .. } => drop(self.links.insert(*token_sha256, entry.revision)),
            Event::InvitationSent { about, .. } => self.mailed(entry, about.invitation_id, InvitationState::Sent),
            Event::InvitationBounced { about, .. } => self.mailed(entry, about.invitation_id, InvitationState::Bounced),
            Event::InvitationEnded { about, state } => {
                if let Some(row) = self.invitations.get_mut(&about.invitation_id) {
                    (row.state, row.ended, row.revision) = (*state, Some(entry.time), entry.revision);
                }
            }
            Event::FirstSignatureGiven { about, .. } => {
                if let Some(row) = self.invitations.get_mut(&about.invitation_id) {
                    (row.signature_revision, row.revision) = (Some(entry.revision), entry.revision);
                }
            }
            _ => {}
        }
    }

    fn mailed(&mut self, entry: &Entry, id: InvitationId, state: InvitationState) {
        if let Some(row) = self.invitations.get_mut(&id) {
            (row.state, row.revision) = (state, entry.revision);
            if state == InvitationState::Sent {
                row.sent = row.sent.or(Some(entry.time));
            }
        }
    }
}

/// Writes what an integrator says of a sender into its row.
fn say(row: &mut ConnectionRow, terms: &ConnectionTerms) {
    row.external_reference.clone_from(&terms.external_reference);
    row.legal_name.clone_from(&terms.legal_name);
    row.private_name = terms.private_name.map(|private| private.record_id);
    row.contact = terms.contact.map(|private| private.record_id);
    row.contact_quality = terms.contact_quality;
    row.content_types.clone_from(&terms.content_types);
}

/// A legal person's number as its column has it.
pub(super) fn digits(number: Option<LegalNumber>) -> Option<String> {
    number.map(|number| number.to_string())
}
