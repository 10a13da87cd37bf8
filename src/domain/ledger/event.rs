//! What can happen. Personal data never stands here, only [`Private`] references with salted commitments.

mod about;
mod parts;

pub use about::Touched;
pub use parts::{Accepted, ConnectionTerms, Covered, Evidence, Invited, Signatory};

use super::commitment::Private;
use crate::domain::{
    agreement::Version,
    ids::{
        AcceptanceId, AgreementId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, InvitationId, LedgerId,
        MessageId, RecordId, SenderId, VersionLabel,
    },
    mail::LinkPurpose,
    organisation_number::LegalNumber,
    specification::LocalText,
    time::Timestamp,
    vocabulary::{
        AgreementKind, Assurance, ContactQuality, ContentType, Enforcement, IntegratorKind, InvitationCause,
        InvitationState, Language, Method,
    },
};
use serde::{Deserialize, Serialize};

/// One change of state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Event {
    /// An operator made an integrator.
    IntegratorCreated {
        /// Its slug.
        integrator_id: IntegratorId,
        /// Its name.
        display_name: String,
        /// Its number.
        number: LegalNumber,
        /// What it is.
        kind: IntegratorKind,
        /// The domains of its own people.
        email_domains: Vec<String>,
    },
    /// An operator changed an integrator; all values as they are now.
    IntegratorUpdated {
        /// Which.
        integrator_id: IntegratorId,
        /// Its name.
        display_name: String,
        /// What it is.
        kind: IntegratorKind,
        /// The domains of its own people.
        email_domains: Vec<String>,
    },
    /// An operator suspended an integrator.
    IntegratorSuspended {
        /// Which.
        integrator_id: IntegratorId,
        /// Why.
        reason: Private,
    },
    /// An operator resumed an integrator.
    IntegratorResumed {
        /// Which.
        integrator_id: IntegratorId,
        /// Why.
        reason: Private,
    },
    /// An operator made an agreement.
    AgreementCreated {
        /// Its slug.
        agreement_id: AgreementId,
        /// What it is.
        kind: AgreementKind,
        /// Its titles.
        titles: Vec<LocalText>,
        /// The content types it lists; all where empty.
        content_types: Vec<ContentType>,
        /// Whether a missing acceptance stops sending.
        enforcement: Enforcement,
        /// The least assurance that counts.
        minimum_assurance: Assurance,
    },
    /// An operator changed the enforcement from a date on.
    EnforcementSet {
        /// Of which agreement.
        agreement_id: AgreementId,
        /// For one integrator, or for all.
        integrator_id: Option<IntegratorId>,
        /// Whether a missing acceptance stops sending.
        enforcement: Enforcement,
        /// The least assurance that counts.
        minimum_assurance: Assurance,
        /// From when on.
        effective: Timestamp,
    },
    /// An operator published a version.
    VersionPublished {
        /// Of which agreement.
        agreement_id: AgreementId,
        /// The version.
        version: Version,
    },
    /// An operator withdrew a version before it took effect.
    VersionWithdrawn {
        /// Of which agreement.
        agreement_id: AgreementId,
        /// Which.
        version: VersionLabel,
        /// Why.
        reason: Private,
    },
    /// An integrator registered a sender, which made a connection, and the sender where it was not known.
    SenderRegistered {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
        /// With whom.
        integrator_id: IntegratorId,
        /// A legal person's number.
        number: Option<LegalNumber>,
        /// A sole trader's number.
        private_number: Option<Private>,
        /// What the integrator wrote.
        terms: ConnectionTerms,
        /// Whether the contact point is the one that the sender's person confirmed over the connection before (R6).
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        contact_confirmed: bool,
    },
    /// The integrator changed what it writes.
    ConnectionUpdated {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
        /// All values as they are now.
        terms: ConnectionTerms,
        /// The acceptances whose confirmation had not arrived and goes to the new contact point (R5).
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        reconfirms: Vec<AcceptanceId>,
    },
    /// The sender's instruction, or the operator, confirmed a connection.
    ConnectionConfirmed {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
        /// The instruction's evidence.
        evidence: Vec<Evidence>,
    },
    /// A connection ended.
    ConnectionEnded {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
    },
    /// An operator suspended a sender.
    SenderSuspended {
        /// Which.
        sender_id: SenderId,
        /// Why.
        reason: Private,
    },
    /// An operator resumed a sender.
    SenderResumed {
        /// Which.
        sender_id: SenderId,
        /// Why.
        reason: Private,
    },
    /// A sender accepted one or more agreements in one act. It confirms the connection it came through.
    AcceptanceRecorded {
        /// The sender.
        sender_id: SenderId,
        /// Through which connection.
        connection_id: ConnectionId,
        /// Through which integrator.
        integrator_id: IntegratorId,
        /// One acceptance for each agreement.
        accepted: Vec<Accepted>,
        /// Who signed.
        signatories: Vec<Signatory>,
        /// Whether the authority to sign was declared (R4).
        authority_declared: bool,
        /// How it came about.
        method: Method,
        /// How sure it is.
        assurance: Assurance,
        /// When it happened.
        accept_time: Timestamp,
        /// The proof.
        evidence: Vec<Evidence>,
        /// The contact point given with it; it becomes the connection's.
        contact: Option<Private>,
        /// What is known of that contact point.
        contact_quality: Option<ContactQuality>,
        /// The group companies it covers (R7).
        covered: Vec<Covered>,
        /// Whether the permission of those was declared (R7).
        group_permission_declared: bool,
        /// Whether undelivered items may be kept (R8).
        retroactive_delivery: bool,
        /// The invitations it came through: one for each signatory of the hosted form.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        invitations: Vec<InvitationId>,
    },
    /// A sender declined one version. It confirms the connection it came through.
    DeclineRecorded {
        /// The decline.
        decline_id: DeclineId,
        /// The sender.
        sender_id: SenderId,
        /// Through which connection.
        connection_id: ConnectionId,
        /// Through which integrator.
        integrator_id: IntegratorId,
        /// Of which agreement.
        agreement_id: AgreementId,
        /// Of which version.
        version: VersionLabel,
        /// Who declined.
        signatories: Vec<Signatory>,
        /// Whether the authority was declared.
        authority_declared: bool,
        /// How it came about.
        method: Method,
        /// How sure it is.
        assurance: Assurance,
        /// When it happened.
        decline_time: Timestamp,
        /// The proof.
        evidence: Vec<Evidence>,
        /// What the sender gave as its reason.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<Private>,
        /// The invitation it came through, if it came through one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        invitation_id: Option<InvitationId>,
    },
    /// Coverage of one company ended.
    GroupCoverageEnded {
        /// Of which acceptance.
        acceptance_id: AcceptanceId,
        /// The sender that covered.
        sender_id: SenderId,
        /// The company that is no longer covered.
        covered: Covered,
    },
    /// An operator invalidated an acceptance, for good; its coverage goes along.
    AcceptanceInvalidated {
        /// Which.
        acceptance_id: AcceptanceId,
        /// The sender.
        sender_id: SenderId,
        /// The companies it covered.
        covered: Vec<Covered>,
        /// Why.
        reason: Private,
    },
    /// An operator proposed an exception.
    ExceptionProposed {
        /// Its id.
        exception_id: ExceptionId,
        /// For one sender.
        sender_id: Option<SenderId>,
        /// For all senders of one integrator.
        integrator_id: Option<IntegratorId>,
        /// Its end.
        until: Timestamp,
        /// Why.
        reason: Private,
    },
    /// A second operator approved it.
    ExceptionApproved {
        /// Its id.
        exception_id: ExceptionId,
        /// For one sender.
        sender_id: Option<SenderId>,
        /// For all senders of one integrator.
        integrator_id: Option<IntegratorId>,
    },
    /// An operator ended it early.
    ExceptionEnded {
        /// Its id.
        exception_id: ExceptionId,
        /// For one sender.
        sender_id: Option<SenderId>,
        /// For all senders of one integrator.
        integrator_id: Option<IntegratorId>,
    },
    /// A person of the sender was invited to the hosted form.
    InvitationCreated {
        /// Which invitation.
        #[serde(flatten)]
        about: Invited,
        /// The address.
        recipient: Private,
        /// The language of mail and form.
        language: Language,
        /// Whether two persons must sign.
        two_signatories: bool,
        /// How it came about.
        cause: InvitationCause,
        /// The invitation that it takes the place of.
        replaces: Option<InvitationId>,
        /// For the second signatory: the first one's invitation.
        joint_with: Option<InvitationId>,
    },
    /// A link was made for one try of a mail, before the mail went out: nothing but an entry makes a link that opens.
    LinkMinted {
        /// The sender.
        sender_id: SenderId,
        /// Where it leads.
        purpose: LinkPurpose,
        /// SHA-256 of the token, which is random: nobody can follow it from here.
        token_sha256: Digest,
        /// The mail that carries it.
        message_id: MessageId,
        /// The record of the address that it goes to.
        recipient: RecordId,
        /// The commitment to that address as it was mailed, so that none stands in its place for a moment. Links of older
        /// schemas say nothing of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<Digest>,
    },
    /// The mail with the link went out.
    InvitationSent {
        /// Which invitation.
        #[serde(flatten)]
        about: Invited,
        /// The mail.
        message_id: MessageId,
    },
    /// The mail with the link came back.
    InvitationBounced {
        /// Which invitation.
        #[serde(flatten)]
        about: Invited,
        /// The mail.
        message_id: MessageId,
    },
    /// An invitation ended without an act of the sender: not ours, cancelled or superseded.
    InvitationEnded {
        /// Which invitation.
        #[serde(flatten)]
        about: Invited,
        /// How.
        state: InvitationState,
    },
    /// The first of two persons signed. It counts for nothing until the second has.
    FirstSignatureGiven {
        /// Through which invitation.
        #[serde(flatten)]
        about: Invited,
        /// What was accepted; the ids are those of the acceptances to come.
        accepted: Vec<Accepted>,
        /// Who signed.
        signatory: Signatory,
        /// The name and address of the second.
        second: Private,
        /// The contact point given with it.
        contact: Option<Private>,
        /// The group companies to be covered (R7).
        covered: Vec<LegalNumber>,
        /// Whether the permission of those was declared (R7).
        group_permission_declared: bool,
        /// Whether undelivered items may be kept (R8).
        retroactive_delivery: bool,
    },
    /// The sender says that an acceptance was not its own. It counts until the deadline, then no more.
    AcceptanceContested {
        /// All acceptances of the act.
        acceptance_ids: Vec<AcceptanceId>,
        /// The sender.
        sender_id: SenderId,
        /// The companies it covers.
        covered: Vec<Covered>,
        /// When it stops counting unless the operator resolves it.
        until: Timestamp,
        /// What the sender said.
        reason: Option<Private>,
    },
    /// The operator found a contest to be without ground: the acceptance stands.
    ContestResolved {
        /// All acceptances of the act.
        acceptance_ids: Vec<AcceptanceId>,
        /// The sender.
        sender_id: SenderId,
        /// The companies it covers.
        covered: Vec<Covered>,
        /// Why.
        reason: Private,
    },
    /// The sender says that it has nothing to do with the integrator. The connection holds until the deadline.
    ConnectionContested {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
        /// When it counts as unconfirmed unless the operator resolves it.
        until: Timestamp,
        /// What the sender said.
        reason: Option<Private>,
    },
    /// The operator found a contest to be without ground: the connection stands.
    ConnectionContestResolved {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
        /// Why.
        reason: Private,
    },
    /// A new version was mailed to the sender (R19).
    NoticeGiven {
        /// The sender.
        sender_id: SenderId,
        /// Of which agreement.
        agreement_id: AgreementId,
        /// Which version.
        version: VersionLabel,
        /// The mail.
        message_id: MessageId,
    },
    /// Every mail that told the sender of a new version came back: it was not told (R19).
    NoticeFailed {
        /// The sender.
        sender_id: SenderId,
        /// Of which agreement.
        agreement_id: AgreementId,
        /// Which version.
        version: VersionLabel,
        /// The last mail.
        message_id: MessageId,
    },
    /// A mail to the sender came back, or was given up.
    MailUndelivered {
        /// The sender.
        sender_id: SenderId,
        /// The mail.
        message_id: MessageId,
        /// The connection whose contact point the address is.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        connection_id: Option<ConnectionId>,
        /// The acceptances that the mail confirmed to the person who gave them (R5).
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        confirms: Vec<AcceptanceId>,
    },
    /// The operator went on from a database that is older than a checkpoint seen elsewhere.
    RollbackAccepted {
        /// The ledger that lost entries.
        former_ledger_id: LedgerId,
        /// How many entries it had.
        former_size: u64,
        /// The root of its tree then.
        former_root: Digest,
        /// Why.
        reason: Private,
    },
}
