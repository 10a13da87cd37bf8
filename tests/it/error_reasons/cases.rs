//! A call for each reason that is refused for it.

use super::{Details, Stage};
use crate::support::{
    faulty::Fault,
    hosted,
    raw::Raw,
    server::{Clients, Server, issuer, request_id},
    watching::take_nothing,
    world::{acceptance, agreement, in_seconds, number, question, registration, specification, time, version},
};
use ombord::{
    app::System,
    auth::issuer::Grant,
    pb,
    service::{caller::Scopes, error::ErrorReason, ports::Clock},
};
use std::time::Duration;
use tonic::{Response, Status};

const INTEGRATOR: &str = "ombord.v1.Integrator";
const SENDER: &str = "ombord.v1.Sender";
const AGREEMENT: &str = "ombord.v1.Agreement";
const VERSION: &str = "ombord.v1.AgreementVersion";

fn bare() -> Details {
    Details::default()
}

fn fields(fields: &'static [&'static str]) -> Details {
    Details { fields, ..bare() }
}

fn obstacles(obstacles: &'static [&'static str]) -> Details {
    Details { obstacles, ..bare() }
}

fn resource(resource: &'static str) -> Details {
    Details { resource, ..bare() }
}

fn retry() -> Details {
    Details { retry: true, ..bare() }
}

fn refused<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> Status {
    answer.unwrap_err()
}

async fn create_agreement(server: &Server, request: pb::CreateAgreementRequest) -> Status {
    refused(server.operator("anna").agreements.create_agreement(request).await)
}

async fn publish(server: &Server, request: pb::PublishAgreementVersionRequest) -> Status {
    refused(server.operator("anna").agreements.publish_agreement_version(request).await)
}

fn withdrawal(label: &str) -> pb::WithdrawAgreementVersionRequest {
    let (agreement_id, version, reason) = ("dpa".into(), label.into(), "a test".into());
    pb::WithdrawAgreementVersionRequest { request_id: request_id(), agreement_id, version, reason }
}

/// The refusal of an acceptance by `first` that is good but for one thing.
async fn act(server: &Server, spoil: impl FnOnce(&mut pb::RecordAcceptanceRequest)) -> Status {
    let mut first = server.integrator("first");
    let mut request = acceptance(&first, "K-2").await;
    spoil(&mut request);
    refused(first.acceptances.record_acceptance(request).await)
}

async fn checked(server: &Server, request: pb::CheckSendRequest) -> Status {
    refused(server.gateway().gate.check_send(request).await)
}

/// Invites somebody at one of the senders of `first`.
async fn invite(server: &Server, reference: &str, email: &str) -> Result<pb::CreateInvitationResponse, Status> {
    let request = pb::CreateInvitationRequest {
        request_id: request_id(),
        external_reference: reference.into(),
        recipient_email: email.into(),
        ..Default::default()
    };
    server.integrator("first").acceptances.create_invitation(request).await.map(Response::into_inner)
}

async fn proposed(anna: &mut Clients) -> String {
    let proposal = pb::ProposeExceptionRequest {
        request_id: request_id(),
        integrator_id: "first".into(),
        until: Some(in_seconds(600)),
        reason: "a test".into(),
        ..Default::default()
    };
    anna.exceptions.propose_exception(proposal).await.unwrap().into_inner().exception_id
}

fn approval(exception_id: String) -> pb::ApproveExceptionRequest {
    pb::ApproveExceptionRequest { request_id: request_id(), exception_id }
}

fn get(sender_id: String) -> pb::GetSenderRequest {
    pb::GetSenderRequest { sender_id, ..Default::default() }
}

/// A write at the node whose store fails.
async fn write_in_trouble(stage: &Stage) -> Status {
    refused(stage.troubled.integrator("first").senders.register_sender(registration(&number(50), "K-50")).await)
}

