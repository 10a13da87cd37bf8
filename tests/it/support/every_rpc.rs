//! A valid request for every RPC, all of their fields filled in, and a world in which they say yes.

mod cursors;

use super::{
    server::{Server, request_id},
    watching::checkpoint,
    world::{
        acceptance, accepted, agreement, evidence, furnish, in_seconds, integrator, number, registration, signatory,
        specification, version,
    },
};
use ombord::pb;
use prost::Message;
use serde_json::Value;
use std::collections::BTreeMap;

const YEAR: i64 = 365 * 86_400;

/// What requests may name.
#[derive(Debug, Clone)]
pub struct Known {
    ledger_id: String,
    accepted: String,
    suspended: String,
    /// A sole trader's registration, not yet confirmed.
    pub waiting: pb::RegisterSenderResponse,
    acceptance: String,
    doomed: String,
    documents: Vec<pb::AcceptedDocument>,
    exceptions: [String; 2],
    third: String,
    invitation: String,
    message: String,
    /// Where the next page of each list goes on, as its page token says.
    pub cursors: BTreeMap<String, Value>,
    /// Genuine page tokens.
    pub page_tokens: Vec<String>,
}

/// A company that an acceptance covers.
fn daughter() -> String {
    number(900_001)
}

/// Furnishes a service and looks at what it has then.
pub async fn prepare(server: &Server) -> Known {
    furnish(server).await;
    integrator(server, "third", &number(900_010)).await;
    let (mut first, mut operator) = (server.integrator("first"), server.operator("anna"));
    let mut registered = Vec::new();
    for (place, reference) in ["K-1", "K-2", "K-3", "K-4", "K-5", "K-6"].into_iter().enumerate() {
        let company = if reference == "K-3" { sole_trader(98_000) } else { number(900_020 + place) };
        let request = registration(&company, reference);
        registered.push(first.senders.register_sender(request).await.unwrap().into_inner());
    }
    let mut ids = Vec::new();
    for reference in ["K-1", "K-2"] {
        let mut request = acceptance(&first, reference).await;
        request.covered_organisations = vec![daughter()];
        request.group_permission_declared = true;
        let recorded = first.acceptances.record_acceptance(request).await.unwrap().into_inner();
        ids.push(recorded.acceptances[1].acceptance_id.clone());
    }
    let later =
        pb::PublishAgreementVersionRequest { effective_time: Some(in_seconds(YEAR)), ..version("terms", "later") };
    operator.agreements.publish_agreement_version(later).await.unwrap();
    let mut exceptions = Vec::new();
    for _ in 0..2 {
        let request = pb::ProposeExceptionRequest {
            request_id: request_id(),
            sender_id: registered[0].sender_id.clone(),
            until: Some(in_seconds(3600)),
            reason: "Lönedag".into(),
            ..Default::default()
        };
        exceptions.push(operator.exceptions.propose_exception(request).await.unwrap().into_inner().exception_id);
    }
    let third = pb::GetIntegratorRequest { integrator_id: "third".into() };
    let third = operator.integrators.get_integrator(third).await.unwrap().into_inner().integrator.unwrap().etag;
    let mut invitations = Vec::new();
    for reference in ["K-6", "K-4"] {
        let made = first.acceptances.create_invitation(invitation(reference, 0)).await.unwrap().into_inner();
        invitations.push(made.invitation_id);
    }
    let mails = operator.mail.list_mail(pb::ListMailRequest::default()).await.unwrap().into_inner().mails;
    let (cursors, page_tokens) = cursors::cursors(server).await;
    Known {
        ledger_id: registered[0].ledger_id.clone(),
        accepted: registered[0].sender_id.clone(),
        suspended: registered[3].sender_id.clone(),
        waiting: registered[2].clone(),
        acceptance: ids[0].clone(),
        doomed: ids[1].clone(),
        documents: vec![accepted(&first, "terms", "1").await, accepted(&first, "dpa", "1").await],
        exceptions: exceptions.try_into().unwrap(),
        third,
        invitation: invitations[0].clone(),
        message: mails[0].message_id.clone(),
        cursors,
        page_tokens,
    }
}

