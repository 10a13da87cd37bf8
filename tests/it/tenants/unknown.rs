//! A second integrator that registers a company which another one knows sees, until the connection is confirmed, exactly
//! what it would see of a company that nobody knows. Each company has an integrator of its own that goes through the same
//! questions and changes; the answers may differ in ids, times and revisions alone.

use super::told::{Company, Told};
use crate::support::{
    database::each,
    server::{Clients, Server, request_id},
    world::{acceptance, evidence, furnish, in_seconds, integrator, number, registration, time},
};
use ombord::{domain::organisation_number::OrganisationNumber, pb};

fn register(company: &Company) -> pb::RegisterSenderRequest {
    registration(&company.number, "M-1")
}

fn check(company: &Company) -> pb::CheckSendRequest {
    pb::CheckSendRequest {
        organisation_number: company.number.clone(),
        content_type: pb::ContentType::Payslip as i32,
        ..Default::default()
    }
}

fn explain(company: &Company) -> pb::ExplainSendRequest {
    pb::ExplainSendRequest {
        organisation_number: company.number.clone(),
        content_type: pb::ContentType::Payslip as i32,
        ..Default::default()
    }
}

/// All the questions of one moment, by number and by reference and by ids from elsewhere.
async fn look(told: &mut Told, clients: &Clients, company: &Company) {
    let Clients { mut senders, mut acceptances, mut gate, .. } = clients.clone();
    let reference = || String::from("M-1");
    told.tell("CheckSend", gate.check_send(check(company)).await);
    let later = pb::CheckSendRequest { evaluate_time: Some(in_seconds(86_400)), ..check(company) };
    told.tell("CheckSend later", gate.check_send(later).await);
    let letter = pb::CheckSendRequest {
        organisation_number: String::new(),
        external_reference: reference(),
        content_type: pb::ContentType::Letter as i32,
        ..Default::default()
    };
    told.tell("CheckSend by reference", gate.check_send(letter).await);
    let strange = pb::CheckSendRequest {
        organisation_number: String::new(),
        sender_id: company.sender_id.clone(),
        ..check(company)
    };
    told.tell("CheckSend by id", gate.check_send(strange).await);
    told.tell("ExplainSend", gate.explain_send(explain(company)).await);
    let item = pb::BatchCheckSendItem { organisation_number: company.number.clone(), ..Default::default() };
    let batch = pb::BatchCheckSendRequest {
        items: vec![item.clone(), item],
        content_type: pb::ContentType::Payslip as i32,
        ..Default::default()
    };
    told.tell("BatchCheckSend", gate.batch_check_send(batch).await);

    let by_reference = pb::GetSenderRequest { external_reference: reference(), ..Default::default() };
    told.tell("GetSender", senders.get_sender(by_reference).await);
    let by_id = pb::GetSenderRequest { sender_id: company.sender_id.clone(), ..Default::default() };
    told.tell("GetSender by id", senders.get_sender(by_id).await);
    for (what, list) in [
        ("ListSenders", pb::ListSendersRequest::default()),
        (
            "ListSenders of a number",
            pb::ListSendersRequest { organisation_number: company.number.clone(), ..Default::default() },
        ),
        ("ListSenders that may", pb::ListSendersRequest { decision: pb::Decision::Allow as i32, ..Default::default() }),
        (
            "ListSenders that may not",
            pb::ListSendersRequest { decision: pb::Decision::Deny as i32, ..Default::default() },
        ),
        (
            "ListSenders that are active",
            pb::ListSendersRequest {
                connection_states: vec![pb::ConnectionState::Active as i32],
                ..Default::default()
            },
        ),
    ] {
        told.tell(what, senders.list_senders(list).await);
    }
    for reason in [
        pb::Reason::SenderSuspended,
        pb::Reason::AgreementNotAccepted,
        pb::Reason::AgreementDeclined,
        pb::Reason::AllowedByException,
        pb::Reason::ContactPointMissing,
        pb::Reason::ConnectionNotConfirmed,
    ] {
        let with = pb::ListSendersRequest { reasons: vec![reason as i32], ..Default::default() };
        told.tell(reason.as_str_name(), senders.list_senders(with).await);
    }

    let status = pb::GetAcceptanceStatusRequest { external_reference: reference(), ..Default::default() };
    told.tell("GetAcceptanceStatus", acceptances.get_acceptance_status(status).await);
    let status = pb::GetAcceptanceStatusRequest { sender_id: company.sender_id.clone(), ..Default::default() };
    told.tell("GetAcceptanceStatus by id", acceptances.get_acceptance_status(status).await);
    told.tell("ListAcceptances", acceptances.list_acceptances(pb::ListAcceptancesRequest::default()).await);
    let of_sender = pb::ListAcceptancesRequest { external_reference: reference(), ..Default::default() };
    told.tell("ListAcceptances of it", acceptances.list_acceptances(of_sender).await);
    let foreign = pb::GetAcceptanceRequest { acceptance_id: company.acceptance_id.clone() };
    told.tell("GetAcceptance", acceptances.get_acceptance(foreign).await);
    let end = pb::EndGroupCoverageRequest {
        request_id: request_id(),
        acceptance_id: company.acceptance_id.clone(),
        organisation_number: "5560160680".into(),
        ..Default::default()
    };
    told.tell("EndGroupCoverage", acceptances.end_group_coverage(end).await);
    for (what, name) in
        [("by reference", (String::new(), reference())), ("by id", (company.sender_id.clone(), String::new()))]
    {
        let invitation = pb::CreateInvitationRequest {
            request_id: request_id(),
            sender_id: name.0,
            external_reference: name.1,
            recipient_email: "asa@company.example".into(),
            ..Default::default()
        };
        told.tell(what, acceptances.create_invitation(invitation).await);
    }
    told.tell("ListInvitations", acceptances.list_invitations(pb::ListInvitationsRequest::default()).await);
    let of_sender = pb::ListInvitationsRequest { sender_id: company.sender_id.clone(), ..Default::default() };
    told.tell("ListInvitations of it", acceptances.list_invitations(of_sender).await);
}

