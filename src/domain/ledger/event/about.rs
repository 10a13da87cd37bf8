//! What an event is about: its name and schema, the aggregates it changes, and the personal data it refers to.

use super::{ConnectionTerms, Event, Evidence, Signatory};
use crate::domain::{
    ids::{AgreementId, ConnectionId, IntegratorId, SenderId},
    ledger::commitment::Private,
    vocabulary::{DeadlineFrom, Method},
};

/// The aggregates that an event changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// An integrator.
    pub integrator: Option<IntegratorId>,
    /// An agreement.
    pub agreement: Option<AgreementId>,
    /// Senders, the one the event is about first.
    pub senders: Vec<SenderId>,
}

impl Event {
    /// The type of [`Self::ContestResolved`].
    pub const CONTEST_RESOLVED: &'static str = "CONTEST_RESOLVED";
    /// The type of [`Self::ConnectionContestResolved`].
    pub const CONNECTION_CONTEST_RESOLVED: &'static str = "CONNECTION_CONTEST_RESOLVED";
    /// The type of [`Self::GroupCoverageEnded`].
    pub const GROUP_COVERAGE_ENDED: &'static str = "GROUP_COVERAGE_ENDED";
    /// The type of [`Self::AcceptanceInvalidated`].
    pub const ACCEPTANCE_INVALIDATED: &'static str = "ACCEPTANCE_INVALIDATED";
    /// The type of [`Self::RollbackAccepted`].
    pub const ROLLBACK_ACCEPTED: &'static str = "ROLLBACK_ACCEPTED";