/// A sole trader's number of one's own for each n below 99,000.
pub fn sole_trader(n: usize) -> String {
    let nine = format!("{:02}0101{:03}", n / 990 % 100, n % 990 + 10);
    let sum: u32 = nine
        .bytes()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << ((place + 1) % 2);
            value / 10 + value % 10
        })
        .sum();
    format!("19{nine}{}", (10 - sum % 10) % 10)
}

fn register(n: usize, suffix: &str) -> pb::RegisterSenderRequest {
    let company = if n.is_multiple_of(2) { sole_trader(n) } else { number(n) };
    pb::RegisterSenderRequest {
        integrator_id: "first".into(),
        invitation: Some(pb::NewInvitation {
            recipient_email: "asa@company.example".into(),
            language: "sv".into(),
            two_signatories: false,
        }),
        ..registration(&company, &format!("N-{n}{suffix}"))
    }
}

fn record(known: &Known, reference: &str, n: usize) -> pb::RecordAcceptanceRequest {
    pb::RecordAcceptanceRequest {
        request_id: request_id(),
        integrator_id: "first".into(),
        external_reference: reference.into(),
        documents: known.documents.clone(),
        signatories: vec![signatory("asa@company.example"), signatory("bo@company.example")],
        authority_declared: true,
        method: pb::AcceptanceMethod::IntegratorForm as i32,
        accept_time: Some(in_seconds(-60 - i64::try_from(n % 10_000).unwrap())),
        evidence: vec![pb::Evidence { reference: format!("Pärm {n}"), ..evidence(reference) }],
        contact_point: Some(pb::ContactPoint { email: "lon@company.example".into() }),
        covered_organisations: vec![daughter()],
        group_permission_declared: true,
        retroactive_delivery: true,
        ..Default::default()
    }
}

fn invitation(reference: &str, n: usize) -> pb::CreateInvitationRequest {
    pb::CreateInvitationRequest {
        request_id: request_id(),
        integrator_id: "first".into(),
        external_reference: reference.into(),
        recipient_email: format!("asa.{n}@company.example"),
        language: "en".into(),
        two_signatories: true,
        ..Default::default()
    }
}

fn question(known: &Known) -> pb::CheckSendRequest {
    pb::CheckSendRequest {
        external_reference: "K-1".into(),
        integrator_id: "first".into(),
        content_type: pb::ContentType::Payslip as i32,
        evaluate_time: Some(in_seconds(3600)),
        at_least_revision: 1,
        ledger_id: known.ledger_id.clone(),
        ..Default::default()
    }
}