/// Produces a refusal for a reason; and what it is to say.
pub async fn produce(stage: &Stage, reason: ErrorReason) -> (Status, Details) {
    use ErrorReason as R;
    let server = &stage.server;
    let (mut first, mut anna) = (server.integrator("first"), server.operator("anna"));
    match reason {
        R::TokenMissing => (refused(server.with_token(None).senders.get_sender(get(request_id())).await), bare()),
        R::TokenInvalid => {
            (refused(server.with_token(Some("x.y.z")).senders.get_sender(get(request_id())).await), bare())
        }
        R::TokenExpired => {
            let grant =
                Grant { subject: "anna".into(), integrator: None, scopes: Scopes::OPERATOR, lifetime_seconds: 60 };
            let token = issuer().mint(&grant, &server.settings.auth.rules, System.now().plus_seconds(-600)).unwrap();
            (refused(server.with_token(Some(&token)).senders.get_sender(get(request_id())).await), bare())
        }
        R::ScopeMissing => {
            let status = refused(first.integrators.list_integrators(pb::ListIntegratorsRequest::default()).await);
            (status, Details { metadata: &["scope"], ..bare() })
        }
        R::IntegratorSuspended => {
            let nobody = server.integrator("nobody").senders.register_sender(registration(&number(1), "K-1")).await;
            (refused(nobody), bare())
        }
        R::IntegratorMismatch => {
            let request = pb::GetSenderRequest { integrator_id: "second".into(), ..get(request_id()) };
            (refused(first.senders.get_sender(request).await), bare())
        }
        R::SameOperator => {
            let exception_id = proposed(&mut anna).await;
            (refused(anna.exceptions.approve_exception(approval(exception_id)).await), bare())
        }
        R::InvalidFields => {
            let status = refused(first.senders.register_sender(pb::RegisterSenderRequest::default()).await);
            let all = &["request_id", "organisation_number", "legal_name", "external_reference", "content_types"];
            (status, fields(all))
        }
        R::MalformedMessage => {
            let token = server.token("anna", None, Scopes::OPERATOR);
            let answer =
                Raw::new(server.address, Some(&token)).call("/ombord.v1.SenderService/GetSender", vec![0xff]).await;
            (Status::with_details(answer.code, answer.message, answer.details.into()), bare())
        }
        R::PageTokenInvalid => {
            let request = pb::ListSendersRequest { page_token: "none of ours".into(), ..Default::default() };
            (refused(first.senders.list_senders(request).await), fields(&["page_token"]))
        }
        R::RequestIdReused => {
            let request = registration(&number(3), "K-3");
            first.senders.register_sender(request.clone()).await.unwrap();
            let other = pb::RegisterSenderRequest { legal_name: "Another AB".into(), ..request };
            (refused(first.senders.register_sender(other).await), fields(&["request_id"]))
        }
        R::IntegratorNotFound => {
            let request = pb::GetIntegratorRequest { integrator_id: "nobody".into() };
            (refused(anna.integrators.get_integrator(request).await), resource(INTEGRATOR))
        }
        R::SenderNotFound => (refused(first.senders.get_sender(get(request_id())).await), resource(SENDER)),
        R::AgreementNotFound => {
            let request = pb::GetAgreementRequest { agreement_id: "nothing".into() };
            (refused(first.agreements.get_agreement(request).await), resource(AGREEMENT))
        }
        R::VersionNotFound => {
            let request = pb::GetAgreementVersionRequest { agreement_id: "dpa".into(), version: "none".into() };
            (refused(first.agreements.get_agreement_version(request).await), resource(VERSION))
        }
        R::AcceptanceNotFound => {
            let request = pb::GetAcceptanceRequest { acceptance_id: uuid::Uuid::now_v7().to_string() };
            (refused(first.acceptances.get_acceptance(request).await), resource("ombord.v1.Acceptance"))
        }
        R::ExceptionNotFound => {
            let status = refused(anna.exceptions.approve_exception(approval(uuid::Uuid::now_v7().to_string())).await);
            (status, resource("ombord.v1.SendException"))
        }
        R::DocumentNotFound => {
            let letters = agreement("letters", pb::AgreementKind::Dpa, &[pb::ContentType::Letter]);
            anna.agreements.create_agreement(letters).await.unwrap();
            let mut swedish = version("letters", "1");
            swedish.documents.truncate(1);
            anna.agreements.publish_agreement_version(swedish).await.unwrap();
            let (agreement_id, version, language) = ("letters".into(), "1".into(), "en".into());
            let request = pb::GetAgreementDocumentRequest { agreement_id, version, language };
            (refused(first.agreements.get_agreement_document(request).await), resource("ombord.v1.AgreementDocument"))
        }
        R::IntegratorExists => {
            let request = pb::CreateIntegratorRequest {
                request_id: request_id(),
                integrator_id: "first".into(),
                display_name: "Another".into(),
                organisation_number: number(9),
                kind: pb::IntegratorKind::PayrollBureau as i32,
                email_domains: Vec::new(),
            };
            let status = refused(anna.integrators.create_integrator(request).await);
            (status, Details { resource: INTEGRATOR, ..fields(&["integrator_id"]) })
        }
        R::AgreementExists => {
            let status = create_agreement(server, agreement("terms", pb::AgreementKind::Dpa, &[])).await;
            (status, Details { resource: AGREEMENT, ..fields(&["agreement_id"]) })
        }
        R::VersionExists => {
            let other = pb::PublishAgreementVersionRequest {
                specification: Some(specification("else")),
                ..version("dpa", "1")
            };
            (publish(server, other).await, Details { resource: VERSION, ..fields(&["version"]) })
        }
        R::ExternalReferenceTaken => {
            let status = refused(first.senders.register_sender(registration(&number(4), "K-1")).await);
            (status, Details { resource: SENDER, ..fields(&["external_reference"]) })
        }
        R::EtagMismatch => {
            let request = pb::UpdateSenderRequest {
                request_id: request_id(),
                external_reference: "K-1".into(),
                etag: "r0".into(),
                ..Default::default()
            };
            (refused(first.senders.update_sender(request).await), fields(&["etag"]))
        }
        R::ReaderTooSlow => (take_nothing(server).await, bare()),
        R::GeneralTermsNotAccepted => {
            let status = act(server, |act| drop(act.documents.remove(0))).await;
            (status, obstacles(&["documents[0].agreement_id"]))
        }
        R::AgreementOverlaps => {
            let twice = agreement("again", pb::AgreementKind::Dpa, &[pb::ContentType::Payslip]);
            (create_agreement(server, twice).await, obstacles(&["content_types"]))
        }
        R::GeneralTermsExist => {
            let others = agreement("others", pb::AgreementKind::GeneralTerms, &[]);
            (create_agreement(server, others).await, obstacles(&["kind"]))
        }
        R::EnforcementTooLoose => {
            let request = pb::SetEnforcementRequest {
                request_id: request_id(),
                agreement_id: "terms".into(),
                enforcement: pb::Enforcement::Recommended as i32,
                minimum_assurance: pb::Assurance::Imported as i32,
                ..Default::default()
            };
            (refused(anna.agreements.set_enforcement(request).await), obstacles(&["enforcement"]))
        }
        R::SpecificationChanged => {
            let editorial = pb::PublishAgreementVersionRequest {
                change_class: pb::ChangeClass::Editorial as i32,
                specification: Some(specification("else")),
                effective_time: Some(in_seconds(60)),
                ..version("dpa", "2")
            };
            (publish(server, editorial).await, obstacles(&["specification"]))
        }
        R::ImpactLargerThanAcknowledged => {
            let major = pb::PublishAgreementVersionRequest {
                change_class: pb::ChangeClass::Major as i32,
                effective_time: None,
                reacceptance_grace: Some(prost_types::Duration::default()),
                acknowledged_denials: 0,
                ..version("dpa", "2")
            };
            let expected = Details { metadata: &["denied_senders_total"], ..obstacles(&["acknowledged_denials"]) };
            (publish(server, major).await, expected)
        }
        R::VersionInEffect => {
            (refused(anna.agreements.withdraw_agreement_version(withdrawal("1")).await), obstacles(&["version"]))
        }
        R::VersionWithdrawn => {
            let later =
                pb::PublishAgreementVersionRequest { effective_time: Some(in_seconds(600)), ..version("dpa", "8") };
            anna.agreements.publish_agreement_version(later.clone()).await.unwrap();
            anna.agreements.withdraw_agreement_version(withdrawal("8")).await.unwrap();
            let again = pb::PublishAgreementVersionRequest { request_id: request_id(), ..later };
            (publish(server, again).await, obstacles(&["version"]))
        }
        R::VersionNotInForce => {
            let status = act(server, |act| act.accept_time = Some(time("2017-01-01T00:00:00Z"))).await;
            (status, obstacles(&["documents[0].version", "documents[1].version"]))
        }
        R::DigestMismatch => {
            let status = act(server, |act| {
                act.documents[1].document_sha256 = act.documents[0].document_sha256.clone();
                act.documents[1].specification_sha256 = act.documents[0].document_sha256.clone();
            });
            (status.await, obstacles(&["documents[1].document_sha256", "documents[1].specification_sha256"]))
        }
        R::LanguageNotAvailable => {
            (act(server, |act| act.documents[0].language = "fi".into()).await, obstacles(&["documents[0].language"]))
        }
        R::SignatoryIsIntegrator => {
            let status = act(server, |act| act.signatories[0].email = "bo@first.example".into()).await;
            (status, obstacles(&["signatories[0].email"]))
        }
        R::AuthorityNotDeclared => {
            (act(server, |act| act.authority_declared = false).await, obstacles(&["authority_declared"]))
        }
        R::GroupPermissionNotDeclared => {
            let status = act(server, |act| act.covered_organisations.push(number(9))).await;
            (status, obstacles(&["group_permission_declared"]))
        }
        R::ConnectionEnded => {
            first.senders.register_sender(registration(&number(5), "K-5")).await.unwrap();
            let end = pb::EndConnectionRequest {
                request_id: request_id(),
                external_reference: "K-5".into(),
                ..Default::default()
            };
            first.senders.end_connection(end).await.unwrap();
            (act(server, |act| act.external_reference = "K-5".into()).await, obstacles(&[""]))
        }
        R::ExceptionNotProposed => {
            let exception_id = proposed(&mut anna).await;
            let end = pb::EndExceptionRequest { request_id: request_id(), exception_id: exception_id.clone() };
            anna.exceptions.end_exception(end).await.unwrap();
            let bo = server.operator("bo").exceptions.approve_exception(approval(exception_id)).await;
            (refused(bo), obstacles(&["exception_id"]))
        }
        R::CoverageNotFound => {
            let list = first.acceptances.list_acceptances(pb::ListAcceptancesRequest::default()).await.unwrap();
            let request = pb::EndGroupCoverageRequest {
                request_id: request_id(),
                acceptance_id: list.into_inner().acceptances[0].acceptance_id.clone(),
                organisation_number: number(9),
                ..Default::default()
            };
            (refused(first.acceptances.end_group_coverage(request).await), obstacles(&["organisation_number"]))
        }
        R::LedgerMismatch => {
            let other =
                pb::CheckSendRequest { at_least_revision: 1, ledger_id: request_id(), ..question(&number(1), "first") };
            (checked(server, other).await, Details { metadata: &["ledger_id"], ..obstacles(&["ledger_id"]) })
        }
        R::InvitationNotFound => {
            let request = pb::GetInvitationRequest { invitation_id: uuid::Uuid::now_v7().to_string() };
            (refused(first.acceptances.get_invitation(request).await), resource("ombord.v1.Invitation"))
        }
        R::MailNotFound => {
            let (request_id, message_id) = (request_id(), uuid::Uuid::now_v7().to_string());
            let request = pb::RetryMailRequest { request_id, message_id };
            (refused(anna.mail.retry_mail(request).await), resource("ombord.v1.Mail"))
        }
        R::ReceiptsNotConfigured => {
            let status = refused(stage.troubled.auditor().ledger.get_checkpoint(pb::GetCheckpointRequest {}).await);
            (status, obstacles(&[""]))
        }
        R::InvitationsNotOffered => {
            let status = invite(&stage.troubled, "K-2", "asa@company.example").await.unwrap_err();
            (status, obstacles(&[""]))
        }
        R::RecipientIsIntegrator => {
            let status = invite(server, "K-2", "bo@first.example").await.unwrap_err();
            (status, obstacles(&["recipient_email"]))
        }
        R::InvitationEnded => {
            let invitation_id = invite(server, "K-2", "asa@company.example").await.unwrap().invitation_id;
            invite(server, "K-2", "bo@company.example").await.unwrap();
            let request =
                pb::CancelInvitationRequest { request_id: request_id(), invitation_id, integrator_id: String::new() };
            (refused(first.acceptances.cancel_invitation(request).await), obstacles(&["invitation_id"]))
        }
        R::NothingToAccept => (invite(server, "K-1", "asa@company.example").await.unwrap_err(), obstacles(&[""])),
        R::ContactPointConfirmed => {
            hosted::accept(server, "K-1", "dataskydd@company.example", Vec::new()).await;
            let get = pb::GetSenderRequest { external_reference: "K-1".into(), ..Default::default() };
            let seen = first.senders.get_sender(get).await.unwrap().into_inner().sender.unwrap();
            let request = pb::UpdateSenderRequest {
                request_id: request_id(),
                external_reference: "K-1".into(),
                etag: seen.connections[0].etag.clone(),
                contact_point: Some(pb::ContactPoint { email: "post@first.example".into() }),
                ..Default::default()
            };
            (refused(first.senders.update_sender(request).await), obstacles(&["contact_point"]))
        }
        R::DeclinedBySender => {
            let invited = invite(server, "K-2", "asa@company.example").await.unwrap();
            hosted::say_no(server, &invited.invitation_id).await;
            (act(server, |_| ()).await, obstacles(&["documents"]))
        }
        R::RevisionNotReached => {
            let known = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
            let (at_least_revision, ledger_id) = (known.revision + 1000, known.ledger_id);
            let ahead = pb::CheckSendRequest { at_least_revision, ledger_id, ..question(&number(1), "first") };
            (checked(server, ahead).await, retry())
        }
        R::DatabaseUnavailable => {
            stage.faulty.set(Fault::Away);
            let read = stage.troubled.integrator("first").senders.get_sender(get(request_id())).await.unwrap_err();
            assert_eq!(read.details(), write_in_trouble(stage).await.details());
            (read, retry())
        }
        R::GateNotReady => {
            stage.faulty.set(Fault::Strange);
            for _ in 0..500 {
                if let Err(status) = stage.troubled.gateway().gate.check_send(question(&number(1), "first")).await {
                    stage.faulty.set(Fault::None);
                    return (status, retry());
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("an unknown entry does not stop the gate")
        }
        R::Overloaded => {
            stage.faulty.set(Fault::Slow(Duration::from_millis(150)));
            let (one, other) = tokio::join!(take_a_place(stage), take_a_place(stage));
            stage.faulty.set(Fault::None);
            let turned_away = one.err().or(other.err());
            (turned_away.expect("there is one place"), retry())
        }
        R::MessageTooLarge => {
            let large = pb::GetIntegratorRequest { integrator_id: "x".repeat(65 << 10) };
            (refused(anna.integrators.get_integrator(large).await), bare())
        }
        R::DeadlineExceeded => {
            stage.faulty.set(Fault::Slow(Duration::from_millis(600)));
            let status = write_in_trouble(stage).await;
            stage.faulty.set(Fault::None);
            (status, bare())
        }
        R::Internal => {
            stage.faulty.set(Fault::Corrupt);
            let status = write_in_trouble(stage).await;
            stage.faulty.set(Fault::None);
            (status, bare())
        }
    }
}

/// A read that takes a place for a while.
async fn take_a_place(stage: &Stage) -> Result<(), Status> {
    let list = pb::ListSendersRequest::default();
    stage.troubled.integrator("first").senders.list_senders(list).await.map(drop)
}
