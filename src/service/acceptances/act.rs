//! What is asked to be recorded: that a sender accepted, or declined.

use crate::{
    domain::{
        ids::{AgreementId, InvitationId, VersionLabel},
        organisation_number::LegalNumber,
        recording::{Shown, Signer},
        time::Timestamp,
        vocabulary::Method,
    },
    service::senders::{evidence::GivenEvidence, resolve::SenderName},
};

/// One accepted version, and what was shown of it.
#[derive(Debug)]
pub struct Document {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which version.
    pub version: VersionLabel,
    /// What was shown.
    pub shown: Shown,
}

/// Records that a sender accepted one or more agreements in one act: all of it or nothing. Holds personal data: not to be
/// printed.
pub struct RecordAcceptance {
    /// The sender, and the integrator it acts through.
    pub sender: SenderName,
    /// What was accepted.
    pub documents: Vec<Document>,
    /// Who accepted (R4).
    pub signatories: Vec<Signer>,
    /// They declared that they have authority (R4).
    pub authority_declared: bool,
    /// How it was given.
    pub method: Method,
    /// When; now where absent, which an import does not allow.
    pub accept_time: Option<Timestamp>,
    /// Proof.
    pub evidence: Vec<GivenEvidence>,
    /// The contact point's address (R6).
    pub contact: Option<String>,
    /// The companies covered (R7).
    pub covered: Vec<LegalNumber>,
    /// Those have given their permission (R7).
    pub group_permission_declared: bool,
    /// Undelivered items are to be kept (R8).
    pub retroactive_delivery: bool,
    /// The invitations it came through, for the hosted form.
    pub invitations: Vec<InvitationId>,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
}

/// Records that a sender said no to a version. Holds personal data: not to be printed.
pub struct RecordDecline {
    /// The sender, and the integrator it acts through.
    pub sender: SenderName,
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which version.
    pub version: VersionLabel,
    /// Who declined; may be nobody.
    pub signatories: Vec<Signer>,
    /// How it was given.
    pub method: Method,
    /// When; now where absent, which an import does not allow.
    pub decline_time: Option<Timestamp>,
    /// Proof.
    pub evidence: Vec<GivenEvidence>,
    /// What the sender gave as its reason.
    pub reason: Option<String>,
    /// The invitation it came through, for the hosted form, where the person declared to have authority. Otherwise none is
    /// asked for: saying no needs no declaration.
    pub invitation: Option<InvitationId>,
}