/// Everything that an integrator can try with a company short of an act of the company's own.
async fn try_everything(server: &Server, company: &Company, stir: impl AsyncFn()) -> Told {
    let mut told = Told::about(company);
    let clients = server.integrator(company.slug);
    let Clients { mut senders, mut acceptances, .. } = clients.clone();
    let row = || pb::RegisterSenderRequest { request_id: String::new(), ..register(company) };
    let batch = |rows: Vec<pb::RegisterSenderRequest>, validate_only| pb::BatchRegisterSendersRequest {
        request_id: request_id(),
        requests: rows,
        validate_only,
        ..Default::default()
    };

    look(&mut told, &clients, company).await;
    let trial = pb::RegisterSenderRequest { validate_only: true, ..register(company) };
    told.tell("RegisterSender, a trial", senders.register_sender(trial).await);
    let twice = batch(vec![row(), row()], true);
    told.tell("BatchRegisterSenders, a trial", senders.batch_register_senders(twice).await);
    let registered = senders.register_sender(register(company)).await;
    let etag = registered.as_ref().unwrap().get_ref().etag.clone();
    let sender_id = registered.as_ref().unwrap().get_ref().sender_id.clone();
    told.tell("RegisterSender", registered);
    // From now on the integrator knows the id, whoever had it first.
    let company = &Company { sender_id, ..company.clone() };
    look(&mut told, &clients, company).await;

    told.tell("RegisterSender again", senders.register_sender(register(company)).await);
    let differs =
        pb::RegisterSenderRequest { legal_name: "Another AB".into(), contact_point: None, ..register(company) };
    told.tell("RegisterSender with other data", senders.register_sender(differs).await);
    told.tell("BatchRegisterSenders", senders.batch_register_senders(batch(vec![row()], false)).await);
    let update = pb::UpdateSenderRequest {
        request_id: request_id(),
        external_reference: "M-1".into(),
        etag,
        legal_name: Some("New name AB".into()),
        contact_point: Some(pb::ContactPoint::default()),
        ..Default::default()
    };
    told.tell("UpdateSender", senders.update_sender(update.clone()).await);
    let stale = pb::UpdateSenderRequest { request_id: request_id(), ..update };
    told.tell("UpdateSender, stale", senders.update_sender(stale).await);

    // What happens to the company elsewhere shows in no poll.
    let polled = senders.list_senders(pb::ListSendersRequest::default()).await.unwrap().into_inner().revision;
    stir().await;
    let poll = pb::ListSendersRequest { changed_after_revision: polled, ..Default::default() };
    let seen = senders.list_senders(poll).await.unwrap();
    assert_eq!(seen.get_ref().senders, []);
    told.tell("ListSenders, a poll", Ok(seen));
    look(&mut told, &clients, company).await;

    let whole = pb::RecordAcceptanceRequest { validate_only: true, ..act(&clients).await };
    told.tell("RecordAcceptance, a trial", acceptances.record_acceptance(whole.clone()).await);
    let covering = pb::RecordAcceptanceRequest {
        request_id: request_id(),
        covered_organisations: vec![company.other.clone()],
        group_permission_declared: true,
        ..whole.clone()
    };
    told.tell("RecordAcceptance that covers, a trial", acceptances.record_acceptance(covering).await);
    let mut dpa = pb::RecordAcceptanceRequest { request_id: request_id(), validate_only: false, ..whole };
    dpa.documents.remove(0);
    told.tell("RecordAcceptance of a DPA alone", acceptances.record_acceptance(dpa.clone()).await);
    let rows = vec![pb::RecordAcceptanceRequest { request_id: String::new(), ..dpa }];
    let rows = pb::BatchRecordAcceptancesRequest { request_id: request_id(), requests: rows, ..Default::default() };
    told.tell("BatchRecordAcceptances of a DPA alone", acceptances.batch_record_acceptances(rows).await);
    let decline = pb::RecordDeclineRequest {
        request_id: request_id(),
        external_reference: "M-1".into(),
        agreement_id: "dpa".into(),
        version: "none".into(),
        method: pb::AcceptanceMethod::SignedDocument as i32,
        ..Default::default()
    };
    told.tell("RecordDecline of no version", acceptances.record_decline(decline).await);

    let end =
        pb::EndConnectionRequest { request_id: request_id(), external_reference: "M-1".into(), ..Default::default() };
    told.tell("EndConnection", senders.end_connection(end).await);
    look(&mut told, &clients, company).await;
    told.tell("RegisterSender anew", senders.register_sender(register(company)).await);
    look(&mut told, &clients, company).await;
    told
}