/// A valid request of an RPC, another one for each n. An RPC that is not in here fails whoever asks for it.
pub fn request(known: &Known, path: &str, n: usize) -> Vec<u8> {
    let (id, first) = (request_id(), || "first".to_owned());
    let label = |text: &str| pb::LocalizedText { language: "sv".into(), text: text.into() };
    match path.trim_start_matches("/ombord.v1.").split_once('/').unwrap().1 {
        "CreateIntegrator" => pb::CreateIntegratorRequest {
            request_id: id,
            integrator_id: format!("made-{n}"),
            display_name: "Byrån".into(),
            organisation_number: number(n),
            kind: pb::IntegratorKind::OutputVendor as i32,
            email_domains: vec!["made.example".into()],
        }
        .encode_to_vec(),
        "GetIntegrator" => pb::GetIntegratorRequest { integrator_id: "third".into() }.encode_to_vec(),
        "ListIntegrators" => pb::ListIntegratorsRequest {
            page_size: 2,
            kinds: vec![pb::IntegratorKind::PayrollBureau as i32],
            states: vec![pb::IntegratorState::Active as i32],
            ..Default::default()
        }
        .encode_to_vec(),
        "UpdateIntegrator" => pb::UpdateIntegratorRequest {
            request_id: id,
            integrator_id: "third".into(),
            etag: known.third.clone(),
            display_name: Some("Tredje byrån".into()),
            email_domains: Some(pb::EmailDomains { domains: vec!["tredje.example".into()] }),
        }
        .encode_to_vec(),
        "SuspendIntegrator" => {
            pb::SuspendIntegratorRequest { request_id: id, integrator_id: "third".into(), reason: "Utredning".into() }
                .encode_to_vec()
        }
        "ResumeIntegrator" => pb::ResumeIntegratorRequest {
            request_id: id,
            integrator_id: "third".into(),
            reason: "Avslutad utredning".into(),
        }
        .encode_to_vec(),
        "RegisterSender" => register(n, "").encode_to_vec(),
        "BatchRegisterSenders" => pb::BatchRegisterSendersRequest {
            request_id: id,
            integrator_id: first(),
            requests: ["a", "b"]
                .map(|row| pb::RegisterSenderRequest { request_id: String::new(), ..register(n, row) })
                .into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ConfirmConnection" => pb::ConfirmConnectionRequest {
            request_id: id,
            integrator_id: first(),
            external_reference: "K-3".into(),
            evidence: vec![pb::Evidence { reference: "Pärm 7".into(), ..evidence("K-3") }],
            ..Default::default()
        }
        .encode_to_vec(),
        "GetSender" => {
            pb::GetSenderRequest { integrator_id: first(), external_reference: "K-1".into(), ..Default::default() }
                .encode_to_vec()
        }
        "ListSenders" => pb::ListSendersRequest {
            page_size: 2,
            integrator_id: first(),
            connection_states: vec![pb::ConnectionState::Active as i32],
            content_type: pb::ContentType::Payslip as i32,
            evaluate_time: Some(in_seconds(3600)),
            reasons: vec![pb::Reason::ContactPointMissing as i32],
            changed_after_revision: 1,
            ..Default::default()
        }
        .encode_to_vec(),
        "UpdateSender" => pb::UpdateSenderRequest {
            request_id: id,
            integrator_id: first(),
            sender_id: known.waiting.sender_id.clone(),
            etag: known.waiting.etag.clone(),
            legal_name: Some("Ett nytt namn AB".into()),
            new_external_reference: Some("K-3".into()),
            content_types: Some(pb::ContentTypes { content_types: vec![pb::ContentType::Letter as i32] }),
            contact_point: Some(pb::ContactPoint { email: "post@company.example".into() }),
            ..Default::default()
        }
        .encode_to_vec(),
        "EndConnection" => pb::EndConnectionRequest {
            request_id: id,
            integrator_id: first(),
            external_reference: "K-5".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "SuspendSender" => pb::SuspendSenderRequest {
            request_id: id,
            sender_id: known.suspended.clone(),
            reason: "Konkurs".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ResumeSender" => pb::ResumeSenderRequest {
            request_id: id,
            sender_id: known.suspended.clone(),
            reason: "Fel bolag".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "CreateAgreement" => pb::CreateAgreementRequest {
            titles: vec![label("Brev")],
            ..agreement(&format!("made-{n}"), pb::AgreementKind::Dpa, &[pb::ContentType::Letter])
        }
        .encode_to_vec(),
        "SetEnforcement" => pb::SetEnforcementRequest {
            request_id: id,
            agreement_id: "dpa".into(),
            integrator_id: "third".into(),
            enforcement: pb::Enforcement::Required as i32,
            minimum_assurance: pb::Assurance::EidVerified as i32,
            effective_time: Some(in_seconds(YEAR)),
        }
        .encode_to_vec(),
        "PublishAgreementVersion" => {
            let mut request = version("dpa", &format!("v{n}"));
            request.documents[0].pdf = b"%PDF-1.7".as_slice().into();
            request.specification = Some(specification(&format!("delivery {n}")));
            request.change_class = pb::ChangeClass::Major as i32;
            request.effective_time = Some(in_seconds(10 * YEAR));
            request.reacceptance_grace = Some(prost_types::Duration { seconds: 30 * 86_400, nanos: 0 });
            request.deadline_from = pb::DeadlineFrom::Publication as i32;
            request.encode_to_vec()
        }
        "WithdrawAgreementVersion" => pb::WithdrawAgreementVersionRequest {
            request_id: id,
            agreement_id: "terms".into(),
            version: "later".into(),
            reason: "En felaktig siffra".into(),
        }
        .encode_to_vec(),
        "GetAgreement" => pb::GetAgreementRequest { agreement_id: "dpa".into() }.encode_to_vec(),
        "ListAgreements" => pb::ListAgreementsRequest {
            page_size: 1,
            kinds: vec![pb::AgreementKind::Dpa as i32],
            content_type: pb::ContentType::Payslip as i32,
            changed_after_revision: 1,
            ..Default::default()
        }
        .encode_to_vec(),
        "GetAgreementVersion" => {
            pb::GetAgreementVersionRequest { agreement_id: "dpa".into(), version: "1".into() }.encode_to_vec()
        }
        "ListAgreementVersions" => pb::ListAgreementVersionsRequest {
            page_size: 1,
            agreement_id: "dpa".into(),
            states: vec![pb::AgreementVersionState::InForce as i32],
            ..Default::default()
        }
        .encode_to_vec(),
        "GetAgreementDocument" => {
            pb::GetAgreementDocumentRequest { agreement_id: "dpa".into(), version: "1".into(), language: "sv".into() }
                .encode_to_vec()
        }
        "RecordAcceptance" => record(known, "K-1", n).encode_to_vec(),
        "BatchRecordAcceptances" => pb::BatchRecordAcceptancesRequest {
            request_id: id,
            integrator_id: first(),
            requests: ["K-1", "K-4"]
                .map(|one| pb::RecordAcceptanceRequest { request_id: String::new(), ..record(known, one, n) })
                .into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RecordDecline" => pb::RecordDeclineRequest {
            request_id: id,
            integrator_id: first(),
            external_reference: "K-4".into(),
            agreement_id: "dpa".into(),
            version: "1".into(),
            signatories: vec![signatory("asa@company.example")],
            method: pb::AcceptanceMethod::SignedDocument as i32,
            decline_time: Some(in_seconds(-60 - i64::try_from(n % 10_000).unwrap())),
            evidence: vec![pb::Evidence { reference: format!("Pärm {n}"), ..evidence("no") }],
            reason: "Vi avstår".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "EndGroupCoverage" => pb::EndGroupCoverageRequest {
            request_id: id,
            integrator_id: first(),
            acceptance_id: known.acceptance.clone(),
            organisation_number: daughter(),
        }
        .encode_to_vec(),
        "InvalidateAcceptance" => pb::InvalidateAcceptanceRequest {
            request_id: id,
            acceptance_id: known.doomed.clone(),
            reason: "Förfalskad".into(),
        }
        .encode_to_vec(),
        "GetReceipt" => pb::GetReceiptRequest { acceptance_id: known.acceptance.clone() }.encode_to_vec(),
        "GetAcceptance" => pb::GetAcceptanceRequest { acceptance_id: known.acceptance.clone() }.encode_to_vec(),
        "ListAcceptances" => pb::ListAcceptancesRequest {
            page_size: 1,
            integrator_id: first(),
            external_reference: "K-1".into(),
            agreement_id: "dpa".into(),
            version: "1".into(),
            states: vec![pb::AcceptanceState::Valid as i32],
            changed_after_revision: 1,
            ..Default::default()
        }
        .encode_to_vec(),
        "GetAcceptanceStatus" => pb::GetAcceptanceStatusRequest {
            integrator_id: first(),
            external_reference: "K-1".into(),
            evaluate_time: Some(in_seconds(3600)),
            ..Default::default()
        }
        .encode_to_vec(),
        "CreateInvitation" => invitation("K-4", n).encode_to_vec(),
        "GetInvitation" => pb::GetInvitationRequest { invitation_id: known.invitation.clone() }.encode_to_vec(),
        "ListInvitations" => pb::ListInvitationsRequest {
            page_size: 1,
            integrator_id: first(),
            external_reference: "K-4".into(),
            states: vec![pb::InvitationState::Created as i32, pb::InvitationState::Sent as i32],
            changed_after_revision: 1,
            ..Default::default()
        }
        .encode_to_vec(),
        "CancelInvitation" => pb::CancelInvitationRequest {
            request_id: id,
            integrator_id: first(),
            invitation_id: known.invitation.clone(),
        }
        .encode_to_vec(),
        "ResolveContest" => pb::ResolveContestRequest {
            request_id: id,
            acceptance_id: known.acceptance.clone(),
            reason: "Bolaget har bekräftat".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RecordDelivery" => pb::RecordDeliveryRequest {
            request_id: id,
            message_id: known.message.clone(),
            outcome: pb::DeliveryOutcome::Bounced as i32,
        }
        .encode_to_vec(),
        "ListMail" => pb::ListMailRequest {
            page_size: 1,
            states: vec![pb::MailState::Pending as i32, pb::MailState::Sent as i32],
            ..Default::default()
        }
        .encode_to_vec(),
        "RetryMail" => pb::RetryMailRequest { request_id: id, message_id: known.message.clone() }.encode_to_vec(),
        "ProposeException" => pb::ProposeExceptionRequest {
            request_id: id,
            sender_id: known.suspended.clone(),
            until: Some(in_seconds(3600)),
            reason: "Lönedag".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ApproveException" => {
            pb::ApproveExceptionRequest { request_id: id, exception_id: known.exceptions[0].clone() }.encode_to_vec()
        }
        "EndException" => {
            pb::EndExceptionRequest { request_id: id, exception_id: known.exceptions[1].clone() }.encode_to_vec()
        }
        "ListExceptions" => pb::ListExceptionsRequest {
            page_size: 1,
            states: vec![pb::ExceptionState::Proposed as i32],
            sender_id: known.accepted.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "CheckSend" => question(known).encode_to_vec(),
        "WatchGate" => pb::WatchGateRequest { after: Some(checkpoint(&known.ledger_id)) }.encode_to_vec(),
        "ExplainSend" => {
            let (evaluate_time, at_least_revision) = (Some(in_seconds(3600)), 1);
            pb::ExplainSendRequest {
                sender_id: known.accepted.clone(),
                integrator_id: first(),
                content_type: pb::ContentType::Payslip as i32,
                evaluate_time,
                at_least_revision,
                ledger_id: known.ledger_id.clone(),
                ..Default::default()
            }
            .encode_to_vec()
        }
        "BatchCheckSend" => pb::BatchCheckSendRequest {
            items: vec![
                pb::BatchCheckSendItem { organisation_number: daughter(), ..Default::default() },
                pb::BatchCheckSendItem {
                    sender_id: known.accepted.clone(),
                    integrator_id: first(),
                    ..Default::default()
                },
                pb::BatchCheckSendItem { external_reference: "K-2".into(), content_type: 2, ..Default::default() },
            ],
            integrator_id: first(),
            content_type: pb::ContentType::Payslip as i32,
            evaluate_time: Some(in_seconds(3600)),
            at_least_revision: 1,
            ledger_id: known.ledger_id.clone(),
        }
        .encode_to_vec(),
        "ListEntries" => pb::ListEntriesRequest {
            page_size: 2,
            from_revision: 2,
            sender_id: known.accepted.clone(),
            event_types: vec!["SENDER_REGISTERED".into()],
            ..Default::default()
        }
        .encode_to_vec(),
        "GetCheckpoint" => pb::GetCheckpointRequest {}.encode_to_vec(),
        "GetInclusionProof" => pb::GetInclusionProofRequest { revision: 2, tree_size: 5 }.encode_to_vec(),
        "GetConsistencyProof" => {
            pb::GetConsistencyProofRequest { first_tree_size: 2, second_tree_size: 5 }.encode_to_vec()
        }
        other => panic!("{other} has no request here yet: add one"),
    }
}
