//! Exceptions over real gRPC: two operators, 72 hours, and nothing beyond.

use crate::support::{
    database,
    server::{Clients, Server, faults, reason, request_id},
    world::{accepted_sender, furnish, in_seconds, number, question, reasons, version},
};
use ombord::pb;

const HOUR: i64 = 3600;

fn proposal(hours: i64) -> pb::ProposeExceptionRequest {
    pb::ProposeExceptionRequest {
        request_id: request_id(),
        until: Some(in_seconds(hours * HOUR)),
        reason: "Lönedag".into(),
        ..Default::default()
    }
}

async fn approve(clients: &Clients, exception_id: &str) -> Result<pb::ApproveExceptionResponse, String> {
    let request = pb::ApproveExceptionRequest { request_id: request_id(), exception_id: exception_id.into() };
    let response = clients.clone().exceptions.approve_exception(request).await;
    response.map(tonic::Response::into_inner).map_err(|refused| reason(&refused))
}

async fn end(clients: &Clients, exception_id: &str) -> pb::EndExceptionResponse {
    let request = pb::EndExceptionRequest { request_id: request_id(), exception_id: exception_id.into() };
    clients.clone().exceptions.end_exception(request).await.unwrap().into_inner()
}

async fn listed(clients: &Clients, request: pb::ListExceptionsRequest) -> Vec<pb::SendException> {
    clients.clone().exceptions.list_exceptions(request).await.unwrap().into_inner().exceptions
}

/// A sender whose acceptances no longer count: a MAJOR version without grace follows.
async fn overdue(server: &Server) -> String {
    furnish(server).await;
    let sender_id = accepted_sender(server, &number(1), "K-1").await;
    let second = pb::PublishAgreementVersionRequest {
        change_class: pb::ChangeClass::Major as i32,
        effective_time: None,
        reacceptance_grace: Some(prost_types::Duration::default()),
        ..version("dpa", "2")
    };
    server.operator("anna").agreements.publish_agreement_version(second).await.unwrap();
    sender_id
}

