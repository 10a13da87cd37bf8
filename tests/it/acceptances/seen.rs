//! Who sees what of an acceptance, and what becomes of it later.

use super::{is, record, refused, start};
use crate::support::{
    database::each,
    server::{Clients, Server, request_id},
    world::{acceptance, number, question, reasons, registration, time},
};
use ombord::pb;
use tonic::Status;

async fn get(clients: &Clients, id: &str) -> Result<pb::Acceptance, Status> {
    let request = pb::GetAcceptanceRequest { acceptance_id: id.into() };
    clients.clone().acceptances.get_acceptance(request).await.map(|response| response.into_inner().acceptance.unwrap())
}

async fn status(clients: &Clients, reference: &str) -> pb::GetAcceptanceStatusResponse {
    let request = pb::GetAcceptanceStatusRequest { external_reference: reference.into(), ..Default::default() };
    clients.clone().acceptances.get_acceptance_status(request).await.unwrap().into_inner()
}

fn standings(status: &pb::GetAcceptanceStatusResponse) -> Vec<(&str, pb::Standing)> {
    status.agreements.iter().map(|one| (one.agreement_id.as_str(), one.standing())).collect()
}

async fn list(clients: &Clients, request: pb::ListAcceptancesRequest) -> pb::ListAcceptancesResponse {
    clients.clone().acceptances.list_acceptances(request).await.unwrap().into_inner()
}

