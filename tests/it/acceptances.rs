//! Acceptances and declines over real gRPC: what is recorded, what is refused, and by which field.

mod seen;

use crate::support::{
    database::{Database, each},
    server::{Clients, Server, faults, reason, request_id},
    world::{
        acceptance, accepted, evidence, furnish, in_seconds, number, question, reasons, registration, signatory, time,
        version,
    },
};
use ombord::{domain::ids::Digest, pb};
use std::sync::Arc;
use tonic::Status;
use tonic_types::StatusExt;

/// A service with a furnished world, and `K-1` registered with `first`.
async fn start(database: Arc<Database>) -> (Server, Clients) {
    let server = Server::start(database.store.clone()).await;
    furnish(&server).await;
    let mut first = server.integrator("first");
    first.senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
    (server, first)
}

async fn record(
    clients: &Clients,
    request: pb::RecordAcceptanceRequest,
) -> Result<pb::RecordAcceptanceResponse, Status> {
    let request = pb::RecordAcceptanceRequest { request_id: request_id(), ..request };
    clients.clone().acceptances.record_acceptance(request).await.map(tonic::Response::into_inner)
}

/// The reason of a refusal and the fields it is about, malformed or standing in the way.
fn refused<T: std::fmt::Debug>(result: Result<T, Status>) -> (String, Vec<String>) {
    let status = result.unwrap_err();
    let standing = status.get_details_precondition_failure().map(|failure| failure.violations).unwrap_or_default();
    let fields = faults(&status).into_iter().chain(standing.into_iter().map(|one| one.subject));
    (reason(&status), fields.collect())
}

fn is(reason: &str, fields: &[&str]) -> (String, Vec<String>) {
    (reason.to_owned(), fields.iter().map(|field| (*field).to_owned()).collect())
}

async fn head(clients: &Clients) -> u64 {
    clients
        .clone()
        .acceptances
        .list_acceptances(pb::ListAcceptancesRequest::default())
        .await
        .unwrap()
        .into_inner()
        .revision
}

