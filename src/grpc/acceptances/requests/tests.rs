use super::*;
use crate::{domain::ids::Digest, service::error::Error};

const ID: &str = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

fn fields<T>(result: Result<T>) -> Vec<String> {
    let error: Option<Error> = result.err();
    error.map_or(Vec::new(), |error| error.violations.into_iter().map(|v| v.field).collect())
}

fn digest() -> String {
    Digest::of(b"shown").to_string()
}

fn document(agreement_id: &str) -> pb::AcceptedDocument {
    pb::AcceptedDocument {
        agreement_id: agreement_id.into(),
        version: "1".into(),
        language: "sv".into(),
        document_sha256: digest(),
        specification_sha256: digest(),
    }
}

fn signatory(email: &str) -> pb::Signatory {
    pb::Signatory {
        full_name: "Åsa Öberg".into(),
        role: "VD".into(),
        email: email.into(),
        authority_basis: pb::AuthorityBasis::ManagingDirector as i32,
    }
}

fn good() -> pb::RecordAcceptanceRequest {
    pb::RecordAcceptanceRequest {
        request_id: ID.into(),
        sender_id: ID.into(),
        documents: vec![document("terms"), document("dpa")],
        signatories: vec![signatory("asa@foretaget.example")],
        authority_declared: true,
        method: pb::AcceptanceMethod::IntegratorForm as i32,
        evidence: vec![pb::Evidence {
            kind: pb::EvidenceKind::ClickRecord as i32,
            sha256: digest(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[test]
fn an_empty_recording_lists_every_violation_at_once() {
    assert_eq!(fields(record(good())), [""; 0]);
    let wanted = ["request_id", "sender_id", "method", "documents", "signatories", "evidence"];
    assert_eq!(fields(record(pb::RecordAcceptanceRequest::default())), wanted);
}

#[test]
fn faults_point_at_their_fields() {
    let faulty = pb::RecordAcceptanceRequest {
        documents: vec![
            document("terms"),
            pb::AcceptedDocument { language: "SV".into(), document_sha256: "x".into(), ..document("terms") },
        ],
        signatories: vec![
            signatory("asa@foretaget.example"),
            pb::Signatory { role: String::new(), authority_basis: 0, ..signatory("ASA@foretaget.example") },
        ],
        contact_point: Some(pb::ContactPoint::default()),
        covered_organisations: ["5560160680", "556016-0680", "191212121212", "1"].map(str::to_owned).to_vec(),
        ..good()
    };
    let wanted = [
        "documents[1].agreement_id",
        "documents[1].language",
        "documents[1].document_sha256",
        "signatories[1].email",
        "signatories[1].role",
        "signatories[1].authority_basis",
        "contact_point.email",
        "covered_organisations[2]",
        "covered_organisations[3]",
        "covered_organisations[1]",
    ];
    assert_eq!(fields(record(faulty)), wanted);
}

#[test]
fn an_import_needs_a_time_and_may_lack_persons_and_proof() {
    let import = pb::RecordAcceptanceRequest {
        method: pb::AcceptanceMethod::Import as i32,
        signatories: Vec::new(),
        evidence: Vec::new(),
        authority_declared: false,
        ..good()
    };
    assert_eq!(fields(record(import.clone())), ["accept_time"]);
    let accept_time = Some(prost_types::Timestamp { seconds: 1_527_206_400, nanos: 0 });
    let named = pb::Signatory { full_name: "Åsa Öberg".into(), ..Default::default() };
    let with = |person| pb::RecordAcceptanceRequest { accept_time, signatories: vec![person], ..import.clone() };
    let (_, act) = record(with(named)).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(act.signatories[0].authority_basis, AuthorityBasis::NotRecorded);
    assert_eq!(act.signatories[0].email, None);
    assert_eq!(fields(record(with(pb::Signatory::default()))), ["signatories[0].full_name"]);
}

#[test]
fn a_language_that_no_document_has_is_a_matter_of_the_version() {
    let finnish = pb::AcceptedDocument { language: "fi".into(), ..document("terms") };
    let (_, act) =
        record(pb::RecordAcceptanceRequest { documents: vec![finnish], ..good() }).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(act.documents[0].shown.language, None);
}

#[test]
fn a_faulty_row_does_not_fail_the_batch() {
    let row = pb::RecordAcceptanceRequest { request_id: String::new(), ..good() };
    let stamped = pb::RecordAcceptanceRequest { validate_only: true, ..good() };
    let message =
        pb::BatchRecordAcceptancesRequest { request_id: ID.into(), requests: vec![row, stamped], ..Default::default() };
    let (_, batch) = batch_record(message).unwrap_or_else(|error| panic!("{error:?}"));
    let rows: Vec<Vec<String>> = batch.rows.into_iter().map(fields).collect();
    assert_eq!(rows, [vec![], vec!["request_id".to_owned(), "validate_only".to_owned()]]);
    let empty = pb::BatchRecordAcceptancesRequest { request_id: ID.into(), ..Default::default() };
    assert_eq!(fields(batch_record(empty)), ["requests"]);
}

#[test]
fn a_decline_needs_no_form() {
    let message = pb::RecordDeclineRequest {
        request_id: ID.into(),
        sender_id: ID.into(),
        agreement_id: "dpa".into(),
        version: "1".into(),
        method: pb::AcceptanceMethod::SignedDocument as i32,
        ..Default::default()
    };
    assert_eq!(fields(decline(message.clone())), [""; 0]);
    let incomplete = pb::RecordDeclineRequest { signatories: vec![pb::Signatory::default()], ..message };
    let wanted = ["full_name", "role", "email", "authority_basis"].map(|field| format!("signatories[0].{field}"));
    assert_eq!(fields(decline(incomplete)), wanted);
}

#[test]
fn a_list_reads_its_filters() {
    let message = pb::ListAcceptancesRequest {
        sender_id: ID.into(),
        external_reference: "K-1".into(),
        version: "1".into(),
        states: vec![1, 0],
        ..Default::default()
    };
    assert_eq!(fields(list(message)), ["sender_id", "agreement_id", "states[1]"]);
    let message = pb::ListAcceptancesRequest { states: vec![2], page_size: 7, ..Default::default() };
    assert!(list(message).is_ok_and(|list| list.states == [Validity::Invalidated] && list.page_size == 7));
}
