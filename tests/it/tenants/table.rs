//! The table: a row for each RPC, with who may call it, what it can name, and what it answers about what is not there.

use super::stage::{Names, Stage, Way};
use crate::support::{
    server::request_id,
    world::{agreement, evidence, in_seconds, registration, signatory, version},
};
use ombord::{pb, service::caller::Scopes};
use prost::Message;

/// What one RPC promises.
pub struct Row {
    /// `Service/Method`.
    pub rpc: &'static str,
    /// One of these is enough.
    pub scopes: Scopes,
    /// Whether it changes something, which a suspended integrator may not.
    pub writes: bool,
    /// By what its subject can be named, and the outcome where that does not exist: for integrators, for others.
    pub ways: &'static [(Way, &'static str, &'static str)],
    /// The call, encoded.
    pub body: fn(&Stage, Way, &Names) -> Vec<u8>,
}

impl Row {
    /// Its path.
    pub fn path(&self) -> String {
        format!("/ombord.v1.{}", self.rpc)
    }

    /// Whether it asks about a pair of an integrator and a sender: then one that is not connected shows to nobody.
    pub fn of_pairs(&self) -> bool {
        self.rpc.starts_with("GateService/")
    }
}

const OPERATOR: Scopes = Scopes::OPERATOR;
const AUDITOR: Scopes = Scopes::AUDIT_READ;
const ANYONE: Scopes = Scopes::ALL;
const READS_SENDERS: Scopes = Scopes::SENDERS_READ.or(OPERATOR);
const WRITES_SENDERS: Scopes = Scopes::SENDERS_WRITE.or(OPERATOR);
const READS_ACTS: Scopes = READS_SENDERS.or(AUDITOR);
const WRITES_ACTS: Scopes = Scopes::ACCEPTANCES_WRITE.or(OPERATOR);
const CHECKS: Scopes = Scopes::GATE_CHECK.or(READS_SENDERS);

const OK: &str = "OK";
const NO_SENDER: &str = "SENDER_NOT_FOUND";
const NO_INTEGRATOR: &str = "INTEGRATOR_NOT_FOUND";
const NO_AGREEMENT: &str = "AGREEMENT_NOT_FOUND";
const NO_VERSION: &str = "VERSION_NOT_FOUND";
const NO_ACCEPTANCE: &str = "ACCEPTANCE_NOT_FOUND";
const NO_EXCEPTION: &str = "EXCEPTION_NOT_FOUND";
const NO_INVITATION: &str = "INVITATION_NOT_FOUND";
const NO_MAIL: &str = "MAIL_NOT_FOUND";
const NO_COVERAGE: &str = "COVERAGE_NOT_FOUND";
const OTHER: &str = "INTEGRATOR_MISMATCH";

type Ways = &'static [(Way, &'static str, &'static str)];
const NOTHING: Ways = &[(Way::Nothing, "", "")];
const SENDER: Ways =
    &[(Way::Id, NO_SENDER, NO_SENDER), (Way::Reference, NO_SENDER, NO_SENDER), (Way::Integrator, OTHER, NO_INTEGRATOR)];
const ANY_SENDER: Ways = &[(Way::Id, OK, OK), (Way::Reference, OK, OK), (Way::Number, OK, OK)];
const SLUG: Ways = &[(Way::Slug, NO_INTEGRATOR, NO_INTEGRATOR)];
const AGREEMENT: Ways = &[(Way::Agreement, NO_AGREEMENT, NO_AGREEMENT)];
const VERSION: Ways = &[(Way::Agreement, NO_AGREEMENT, NO_AGREEMENT), (Way::Version, NO_VERSION, NO_VERSION)];

/// The integrator, the sender's id and its reference, of which one names the sender.
fn named(way: Way, n: &Names) -> (String, String, String) {
    match way {
        Way::Id => (n.integrator_id.clone(), n.sender_id.clone(), String::new()),
        _ => (n.integrator_id.clone(), String::new(), n.external_reference.clone()),
    }
}

