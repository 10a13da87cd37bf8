//! One sample, and often several, of every event.

mod parts;

use ombord::domain::{
    agreement::Version,
    ids::{
        AcceptanceId, ConnectionId, DeclineId, Digest, ExceptionId, InvitationId, LedgerId, MessageId, RecordId,
        SenderId,
    },
    ledger::{
        Event,
        event::{Accepted, ConnectionTerms, Signatory},
    },
    mail::LinkPurpose,
    specification::LocalText,
    vocabulary::{
        AgreementKind, Assurance, AuthorityBasis, ContactQuality, ContentType, DeadlineFrom, Enforcement,
        IntegratorKind, InvitationCause, InvitationState, Language, Method,
    },
};
use parts::{accepted, agreement, covered, evidence, invited, label, number, signatory, terms, version};
pub use parts::{integrator, private, time, uuid};

/// The samples, by file name; and a match over all variants without a wildcard, so that a new one has to be listed.
macro_rules! samples {
    ($($variant:ident: $($file:literal = { $($fields:tt)* }),+;)+) => {
        pub fn samples() -> Vec<(&'static str, Event)> {
            vec![$($(($file, Event::$variant { $($fields)* })),+),+]
        }

        pub fn listed(event: &Event) {
            match event {
                $(Event::$variant { .. } => {})+
            }
        }
    };
}

