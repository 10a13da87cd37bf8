//! Contests: what shows of one, what the operator does about it, what follows when nobody does; and a contact point that the
//! sender's own person gave.

use super::stage;
use crate::support::{
    database::each,
    hosted::{self, contest, contest_connection},
    server::{Server, reason, request_id},
    world::{acceptance, evidence, in_seconds, number, question, reasons, registration},
};
use ombord::{app::System, domain::time::Timestamp, pb, service::ports::Clock};

fn days(days: i64) -> Timestamp {
    System.now().plus_seconds(days * 86_400)
}

async fn get(server: &Server, acceptance_id: &str) -> pb::Acceptance {
    let request = pb::GetAcceptanceRequest { acceptance_id: acceptance_id.into() };
    server.integrator("first").acceptances.get_acceptance(request).await.unwrap().into_inner().acceptance.unwrap()
}

async fn listed(server: &Server, state: pb::AcceptanceState) -> usize {
    let request = pb::ListAcceptancesRequest { states: vec![state as i32], ..Default::default() };
    server.integrator("first").acceptances.list_acceptances(request).await.unwrap().into_inner().acceptances.len()
}

async fn gate(server: &Server) -> Vec<String> {
    let answer = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
    reasons(&answer)
}

fn resolution(acceptance_id: &str) -> pb::ResolveContestRequest {
    pb::ResolveContestRequest {
        request_id: request_id(),
        acceptance_id: acceptance_id.into(),
        reason: "The company confirmed it by telephone".into(),
        ..Default::default()
    }
}