async fn invalidate(server: &Server, id: &str) -> pb::InvalidateAcceptanceResponse {
    let reason = "Åsa had left the company".into();
    let request = pb::InvalidateAcceptanceRequest { request_id: request_id(), acceptance_id: id.into(), reason };
    server.operator("anna").acceptances.invalidate_acceptance(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_recorded_it_sees_it_whole_and_another_only_what_it_means() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let mut second = server.integrator("second");
        let mut request = acceptance(&first, "K-1").await;
        request.evidence[0].reference = "Shelf 3".into();
        request.contact_point = Some(pb::ContactPoint { email: "lon@company.example".into() });
        let recorded = record(&first, request.clone()).await.unwrap();
        let id = recorded.acceptances[1].acceptance_id.clone();

        let whole = get(&first, &id).await.unwrap();
        assert_eq!(whole.document.as_ref(), request.documents.get(1));
        assert_eq!(
            (&whole.signatories, &whole.evidence, &whole.contact_point),
            (&request.signatories, &request.evidence, &request.contact_point)
        );
        assert_eq!((whole.integrator_id.as_str(), whole.external_reference.as_str()), ("first", "K-1"));
        assert_eq!(whole.recorder.as_ref().map(|recorder| recorder.role()), Some(pb::ActorRole::Integrator));
        assert_eq!((whole.accept_time, whole.revision), (recorded.accept_time, recorded.revision));
        assert_eq!(get(&server.auditor(), &id).await.unwrap(), whole);

        second.senders.register_sender(registration(&number(1), "X-1")).await.unwrap();
        let foreign = get(&second, &id).await.unwrap_err();
        let missing = get(&second, &request_id()).await.unwrap_err();
        assert_eq!(
            (foreign.code(), foreign.message(), foreign.details()),
            (missing.code(), missing.message(), missing.details())
        );
        let none = standings(&status(&second, "X-1").await).iter().map(|(_, standing)| *standing).collect::<Vec<_>>();
        assert_eq!(none, [pb::Standing::NotAccepted; 2], "as if nothing had been accepted");
        let mut dpa = acceptance(&second, "X-1").await;
        dpa.documents.remove(0);
        assert_eq!(
            refused(record(&second, dpa.clone()).await).0,
            "GENERAL_TERMS_NOT_ACCEPTED",
            "a stranger learns nothing"
        );

        let confirm = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            integrator_id: "second".into(),
            external_reference: "X-1".into(),
            ..Default::default()
        };
        server.operator("anna").senders.confirm_connection(confirm).await.unwrap();
        let told = status(&second, "X-1").await;
        assert_eq!(standings(&told), [("terms", pb::Standing::Accepted), ("dpa", pb::Standing::Accepted)]);
        let one = &told.agreements[1];
        assert_eq!(
            (one.accepted_version.as_str(), one.accept_time, one.assurance()),
            ("1", recorded.accept_time, pb::Assurance::IntegratorAttested)
        );
        assert_eq!((one.through_this_connection, one.acceptance_id.as_str()), (false, ""));
        let own = status(&first, "K-1").await;
        assert_eq!(
            (own.agreements[1].through_this_connection, own.agreements[1].acceptance_id.as_str()),
            (true, id.as_str())
        );
        assert_eq!(get(&second, &id).await.unwrap_err().message(), missing.message(), "nor whole then");
        assert!(list(&second, pb::ListAcceptancesRequest::default()).await.acceptances.is_empty());
        record(&second, dpa).await.unwrap();

        let end = pb::EndConnectionRequest {
            request_id: request_id(),
            external_reference: "X-1".into(),
            ..Default::default()
        };
        second.senders.end_connection(end).await.unwrap();
        let ended = status(&second, "X-1").await;
        assert_eq!(ended.connection_state(), pb::ConnectionState::Ended);
        assert!(
            ended
                .agreements
                .iter()
                .all(|one| one.standing() == pb::Standing::NotAccepted && one.accepted_version.is_empty())
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalidation_is_final() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let mut request = acceptance(&first, "K-1").await;
        request.accept_time = Some(time("2020-01-01T00:00:00Z"));
        let recorded = record(&first, request.clone()).await.unwrap();
        let id = recorded.acceptances[0].acceptance_id.clone();
        let done = invalidate(&server, &id).await;
        assert!(done.changed && done.revision == recorded.revision + 1);
        let again = invalidate(&server, &id).await;
        assert_eq!(
            (again.changed, again.invalidate_time, again.revision),
            (false, done.invalidate_time, done.revision)
        );

        let seen = get(&first, &id).await.unwrap();
        assert_eq!((seen.state(), seen.invalidate_time), (pb::AcceptanceState::Invalidated, done.invalidate_time));
        assert_eq!((seen.invalidation_reason.as_str(), seen.revision), ("", done.revision), "not for integrators");
        assert_eq!(get(&server.auditor(), &id).await.unwrap().invalidation_reason, "Åsa had left the company");
        let answer = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(reasons(&answer), ["AGREEMENT_INVALIDATED"], "the other acceptance of the act stands");
        assert_eq!(
            standings(&status(&first, "K-1").await),
            [("terms", pb::Standing::Invalidated), ("dpa", pb::Standing::Accepted)]
        );

        let rerun = record(&first, request).await.unwrap();
        assert_eq!(rerun.acceptances[0].outcome(), pb::RecordingOutcome::Unchanged, "no rerun undoes it");
        assert_eq!(rerun.acceptances[0].state(), pb::AcceptanceState::Invalidated);
        let by_integrator =
            pb::InvalidateAcceptanceRequest { request_id: request_id(), acceptance_id: id, reason: "x".into() };
        assert_eq!(
            refused(first.clone().acceptances.invalidate_acceptance(by_integrator).await),
            is("SCOPE_MISSING", &[])
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_pages_filters_and_polls() {
    each(|database| async move {
        let (server, mut first) = start(database).await;
        let mut ids = Vec::new();
        for n in 1..=3 {
            let reference = format!("K-{n}");
            first.senders.register_sender(registration(&number(n), &reference)).await.unwrap();
            let recorded = record(&first, acceptance(&first, &reference).await).await.unwrap();
            ids.extend(recorded.acceptances.into_iter().map(|one| one.acceptance_id));
        }
        let mut request = pb::ListAcceptancesRequest { page_size: 4, ..Default::default() };
        let page = list(&first, request.clone()).await;
        invalidate(&server, &ids[1]).await;
        request.page_token = page.next_page_token.clone();
        let rest = list(&first, request.clone()).await;
        let listed: Vec<String> =
            page.acceptances.iter().chain(&rest.acceptances).map(|one| one.acceptance_id.clone()).collect();
        assert_eq!((listed, rest.next_page_token.as_str()), (ids.clone(), ""));
        assert_eq!(rest.revision, page.revision, "a poll from the first page misses nothing");
        let polled =
            list(&first, pb::ListAcceptancesRequest { changed_after_revision: page.revision, ..Default::default() })
                .await;
        assert_eq!(
            polled.acceptances.iter().map(|one| one.acceptance_id.as_str()).collect::<Vec<_>>(),
            [ids[1].as_str()]
        );
        assert_eq!(polled.acceptances[0].state(), pb::AcceptanceState::Invalidated);

        request.agreement_id = "dpa".into();
        assert_eq!(refused(first.acceptances.list_acceptances(request).await).0, "PAGE_TOKEN_INVALID");
        let of = |request: pb::ListAcceptancesRequest| {
            let first = first.clone();
            async move { list(&first, request).await.acceptances.len() }
        };
        let filter =
            pb::ListAcceptancesRequest { agreement_id: "dpa".into(), version: "1".into(), ..Default::default() };
        assert_eq!(of(filter.clone()).await, 3);
        assert_eq!(of(pb::ListAcceptancesRequest { version: "2".into(), ..filter }).await, 0);
        let valid = pb::ListAcceptancesRequest {
            states: vec![pb::AcceptanceState::Valid as i32],
            page_size: 2,
            ..Default::default()
        };
        let valid = list(&first, valid).await.acceptances;
        assert_eq!(
            valid.iter().map(|one| one.acceptance_id.as_str()).collect::<Vec<_>>(),
            [ids[0].as_str(), ids[2].as_str()]
        );
        assert_eq!(of(pb::ListAcceptancesRequest { external_reference: "K-2".into(), ..Default::default() }).await, 2);
        let unknown = pb::ListAcceptancesRequest { external_reference: "K-9".into(), ..Default::default() };
        assert_eq!(refused(first.acceptances.list_acceptances(unknown).await), is("SENDER_NOT_FOUND", &[]));
        assert_eq!(list(&server.auditor(), pb::ListAcceptancesRequest::default()).await.acceptances.len(), 6);
        server.stop().await;
    })
    .await;
}