/// The very act that the first integrator recorded, too.
async fn act(clients: &Clients) -> pb::RecordAcceptanceRequest {
    pb::RecordAcceptanceRequest {
        accept_time: Some(time("2026-01-01T00:00:00Z")),
        contact_point: Some(pb::ContactPoint { email: "dataskydd@company.example".into() }),
        ..acceptance(clients, "M-1").await
    }
}

/// What the first integrator and the operator do with a company that they know: all that can be known of one.
async fn make_known(server: &Server, number: &str, reference: &str, covers: &[String]) -> pb::RecordAcceptanceResponse {
    let mut first = server.integrator("first");
    let registered = first.senders.register_sender(registration(number, reference)).await.unwrap().into_inner();
    let act = pb::RecordAcceptanceRequest {
        external_reference: reference.into(),
        covered_organisations: covers.to_vec(),
        group_permission_declared: true,
        retroactive_delivery: true,
        ..act(&first).await
    };
    let recorded = first.acceptances.record_acceptance(act).await.unwrap().into_inner();
    let proposal = pb::ProposeExceptionRequest {
        request_id: request_id(),
        sender_id: registered.sender_id.clone(),
        until: Some(in_seconds(3600)),
        reason: "a test".into(),
        ..Default::default()
    };
    let exception_id =
        server.operator("anna").exceptions.propose_exception(proposal).await.unwrap().into_inner().exception_id;
    let approval = pb::ApproveExceptionRequest { request_id: request_id(), exception_id };
    server.operator("bo").exceptions.approve_exception(approval).await.unwrap();
    suspend(server, &registered.sender_id).await;
    recorded
}

async fn suspend(server: &Server, sender_id: &str) {
    let request = pb::SuspendSenderRequest {
        request_id: request_id(),
        sender_id: sender_id.into(),
        reason: "Konkurs".into(),
        ..Default::default()
    };
    server.operator("anna").senders.suspend_sender(request).await.unwrap();
}

async fn resume(server: &Server, sender_id: &str) {
    let request = pb::ResumeSenderRequest {
        request_id: request_id(),
        sender_id: sender_id.into(),
        reason: "Fel bolag".into(),
        ..Default::default()
    };
    server.operator("anna").senders.resume_sender(request).await.unwrap();
}

/// Something happens to the known company: it is resumed, declines, and is suspended again.
async fn stir(server: &Server, known: &pb::RecordAcceptanceResponse) {
    resume(server, &known.sender_id).await;
    let decline = pb::RecordDeclineRequest {
        request_id: request_id(),
        sender_id: known.sender_id.clone(),
        agreement_id: "dpa".into(),
        version: "1".into(),
        method: pb::AcceptanceMethod::SignedDocument as i32,
        ..Default::default()
    };
    server.integrator("first").acceptances.record_decline(decline).await.unwrap();
    suspend(server, &known.sender_id).await;
}

/// A sole trader's number.
fn sole_trader(n: usize) -> String {
    let numbers = (0..10).map(|digit| format!("19121212{n:03}{digit}"));
    numbers.into_iter().find(|number| OrganisationNumber::parse(number).is_ok()).unwrap()
}

