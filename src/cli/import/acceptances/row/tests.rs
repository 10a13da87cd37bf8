use super::*;
use std::collections::HashMap;

fn known() -> Versions {
    let documents =
        vec![pb::DocumentDigest { language: "sv".to_owned(), document_sha256: "d".to_owned(), ..Default::default() }];
    let version = pb::AgreementVersion { documents, specification_sha256: "s".to_owned(), ..Default::default() };
    HashMap::from([(("general-terms".to_owned(), "1".to_owned()), version)])
}

const LEAST: &[(&str, &str)] =
    &[("external_reference", "K-1"), ("agreements", "general-terms@1"), ("accept_time", "2019-03-01")];

fn with(more: &[(&'static str, &'static str)]) -> Result<pb::RecordAcceptanceRequest, Refusal> {
    let kept = LEAST.iter().filter(|(column, _)| more.iter().all(|(other, _)| other != column));
    request(&Cells::of(&kept.chain(more).copied().collect::<Vec<_>>()), &known())
}

#[test]
fn a_record_of_a_date_and_nothing_else_invents_nothing() {
    let request = with(&[]).unwrap();
    assert_eq!(request.method(), pb::AcceptanceMethod::Import);
    assert_eq!(request.accept_time.unwrap().to_string(), "2019-03-01T00:00:00Z");
    assert!(request.signatories.is_empty() && request.evidence.is_empty() && !request.authority_declared);
    let document = &request.documents[0];
    assert_eq!((document.language.as_str(), document.document_sha256.as_str()), ("sv", "d"));
    assert_eq!(document.specification_sha256, "s");
}

#[test]
fn a_full_record_is_carried_over() {
    let request = with(&[
        ("accept_time", "2019-03-01T10:00:00+01:00"),
        ("full_name", "Åsa Ölmeback"),
        ("authority_basis", "position"),
        ("authority_declared", "ja"),
        ("evidence_kind", "SIGNED_SCAN"),
        ("evidence_sha256", "AB"),
    ])
    .unwrap();
    assert_eq!(request.accept_time.unwrap().to_string(), "2019-03-01T09:00:00Z");
    assert_eq!(request.signatories[0].authority_basis(), pb::AuthorityBasis::Position);
    assert!(request.authority_declared);
    assert_eq!(request.evidence[0].sha256, "ab");
}

#[test]
fn what_has_no_place_in_a_request_is_refused_by_column() {
    for (column, cell, reason) in [
        ("agreements", "general-terms", "INVALID_FIELDS"),
        ("agreements", "general-terms@", "INVALID_FIELDS"),
        ("agreements", "general-terms@7", "VERSION_NOT_FOUND"),
        ("language", "fi", "LANGUAGE_NOT_AVAILABLE"),
        ("accept_time", "1 mars 2019", "INVALID_FIELDS"),
        ("accept_time", "2019-02-30", "INVALID_FIELDS"),
        ("authority_basis", "boss", "INVALID_FIELDS"),
        ("authority_declared", "perhaps", "INVALID_FIELDS"),
        ("evidence_kind", "rumour", "INVALID_FIELDS"),
        ("retroactive_delivery", "2", "INVALID_FIELDS"),
    ] {
        let refusal = with(&[(column, cell)]).unwrap_err();
        assert_eq!((refusal.field.as_str(), refusal.reason.as_str()), (column, reason), "{column} {cell}");
    }
    assert_eq!(with(&[("evidence_sha256", "ab")]).unwrap_err().field, "evidence_kind");
}
