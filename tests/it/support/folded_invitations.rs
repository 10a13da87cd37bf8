//! Invitations as the ledger's entries alone make them.

use ombord::{
    domain::{
        ids::InvitationId,
        ledger::{Entry, Event},
        vocabulary::InvitationState,
    },
    store::{InvitationFilter, InvitationRow, Reader},
};
use std::collections::BTreeMap;

/// What is known of each, in the words of its row; what no entry tells is left at nothing.
#[derive(Default)]
pub struct Invitations(BTreeMap<InvitationId, InvitationRow>);

impl Invitations {
    /// The invitations after an entry.
    pub fn add(&mut self, entry: &Entry) {
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
                    expires: entry.time.plus_seconds(30 * 86_400),
                    ended: None,
                    revision: entry.revision,
                };
                assert!(self.0.insert(about.invitation_id, row).is_none(), "made twice: {}", about.invitation_id);
            }
            Event::InvitationSent { about, .. } => self.turns(about.invitation_id, entry, InvitationState::Sent),
            Event::InvitationBounced { about, .. } => self.turns(about.invitation_id, entry, InvitationState::Bounced),
            Event::InvitationEnded { about, state } => {
                self.turns(about.invitation_id, entry, *state);
                // A no over a connection that nothing confirmed is no act of the sender's.
                if let Some(row) = self.0.get_mut(&about.invitation_id) {
                    row.answer_revision = None;
                }
            }
            Event::FirstSignatureGiven { about, .. } => {
                let row = self.0.get_mut(&about.invitation_id).unwrap();
                (row.signature_revision, row.revision) = (Some(entry.revision), entry.revision);
            }
            Event::AcceptanceRecorded { invitations, .. } => {
                invitations.iter().for_each(|id| self.turns(*id, entry, InvitationState::Accepted));
            }
            Event::DeclineRecorded { invitation_id: Some(id), .. } => {
                // Where the second of two declines, the first one's is declined along.
                let first = self.0[id].joint_with;
                first.iter().chain([id]).for_each(|id| self.turns(*id, entry, InvitationState::Declined));
            }
            _ => {}
        }
    }

    fn turns(&mut self, id: InvitationId, entry: &Entry, state: InvitationState) {
        let row = self.0.get_mut(&id).unwrap_or_else(|| panic!("revision {}: {id} was never made", entry.revision));
        // A decline of several agreements has an entry for each.
        let declined = (row.state, state) == (InvitationState::Declined, InvitationState::Declined);
        assert!(row.state.is_open() || declined, "revision {}: {id} is {:?}", entry.revision, row.state);
        (row.state, row.revision) = (state, entry.revision);
        match state {
            InvitationState::Sent => row.sent = row.sent.or(Some(entry.time)),
            InvitationState::Bounced => {}
            InvitationState::Accepted | InvitationState::Declined => {
                (row.answer_revision, row.ended) = (Some(entry.revision), Some(entry.time));
            }
            _ => row.ended = Some(entry.time),
        }
    }

    /// The rows say the same, and no two of one connection are open but those of two signatories.
    pub async fn check(&self, reader: &mut dyn Reader) {
        let rows = reader.invitations(&InvitationFilter::default(), 1_000_000).await.unwrap();
        assert_eq!(rows.len(), self.0.len());
        let mut open = BTreeMap::new();
        for row in rows {
            let told = &self.0[&row.invitation_id];
            assert_eq!(row, InvitationRow { reminders: row.reminders, ..told.clone() });
            if row.state.is_open() {
                let other = open.insert((row.connection_id, row.joint_with.is_some()), row.invitation_id);
                assert_eq!(other, None, "two are open over one connection");
            }
        }
    }
}