samples! {
    IntegratorCreated: "integrator_created" = {
        integrator_id: integrator(),
        display_name: "Lönebyrån i Växjö AB".to_owned(),
        number: number("556016-0680"),
        kind: IntegratorKind::PayrollBureau,
        email_domains: vec!["lonebyran.example".to_owned()],
    };
    IntegratorUpdated: "integrator_updated" = {
        integrator_id: integrator(),
        display_name: "Lönebyrån AB".to_owned(),
        kind: IntegratorKind::OutputVendor,
        email_domains: vec![],
    };
    IntegratorSuspended: "integrator_suspended" = { integrator_id: integrator(), reason: private(1) };
    IntegratorResumed: "integrator_resumed" = { integrator_id: integrator(), reason: private(7) };
    AgreementCreated: "agreement_created" = {
        agreement_id: agreement(),
        kind: AgreementKind::Dpa,
        titles: vec![
            LocalText { language: Language::Sv, text: "Biträdesavtal för lönebesked".to_owned() },
            LocalText { language: Language::En, text: "Data processing agreement for payslips".to_owned() },
        ],
        content_types: vec![ContentType::Payslip],
        enforcement: Enforcement::Recommended,
        minimum_assurance: Assurance::IntegratorAttested,
    };
    EnforcementSet:
        "enforcement_set" = {
            agreement_id: agreement(),
            integrator_id: None,
            enforcement: Enforcement::Required,
            minimum_assurance: Assurance::SenderConfirmed,
            effective: time("2026-03-01T00:00:00Z"),
        },
        "enforcement_set_for_integrator" = {
            agreement_id: agreement(),
            integrator_id: Some(integrator()),
            enforcement: Enforcement::Required,
            minimum_assurance: Assurance::EidVerified,
            effective: time("2026-03-01T00:00:00Z"),
        };
    VersionPublished:
        "version_published" = { agreement_id: agreement(), version: version() },
        "version_published_notice" = {
            agreement_id: agreement(),
            version: Version { deadline_from: DeadlineFrom::Notice, ..version() },
        };
    VersionWithdrawn: "version_withdrawn" = { agreement_id: agreement(), version: label(), reason: private(2) };
    SenderRegistered:
        "sender_registered" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            number: Some(number("556703-7485")),
            private_number: None,
            terms: terms(false),
            contact_confirmed: false,
        },
        "sender_registered_with_the_contact_point_before" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            number: Some(number("556703-7485")),
            private_number: None,
            terms: terms(false),
            contact_confirmed: true,
        },
        "sender_registered_sole_trader" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            number: None,
            private_number: Some(private(5)),
            terms: terms(true),
            contact_confirmed: false,
        };
    ConnectionUpdated:
        "connection_updated" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            terms: ConnectionTerms { contact: None, contact_quality: ContactQuality::Missing, ..terms(false) },
            reconfirms: vec![],
        },
        "connection_updated_reconfirms" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            terms: terms(false),
            reconfirms: vec![AcceptanceId(uuid(8)), AcceptanceId(uuid(9))],
        };
    ConnectionConfirmed: "connection_confirmed" = {
        sender_id: SenderId(uuid(3)),
        connection_id: ConnectionId(uuid(4)),
        evidence: evidence(),
    };
    ConnectionEnded: "connection_ended" = { sender_id: SenderId(uuid(3)), connection_id: ConnectionId(uuid(4)) };
    SenderSuspended: "sender_suspended" = { sender_id: SenderId(uuid(3)), reason: private(6) };
    SenderResumed: "sender_resumed" = { sender_id: SenderId(uuid(3)), reason: private(7) };
    AcceptanceRecorded:
        "acceptance_recorded" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            accepted: accepted(),
            signatories: vec![signatory(9)],
            authority_declared: true,
            method: Method::SignedDocument,
            assurance: Assurance::IntegratorAttested,
            accept_time: time("2026-01-20T10:11:12.131415Z"),
            evidence: evidence(),
            contact: Some(private(10)),
            contact_quality: Some(ContactQuality::LooksPersonal),
            covered: vec![covered(11, "556016-0680")],
            group_permission_declared: true,
            retroactive_delivery: true,
            invitations: vec![],
        },
        "acceptance_recorded_import" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            accepted: vec![Accepted {
                acceptance_id: AcceptanceId(uuid(8)),
                agreement_id: agreement(),
                version: label(),
                language: Language::En,
                document_sha256: Digest::of(b"en"),
                specification_sha256: Digest::of(b"specification"),
            }],
            signatories: vec![Signatory { person: None, authority_basis: AuthorityBasis::NotRecorded }],
            authority_declared: false,
            method: Method::Import,
            assurance: Assurance::Imported,
            accept_time: time("2018-05-25T00:00:00Z"),
            evidence: vec![],
            contact: None,
            contact_quality: None,
            covered: vec![],
            group_permission_declared: false,
            retroactive_delivery: false,
            invitations: vec![],
        },
        "acceptance_recorded_hosted_form" = {
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            accepted: accepted(),
            signatories: vec![
                signatory(9),
                Signatory { person: Some(private(30)), authority_basis: AuthorityBasis::ManagingDirector },
            ],
            authority_declared: true,
            method: Method::HostedForm,
            assurance: Assurance::SenderConfirmed,
            accept_time: time("2026-01-20T10:11:12.131415Z"),
            evidence: vec![],
            contact: Some(private(10)),
            contact_quality: Some(ContactQuality::Fine),
            covered: vec![],
            group_permission_declared: false,
            retroactive_delivery: false,
            invitations: vec![InvitationId(uuid(31)), InvitationId(uuid(32))],
        };
    DeclineRecorded:
        "decline_recorded" = {
            decline_id: DeclineId(uuid(12)),
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            agreement_id: agreement(),
            version: label(),
            signatories: vec![Signatory { person: Some(private(9)), authority_basis: AuthorityBasis::PowerOfAttorney }],
            authority_declared: true,
            method: Method::ElectronicIdentification,
            assurance: Assurance::IntegratorAttested,
            decline_time: time("2026-01-21T00:00:00Z"),
            evidence: evidence(),
            reason: Some(private(13)),
            invitation_id: None,
        },
        "decline_recorded_without_reason" = {
            decline_id: DeclineId(uuid(12)),
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            agreement_id: agreement(),
            version: label(),
            signatories: vec![],
            authority_declared: false,
            method: Method::IntegratorForm,
            assurance: Assurance::IntegratorAttested,
            decline_time: time("2026-01-21T00:00:00Z"),
            evidence: vec![],
            reason: None,
            invitation_id: None,
        },
        "decline_recorded_hosted_form" = {
            decline_id: DeclineId(uuid(12)),
            sender_id: SenderId(uuid(3)),
            connection_id: ConnectionId(uuid(4)),
            integrator_id: integrator(),
            agreement_id: agreement(),
            version: label(),
            signatories: vec![signatory(9)],
            authority_declared: true,
            method: Method::HostedForm,
            assurance: Assurance::SenderConfirmed,
            decline_time: time("2026-01-21T00:00:00Z"),
            evidence: vec![],
            reason: None,
            invitation_id: Some(InvitationId(uuid(31))),
        };
    GroupCoverageEnded: "group_coverage_ended" = {
        acceptance_id: AcceptanceId(uuid(8)),
        sender_id: SenderId(uuid(3)),
        covered: covered(11, "556016-0680"),
    };
    AcceptanceInvalidated: "acceptance_invalidated" = {
        acceptance_id: AcceptanceId(uuid(8)),
        sender_id: SenderId(uuid(3)),
        covered: vec![covered(11, "556016-0680")],
        reason: private(14),
    };
    ExceptionProposed:
        "exception_proposed_for_sender" = {
            exception_id: ExceptionId(uuid(15)),
            sender_id: Some(SenderId(uuid(3))),
            integrator_id: None,
            until: time("2026-01-25T12:00:00Z"),
            reason: private(16),
        },
        "exception_proposed_for_integrator" = {
            exception_id: ExceptionId(uuid(15)),
            sender_id: None,
            integrator_id: Some(integrator()),
            until: time("2026-01-25T12:00:00Z"),
            reason: private(16),
        };
    ExceptionApproved: "exception_approved" = {
        exception_id: ExceptionId(uuid(15)),
        sender_id: Some(SenderId(uuid(3))),
        integrator_id: None,
    };
    ExceptionEnded: "exception_ended" = {
        exception_id: ExceptionId(uuid(15)),
        sender_id: None,
        integrator_id: Some(integrator()),
    };
    InvitationCreated:
        "invitation_created" = {
            about: invited(31),
            recipient: private(33),
            language: Language::Sv,
            two_signatories: true,
            cause: InvitationCause::Requested,
            replaces: None,
            joint_with: None,
        },
        "invitation_created_forwarded" = {
            about: invited(34),
            recipient: private(35),
            language: Language::En,
            two_signatories: false,
            cause: InvitationCause::Forwarded,
            replaces: Some(InvitationId(uuid(31))),
            joint_with: None,
        },
        "invitation_created_for_the_second" = {
            about: invited(32),
            recipient: private(36),
            language: Language::Sv,
            two_signatories: true,
            cause: InvitationCause::SecondSignatory,
            replaces: None,
            joint_with: Some(InvitationId(uuid(31))),
        };
    LinkMinted:
        "link_minted" = {
            sender_id: SenderId(uuid(12)),
            purpose: LinkPurpose::Form { invitation_id: InvitationId(uuid(31)) },
            token_sha256: Digest::of(b"token"),
            message_id: MessageId(uuid(37)),
            recipient: RecordId(uuid(33)),
            address: None,
        },
        "link_minted_with_its_address" = {
            sender_id: SenderId(uuid(12)),
            purpose: LinkPurpose::Form { invitation_id: InvitationId(uuid(31)) },
            token_sha256: Digest::of(b"a third token"),
            message_id: MessageId(uuid(39)),
            recipient: RecordId(uuid(33)),
            address: Some(Digest::of(b"address")),
        },
        "link_minted_to_contest" = {
            sender_id: SenderId(uuid(12)),
            purpose: LinkPurpose::Contest { revision: 5 },
            token_sha256: Digest::of(b"another token"),
            message_id: MessageId(uuid(38)),
            recipient: RecordId(uuid(10)),
            address: None,
        };
    InvitationSent: "invitation_sent" = { about: invited(31), message_id: MessageId(uuid(37)) };
    InvitationBounced: "invitation_bounced" = { about: invited(31), message_id: MessageId(uuid(37)) };
    InvitationEnded:
        "invitation_ended" = { about: invited(31), state: InvitationState::NotOurs },
        "invitation_ended_by_another" = { about: invited(31), state: InvitationState::Superseded };
    FirstSignatureGiven: "first_signature_given" = {
        about: invited(31),
        accepted: accepted(),
        signatory: signatory(9),
        second: private(36),
        contact: Some(private(10)),
        covered: vec![number("556016-0680")],
        group_permission_declared: true,
        retroactive_delivery: true,
    };
    AcceptanceContested:
        "acceptance_contested" = {
            acceptance_ids: vec![AcceptanceId(uuid(8)), AcceptanceId(uuid(38))],
            sender_id: SenderId(uuid(3)),
            covered: vec![covered(11, "556016-0680")],
            until: time("2026-01-30T00:00:00Z"),
            reason: Some(private(39)),
        },
        "acceptance_contested_without_reason" = {
            acceptance_ids: vec![AcceptanceId(uuid(8))],
            sender_id: SenderId(uuid(3)),
            covered: vec![],
            until: time("2026-01-30T00:00:00Z"),
            reason: None,
        };
    ContestResolved: "contest_resolved" = {
        acceptance_ids: vec![AcceptanceId(uuid(8)), AcceptanceId(uuid(38))],
        sender_id: SenderId(uuid(3)),
        covered: vec![covered(11, "556016-0680")],
        reason: private(40),
    };
    ConnectionContested: "connection_contested" = {
        sender_id: SenderId(uuid(3)),
        connection_id: ConnectionId(uuid(4)),
        until: time("2026-01-30T00:00:00Z"),
        reason: Some(private(39)),
    };
    ConnectionContestResolved: "connection_contest_resolved" = {
        sender_id: SenderId(uuid(3)),
        connection_id: ConnectionId(uuid(4)),
        reason: private(40),
    };
    NoticeGiven: "notice_given" = {
        sender_id: SenderId(uuid(3)), agreement_id: agreement(), version: label(), message_id: MessageId(uuid(41)),
    };
    NoticeFailed: "notice_failed" = {
        sender_id: SenderId(uuid(3)), agreement_id: agreement(), version: label(), message_id: MessageId(uuid(41)),
    };
    MailUndelivered:
        "mail_undelivered" = {
            sender_id: SenderId(uuid(3)),
            message_id: MessageId(uuid(42)),
            connection_id: Some(ConnectionId(uuid(4))),
            confirms: vec![],
        },
        "mail_undelivered_confirmation" = {
            sender_id: SenderId(uuid(3)),
            message_id: MessageId(uuid(42)),
            connection_id: None,
            confirms: vec![AcceptanceId(uuid(8)), AcceptanceId(uuid(38))],
        };
    RollbackAccepted: "rollback_accepted" = {
        former_ledger_id: LedgerId(uuid(43)),
        former_size: 1_000_000,
        former_root: Digest::of(b"root"),
        reason: private(44),
    };
}
