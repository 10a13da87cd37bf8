//! Senders over real gRPC: what each caller may see and change.

mod contact;
mod privacy;

use crate::support::{
    database::each,
    server::{Server, faults, reason, request_id},
    world::{in_seconds, integrator, number, registration},
};
use ombord::{domain::ids::Digest, pb};
use tonic::Status;

/// A sole trader's number.
const SOLE_TRADER: &str = "191212121212";

async fn start(store: std::sync::Arc<crate::support::database::Database>) -> Server {
    let server = Server::start(store.store.clone()).await;
    integrator(&server, "first", "5567115695").await;
    integrator(&server, "second", "5560360793").await;
    server
}

async fn register(server: &Server, slug: &str, request: pb::RegisterSenderRequest) -> pb::RegisterSenderResponse {
    server.integrator(slug).senders.register_sender(request).await.unwrap().into_inner()
}

fn by_reference(reference: &str) -> pb::GetSenderRequest {
    pb::GetSenderRequest { external_reference: reference.into(), ..Default::default() }
}

async fn get(server: &Server, slug: &str, reference: &str) -> pb::Sender {
    let response = server.integrator(slug).senders.get_sender(by_reference(reference)).await.unwrap();
    response.into_inner().sender.unwrap()
}

async fn list(server: &Server, slug: &str, request: pb::ListSendersRequest) -> pb::ListSendersResponse {
    server.integrator(slug).senders.list_senders(request).await.unwrap().into_inner()
}

fn instruction() -> pb::Evidence {
    pb::Evidence {
        kind: pb::EvidenceKind::Instruction as i32,
        sha256: Digest::of(b"a letter").to_string(),
        reference: "Pärm 7, Åsa Ölmeback".into(),
    }
}

async fn confirm(server: &Server, slug: &str, reference: &str) -> pb::ConfirmConnectionResponse {
    let request = pb::ConfirmConnectionRequest {
        request_id: request_id(),
        external_reference: reference.into(),
        evidence: vec![instruction()],
        ..Default::default()
    };
    server.integrator(slug).senders.confirm_connection(request).await.unwrap().into_inner()
}

async fn end(server: &Server, slug: &str, reference: &str) -> pb::EndConnectionResponse {
    let external_reference = reference.into();
    let request = pb::EndConnectionRequest { request_id: request_id(), external_reference, ..Default::default() };
    server.integrator(slug).senders.end_connection(request).await.unwrap().into_inner()
}

fn suspension(sender_id: &str) -> pb::SuspendSenderRequest {
    let (request_id, reason) = (request_id(), "Konkurs, säger Åsa".into());
    pb::SuspendSenderRequest { request_id, sender_id: sender_id.into(), reason, ..Default::default() }
}

