//! What events are made of.

use ombord::domain::{
    agreement::{DocumentDigest, Version},
    ids::{
        AcceptanceId, AgreementId, ConnectionId, Digest, IntegratorId, InvitationId, RecordId, SenderId, VersionLabel,
    },
    ledger::{
        Private,
        event::{Accepted, ConnectionTerms, Covered, Evidence, Invited, Signatory},
    },
    organisation_number::{LegalNumber, OrganisationNumber},
    time::Timestamp,
    vocabulary::{AuthorityBasis, ChangeClass, ContactQuality, ContentType, DeadlineFrom, EvidenceKind, Language},
};
use uuid::Uuid;

pub fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub fn integrator() -> IntegratorId {
    IntegratorId::parse("lonebyran").unwrap()
}

pub fn agreement() -> AgreementId {
    AgreementId::parse("dpa-payslip").unwrap()
}

pub fn label() -> VersionLabel {
    VersionLabel::parse("2026-01").unwrap()
}

pub fn number(text: &str) -> LegalNumber {
    OrganisationNumber::parse(text).unwrap().legal().unwrap()
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn private(n: u128) -> Private {
    Private { record_id: RecordId(uuid(n)), commitment: Digest::of(&n.to_be_bytes()) }
}

pub fn evidence() -> Vec<Evidence> {
    vec![
        Evidence { kind: EvidenceKind::SignedScan, sha256: Some(Digest::of(b"scan")), reference: None },
        Evidence { kind: EvidenceKind::EidReference, sha256: None, reference: Some(private(20)) },
    ]
}

pub fn covered(n: u128, text: &str) -> Covered {
    Covered { sender_id: SenderId(uuid(n)), number: number(text) }
}

pub fn terms(sole_trader: bool) -> ConnectionTerms {
    ConnectionTerms {
        legal_name: (!sole_trader).then(|| "Åkessons Bageri \"Bullen\" AB".to_owned()),
        private_name: sole_trader.then(|| private(21)),
        external_reference: "customer-17".to_owned(),
        content_types: vec![ContentType::Payslip, ContentType::Letter],
        contact: Some(private(22)),
        contact_quality: ContactQuality::Fine,
    }
}

pub fn version() -> Version {
    Version {
        label: label(),
        documents: vec![
            DocumentDigest { language: Language::Sv, sha256: Digest::of(b"sv"), pdf_sha256: Some(Digest::of(b"pdf")) },
            DocumentDigest { language: Language::En, sha256: Digest::of(b"en"), pdf_sha256: None },
        ],
        specification_sha256: Digest::of(b"specification"),
        undelivered_retention_days: 390,
        support_retention_days: 75,
        change_class: ChangeClass::Major,
        effective: time("2026-02-01T00:00:00Z"),
        published: time("2026-01-15T08:30:00.000001Z"),
        grace_seconds: 2_592_000,
        deadline_from: DeadlineFrom::Publication,
        withdrawn: false,
        revision: 42,
    }
}

pub fn accepted() -> Vec<Accepted> {
    vec![Accepted {
        acceptance_id: AcceptanceId(uuid(8)),
        agreement_id: agreement(),
        version: label(),
        language: Language::Sv,
        document_sha256: Digest::of(b"sv"),
        specification_sha256: Digest::of(b"specification"),
    }]
}

pub fn signatory(n: u128) -> Signatory {
    Signatory { person: Some(private(n)), authority_basis: AuthorityBasis::AuthorisedSignatory }
}

pub fn invited(n: u128) -> Invited {
    Invited {
        invitation_id: InvitationId(uuid(n)),
        sender_id: SenderId(uuid(3)),
        connection_id: ConnectionId(uuid(4)),
        integrator_id: integrator(),
    }
}
