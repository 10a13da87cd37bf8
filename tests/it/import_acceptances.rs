//! Acceptances taken over from older records: they say what is absent, invent nothing, and claim no more than IMPORTED.

use crate::support::{
    database::each,
    server::{Server, faults, reason, request_id},
    world::{acceptance, furnish, number, registration, time},
};
use ombord::pb;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_says_what_it_lacks() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut first = server.integrator("first");
        first.senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
        let mut import = pb::RecordAcceptanceRequest {
            method: pb::AcceptanceMethod::Import as i32,
            signatories: vec![pb::Signatory { full_name: "Åsa Öberg".into(), ..Default::default() }],
            authority_declared: false,
            evidence: Vec::new(),
            ..acceptance(&first, "K-1").await
        };
        let timeless = first.acceptances.record_acceptance(import.clone()).await.unwrap_err();
        assert_eq!((reason(&timeless).as_str(), faults(&timeless)), ("INVALID_FIELDS", vec!["accept_time".to_owned()]));

        import.accept_time = Some(time("2018-06-01T12:00:00Z"));
        let recorded = first.acceptances.record_acceptance(import.clone()).await.unwrap().into_inner();
        let absent = [
            "signatories[0].role",
            "signatories[0].email",
            "signatories[0].authority_basis",
            "authority_declared",
            "evidence",
        ];
        assert_eq!(recorded.absent_fields, absent);
        assert!(recorded.acceptances.iter().all(|one| one.assurance() == pb::Assurance::Imported));
        let get = pb::GetAcceptanceRequest { acceptance_id: recorded.acceptances[0].acceptance_id.clone() };
        let seen = first.acceptances.get_acceptance(get).await.unwrap().into_inner().acceptance.unwrap();
        assert_eq!((seen.accept_time, seen.method()), (import.accept_time, pb::AcceptanceMethod::Import));
        assert_eq!(
            (seen.absent_fields, seen.signatories),
            (recorded.absent_fields.clone(), import.signatories.clone())
        );

        let rerun = pb::RecordAcceptanceRequest { request_id: request_id(), ..import.clone() };
        let rerun = first.acceptances.record_acceptance(rerun).await.unwrap().into_inner();
        assert_eq!(rerun.revision, recorded.revision, "a rerun adds nothing");
        assert!(rerun.acceptances.iter().all(|one| one.outcome() == pb::RecordingOutcome::Unchanged));
        let nobody = pb::RecordAcceptanceRequest { request_id: request_id(), signatories: Vec::new(), ..import };
        let nobody = first.acceptances.record_acceptance(nobody).await.unwrap().into_inner();
        assert_eq!(nobody.absent_fields, ["signatories", "authority_declared", "evidence"]);
        server.stop().await;
    })
    .await;
}