fn codes(reasons: &[pb::ReasonDetail]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.code().as_str_name().trim_start_matches("REASON_")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_again_changes_nothing_and_tells_what_differs() {
    each(|database| async move {
        let server = start(database).await;
        let first = register(&server, "first", registration("SE556016068001", "K-1")).await;
        assert_eq!(first.outcome(), pb::RegistrationOutcome::Created);
        assert_eq!((first.connection_state(), first.warnings.len()), (pb::ConnectionState::Unconfirmed, 0));

        let mut same = registration("556016–0680", "K-1");
        let again = register(&server, "first", same.clone()).await;
        assert_eq!(again.outcome(), pb::RegistrationOutcome::Unchanged);
        assert_eq!(
            (&again.sender_id, &again.connection_id, &again.etag),
            (&first.sender_id, &first.connection_id, &first.etag)
        );
        assert_eq!(again.revision, first.revision, "the head's");

        same.request_id = request_id();
        same.legal_name = "Another name AB".into();
        same.external_reference = "K-2".into();
        same.content_types.push(pb::ContentType::Letter as i32);
        same.contact_point = Some(pb::ContactPoint { email: "anna.berg@company.example".into() });
        let differs = register(&server, "first", same).await;
        assert_eq!(differs.outcome(), pb::RegistrationOutcome::Differs);
        assert_eq!(differs.differing_fields, ["legal_name", "external_reference", "content_types", "contact_point"]);
        assert_eq!(differs.external_reference, "K-1", "as it is registered");
        assert_eq!(get(&server, "first", "K-1").await.connections[0].legal_name, "Company K-1 AB");

        let taken =
            server.integrator("first").senders.register_sender(registration(&number(1), "K-1")).await.unwrap_err();
        assert_eq!(
            (reason(&taken).as_str(), faults(&taken)),
            ("EXTERNAL_REFERENCE_TAKEN", vec!["external_reference".to_owned()])
        );

        let ended = end(&server, "first", "K-1").await;
        assert!(ended.changed && ended.end_time.is_some());
        let still = end(&server, "first", "K-1").await;
        assert_eq!((still.changed, still.end_time, still.revision), (false, ended.end_time, ended.revision));

        let mut plain = registration("5560160680", "K-9");
        plain.contact_point = None;
        let anew = register(&server, "first", plain).await;
        assert_eq!(anew.outcome(), pb::RegistrationOutcome::Created);
        assert_eq!(anew.sender_id, first.sender_id);
        assert_ne!(anew.connection_id, first.connection_id);
        assert_eq!(codes(&anew.warnings), ["CONTACT_POINT_MISSING"]);
        assert_eq!(
            get(&server, "first", "K-1").await.connections[0].connection_id,
            anew.connection_id,
            "the newest counts"
        );
        let freed = register(&server, "first", registration(&number(1), "K-1")).await;
        assert_eq!(
            get(&server, "first", "K-1").await.sender_id,
            freed.sender_id,
            "an open connection beats an ended one"
        );
        let listed = list(&server, "first", pb::ListSendersRequest::default()).await;
        let ids: Vec<String> = listed.senders.into_iter().map(|row| row.connection.unwrap().connection_id).collect();
        assert_eq!(ids, [anew.connection_id, freed.connection_id], "the newest of each sender");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_its_good_rows() {
    each(|database| async move {
        let server = start(database).await;
        let row = |number: &str, reference: &str| pb::RegisterSenderRequest {
            request_id: String::new(),
            ..registration(number, reference)
        };
        let mut bad = row("5560160681", "K-3");
        bad.legal_name = String::new();
        let requests = vec![
            row(&number(1), "K-1"),
            row(&number(2), "K-1"),
            bad,
            row(SOLE_TRADER, "K-4"),
            row(&number(1), "K-1"),
            row(&number(1), "K-5"),
        ];
        let mut batch = pb::BatchRegisterSendersRequest {
            request_id: request_id(),
            requests,
            validate_only: true,
            ..Default::default()
        };
        let mut senders = server.integrator("first").senders;
        let tried = senders.batch_register_senders(batch.clone()).await.unwrap().into_inner();
        assert!(list(&server, "first", pb::ListSendersRequest::default()).await.senders.is_empty());
        batch.validate_only = false;
        let done = senders.batch_register_senders(batch.clone()).await.unwrap().into_inner();

        for answer in [&tried, &done] {
            let totals = [answer.created_total, answer.unchanged_total, answer.differs_total, answer.refused_total];
            assert_eq!(totals, [2, 1, 1, 2]);
        }
        assert_eq!(done.revision, tried.revision + 2);
        let outcome = |result: &pb::BatchRegisterSendersResult| match result.result.clone().unwrap() {
            pb::batch_register_senders_result::Result::Response(response) => Ok(response),
            pb::batch_register_senders_result::Result::Error(error) => Err(Status::with_details(
                error.code.into(),
                error.message.clone(),
                prost::Message::encode_to_vec(&error).into(),
            )),
        };
        let rows: Vec<_> = done.results.iter().map(outcome).collect();
        let refused = |place: usize| rows[place].as_ref().unwrap_err();
        assert_eq!(
            (reason(refused(1)).as_str(), faults(refused(1))),
            ("EXTERNAL_REFERENCE_TAKEN", vec!["external_reference".to_owned()])
        );
        assert_eq!(
            (reason(refused(2)).as_str(), faults(refused(2))),
            ("INVALID_FIELDS", vec!["organisation_number".to_owned(), "legal_name".to_owned()])
        );
        assert_eq!(rows[5].as_ref().unwrap().differing_fields, ["legal_name", "external_reference"]);
        for result in &tried.results {
            if let Ok(response) = outcome(result) {
                assert_eq!(
                    (response.sender_id.as_str(), response.connection_id.as_str(), response.etag.as_str()),
                    ("", "", "")
                );
                assert_eq!((response.create_time, response.revision), (None, tried.revision));
            }
        }
        let again = senders.batch_register_senders(batch).await.unwrap().into_inner();
        assert_eq!(again, done, "refusals included");

        // What exists is told by a trial as it is.
        let trial = pb::RegisterSenderRequest { validate_only: true, ..registration(&number(1), "K-1") };
        let trial = register(&server, "first", trial).await;
        assert_eq!(trial.outcome(), pb::RegistrationOutcome::Unchanged);
        assert_eq!((trial.sender_id, trial.revision), (rows[0].as_ref().unwrap().sender_id.clone(), done.revision));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_confirmed_by_evidence_or_by_the_operator() {
    each(|database| async move {
        let server = start(database).await;
        register(&server, "first", registration(&number(1), "K-1")).await;
        register(&server, "first", registration(&number(2), "K-2")).await;
        let bare = |reference: &str| pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: reference.into(),
            ..Default::default()
        };
        let refused = server.integrator("first").senders.confirm_connection(bare("K-1")).await.unwrap_err();
        assert_eq!(faults(&refused), ["evidence"]);
        let confirmed = confirm(&server, "first", "K-1").await;
        assert!(confirmed.changed && confirmed.confirm_time.is_some());
        let again = confirm(&server, "first", "K-1").await;
        assert_eq!((again.changed, again.confirm_time, again.etag), (false, confirmed.confirm_time, confirmed.etag));
        let by_operator = pb::ConfirmConnectionRequest { integrator_id: "first".into(), ..bare("K-2") };
        let by_operator = server.operator("anna").senders.confirm_connection(by_operator).await.unwrap().into_inner();
        assert!(by_operator.changed);
        let seen = get(&server, "first", "K-1").await;
        assert_eq!((seen.state(), seen.connections[0].state()), (pb::SenderState::Active, pb::ConnectionState::Active));
        assert_eq!(seen.connections[0].confirmation_basis(), pb::ConfirmationBasis::Instruction);
        assert_eq!(
            get(&server, "first", "K-2").await.connections[0].confirmation_basis(),
            pb::ConfirmationBasis::Operator
        );

        end(&server, "first", "K-1").await;
        let late = pb::ConfirmConnectionRequest { evidence: vec![instruction()], ..bare("K-1") };
        let late = server.integrator("first").senders.confirm_connection(late).await.unwrap_err();
        assert_eq!(reason(&late), "CONNECTION_ENDED");
        let seen = get(&server, "first", "K-1").await;
        assert_eq!(
            (seen.state(), seen.connections[0].state()),
            (pb::SenderState::Unspecified, pb::ConnectionState::Ended)
        );
        assert!(seen.connections[0].end_time.is_some());
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_based_on_what_was_read() {
    each(|database| async move {
        let server = start(database).await;
        let registered = register(&server, "first", registration(&number(1), "K-1")).await;
        register(&server, "first", registration(&number(2), "K-2")).await;
        let update = |etag: &str| pb::UpdateSenderRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            etag: etag.into(),
            ..Default::default()
        };
        let mut senders = server.integrator("first").senders;
        let taken = pb::UpdateSenderRequest { new_external_reference: Some("K-2".into()), ..update(&registered.etag) };
        let taken = senders.update_sender(taken).await.unwrap_err();
        assert_eq!(
            (reason(&taken).as_str(), faults(&taken)),
            ("EXTERNAL_REFERENCE_TAKEN", vec!["new_external_reference".to_owned()])
        );
        let nothing = pb::UpdateSenderRequest { legal_name: Some("Company K-1 AB".into()), ..update(&registered.etag) };
        let nothing = senders.update_sender(nothing).await.unwrap().into_inner();
        assert_eq!((nothing.changed, nothing.etag.as_str()), (false, registered.etag.as_str()));

        let change = pb::UpdateSenderRequest {
            new_external_reference: Some("K-3".into()),
            content_types: Some(pb::ContentTypes { content_types: vec![3, 2] }),
            contact_point: Some(pb::ContactPoint { email: "anna.berg@company.example".into() }),
            ..update(&registered.etag)
        };
        let changed = senders.update_sender(change).await.unwrap().into_inner();
        assert!(changed.changed);
        assert_eq!(
            (changed.external_reference.as_str(), codes(&changed.warnings)),
            ("K-3", vec!["CONTACT_POINT_LOOKS_PERSONAL"])
        );
        let stale = pb::UpdateSenderRequest { external_reference: "K-3".into(), ..update(&registered.etag) };
        assert_eq!(reason(&senders.update_sender(stale).await.unwrap_err()), "ETAG_MISMATCH");
        assert_eq!(reason(&senders.get_sender(by_reference("K-1")).await.unwrap_err()), "SENDER_NOT_FOUND");
        let seen = get(&server, "first", "K-3").await.connections.remove(0);
        assert_eq!((seen.legal_name.as_str(), &seen.content_types[..]), ("Company K-1 AB", &[2, 3][..]));

        let removal = pb::UpdateSenderRequest {
            external_reference: "K-3".into(),
            contact_point: Some(pb::ContactPoint::default()),
            ..update(&changed.etag)
        };
        let removed = senders.update_sender(removal).await.unwrap().into_inner();
        assert_eq!(codes(&removed.warnings), ["CONTACT_POINT_MISSING"]);
        assert!(get(&server, "first", "K-3").await.connections[0].contact_point.is_none());
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_is_the_operators() {
    each(|database| async move {
        let server = start(database).await;
        let sender_id = register(&server, "first", registration(&number(1), "K-1")).await.sender_id;
        confirm(&server, "first", "K-1").await;
        let refused = server.integrator("first").senders.suspend_sender(suspension(&sender_id)).await.unwrap_err();
        assert_eq!(reason(&refused), "SCOPE_MISSING");

        let mut operator = server.operator("anna").senders;
        let suspended = operator.suspend_sender(suspension(&sender_id)).await.unwrap().into_inner();
        assert!(suspended.changed && suspended.state() == pb::SenderState::Suspended);
        let again = operator.suspend_sender(suspension(&sender_id)).await.unwrap().into_inner();
        assert_eq!(
            (again.changed, again.suspend_time, again.revision),
            (false, suspended.suspend_time, suspended.revision)
        );

        let seen = get(&server, "first", "K-1").await;
        assert_eq!((seen.state(), seen.suspension_reason.as_str()), (pb::SenderState::Suspended, ""));
        let all = pb::GetSenderRequest { sender_id: sender_id.clone(), ..Default::default() };
        let seen = operator.get_sender(all).await.unwrap().into_inner().sender.unwrap();
        assert_eq!(seen.suspension_reason, "Konkurs, säger Åsa");

        let resumption = || pb::ResumeSenderRequest {
            request_id: request_id(),
            integrator_id: "first".into(),
            external_reference: "K-1".into(),
            reason: "Fel bolag".into(),
            ..Default::default()
        };
        let resumed = operator.resume_sender(resumption()).await.unwrap().into_inner();
        assert!(resumed.changed && resumed.resume_time.is_some());
        assert_eq!((resumed.sender_id.as_str(), resumed.external_reference.as_str()), (sender_id.as_str(), "K-1"));
        let again = operator.resume_sender(resumption()).await.unwrap().into_inner();
        assert_eq!((again.changed, again.resume_time), (false, None));
        let missing = suspension(&request_id());
        assert_eq!(reason(&operator.suspend_sender(missing).await.unwrap_err()), "SENDER_NOT_FOUND");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_tells_who_is_not_ready() {
    each(|database| async move {
        let server = start(database).await;
        for n in 1..=7 {
            register(&server, "first", registration(&number(n), &format!("K-{n}"))).await;
        }
        register(&server, "second", registration(&number(1), "K-1")).await;
        for reference in ["K-2", "K-4", "K-6"] {
            confirm(&server, "first", reference).await;
        }
        let references = |page: &pb::ListSendersResponse| -> Vec<String> {
            page.senders.iter().map(|row| row.connection.as_ref().unwrap().external_reference.clone()).collect()
        };
        let waiting = pb::ListSendersRequest {
            page_size: 2,
            reasons: vec![pb::Reason::ConnectionNotConfirmed as i32],
            evaluate_time: Some(in_seconds(86_400)),
            ..Default::default()
        };
        let (mut found, mut page_token, mut shared) = (Vec::new(), String::new(), None);
        loop {
            let page = list(&server, "first", pb::ListSendersRequest { page_token, ..waiting.clone() }).await;
            assert!(page.senders.len() <= 2);
            found.extend(references(&page));
            let told = (page.revision, page.evaluate_time);
            assert_eq!(*shared.get_or_insert(told), told, "the same on every page");
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
            // What happens between two pages does not move them.
            end(&server, "second", "K-1").await;
            let other = pb::ListSendersRequest { page_token: page_token.clone(), page_size: 2, ..Default::default() };
            assert_eq!(
                reason(&server.integrator("first").senders.list_senders(other).await.unwrap_err()),
                "PAGE_TOKEN_INVALID"
            );
        }
        assert_eq!(found, ["K-1", "K-3", "K-5", "K-7"]);

        let active = pb::ListSendersRequest {
            connection_states: vec![pb::ConnectionState::Active as i32],
            decision: pb::Decision::Deny as i32,
            ..Default::default()
        };
        let page = list(&server, "first", active.clone()).await;
        assert_eq!(references(&page), ["K-2", "K-4", "K-6"]);
        assert_eq!(page.senders[0].checks.len(), 1);
        assert_eq!(page.senders[0].checks[0].content_type(), pb::ContentType::Payslip);
        assert!(codes(&page.senders[0].checks[0].reasons).contains(&"AGREEMENT_NOT_ACCEPTED"));
        let allowed = pb::ListSendersRequest { decision: pb::Decision::Allow as i32, ..active };
        assert!(list(&server, "first", allowed).await.senders.is_empty());

        let one = pb::ListSendersRequest { external_reference: "K-4".into(), ..Default::default() };
        assert_eq!(references(&list(&server, "first", one).await), ["K-4"]);
        let of_number = pb::ListSendersRequest { organisation_number: number(1), ..Default::default() };
        assert_eq!(list(&server, "first", of_number.clone()).await.senders.len(), 1);
        let of_all = server.operator("anna").senders.list_senders(of_number).await.unwrap().into_inner();
        assert_eq!(of_all.senders.len(), 2);
        let everything = server.operator("anna").senders.list_senders(pb::ListSendersRequest::default()).await.unwrap();
        assert_eq!(everything.into_inner().senders.len(), 8);

        let past = pb::ListSendersRequest { evaluate_time: Some(in_seconds(-600)), ..Default::default() };
        assert_eq!(
            faults(&server.integrator("first").senders.list_senders(past).await.unwrap_err()),
            ["evaluate_time"]
        );
        server.stop().await;
    })
    .await;
}