/// Goes through everything with each company, and compares.
async fn compare(server: &Server, companies: &[Company], known: &pb::RecordAcceptanceResponse) {
    let mut before: Option<Told> = None;
    for company in companies {
        let told = try_everything(server, company, async || stir(server, known).await).await;
        if let Some(before) = &before {
            assert_eq!(told.answers.len(), before.answers.len());
            for (one, other) in told.answers.iter().zip(&before.answers) {
                assert_eq!(one, other, "{} against {}", company.slug, companies[0].slug);
            }
        }
        before.get_or_insert(told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_company_looks_like_an_unknown_one_until_confirmed() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        // A mail that goes out in between would show.
        ombord::service::mail::set_paused(server.store.as_ref(), true).await.unwrap();
        for (place, slug) in ["alpha", "gamma", "delta"].into_iter().enumerate() {
            integrator(&server, slug, &number(900 + place)).await;
        }
        let (known, covered, unknown) = (number(1), number(2), number(3));
        let facts = make_known(&server, &known, "K-1", std::slice::from_ref(&covered)).await;
        let covering = make_known(&server, &number(4), "K-4", &[known.clone(), covered.clone()]).await;
        let missing = || uuid::Uuid::now_v7().to_string();
        let id = |facts: &pb::RecordAcceptanceResponse| facts.acceptances[1].acceptance_id.clone();
        let companies = [
            Company {
                slug: "alpha",
                number: known,
                acceptance_id: id(&facts),
                sender_id: facts.sender_id.clone(),
                other: number(4),
            },
            // One that only another's acceptance made known.
            Company {
                slug: "gamma",
                number: covered,
                acceptance_id: id(&covering),
                sender_id: request_id(),
                other: number(4),
            },
            Company {
                slug: "delta",
                number: unknown,
                acceptance_id: missing(),
                sender_id: request_id(),
                other: number(5),
            },
        ];
        compare(&server, &companies, &facts).await;

        // The act that confirms the connection is itself answered alike, and opens what was hidden.
        let mut answers = Vec::new();
        for company in &companies {
            let mut clients = server.integrator(company.slug);
            let mut told = Told::about(company);
            let recording = act(&clients).await;
            told.tell("RecordAcceptance", clients.acceptances.record_acceptance(recording).await);
            answers.push(told.answers.remove(0).1);
            let checked = clients.gate.check_send(check(company)).await.unwrap().into_inner();
            let told: Vec<_> = checked.reasons.iter().map(pb::ReasonDetail::code).collect();
            let seen = told.contains(&pb::Reason::SenderSuspended);
            assert_eq!(seen, company.slug == "alpha", "{told:?}");
        }
        assert_eq!((&answers[0], &answers[1]), (&answers[2], &answers[2]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_sole_trader_looks_like_an_unknown_one_until_confirmed() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        // A mail that goes out in between would show.
        ombord::service::mail::set_paused(server.store.as_ref(), true).await.unwrap();
        for (place, slug) in ["alpha", "delta"].into_iter().enumerate() {
            integrator(&server, slug, &number(900 + place)).await;
        }
        let mut first = server.integrator("first");
        let registered =
            first.senders.register_sender(registration(&sole_trader(1), "K-1")).await.unwrap().into_inner();
        let known = pb::RecordAcceptanceRequest { external_reference: "K-1".into(), ..act(&first).await };
        let known = first.acceptances.record_acceptance(known).await.unwrap().into_inner();
        suspend(&server, &registered.sender_id).await;
        let companies = [
            Company {
                slug: "alpha",
                number: sole_trader(1),
                acceptance_id: known.acceptances[1].acceptance_id.clone(),
                sender_id: known.sender_id.clone(),
                other: number(4),
            },
            Company {
                slug: "delta",
                number: sole_trader(2),
                acceptance_id: uuid::Uuid::now_v7().to_string(),
                sender_id: request_id(),
                other: number(5),
            },
        ];
        compare(&server, &companies, &known).await;
        let instruction = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: "M-1".into(),
            evidence: vec![evidence("a letter")],
            ..Default::default()
        };
        let mut alpha = server.integrator("alpha");
        alpha.senders.confirm_connection(instruction).await.unwrap();
        let get = pb::GetSenderRequest { external_reference: "M-1".into(), ..Default::default() };
        let seen = alpha.senders.get_sender(get).await.unwrap().into_inner().sender.unwrap();
        assert_eq!(seen.state(), pb::SenderState::Suspended, "now it shows");
        server.stop().await;
    })
    .await;
}
