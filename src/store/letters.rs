//! The rows of invitations, of the links in mails, and of the outbox.

use crate::domain::{
    ids::{AgreementId, ConnectionId, IntegratorId, InvitationId, MessageId, RecordId, SenderId, VersionLabel},
    mail::{MailPurpose, MailState},
    time::Timestamp,
    vocabulary::{InvitationCause, InvitationState, Language},
};

/// An invitation. The address is a private record, and the link is known by its digest alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// Its id.
    pub invitation_id: InvitationId,
    /// The sender.
    pub sender_id: SenderId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The integrator.
    pub integrator_id: IntegratorId,
    /// Where it stands, its time apart.
    pub state: InvitationState,
    /// The address, a contact record.
    pub recipient: RecordId,
    /// The language of mail and form.
    pub language: Language,
    /// Whether two persons must sign.
    pub two_signatories: bool,
    /// How it came about.
    pub cause: InvitationCause,
    /// The one that it took the place of.
    pub replaces: Option<InvitationId>,
    /// For the second signatory: the first one's.
    pub joint_with: Option<InvitationId>,
    /// The revision of the first of two signatures, once given.
    pub signature_revision: Option<u64>,
    /// The revision of the acceptance or decline that answered it.
    pub answer_revision: Option<u64>,
    /// How many reminders were asked for.
    pub reminders: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When its mail first went out.
    pub sent: Option<Timestamp>,
    /// Until when its link works.
    pub expires: Timestamp,
    /// When it was answered or ended.
    pub ended: Option<Timestamp>,
    /// The revision of the last change.
    pub revision: u64,
}

/// Which invitations are asked for.
#[derive(Debug, Clone, Default)]
pub struct InvitationFilter {
    /// Only of this integrator.
    pub integrator_id: Option<IntegratorId>,
    /// Only of this sender.
    pub sender_id: Option<SenderId>,
    /// Only over this connection.
    pub connection_id: Option<ConnectionId>,
    /// Only in these stored states; in any where empty.
    pub states: Vec<InvitationState>,
    /// Only with an end before this.
    pub expires_before: Option<Timestamp>,
    /// Only with an end at this or after it.
    pub expires_from: Option<Timestamp>,
    /// Only made before this.
    pub created_before: Option<Timestamp>,
    /// Only with fewer reminders.
    pub fewer_reminders: Option<u32>,
    /// Only changed after this revision.
    pub changed_after_revision: Option<u64>,
    /// Only after this one.
    pub after: Option<InvitationId>,
}

/// A mail of the outbox. It holds ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// Its id.
    pub message_id: MessageId,
    /// What it is for.
    pub purpose: MailPurpose,
    /// The sender it is about.
    pub sender_id: Option<SenderId>,
    /// The connection it is about.
    pub connection_id: Option<ConnectionId>,
    /// The address: a contact or person record; absent for the operator's own addresses.
    pub recipient: Option<RecordId>,
    /// In which language.
    pub language: Language,
    /// Where it stands.
    pub state: MailState,
    /// When it is to be tried next. Whoever takes it moves this ahead, so that nobody else does meanwhile.
    pub due: Timestamp,
    /// How many tries were settled.
    pub attempts: u32,
    /// Why the last try failed, in one of a few fixed words.
    pub fault: Option<String>,
    /// When it was queued.
    pub created: Timestamp,
    /// When it went out.
    pub sent: Option<Timestamp>,
}

/// Which mails are asked for.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// Only in these states; in any where empty.
    pub states: Vec<MailState>,
    /// Only about this sender.
    pub sender_id: Option<SenderId>,
    /// Only due at this time or before; then in the order of that time.
    pub due: Option<Timestamp>,
    /// Only after this one.
    pub after: Option<MessageId>,
}

/// The telling of a new version to all senders that accepted an earlier one, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRow {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which version.
    pub version: VersionLabel,
    /// The last sender that was looked at.
    pub after: Option<SenderId>,
    /// When it began.
    pub created: Timestamp,
    /// When all had been looked at.
    pub finished: Option<Timestamp>,
}