async fn resolve(server: &Server, acceptance_id: &str) -> pb::ResolveContestResponse {
    server.operator("anna").acceptances.resolve_contest(resolution(acceptance_id)).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contested_acceptance_counts_until_its_deadline_unless_it_is_resolved() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let act = first.acceptances.record_acceptance(acceptance(&first, "K-1").await).await.unwrap().into_inner();
        let ids: Vec<&str> = act.acceptances.iter().map(|one| one.acceptance_id.as_str()).collect();
        assert!(!resolve(&server, ids[0]).await.changed, "nothing is contested");

        let until = days(7);
        contest(&server, &act.sender_id, &ids, until).await;
        for id in &ids {
            let seen = get(&server, id).await;
            let (seconds, nanos) = until.parts();
            assert_eq!(seen.state(), pb::AcceptanceState::Contested);
            assert_eq!(seen.contest_deadline, Some(prost_types::Timestamp { seconds, nanos }));
        }
        assert_eq!(listed(&server, pb::AcceptanceState::Contested).await, 2);
        assert_eq!(listed(&server, pb::AcceptanceState::Valid).await, 0);
        assert!(gate(&server).await.contains(&"~CONTESTED".to_owned()));

        // One word of the operator's clears the whole act.
        let done = resolve(&server, ids[0]).await;
        assert!(done.changed && done.acceptance_state() == pb::AcceptanceState::Valid);
        assert_eq!(listed(&server, pb::AcceptanceState::Valid).await, 2);
        let changed = get(&server, ids[1]).await;
        assert_eq!((changed.revision, changed.contest_deadline), (done.revision, None));
        assert!(!gate(&server).await.iter().any(|reason| reason.contains("CONTESTED")));

        contest(&server, &act.sender_id, &ids, System.now()).await;
        let lapsed = get(&server, ids[0]).await;
        assert_eq!(lapsed.state(), pb::AcceptanceState::Invalidated);
        assert!(lapsed.invalidate_time.is_some() && lapsed.contest_deadline.is_none());
        assert_eq!(listed(&server, pb::AcceptanceState::Invalidated).await, 2);
        let late = resolve(&server, ids[0]).await;
        assert!(!late.changed && late.acceptance_state() == pb::AcceptanceState::Invalidated);
        assert_eq!(gate(&server).await[0], "AGREEMENT_INVALIDATED");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_tells_where_the_act_stands() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let act = acceptance(&first, "K-1").await;
        let at = |seconds| pb::RecordAcceptanceRequest {
            request_id: request_id(),
            accept_time: Some(in_seconds(seconds)),
            ..act.clone()
        };
        let request = at(-60);
        let made = first.acceptances.record_acceptance(request.clone()).await.unwrap().into_inner();
        let ids: Vec<&str> = made.acceptances.iter().map(|one| one.acceptance_id.as_str()).collect();
        let mut rerun = async |request: &pb::RecordAcceptanceRequest| {
            let request = pb::RecordAcceptanceRequest { request_id: request_id(), ..request.clone() };
            let answer = first.acceptances.record_acceptance(request).await.unwrap().into_inner().acceptances;
            answer.iter().map(|one| (one.outcome(), one.state())).collect::<Vec<_>>()
        };
        let (created, unchanged) = (pb::RecordingOutcome::Created, pb::RecordingOutcome::Unchanged);
        assert_eq!(rerun(&request).await, [(unchanged, pb::AcceptanceState::Valid); 2]);
        contest(&server, &made.sender_id, &ids, days(7)).await;
        assert_eq!(rerun(&request).await, [(unchanged, pb::AcceptanceState::Contested); 2]);
        // What the integrator attests meanwhile is contested as well.
        let meanwhile = at(-30);
        assert_eq!(rerun(&meanwhile).await, [(created, pb::AcceptanceState::Contested); 2]);

        server.operator("anna").acceptances.resolve_contest(resolution(ids[0])).await.unwrap();
        assert_eq!(rerun(&meanwhile).await, [(unchanged, pb::AcceptanceState::Valid); 2]);
        contest(&server, &made.sender_id, &ids, System.now()).await;
        let lapsed = [(unchanged, pb::AcceptanceState::Invalidated); 2];
        assert_eq!(rerun(&request).await, lapsed, "it counts no more, and the answer says so");
        let tried = pb::RecordAcceptanceRequest { validate_only: true, ..request.clone() };
        assert_eq!(rerun(&tried).await, lapsed);
        assert_eq!(rerun(&at(-10)).await, [(created, pb::AcceptanceState::Invalidated); 2], "recorded under it");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_over_an_unconfirmed_connection_tells_of_no_contest_through_another() {
    each(|database| async move {
        let server = stage(&database).await;
        let (mut first, mut second) = (server.integrator("first"), server.integrator("second"));
        second.senders.register_sender(registration(&number(1), "X-1")).await.unwrap();
        let act = acceptance(&second, "X-1").await;
        let mut tried = async |act: &pb::RecordAcceptanceRequest| {
            let tried = pb::RecordAcceptanceRequest { request_id: request_id(), validate_only: true, ..act.clone() };
            // Were it no trial, the first row would confirm the connection for the second.
            let row =
                |accept_time| pb::RecordAcceptanceRequest { request_id: String::new(), accept_time, ..act.clone() };
            let alone = |place: usize| {
                let documents = vec![act.documents[place].clone()];
                pb::RecordAcceptanceRequest { documents, ..row(Some(in_seconds(-20))) }
            };
            let rows = pb::BatchRecordAcceptancesRequest {
                request_id: request_id(),
                requests: vec![alone(0), alone(1), row(None), row(Some(in_seconds(-30)))],
                validate_only: true,
                ..Default::default()
            };
            let one = second.acceptances.record_acceptance(tried).await.unwrap().into_inner().acceptances;
            let rows = second.acceptances.batch_record_acceptances(rows).await.unwrap().into_inner().results;
            let rows = rows.into_iter().flat_map(|row| match row.result {
                Some(pb::batch_record_acceptances_result::Result::Response(response)) => response.acceptances,
                refused => panic!("{refused:?}"),
            });
            one.into_iter().chain(rows).map(|one| one.state()).collect::<Vec<_>>()
        };
        let before = tried(&act).await;
        assert_eq!(before, [pb::AcceptanceState::Valid; 8]);
        let made = first.acceptances.record_acceptance(acceptance(&first, "K-1").await).await.unwrap().into_inner();
        let ids: Vec<&str> = made.acceptances.iter().map(|one| one.acceptance_id.as_str()).collect();
        assert_eq!(tried(&act).await, before);
        contest(&server, &made.sender_id, &ids, days(7)).await;
        assert_eq!(tried(&act).await, before, "contested");
        contest(&server, &made.sender_id, &ids, System.now()).await;
        assert_eq!(tried(&act).await, before, "lapsed");
        // What is done confirms the connection, and then all shows.
        let done = second.acceptances.record_acceptance(act).await.unwrap().into_inner().acceptances;
        assert!(done.iter().all(|one| one.state() != pb::AcceptanceState::Valid));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contested_connection_holds_until_its_deadline() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let confirm = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            evidence: vec![evidence("a letter")],
            ..Default::default()
        };
        let confirmed = first.senders.confirm_connection(confirm).await.unwrap().into_inner();
        let (sender, connection) = (&confirmed.sender_id, &confirmed.connection_id);
        contest_connection(&server, sender, connection, days(7)).await;
        let seen = async || {
            let get = pb::GetSenderRequest { external_reference: "K-1".into(), ..Default::default() };
            let seen = server.integrator("first").senders.get_sender(get).await.unwrap().into_inner();
            seen.sender.unwrap().connections[0].clone()
        };
        assert!(seen().await.contest_deadline.is_some() && seen().await.state() == pb::ConnectionState::Active);
        let request = || pb::ResolveContestRequest {
            request_id: request_id(),
            integrator_id: "first".into(),
            sender_id: sender.clone(),
            reason: "The company confirmed it".into(),
            ..Default::default()
        };
        let mut anna = server.operator("anna");
        let done = anna.acceptances.resolve_contest(request()).await.unwrap().into_inner();
        assert!(done.changed && done.connection_state() == pb::ConnectionState::Active);
        assert_eq!(seen().await.contest_deadline, None);

        contest_connection(&server, sender, connection, System.now()).await;
        assert_eq!(seen().await.state(), pb::ConnectionState::Unconfirmed);
        let confirm = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            evidence: vec![evidence("another letter")],
            ..Default::default()
        };
        let again = first.senders.confirm_connection(confirm).await.unwrap().into_inner();
        assert!(
            !again.changed && again.connection_state() == pb::ConnectionState::Unconfirmed,
            "only the operator can"
        );
        assert_eq!(gate(&server).await, ["CONNECTION_NOT_CONFIRMED"]);
        let status = pb::GetAcceptanceStatusRequest { external_reference: "K-1".into(), ..Default::default() };
        let status = first.acceptances.get_acceptance_status(status).await.unwrap().into_inner();
        assert_eq!(status.connection_state(), pb::ConnectionState::Unconfirmed);
        let why = pb::ExplainSendRequest {
            external_reference: "K-1".into(),
            content_type: pb::ContentType::Payslip as i32,
            ..Default::default()
        };
        let why = first.gate.explain_send(why).await.unwrap().into_inner();
        assert_eq!(why.connection.unwrap().state(), pb::ConnectionState::Unconfirmed);
        for (state, count) in [(pb::ConnectionState::Unconfirmed, 1), (pb::ConnectionState::Active, 0)] {
            let list = pb::ListSendersRequest { connection_states: vec![state as i32], ..Default::default() };
            let list = first.senders.list_senders(list).await.unwrap().into_inner();
            assert_eq!(list.senders.len(), count, "{state:?}");
        }
        let late = anna.acceptances.resolve_contest(request()).await.unwrap().into_inner();
        assert!(late.changed && late.connection_state() == pb::ConnectionState::Active);
        assert_eq!(gate(&server).await[0], "AGREEMENT_NOT_ACCEPTED");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_point_that_the_senders_person_gave_is_not_the_integrators_to_change() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let update = async |email: &str| {
            let get = pb::GetSenderRequest { external_reference: "K-1".into(), ..Default::default() };
            let seen = server.integrator("first").senders.get_sender(get).await.unwrap().into_inner().sender.unwrap();
            pb::UpdateSenderRequest {
                request_id: request_id(),
                integrator_id: "first".into(),
                external_reference: "K-1".into(),
                etag: seen.connections[0].etag.clone(),
                contact_point: Some(pb::ContactPoint { email: email.into() }),
                ..Default::default()
            }
        };
        first.senders.update_sender(update("post@company.example").await).await.unwrap();
        hosted::accept(&server, "K-1", "dataskydd@company.example", Vec::new()).await;
        for email in ["post@company.example", ""] {
            let refused = first.senders.update_sender(update(email).await).await.unwrap_err();
            assert_eq!(reason(&refused), "CONTACT_POINT_CONFIRMED");
        }
        let same = first.senders.update_sender(update("dataskydd@company.example").await).await.unwrap().into_inner();
        assert!(!same.changed);
        let mut anna = server.operator("anna");
        let changed = anna.senders.update_sender(update("post@company.example").await).await.unwrap().into_inner();
        assert!(changed.changed, "the operator may");
        // Nobody claims the form's method.
        first.senders.register_sender(registration(&number(2), "K-2")).await.unwrap();
        let claimed = pb::RecordAcceptanceRequest {
            method: pb::AcceptanceMethod::HostedForm as i32,
            ..acceptance(&first, "K-2").await
        };
        let refused = first.acceptances.record_acceptance(claimed).await.unwrap_err();
        assert_eq!(crate::support::server::faults(&refused), ["method"]);
        server.stop().await;
    })
    .await;
}
