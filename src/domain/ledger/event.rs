//! What can happen. Personal data never stands here, only [`Private`] references with salted commitments.

use super::commitment::Private;
use crate::domain::{
    agreement::Version,
    ids::{
        AcceptanceId, AgreementId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, SenderId, VersionLabel,
    },
    organisation_number::LegalNumber,
    specification::LocalText,
    time::Timestamp,
    vocabulary::{
        AgreementKind, Assurance, AuthorityBasis, ContactQuality, ContentType, Enforcement, EvidenceKind,
        IntegratorKind, Language, Method,
    },
};
use serde::{Deserialize, Serialize};

/// Proof of an act, kept by whoever recorded it: the digest, and a reference in the private table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Of the scan or record; absent for an electronic identification's reference alone.
    pub sha256: Option<Digest>,
    /// Where to find it.
    pub reference: Option<Private>,
}

/// A person who accepted or declined for the sender (R4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    /// Name, role and address; absent where a migrated record names nobody.
    pub person: Option<Private>,
    /// Why the person may sign.
    pub authority_basis: AuthorityBasis,
}

/// A company covered by another's acceptance (R7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The covered sender; made without a connection where it was not known.
    pub sender_id: SenderId,
    /// Its number.
    pub number: LegalNumber,
}

/// One accepted version, with the digests that the acceptance binds (R9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The acceptance.
    pub acceptance_id: AcceptanceId,
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Of which version.
    pub version: VersionLabel,
    /// The language that was shown.
    pub language: Language,
    /// Of the document that was shown.
    pub document_sha256: Digest,
    /// Of the specification that was shown.
    pub specification_sha256: Digest,
}

/// What a connection says, as the integrator wrote it. Names of sole traders and addresses are private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionTerms {
    /// A legal person's name.
    pub legal_name: Option<String>,
    /// A sole trader's name.
    pub private_name: Option<Private>,
    /// The integrator's own key for the sender; its shape keeps personal data out.
    pub external_reference: String,
    /// What the sender means to send.
    pub content_types: Vec<ContentType>,
    /// The contact point.
    pub contact: Option<Private>,
    /// What is known of the contact point.
    pub contact_quality: ContactQuality,
}

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
    },
    /// The integrator changed what it writes.
    ConnectionUpdated {
        /// The sender.
        sender_id: SenderId,
        /// The connection.
        connection_id: ConnectionId,
        /// All values as they are now.
        terms: ConnectionTerms,
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
}

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
            Self::GroupCoverageEnded { .. } => "GROUP_COVERAGE_ENDED",
            Self::AcceptanceInvalidated { .. } => "ACCEPTANCE_INVALIDATED",
            Self::ExceptionProposed { .. } => "EXCEPTION_PROPOSED",
            Self::ExceptionApproved { .. } => "EXCEPTION_APPROVED",
            Self::ExceptionEnded { .. } => "EXCEPTION_ENDED",
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
            | Self::DeclineRecorded { sender_id, .. } => sender(sender_id),
            Self::AcceptanceRecorded { sender_id, covered, .. }
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
            | Self::DeclineRecorded { connection_id, .. } => Some(connection_id),
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
            | Self::ExceptionProposed { reason, .. } => vec![*reason],
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
            | Self::ExceptionEnded { .. } => Vec::new(),
        }
    }
}