#[tokio::test(flavor = "multi_thread")]
async fn one_act_accepts_terms_and_dpa_and_opens_the_gate() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let mut request = acceptance(&first, "K-1").await;
        request.contact_point = Some(pb::ContactPoint { email: "ASA@company.example".into() });
        let trial =
            record(&first, pb::RecordAcceptanceRequest { validate_only: true, ..request.clone() }).await.unwrap();
        assert_eq!(trial.acceptances.iter().map(|one| one.acceptance_id.as_str()).collect::<Vec<_>>(), ["", ""]);
        assert_eq!((trial.revision, head(&first).await), (head(&first).await, trial.revision), "nothing was recorded");

        let recorded = record(&first, request.clone()).await.unwrap();
        assert_eq!(recorded.revision, trial.revision + 1, "one act, one entry");
        assert_eq!(recorded.connection_state(), pb::ConnectionState::Active);
        assert_eq!((recorded.accept_time, recorded.external_reference.as_str()), (recorded.record_time, "K-1"));
        let told: Vec<_> = recorded.warnings.iter().map(pb::ReasonDetail::code).collect();
        assert_eq!(told, [pb::Reason::ContactPointLooksPersonal], "it is the signatory's own");
        for one in &recorded.acceptances {
            assert_eq!((one.outcome(), one.state()), (pb::RecordingOutcome::Created, pb::AcceptanceState::Valid));
            assert_eq!(
                (one.assurance(), one.effective_time),
                (pb::Assurance::IntegratorAttested, Some(time("2018-05-25T00:00:00Z")))
            );
        }
        let answer = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(
            (answer.decision(), reasons(&answer)),
            (pb::Decision::Allow, vec!["~CONTACT_POINT_LOOKS_PERSONAL".to_owned()])
        );

        request.accept_time = recorded.accept_time;
        let again = record(&first, request.clone()).await.unwrap();
        assert!(again.acceptances.iter().all(|one| one.outcome() == pb::RecordingOutcome::Unchanged));
        let ids = |recorded: &pb::RecordAcceptanceResponse| -> Vec<String> {
            recorded.acceptances.iter().map(|one| one.acceptance_id.clone()).collect()
        };
        assert_eq!(
            (ids(&again), again.revision, again.record_time),
            (ids(&recorded), recorded.revision, recorded.record_time)
        );
        request.signatories[0].role = "CEO".into();
        let other = record(&first, request).await.unwrap();
        assert_eq!(other.acceptances[0].outcome(), pb::RecordingOutcome::Created, "another act");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_its_field_and_records_nothing() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let good = acceptance(&first, "K-1").await;
        let before = head(&first).await;
        let spoilt = |spoil: fn(&mut pb::RecordAcceptanceRequest)| {
            let mut request = good.clone();
            spoil(&mut request);
            let first = first.clone();
            async move { refused(record(&first, request).await) }
        };
        type Said = (String, Vec<String>);
        let cases: Vec<(Said, Said)> = vec![
            (
                spoilt(|r| {
                    r.documents[1].document_sha256 = Digest::of(b"other").to_string();
                    r.documents[1].specification_sha256 = Digest::of(b"other").to_string();
                })
                .await,
                is("DIGEST_MISMATCH", &["documents[1].document_sha256", "documents[1].specification_sha256"]),
            ),
            (
                spoilt(|r| r.documents[0].language = "fi".into()).await,
                is("LANGUAGE_NOT_AVAILABLE", &["documents[0].language"]),
            ),
            (spoilt(|r| r.documents[1].version = "9".into()).await, is("VERSION_NOT_FOUND", &["documents[1].version"])),
            (
                spoilt(|r| r.documents[1].agreement_id = "none".into()).await,
                is("AGREEMENT_NOT_FOUND", &["documents[1].agreement_id"]),
            ),
            (
                spoilt(|r| {
                    r.documents.remove(0);
                })
                .await,
                is("GENERAL_TERMS_NOT_ACCEPTED", &["documents[0].agreement_id"]),
            ),
            (spoilt(|r| r.authority_declared = false).await, is("AUTHORITY_NOT_DECLARED", &["authority_declared"])),
            (
                spoilt(|r| r.signatories[0].email = "bo@hr.first.example".into()).await,
                is("SIGNATORY_IS_INTEGRATOR", &["signatories[0].email"]),
            ),
            (spoilt(|r| r.accept_time = Some(in_seconds(600))).await, is("INVALID_FIELDS", &["accept_time"])),
            (
                spoilt(|r| r.accept_time = Some(time("2017-01-01T00:00:00Z"))).await,
                is("VERSION_NOT_IN_FORCE", &["documents[0].version", "documents[1].version"]),
            ),
            (
                spoilt(|r| {
                    r.signatories.clear();
                    r.evidence.clear();
                })
                .await,
                is("INVALID_FIELDS", &["signatories", "evidence"]),
            ),
            (spoilt(|r| r.external_reference = "K-9".into()).await, is("SENDER_NOT_FOUND", &[])),
            (spoilt(|r| r.integrator_id = "second".into()).await, is("INTEGRATOR_MISMATCH", &[])),
        ];
        for (told, wanted) in cases {
            assert_eq!(told, wanted);
        }
        assert_eq!(head(&first).await, before);
        let end = pb::EndConnectionRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            ..Default::default()
        };
        first.clone().senders.end_connection(end).await.unwrap();
        assert_eq!(refused(record(&first, good).await).0, "CONNECTION_ENDED");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_judged_by_the_time_of_the_act() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let mut operator = server.operator("anna");
        let publish = |label: &str, effective| pb::PublishAgreementVersionRequest {
            effective_time: Some(effective),
            ..version("terms", label)
        };
        operator.agreements.publish_agreement_version(publish("2", time("2024-01-01T00:00:00Z"))).await.unwrap();
        operator.agreements.publish_agreement_version(publish("3", in_seconds(86_400))).await.unwrap();
        let mut request = acceptance(&first, "K-1").await;
        let replaced = request.clone();
        assert_eq!(refused(record(&first, replaced).await), is("VERSION_NOT_IN_FORCE", &["documents[0].version"]));
        request.documents[0] = accepted(&first, "terms", "3").await;
        let ahead = record(&first, request.clone()).await.unwrap();
        assert_eq!(ahead.acceptances.len(), 2, "published for later");
        let answer = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(reasons(&answer)[0], "AGREEMENT_NOT_ACCEPTED", "it waits for its version");

        let withdraw = pb::WithdrawAgreementVersionRequest {
            request_id: request_id(),
            agreement_id: "terms".into(),
            version: "3".into(),
            reason: "A wrong figure".into(),
        };
        operator.agreements.withdraw_agreement_version(withdraw).await.unwrap();
        assert_eq!(refused(record(&first, request).await), is("VERSION_WITHDRAWN", &["documents[0].version"]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_its_good_rows_and_sees_what_earlier_ones_did() {
    each(|database| async move {
        let (server, mut first) = start(database).await;
        first.senders.register_sender(registration(&number(2), "K-2")).await.unwrap();
        let row =
            |request: pb::RecordAcceptanceRequest| pb::RecordAcceptanceRequest { request_id: String::new(), ..request };
        let both = row(acceptance(&first, "K-1").await);
        let mut terms = row(acceptance(&first, "K-2").await);
        terms.accept_time = Some(time("2020-01-01T00:00:00Z"));
        let mut dpa = terms.clone();
        terms.documents.remove(1);
        dpa.documents.remove(0);
        let faulty = pb::RecordAcceptanceRequest { method: 0, ..both.clone() };
        let foreign = pb::RecordAcceptanceRequest { external_reference: "K-9".into(), ..both.clone() };
        let own = pb::RecordAcceptanceRequest { integrator_id: "first".into(), ..dpa.clone() };
        let mut batch = pb::BatchRecordAcceptancesRequest {
            request_id: request_id(),
            requests: vec![both, faulty, foreign, terms, dpa, own],
            validate_only: true,
            ..Default::default()
        };
        let before = head(&first).await;
        let tried = first.acceptances.batch_record_acceptances(batch.clone()).await.unwrap().into_inner();
        assert_eq!((tried.revision, head(&first).await), (before, before));
        batch.validate_only = false;
        let done = first.acceptances.batch_record_acceptances(batch.clone()).await.unwrap().into_inner();
        for answer in [&tried, &done] {
            assert_eq!([answer.created_total, answer.unchanged_total, answer.refused_total], [3, 1, 2], "{answer:?}");
        }
        assert_eq!(done.revision, before + 3);
        let ids: Vec<_> = tried
            .results
            .iter()
            .filter_map(|result| match result.result.as_ref().unwrap() {
                pb::batch_record_acceptances_result::Result::Response(response) => Some(response),
                pb::batch_record_acceptances_result::Result::Error(_) => None,
            })
            .flat_map(|response| response.acceptances.iter().map(|one| one.acceptance_id.as_str()))
            .collect();
        assert_eq!(ids, [""; 5], "what a trial would record has no ids");
        let again = first.acceptances.batch_record_acceptances(batch.clone()).await.unwrap().into_inner();
        assert_eq!(again, done, "refusals included");
        let rerun = pb::BatchRecordAcceptancesRequest { request_id: request_id(), ..batch };
        let rerun = first.acceptances.batch_record_acceptances(rerun).await.unwrap().into_inner();
        assert_eq!(
            [rerun.created_total, rerun.unchanged_total, rerun.refused_total],
            [1, 3, 2],
            "without a time an act is a new one"
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_confirms_and_denies_and_a_later_acceptance_overrules_it() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let decline = pb::RecordDeclineRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            agreement_id: "dpa".into(),
            version: "1".into(),
            method: pb::AcceptanceMethod::SignedDocument as i32,
            decline_time: Some(time("2026-01-01T00:00:00Z")),
            reason: "Vi avstår, säger Åsa".into(),
            ..Default::default()
        };
        let said = first.clone().acceptances.record_decline(decline.clone()).await.unwrap().into_inner();
        assert_eq!(
            (said.outcome(), said.assurance()),
            (pb::RecordingOutcome::Created, pb::Assurance::IntegratorAttested)
        );
        assert_eq!(said.connection_state(), pb::ConnectionState::Active);
        let rerun = pb::RecordDeclineRequest { request_id: request_id(), ..decline.clone() };
        let rerun = first.clone().acceptances.record_decline(rerun).await.unwrap().into_inner();
        assert_eq!(
            (rerun.outcome(), rerun.decline_id, rerun.revision),
            (pb::RecordingOutcome::Unchanged, said.decline_id, said.revision)
        );
        let unknown = pb::RecordDeclineRequest { request_id: request_id(), version: "9".into(), ..decline };
        assert_eq!(
            refused(first.clone().acceptances.record_decline(unknown).await),
            is("VERSION_NOT_FOUND", &["version"])
        );

        let mut gateway = server.gateway();
        let answer = gateway.gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(reasons(&answer), ["AGREEMENT_NOT_ACCEPTED", "AGREEMENT_DECLINED"]);
        let entries = pb::ListEntriesRequest { event_types: vec!["DECLINE_RECORDED".into()], ..Default::default() };
        let entries = server.auditor().ledger.list_entries(entries).await.unwrap().into_inner().entries;
        assert_eq!(entries.len(), 1);
        assert!(!entries[0].canonical_json.contains("Åsa"), "a reason is personal data");

        record(&first, acceptance(&first, "K-1").await).await.unwrap();
        let answer = gateway.gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(answer.decision(), pb::Decision::Allow);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integrator_may_sign_for_its_own_organisation_only() {
    each(|database| async move {
        let (server, mut first) = start(database).await;
        first.senders.register_sender(registration("5567115695", "OWN")).await.unwrap();
        let mut own = acceptance(&first, "OWN").await;
        own.signatories = vec![signatory("bo@first.example"), signatory("eva@first.example")];
        own.evidence.push(evidence("a second piece"));
        assert_eq!(record(&first, own.clone()).await.unwrap().acceptances.len(), 2);
        let mut operator = server.operator("anna");
        let by_operator = pb::RecordAcceptanceRequest { request_id: request_id(), ..own };
        let nameless = operator.acceptances.record_acceptance(by_operator.clone()).await;
        assert_eq!(refused(nameless), is("INVALID_FIELDS", &["integrator_id"]));
        let named = pb::RecordAcceptanceRequest { integrator_id: "first".into(), ..by_operator };
        let recorded = operator.acceptances.record_acceptance(named).await.unwrap().into_inner();
        assert_eq!(
            recorded.acceptances[0].assurance(),
            pb::Assurance::IntegratorAttested,
            "an operator makes it no surer"
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_declines_are_weighed_like_few() {
    each(|database| async move {
        let (server, first) = start(database).await;
        for n in 1..=7 {
            let decline = pb::RecordDeclineRequest {
                request_id: request_id(),
                external_reference: "K-1".into(),
                agreement_id: "dpa".into(),
                version: "1".into(),
                method: pb::AcceptanceMethod::SignedDocument as i32,
                decline_time: Some(time(&format!("2026-01-0{n}T00:00:00Z"))),
                ..Default::default()
            };
            first.clone().acceptances.record_decline(decline).await.unwrap();
        }
        // Less sure than the declines, and later: each of them stands against it, the seventh too.
        let import = pb::RecordAcceptanceRequest {
            method: pb::AcceptanceMethod::Import as i32,
            accept_time: Some(time("2026-02-01T00:00:00Z")),
            ..acceptance(&first, "K-1").await
        };
        record(&first, import).await.unwrap();
        let mut gateway = server.gateway();
        let answer = gateway.gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(reasons(&answer), ["AGREEMENT_DECLINED"]);
        record(&first, acceptance(&first, "K-1").await).await.unwrap();
        let answer = gateway.gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(answer.decision(), pb::Decision::Allow);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_covers_no_more_companies_than_others_can_wait_for() {
    each(|database| async move {
        let (server, first) = start(database).await;
        let row = pb::RecordAcceptanceRequest {
            request_id: String::new(),
            covered_organisations: (100..300).map(number).collect(),
            group_permission_declared: true,
            ..acceptance(&first, "K-1").await
        };
        let batch = pb::BatchRecordAcceptancesRequest {
            request_id: request_id(),
            requests: vec![row; 11],
            ..Default::default()
        };
        let answer = first.clone().acceptances.batch_record_acceptances(batch).await;
        assert_eq!(refused(answer), is("INVALID_FIELDS", &["requests"]));
        server.stop().await;
    })
    .await;
}