/// The same where an operator names a sender of all integrators: by its id alone.
fn named_of_all(way: Way, n: &Names) -> (String, String, String) {
    let (integrator_id, sender_id, external_reference) = named(way, n);
    (if sender_id.is_empty() { integrator_id } else { String::new() }, sender_id, external_reference)
}

/// Number, id and reference of a sender that the gate is asked about.
fn asked(way: Way, n: &Names) -> (String, String, String) {
    match way {
        Way::Id => (String::new(), n.sender_id.clone(), String::new()),
        Way::Reference => (String::new(), String::new(), n.external_reference.clone()),
        _ => (n.number.clone(), String::new(), String::new()),
    }
}

fn trial(n: &Names) -> pb::RegisterSenderRequest {
    pb::RegisterSenderRequest {
        request_id: request_id(),
        integrator_id: n.integrator_id.clone(),
        validate_only: true,
        ..registration(&n.number, "TRIAL")
    }
}

fn act(stage: &Stage, way: Way, n: &Names) -> pb::RecordAcceptanceRequest {
    let (integrator_id, sender_id, external_reference) = named(way, n);
    pb::RecordAcceptanceRequest {
        request_id: request_id(),
        integrator_id,
        sender_id,
        external_reference,
        documents: stage.documents.clone(),
        signatories: vec![signatory("asa@company.example")],
        authority_declared: true,
        method: pb::AcceptanceMethod::IntegratorForm as i32,
        evidence: vec![evidence("an act")],
        ..Default::default()
    }
}

/// A literal of a request that has a request id, encoded.
macro_rules! stamped {
    ($message:ident { $($fields:tt)* }) => {
        pb::$message { request_id: request_id(), $($fields)* }.encode_to_vec()
    };
}

/// A literal of a request, encoded.
macro_rules! plain {
    ($message:ident { $($fields:tt)* }) => {
        pb::$message { $($fields)* }.encode_to_vec()
    };
}

macro_rules! rows {
    ($($rpc:literal, $scopes:expr, $ways:expr, $does:ident, |$stage:pat_param, $way:pat_param, $names:pat_param| $body:expr;)+) => {
        &[$(Row {
            rpc: $rpc,
            scopes: $scopes,
            writes: rows!(@ $does),
            ways: $ways,
            body: |$stage, $way, $names| $body,
        }),+]
    };
    (@ writes) => { true };
    (@ reads) => { false };
}

