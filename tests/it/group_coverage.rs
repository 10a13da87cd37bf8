//! Group companies covered by another's acceptance (R7).

use crate::support::{
    database::each,
    server::{Server, reason, request_id},
    world::{acceptance, furnish, number, question, reasons, registration},
};
use ombord::pb;

fn ending(acceptance_id: &str, number: &str) -> pb::EndGroupCoverageRequest {
    pb::EndGroupCoverageRequest {
        request_id: request_id(),
        acceptance_id: acceptance_id.into(),
        organisation_number: number.into(),
        ..Default::default()
    }
}

async fn asked(server: &Server, number: &str) -> Vec<String> {
    reasons(&server.gateway().gate.check_send(question(number, "first")).await.unwrap().into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_counts_for_listed_companies_until_it_ends() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut first = server.integrator("first");
        for n in 1..=2 {
            first.senders.register_sender(registration(&number(n), &format!("K-{n}"))).await.unwrap();
        }
        let mut request = acceptance(&first, "K-1").await;
        request.covered_organisations = vec![number(2), number(3)];
        let refused = first.acceptances.record_acceptance(request.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "GROUP_PERMISSION_NOT_DECLARED");
        request.group_permission_declared = true;
        let recorded = first.acceptances.record_acceptance(request.clone()).await.unwrap().into_inner();
        assert_eq!(asked(&server, &number(2)).await, ["CONNECTION_NOT_CONFIRMED"], "coverage confirms nothing");

        let confirm = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            integrator_id: "first".into(),
            external_reference: "K-2".into(),
            ..Default::default()
        };
        server.operator("anna").senders.confirm_connection(confirm).await.unwrap();
        assert_eq!(asked(&server, &number(2)).await, [""; 0]);
        // A company that was only covered is a sender like any other: registering it tells nothing.
        let registered = first.senders.register_sender(registration(&number(3), "K-3")).await.unwrap().into_inner();
        assert_eq!(registered.outcome(), pb::RegistrationOutcome::Created);

        let (terms, dpa) = (&recorded.acceptances[0].acceptance_id, &recorded.acceptances[1].acceptance_id);
        let ended = first.acceptances.end_group_coverage(ending(dpa, &number(2))).await.unwrap().into_inner();
        assert!(ended.changed);
        assert_eq!(asked(&server, &number(2)).await, ["AGREEMENT_COVERAGE_ENDED"]);
        let again = first.acceptances.end_group_coverage(ending(dpa, &number(2))).await.unwrap().into_inner();
        assert_eq!((again.changed, again.end_time, again.revision), (false, ended.end_time, ended.revision));
        let other = first.acceptances.end_group_coverage(ending(dpa, &number(9))).await.unwrap_err();
        assert_eq!(reason(&other), "COVERAGE_NOT_FOUND");
        let foreign =
            server.integrator("second").acceptances.end_group_coverage(ending(dpa, &number(2))).await.unwrap_err();
        assert_eq!(reason(&foreign), "ACCEPTANCE_NOT_FOUND");

        let get = pb::GetAcceptanceRequest { acceptance_id: dpa.clone() };
        let seen = first.acceptances.get_acceptance(get).await.unwrap().into_inner().acceptance.unwrap();
        let coverage: Vec<_> =
            seen.coverage.iter().map(|one| (one.organisation_number.clone(), one.end_time)).collect();
        assert_eq!(coverage, [(number(2), ended.end_time), (number(3), None)]);
        assert_eq!(seen.revision, ended.revision);

        let invalidate = pb::InvalidateAcceptanceRequest {
            request_id: request_id(),
            acceptance_id: terms.clone(),
            reason: "No authority".into(),
        };
        server.operator("anna").acceptances.invalidate_acceptance(invalidate).await.unwrap();
        assert_eq!(asked(&server, &number(2)).await, ["AGREEMENT_INVALIDATED", "AGREEMENT_COVERAGE_ENDED"]);
        let late = first.acceptances.end_group_coverage(ending(terms, &number(3))).await.unwrap().into_inner();
        assert!(!late.changed, "it went with the acceptance");
        server.stop().await;
    })
    .await;
}