async fn told(server: &Server) -> (pb::Decision, Vec<String>) {
    let answer = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
    (answer.decision(), reasons(&answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_needs_two_operators_and_ends() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let sender_id = overdue(&server).await;
        let (anna, bo) = (server.operator("anna"), server.operator("bo"));
        assert_eq!(told(&server).await.0, pb::Decision::Deny);

        let request = pb::ProposeExceptionRequest { sender_id: sender_id.clone(), ..proposal(24) };
        let proposed = anna.clone().exceptions.propose_exception(request.clone()).await.unwrap().into_inner();
        assert_eq!((proposed.state(), proposed.sender_id.as_str()), (pb::ExceptionState::Proposed, sender_id.as_str()));
        assert_eq!(anna.clone().exceptions.propose_exception(request).await.unwrap().into_inner(), proposed, "a retry");
        assert_eq!(told(&server).await.0, pb::Decision::Deny, "a proposal lifts nothing");
        let id = proposed.exception_id.as_str();
        assert_eq!(approve(&anna, id).await, Err("SAME_OPERATOR".to_owned()));
        let approved = approve(&bo, id).await.unwrap();
        assert_eq!((approved.state(), approved.until), (pb::ExceptionState::Active, proposed.until));
        let (decision, why) = told(&server).await;
        assert_eq!(decision, pb::Decision::Allow);
        assert!(
            why.contains(&"~ALLOWED_BY_EXCEPTION".to_owned())
                && why.contains(&"~AGREEMENT_REACCEPTANCE_OVERDUE".to_owned())
        );
        assert_eq!(approve(&server.operator("cecilia"), id).await, Err("EXCEPTION_NOT_PROPOSED".to_owned()));

        let ended = end(&anna, id).await;
        assert!(ended.changed && ended.state() == pb::ExceptionState::Ended);
        assert_eq!(told(&server).await.0, pb::Decision::Deny);
        let again = end(&bo, id).await;
        assert_eq!((again.changed, again.end_time, again.revision), (false, ended.end_time, ended.revision));
        assert_eq!(approve(&bo, id).await, Err("EXCEPTION_NOT_PROPOSED".to_owned()));
        let shown = listed(&bo, pb::ListExceptionsRequest::default()).await;
        assert_eq!(shown.len(), 1);
        assert_eq!((shown[0].state(), shown[0].reason.as_str()), (pb::ExceptionState::Ended, "Lönedag"));
        assert_eq!((shown[0].propose_time, shown[0].approve_time), (proposed.propose_time, approved.approve_time));
        assert_ne!(shown[0].proposer_actor_id, shown[0].approver_actor_id);
        assert_eq!((shown[0].end_time, shown[0].revision), (ended.end_time, ended.revision));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_for_an_integrator_lifts_for_all_its_senders() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let sender_id = overdue(&server).await;
        let (anna, bo) = (server.operator("anna"), server.operator("bo"));
        let propose =
            async |request| anna.clone().exceptions.propose_exception(request).await.map(tonic::Response::into_inner);
        let for_integrator = pb::ProposeExceptionRequest { integrator_id: "first".into(), ..proposal(72) };
        let first = propose(for_integrator).await.unwrap();
        assert_eq!((first.sender_id.as_str(), first.integrator_id.as_str()), ("", "first"));
        approve(&bo, &first.exception_id).await.unwrap();
        assert_eq!(told(&server).await.0, pb::Decision::Allow);
        end(&bo, &first.exception_id).await;

        let by_reference = pb::ProposeExceptionRequest {
            integrator_id: "first".into(),
            external_reference: "K-1".into(),
            ..proposal(1)
        };
        let second = propose(by_reference.clone()).await.unwrap();
        let said = (second.sender_id.as_str(), second.integrator_id.as_str(), second.external_reference.as_str());
        assert_eq!(said, (sender_id.as_str(), "", "K-1"));

        for (request, refusal) in [
            (pb::ProposeExceptionRequest { integrator_id: "third".into(), ..proposal(1) }, "INTEGRATOR_NOT_FOUND"),
            (pb::ProposeExceptionRequest { integrator_id: "second".into(), ..by_reference }, "REQUEST_ID_REUSED"),
            (pb::ProposeExceptionRequest { sender_id: request_id(), ..proposal(1) }, "SENDER_NOT_FOUND"),
            (pb::ProposeExceptionRequest { sender_id: sender_id.clone(), ..proposal(73) }, "INVALID_FIELDS"),
            (pb::ProposeExceptionRequest { sender_id: sender_id.clone(), ..proposal(-1) }, "INVALID_FIELDS"),
        ] {
            assert_eq!(reason(&propose(request).await.unwrap_err()), refusal);
        }
        assert_eq!(approve(&bo, &request_id()).await, Err("EXCEPTION_NOT_FOUND".to_owned()));

        let of = |request: pb::ListExceptionsRequest| listed(&bo, request);
        let ids = |found: Vec<pb::SendException>| found.into_iter().map(|one| one.exception_id).collect::<Vec<_>>();
        let (one, two) = (first.exception_id, second.exception_id);
        assert_eq!(ids(of(pb::ListExceptionsRequest::default()).await), [two.clone(), one.clone()], "newest first");
        let filter = pb::ListExceptionsRequest { integrator_id: "first".into(), ..Default::default() };
        assert_eq!(ids(of(filter).await), std::slice::from_ref(&one));
        let filter = pb::ListExceptionsRequest { sender_id, ..Default::default() };
        assert_eq!(ids(of(filter).await), std::slice::from_ref(&two));
        let filter = pb::ListExceptionsRequest { states: vec![pb::ExceptionState::Ended as i32], ..Default::default() };
        assert_eq!(ids(of(filter).await), std::slice::from_ref(&one));
        let page = pb::ListExceptionsRequest { page_size: 1, ..Default::default() };
        let newest = bo.clone().exceptions.list_exceptions(page.clone()).await.unwrap().into_inner();
        let rest = pb::ListExceptionsRequest { page_token: newest.next_page_token, ..page };
        assert_eq!((ids(newest.exceptions), ids(of(rest).await)), (vec![two], vec![one]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_ends_an_exception() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let sender_id = overdue(&server).await;
        let (anna, bo) = (server.operator("anna"), server.operator("bo"));
        let soon = pb::ProposeExceptionRequest { sender_id, until: Some(in_seconds(1)), ..proposal(1) };
        let [approved, waiting] = [soon.clone(), pb::ProposeExceptionRequest { request_id: request_id(), ..soon }];
        let approved = anna.clone().exceptions.propose_exception(approved).await.unwrap().into_inner().exception_id;
        let waiting = anna.clone().exceptions.propose_exception(waiting).await.unwrap().into_inner().exception_id;
        approve(&bo, &approved).await.unwrap();
        assert_eq!(told(&server).await.0, pb::Decision::Allow);
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        assert_eq!(told(&server).await.0, pb::Decision::Deny);
        assert_eq!(approve(&bo, &waiting).await, Err("EXCEPTION_NOT_PROPOSED".to_owned()));
        let ended = end(&bo, &approved).await;
        assert_eq!((ended.changed, ended.state(), ended.end_time), (false, pb::ExceptionState::Expired, None));
        let expired =
            pb::ListExceptionsRequest { states: vec![pb::ExceptionState::Expired as i32], ..Default::default() };
        assert_eq!(listed(&bo, expired).await.len(), 2);

        let nobody = anna.clone().exceptions.propose_exception(proposal(1)).await.unwrap_err();
        assert_eq!(faults(&nobody), ["sender_id"]);
        server.stop().await;
    })
    .await;
}