/// Every RPC, in an order in which each finds what it is about: what ends or suspends comes late.
#[rustfmt::skip]
pub const ROWS: &[Row] = rows! {
    "IntegratorService/CreateIntegrator", OPERATOR, NOTHING, writes, |_, _, _| stamped!(CreateIntegratorRequest {
        integrator_id: "first".into(), display_name: "Integrator first".into(), organisation_number: "5567115695".into(),
        kind: pb::IntegratorKind::PayrollBureau as i32, email_domains: vec!["first.example".into()],
    });
    "IntegratorService/GetIntegrator", OPERATOR, SLUG, reads, |_, _, n| plain!(GetIntegratorRequest { integrator_id: n.slug.into() });
    "IntegratorService/ListIntegrators", OPERATOR, NOTHING, reads, |_, _, _| plain!(ListIntegratorsRequest { ..Default::default() });
    "IntegratorService/UpdateIntegrator", OPERATOR, SLUG, writes, |stage, _, n| stamped!(UpdateIntegratorRequest {
        integrator_id: n.slug.into(), etag: stage.spare_etag.clone(), ..Default::default()
    });
    "IntegratorService/SuspendIntegrator", OPERATOR, SLUG, writes, |_, _, n| stamped!(SuspendIntegratorRequest {
        integrator_id: n.slug.into(), reason: "a test".into(),
    });
    "IntegratorService/ResumeIntegrator", OPERATOR, SLUG, writes, |_, _, n| stamped!(ResumeIntegratorRequest {
        integrator_id: n.slug.into(), reason: "a test".into(),
    });

    "AgreementService/CreateAgreement", OPERATOR, NOTHING, writes, |_, _, _| {
        agreement("dpa", pb::AgreementKind::Dpa, &[pb::ContentType::Payslip]).encode_to_vec()
    };
    "AgreementService/SetEnforcement", OPERATOR,
        &[(Way::Agreement, NO_AGREEMENT, NO_AGREEMENT), (Way::Slug, NO_INTEGRATOR, NO_INTEGRATOR)], writes,
        |_, way, n| stamped!(SetEnforcementRequest {
            agreement_id: n.agreement_id.into(), integrator_id: if way == Way::Slug { n.slug.into() } else { String::new() },
            enforcement: pb::Enforcement::Required as i32, minimum_assurance: pb::Assurance::Imported as i32, effective_time: None,
        });
    "AgreementService/PublishAgreementVersion", OPERATOR, AGREEMENT, writes, |_, _, n| version(n.agreement_id, "1").encode_to_vec();
    "AgreementService/WithdrawAgreementVersion", OPERATOR, VERSION, writes, |_, _, n| stamped!(WithdrawAgreementVersionRequest {
        agreement_id: n.agreement_id.into(), version: n.version.into(), reason: "a test".into(),
    });
    "AgreementService/GetAgreement", ANYONE, AGREEMENT, reads, |_, _, n| plain!(GetAgreementRequest {
        agreement_id: n.agreement_id.into(),
    });
    "AgreementService/ListAgreements", ANYONE, NOTHING, reads, |_, _, _| plain!(ListAgreementsRequest { ..Default::default() });
    "AgreementService/GetAgreementVersion", ANYONE, VERSION, reads, |_, _, n| plain!(GetAgreementVersionRequest {
        agreement_id: n.agreement_id.into(), version: n.version.into(),
    });
    "AgreementService/ListAgreementVersions", ANYONE, AGREEMENT, reads, |_, _, n| plain!(ListAgreementVersionsRequest {
        agreement_id: n.agreement_id.into(), ..Default::default()
    });
    "AgreementService/GetAgreementDocument", ANYONE, VERSION, reads, |_, _, n| plain!(GetAgreementDocumentRequest {
        agreement_id: n.agreement_id.into(), version: n.version.into(), language: "sv".into(),
    });

    "GateService/CheckSend", CHECKS, &[ANY_SENDER[0], ANY_SENDER[1], ANY_SENDER[2], (Way::Integrator, OTHER, OK)], reads,
        |stage, way, n| {
            let (organisation_number, sender_id, external_reference) = asked(way, n);
            plain!(CheckSendRequest {
                organisation_number, sender_id, external_reference, integrator_id: n.integrator_id.clone(),
                content_type: pb::ContentType::Payslip as i32, evaluate_time: Some(stage.evaluate_time), ..Default::default()
            })
        };
    "GateService/BatchCheckSend", CHECKS, &[ANY_SENDER[0], ANY_SENDER[1], ANY_SENDER[2], (Way::Integrator, OK, OK)], reads,
        |stage, way, n| {
            let (organisation_number, sender_id, external_reference) = asked(way, n);
            let item = pb::BatchCheckSendItem { organisation_number, sender_id, external_reference, ..Default::default() };
            plain!(BatchCheckSendRequest {
                items: vec![item], integrator_id: n.integrator_id.clone(), content_type: pb::ContentType::Payslip as i32,
                evaluate_time: Some(stage.evaluate_time), ..Default::default()
            })
        };
    "GateService/ExplainSend", CHECKS.or(AUDITOR), &[ANY_SENDER[0], ANY_SENDER[1], ANY_SENDER[2], (Way::Integrator, OTHER, OK)], reads,
        |stage, way, n| {
            let (organisation_number, sender_id, external_reference) = asked(way, n);
            plain!(ExplainSendRequest {
                organisation_number, sender_id, external_reference, integrator_id: n.integrator_id.clone(),
                content_type: pb::ContentType::Payslip as i32, evaluate_time: Some(stage.evaluate_time), ..Default::default()
            })
        };
    "GateService/WatchGate", CHECKS, NOTHING, reads, |_, _, _| plain!(WatchGateRequest { after: None });

    "SenderService/RegisterSender", WRITES_SENDERS, &[(Way::Number, OK, OK), (Way::Integrator, OTHER, NO_INTEGRATOR)], writes,
        |_, _, n| trial(n).encode_to_vec();
    "SenderService/BatchRegisterSenders", WRITES_SENDERS, &[(Way::Number, OK, OK), (Way::Integrator, OTHER, NO_INTEGRATOR)], writes,
        |_, _, n| stamped!(BatchRegisterSendersRequest {
            integrator_id: n.integrator_id.clone(), validate_only: true,
            requests: vec![pb::RegisterSenderRequest { request_id: String::new(), validate_only: false, ..trial(n) }],
        });
    "SenderService/GetSender", READS_SENDERS, SENDER, reads, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named(way, n);
        plain!(GetSenderRequest { integrator_id, sender_id, external_reference })
    };
    "SenderService/ListSenders", READS_SENDERS, &[(Way::Reference, OK, OK), (Way::Number, OK, OK), (Way::Integrator, OTHER, OK)], reads,
        |stage, way, n| plain!(ListSendersRequest {
            integrator_id: n.integrator_id.clone(), evaluate_time: Some(stage.evaluate_time),
            external_reference: if way == Way::Reference { n.external_reference.clone() } else { String::new() },
            organisation_number: if way == Way::Number { n.number.clone() } else { String::new() },
            ..Default::default()
        });
    "SenderService/UpdateSender", WRITES_SENDERS, SENDER, writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named(way, n);
        stamped!(UpdateSenderRequest { integrator_id, sender_id, external_reference, etag: n.etag.clone(), ..Default::default() })
    };
    "SenderService/ConfirmConnection", WRITES_SENDERS, SENDER, writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named(way, n);
        stamped!(ConfirmConnectionRequest { integrator_id, sender_id, external_reference, evidence: vec![evidence("a letter")] })
    };
    "SenderService/SuspendSender", OPERATOR, SENDER, writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named_of_all(way, n);
        stamped!(SuspendSenderRequest { integrator_id, sender_id, external_reference, reason: "a test".into() })
    };
    "SenderService/ResumeSender", OPERATOR, SENDER, writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named_of_all(way, n);
        stamped!(ResumeSenderRequest { integrator_id, sender_id, external_reference, reason: "a test".into() })
    };

    "AcceptanceService/GetAcceptance", READS_ACTS, &[(Way::Acceptance, NO_ACCEPTANCE, NO_ACCEPTANCE)], reads,
        |_, _, n| plain!(GetAcceptanceRequest { acceptance_id: n.acceptance_id.clone() });
    "AcceptanceService/GetReceipt", READS_ACTS, &[(Way::Acceptance, NO_ACCEPTANCE, NO_ACCEPTANCE)], reads,
        |_, _, n| plain!(GetReceiptRequest { acceptance_id: n.acceptance_id.clone() });
    "AcceptanceService/ListAcceptances", READS_ACTS,
        &[SENDER[0], SENDER[1], (Way::Integrator, OTHER, OK), (Way::Agreement, OK, OK), (Way::Version, OK, OK)], reads,
        |_, way, n| {
            let mut request = pb::ListAcceptancesRequest { integrator_id: n.integrator_id.clone(), ..Default::default() };
            match way {
                Way::Id => request.sender_id = n.sender_id.clone(),
                Way::Reference => request.external_reference = n.external_reference.clone(),
                Way::Agreement => request.agreement_id = n.agreement_id.into(),
                // Nobody accepted the version that is scheduled.
                Way::Version => (request.agreement_id, request.version) = ("dpa".into(), n.version.replace('9', "1")),
                _ => {}
            }
            request.encode_to_vec()
        };
    "AcceptanceService/GetAcceptanceStatus", READS_ACTS, SENDER, reads, |stage, way, n| {
        let (integrator_id, sender_id, external_reference) = named(way, n);
        plain!(GetAcceptanceStatusRequest {
            integrator_id, sender_id, external_reference, evaluate_time: Some(stage.evaluate_time),
        })
    };
    "AcceptanceService/RecordAcceptance", WRITES_ACTS, SENDER, writes, |stage, way, n| act(stage, way, n).encode_to_vec();
    "AcceptanceService/BatchRecordAcceptances", WRITES_ACTS,
        &[(Way::Id, OK, OK), (Way::Reference, OK, OK), (Way::Integrator, OTHER, NO_INTEGRATOR)], writes,
        |stage, way, n| stamped!(BatchRecordAcceptancesRequest {
            integrator_id: n.integrator_id.clone(), validate_only: false,
            requests: vec![pb::RecordAcceptanceRequest { request_id: String::new(), ..act(stage, way, n) }],
        });
    "AcceptanceService/RecordDecline", WRITES_ACTS,
        &[SENDER[0], SENDER[1], SENDER[2], (Way::Agreement, NO_AGREEMENT, NO_AGREEMENT), (Way::Version, NO_VERSION, NO_VERSION)], writes,
        |_, way, n| {
            let (integrator_id, sender_id, external_reference) = named(way, n);
            stamped!(RecordDeclineRequest {
                integrator_id, sender_id, external_reference, agreement_id: n.agreement_id.into(), version: n.version.replace('9', "1"),
                method: pb::AcceptanceMethod::SignedDocument as i32, ..Default::default()
            })
        };
    "AcceptanceService/EndGroupCoverage", WRITES_ACTS,
        &[(Way::Acceptance, NO_ACCEPTANCE, NO_ACCEPTANCE), (Way::Covered, NO_COVERAGE, NO_COVERAGE), (Way::Integrator, OTHER, NO_ACCEPTANCE)],
        writes, |_, _, n| stamped!(EndGroupCoverageRequest {
            integrator_id: n.integrator_id.clone(), acceptance_id: n.acceptance_id.clone(), organisation_number: n.covered.clone(),
        });
    "AcceptanceService/InvalidateAcceptance", OPERATOR, &[(Way::Acceptance, NO_ACCEPTANCE, NO_ACCEPTANCE)], writes,
        |_, _, n| stamped!(InvalidateAcceptanceRequest { acceptance_id: n.acceptance_id.clone(), reason: "a test".into() });

    "AcceptanceService/GetInvitation", READS_ACTS, &[(Way::Invitation, NO_INVITATION, NO_INVITATION)], reads,
        |_, _, n| plain!(GetInvitationRequest { invitation_id: n.invitation_id.clone() });
    "AcceptanceService/ListInvitations", READS_ACTS, &[SENDER[0], SENDER[1], (Way::Integrator, OTHER, OK)], reads,
        |_, way, n| {
            let mut request = pb::ListInvitationsRequest { integrator_id: n.integrator_id.clone(), ..Default::default() };
            match way {
                Way::Id => request.sender_id = n.sender_id.clone(),
                Way::Reference => request.external_reference = n.external_reference.clone(),
                _ => {}
            }
            request.encode_to_vec()
        };
    "AcceptanceService/CancelInvitation", WRITES_ACTS,
        &[(Way::Invitation, NO_INVITATION, NO_INVITATION), (Way::Integrator, OTHER, NO_INVITATION)], writes,
        |_, _, n| stamped!(CancelInvitationRequest {
            integrator_id: n.integrator_id.clone(), invitation_id: n.invitation_id.clone(),
        });
    "AcceptanceService/CreateInvitation", WRITES_ACTS, SENDER, writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named(way, n);
        stamped!(CreateInvitationRequest {
            integrator_id, sender_id, external_reference, recipient_email: "asa@company.example".into(), ..Default::default()
        })
    };
    "AcceptanceService/ResolveContest", OPERATOR, &[(Way::Acceptance, NO_ACCEPTANCE, NO_ACCEPTANCE), SENDER[0], SENDER[2]], writes,
        |_, way, n| {
            let mut request = pb::ResolveContestRequest { request_id: request_id(), reason: "a test".into(), ..Default::default() };
            match way {
                Way::Acceptance => request.acceptance_id = n.acceptance_id.clone(),
                _ => (request.integrator_id, request.sender_id) = (n.integrator_id.clone(), n.sender_id.clone()),
            }
            request.encode_to_vec()
        };

    "MailService/RecordDelivery", OPERATOR, &[(Way::Message, NO_MAIL, NO_MAIL)], writes, |_, _, n| stamped!(RecordDeliveryRequest {
        message_id: n.message_id.clone(), outcome: pb::DeliveryOutcome::Delivered as i32,
    });
    "MailService/ListMail", OPERATOR, NOTHING, reads, |_, _, _| plain!(ListMailRequest { ..Default::default() });
    "MailService/RetryMail", OPERATOR, &[(Way::Message, NO_MAIL, NO_MAIL)], writes, |_, _, n| stamped!(RetryMailRequest {
        message_id: n.message_id.clone(),
    });

    "ExceptionService/ProposeException", OPERATOR, &[SENDER[0], SENDER[1], SENDER[2], SLUG[0]], writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = match way {
            Way::Slug => (n.slug.into(), String::new(), String::new()),
            _ => named_of_all(way, n),
        };
        stamped!(ProposeExceptionRequest {
            sender_id, external_reference, integrator_id, until: Some(in_seconds(3600)), reason: "a test".into(),
        })
    };
    "ExceptionService/ApproveException", OPERATOR, &[(Way::Exception, NO_EXCEPTION, NO_EXCEPTION)], writes,
        |_, _, n| stamped!(ApproveExceptionRequest { exception_id: n.exception_id.clone() });
    "ExceptionService/EndException", OPERATOR, &[(Way::Exception, NO_EXCEPTION, NO_EXCEPTION)], writes,
        |_, _, n| stamped!(EndExceptionRequest { exception_id: n.exception_id.clone() });
    "ExceptionService/ListExceptions", OPERATOR, &[(Way::Id, OK, OK), (Way::Slug, OK, OK)], reads,
        |_, way, n| plain!(ListExceptionsRequest {
            sender_id: if way == Way::Id { n.sender_id.clone() } else { String::new() },
            integrator_id: if way == Way::Slug { n.slug.into() } else { String::new() },
            ..Default::default()
        });

    "LedgerService/ListEntries", AUDITOR, &[(Way::Id, OK, OK), (Way::Slug, OK, OK)], reads,
        |_, way, n| plain!(ListEntriesRequest {
            sender_id: if way == Way::Id { n.sender_id.clone() } else { String::new() },
            integrator_id: if way == Way::Slug { n.slug.into() } else { String::new() },
            ..Default::default()
        });

    "LedgerService/GetCheckpoint", AUDITOR, NOTHING, reads, |_, _, _| plain!(GetCheckpointRequest {});
    "LedgerService/GetInclusionProof", AUDITOR, NOTHING, reads,
        |_, _, _| plain!(GetInclusionProofRequest { revision: 1, tree_size: 0 });
    "LedgerService/GetConsistencyProof", AUDITOR, NOTHING, reads,
        |_, _, _| plain!(GetConsistencyProofRequest { first_tree_size: 1, second_tree_size: 0 });

    "SenderService/EndConnection", WRITES_SENDERS, SENDER, writes, |_, way, n| {
        let (integrator_id, sender_id, external_reference) = named(way, n);
        stamped!(EndConnectionRequest { integrator_id, sender_id, external_reference })
    };
};