    /// The event's type as it stands in its JSON; what auditors filter on.
    pub fn name(&self) -> &'static str {
        match self {
            Self::IntegratorCreated { .. } => "INTEGRATOR_CREATED",
            Self::IntegratorUpdated { .. } => "INTEGRATOR_UPDATED",
            Self::IntegratorSuspended { .. } => "INTEGRATOR_SUSPENDED",
            Self::IntegratorResumed { .. } => "INTEGRATOR_RESUMED",
            Self::AgreementCreated { .. } => "AGREEMENT_CREATED",
            Self::EnforcementSet { .. } => "ENFORCEMENT_SET",
            Self::VersionPublished { .. } => "VERSION_PUBLISHED",
            Self::VersionWithdrawn { .. } => "VERSION_WITHDRAWN",
            Self::SenderRegistered { .. } => "SENDER_REGISTERED",
            Self::ConnectionUpdated { .. } => "CONNECTION_UPDATED",
            Self::ConnectionConfirmed { .. } => "CONNECTION_CONFIRMED",
            Self::ConnectionEnded { .. } => "CONNECTION_ENDED",
            Self::SenderSuspended { .. } => "SENDER_SUSPENDED",
            Self::SenderResumed { .. } => "SENDER_RESUMED",
            Self::AcceptanceRecorded { .. } => "ACCEPTANCE_RECORDED",
            Self::DeclineRecorded { .. } => "DECLINE_RECORDED",
            Self::GroupCoverageEnded { .. } => Self::GROUP_COVERAGE_ENDED,
            Self::AcceptanceInvalidated { .. } => Self::ACCEPTANCE_INVALIDATED,
            Self::ExceptionProposed { .. } => "EXCEPTION_PROPOSED",
            Self::ExceptionApproved { .. } => "EXCEPTION_APPROVED",
            Self::ExceptionEnded { .. } => "EXCEPTION_ENDED",
            Self::InvitationCreated { .. } => "INVITATION_CREATED",
            Self::LinkMinted { .. } => "LINK_MINTED",
            Self::InvitationSent { .. } => "INVITATION_SENT",
            Self::InvitationBounced { .. } => "INVITATION_BOUNCED",
            Self::InvitationEnded { .. } => "INVITATION_ENDED",
            Self::FirstSignatureGiven { .. } => "FIRST_SIGNATURE_GIVEN",
            Self::AcceptanceContested { .. } => "ACCEPTANCE_CONTESTED",
            Self::ContestResolved { .. } => Self::CONTEST_RESOLVED,
            Self::ConnectionContested { .. } => "CONNECTION_CONTESTED",
            Self::ConnectionContestResolved { .. } => Self::CONNECTION_CONTEST_RESOLVED,
            Self::NoticeGiven { .. } => "NOTICE_GIVEN",
            Self::NoticeFailed { .. } => "NOTICE_FAILED",
            Self::MailUndelivered { .. } => "MAIL_UNDELIVERED",
            Self::RollbackAccepted { .. } => Self::ROLLBACK_ACCEPTED,
        }
    }

    /// The oldest schema whose readers know everything in the event. What is older is written as it always was.
    pub fn schema(&self) -> u32 {
        match self {
            Self::LinkMinted { address: Some(_), .. } => 4,
            Self::LinkMinted { .. } | Self::SenderRegistered { contact_confirmed: true, .. } => 3,
            Self::InvitationCreated { .. }
            | Self::InvitationSent { .. }
            | Self::InvitationBounced { .. }
            | Self::InvitationEnded { .. }
            | Self::FirstSignatureGiven { .. }
            | Self::AcceptanceContested { .. }
            | Self::ContestResolved { .. }
            | Self::ConnectionContested { .. }
            | Self::ConnectionContestResolved { .. }
            | Self::NoticeGiven { .. }
            | Self::NoticeFailed { .. }
            | Self::MailUndelivered { .. }
            | Self::RollbackAccepted { .. } => 2,
            Self::AcceptanceRecorded { method, .. } | Self::DeclineRecorded { method, .. } => match method {
                Method::HostedForm => 2,
                _ => 1,
            },
            Self::ConnectionUpdated { reconfirms, .. } if !reconfirms.is_empty() => 3,
            Self::VersionPublished { version, .. } if version.deadline_from == DeadlineFrom::Notice => 2,
            _ => 1,
        }
    }

    /// The aggregates that the event changes.
    pub fn touched(&self) -> Touched {
        let sender = |id: &SenderId| Touched { senders: vec![*id], ..Touched::default() };
        match self {
            Self::IntegratorCreated { integrator_id, .. }
            | Self::IntegratorUpdated { integrator_id, .. }
            | Self::IntegratorSuspended { integrator_id, .. }
            | Self::IntegratorResumed { integrator_id, .. } => {
                Touched { integrator: Some(integrator_id.clone()), ..Touched::default() }
            }
            Self::AgreementCreated { agreement_id, .. }
            | Self::EnforcementSet { agreement_id, .. }
            | Self::VersionPublished { agreement_id, .. }
            | Self::VersionWithdrawn { agreement_id, .. } => {
                Touched { agreement: Some(agreement_id.clone()), ..Touched::default() }
            }
            Self::SenderRegistered { sender_id, .. }
            | Self::ConnectionUpdated { sender_id, .. }
            | Self::ConnectionConfirmed { sender_id, .. }
            | Self::ConnectionEnded { sender_id, .. }
            | Self::SenderSuspended { sender_id, .. }
            | Self::SenderResumed { sender_id, .. }
            | Self::ConnectionContested { sender_id, .. }
            | Self::ConnectionContestResolved { sender_id, .. }
            | Self::NoticeGiven { sender_id, .. }
            | Self::NoticeFailed { sender_id, .. }
            | Self::MailUndelivered { sender_id, .. }
            | Self::LinkMinted { sender_id, .. }
            | Self::DeclineRecorded { sender_id, .. } => sender(sender_id),
            Self::InvitationCreated { about, .. }
            | Self::InvitationSent { about, .. }
            | Self::InvitationBounced { about, .. }
            | Self::InvitationEnded { about, .. }
            | Self::FirstSignatureGiven { about, .. } => sender(&about.sender_id),
            Self::RollbackAccepted { .. } => Touched::default(),
            Self::AcceptanceRecorded { sender_id, covered, .. }
            | Self::AcceptanceContested { sender_id, covered, .. }
            | Self::ContestResolved { sender_id, covered, .. }
            | Self::AcceptanceInvalidated { sender_id, covered, .. } => {
                let senders = std::iter::once(*sender_id).chain(covered.iter().map(|c| c.sender_id)).collect();
                Touched { senders, ..Touched::default() }
            }
            Self::GroupCoverageEnded { sender_id, covered, .. } => {
                Touched { senders: vec![*sender_id, covered.sender_id], ..Touched::default() }
            }
            Self::ExceptionProposed { sender_id, integrator_id, .. }
            | Self::ExceptionApproved { sender_id, integrator_id, .. }
            | Self::ExceptionEnded { sender_id, integrator_id, .. } => Touched {
                integrator: integrator_id.clone(),
                senders: sender_id.iter().copied().collect(),
                ..Touched::default()
            },
        }
    }

    /// The integrator that a sender's event is about, if any.
    pub fn through(&self) -> Option<&IntegratorId> {
        match self {
            Self::SenderRegistered { integrator_id, .. }
            | Self::AcceptanceRecorded { integrator_id, .. }
            | Self::DeclineRecorded { integrator_id, .. } => Some(integrator_id),
            Self::EnforcementSet { integrator_id, .. } => integrator_id.as_ref(),
            Self::InvitationCreated { about, .. }
            | Self::InvitationSent { about, .. }
            | Self::InvitationBounced { about, .. }
            | Self::InvitationEnded { about, .. }
            | Self::FirstSignatureGiven { about, .. } => Some(&about.integrator_id),
            _ => None,
        }
    }

    /// The connection that the event is about, if any.
    pub fn connection(&self) -> Option<&ConnectionId> {
        match self {
            Self::SenderRegistered { connection_id, .. }
            | Self::ConnectionUpdated { connection_id, .. }
            | Self::ConnectionConfirmed { connection_id, .. }
            | Self::ConnectionEnded { connection_id, .. }
            | Self::AcceptanceRecorded { connection_id, .. }
            | Self::DeclineRecorded { connection_id, .. }
            | Self::ConnectionContested { connection_id, .. }
            | Self::ConnectionContestResolved { connection_id, .. } => Some(connection_id),
            Self::InvitationCreated { about, .. }
            | Self::InvitationSent { about, .. }
            | Self::InvitationBounced { about, .. }
            | Self::InvitationEnded { about, .. }
            | Self::FirstSignatureGiven { about, .. } => Some(&about.connection_id),
            Self::MailUndelivered { connection_id, .. } => connection_id.as_ref(),
            _ => None,
        }
    }

    /// Every reference to personal data in the event, for verification and erasure.
    pub fn private(&self) -> Vec<Private> {
        let of_evidence = |evidence: &[Evidence]| evidence.iter().filter_map(|e| e.reference).collect::<Vec<_>>();
        let of_people = |people: &[Signatory]| people.iter().filter_map(|s| s.person).collect::<Vec<_>>();
        let of_terms =
            |terms: &ConnectionTerms| [terms.private_name, terms.contact].into_iter().flatten().collect::<Vec<_>>();
        match self {
            Self::IntegratorSuspended { reason, .. }
            | Self::IntegratorResumed { reason, .. }
            | Self::SenderSuspended { reason, .. }
            | Self::SenderResumed { reason, .. }
            | Self::VersionWithdrawn { reason, .. }
            | Self::AcceptanceInvalidated { reason, .. }
            | Self::ContestResolved { reason, .. }
            | Self::ConnectionContestResolved { reason, .. }
            | Self::RollbackAccepted { reason, .. }
            | Self::ExceptionProposed { reason, .. } => vec![*reason],
            Self::AcceptanceContested { reason, .. } | Self::ConnectionContested { reason, .. } => {
                reason.iter().copied().collect()
            }
            Self::InvitationCreated { recipient, .. } => vec![*recipient],
            Self::FirstSignatureGiven { signatory, second, contact, .. } => {
                signatory.person.iter().copied().chain([*second]).chain(*contact).collect()
            }
            Self::SenderRegistered { private_number, terms, .. } => {
                private_number.iter().copied().chain(of_terms(terms)).collect()
            }
            Self::ConnectionUpdated { terms, .. } => of_terms(terms),
            Self::ConnectionConfirmed { evidence, .. } => of_evidence(evidence),
            Self::AcceptanceRecorded { signatories, evidence, contact, .. } => {
                [of_people(signatories), of_evidence(evidence), contact.iter().copied().collect()].concat()
            }
            Self::DeclineRecorded { signatories, evidence, reason, .. } => {
                [of_people(signatories), of_evidence(evidence), reason.iter().copied().collect()].concat()
            }
            Self::IntegratorCreated { .. }
            | Self::IntegratorUpdated { .. }
            | Self::AgreementCreated { .. }
            | Self::EnforcementSet { .. }
            | Self::VersionPublished { .. }
            | Self::ConnectionEnded { .. }
            | Self::GroupCoverageEnded { .. }
            | Self::ExceptionApproved { .. }
            | Self::ExceptionEnded { .. }
            | Self::LinkMinted { .. }
            | Self::InvitationSent { .. }
            | Self::InvitationBounced { .. }
            | Self::InvitationEnded { .. }
            | Self::NoticeGiven { .. }
            | Self::NoticeFailed { .. }
            | Self::MailUndelivered { .. } => Vec::new(),
        }
    }
}
