//! What several events say in the same way.

use crate::domain::{
    ids::{AcceptanceId, AgreementId, ConnectionId, Digest, IntegratorId, InvitationId, SenderId, VersionLabel},
    ledger::commitment::Private,
    organisation_number::LegalNumber,
    vocabulary::{AuthorityBasis, ContactQuality, ContentType, EvidenceKind, Language},
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

/// What every event about an invitation says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The invitation.
    pub invitation_id: InvitationId,
    /// The sender.
    pub sender_id: SenderId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// With whom.
    pub integrator_id: IntegratorId,
}
