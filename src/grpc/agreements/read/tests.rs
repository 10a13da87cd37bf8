use super::*;
use crate::service::error::Error;

fn local(language: &str, text: &str) -> pb::LocalizedText {
    pb::LocalizedText { language: language.into(), text: text.into() }
}

fn document(language: &str, markdown: &str) -> pb::AgreementDocument {
    pb::AgreementDocument { language: language.into(), markdown: markdown.into(), ..Default::default() }
}

fn request() -> pb::PublishAgreementVersionRequest {
    pb::PublishAgreementVersionRequest {
        request_id: "1b4e28ba-2fa1-41d2-883f-0016d3cca427".into(),
        agreement_id: "dpa-payslip".into(),
        version: "1".into(),
        documents: vec![document("en", "# Agreement\n"), document("sv", "# Avtal\n")],
        change_class: pb::ChangeClass::Major as i32,
        reacceptance_grace: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
        ..Default::default()
    }
}

fn fields(error: Error) -> Vec<String> {
    error.violations.into_iter().map(|violation| violation.field).collect()
}

#[test]
fn documents_stand_in_the_order_of_languages_and_keep_their_bytes() {
    let (_, verb) = publish(request()).unwrap();
    let documents: Vec<_> =
        verb.documents.iter().map(|document| (document.language, document.markdown.as_str())).collect();
    assert_eq!(documents, [(Language::Sv, "# Avtal\n"), (Language::En, "# Agreement\n")]);
    assert_eq!(verb.grace_seconds, 60);
}

#[test]
fn each_language_comes_once() {
    let mut twice = request();
    twice.documents[0].language = "sv".into();
    assert_eq!(fields(publish(twice).unwrap_err()), ["documents[1].language"]);
    let none = pb::PublishAgreementVersionRequest { documents: Vec::new(), ..request() };
    assert_eq!(fields(publish(none).unwrap_err()), ["documents"]);
}

#[test]
fn a_pdf_is_one_and_not_too_large() {
    let mut html = request();
    html.documents[0].pdf = b"<html>".to_vec().into();
    html.documents[1].pdf = vec![b'x'; LONGEST_PDF + 1].into();
    assert_eq!(fields(publish(html).unwrap_err()), ["documents[0].pdf", "documents[1].pdf"]);
}

#[test]
fn grace_comes_with_major_and_only_with_it() {
    let grace = |class: pb::ChangeClass, grace: Option<(i64, i32)>| {
        let reacceptance_grace = grace.map(|(seconds, nanos)| prost_types::Duration { seconds, nanos });
        publish(pb::PublishAgreementVersionRequest { change_class: class as i32, reacceptance_grace, ..request() })
            .map(|(_, verb)| verb.grace_seconds)
            .map_err(fields)
    };
    let refused = Err(vec!["reacceptance_grace".to_owned()]);
    assert_eq!(grace(pb::ChangeClass::Major, Some((0, 0))), Ok(0));
    assert_eq!(grace(pb::ChangeClass::Major, Some((3650 * 86_400, 0))), Ok(315_360_000));
    assert_eq!(grace(pb::ChangeClass::Major, Some((3650 * 86_400 + 1, 0))), refused);
    assert_eq!(grace(pb::ChangeClass::Major, Some((-1, 0))), refused);
    assert_eq!(grace(pb::ChangeClass::Major, Some((1, 1))), refused);
    assert_eq!(grace(pb::ChangeClass::Major, None), refused);
    assert_eq!(grace(pb::ChangeClass::Minor, None), Ok(0));
    assert_eq!(grace(pb::ChangeClass::Minor, Some((1, 0))), refused);
}

#[test]
fn the_annex_is_read_to_the_last_field() {
    let both = || vec![local("sv", "Löner"), local("en", "Pay")];
    let good = pb::Specification {
        purpose: both(),
        personal_data_categories: vec![pb::LocalizedTexts { texts: both() }],
        processing_places: vec![pb::ProcessingPlace { country: "SE".into(), description: Vec::new() }],
        undelivered_retention_days: 390,
        support_retention_days: 75,
        sub_processors: vec![pb::SubProcessor {
            name: "Example AB".into(),
            organisation_number: "556016-0680".into(),
            country: "SE".into(),
            service: both(),
        }],
        ..Default::default()
    };
    let (_, verb) =
        publish(pb::PublishAgreementVersionRequest { specification: Some(good.clone()), ..request() }).unwrap();
    assert_eq!(super::specification::to_pb(&verb.specification.unwrap()), good);
    let bad = pb::Specification {
        purpose: vec![local("sv", "Löner")],
        data_subject_categories: vec![pb::LocalizedTexts::default()],
        processing_places: vec![pb::ProcessingPlace { country: "se".into(), description: Vec::new() }],
        undelivered_retention_days: 391,
        support_retention_days: 76,
        sub_processors: vec![pb::SubProcessor {
            organisation_number: "19121212-1212".into(),
            country: "SE".into(),
            ..Default::default()
        }],
        ..good
    };
    let refused = publish(pb::PublishAgreementVersionRequest { specification: Some(bad), ..request() }).unwrap_err();
    assert_eq!(
        fields(refused),
        [
            "specification.purpose",
            "specification.data_subject_categories[0].texts",
            "specification.processing_places[0].country",
            "specification.sub_processors[0].name",
            "specification.sub_processors[0].organisation_number",
            "specification.undelivered_retention_days",
            "specification.support_retention_days",
        ]
    );
}

#[test]
fn titles_and_content_types_have_one_order() {
    let (_, verb) = create(pb::CreateAgreementRequest {
        request_id: request().request_id,
        agreement_id: "dpa".into(),
        kind: pb::AgreementKind::Dpa as i32,
        titles: vec![local("en", "Agreement"), local("sv", "Avtal")],
        content_types: vec![pb::ContentType::Letter as i32, pb::ContentType::Payslip as i32],
        enforcement: pb::Enforcement::Required as i32,
        minimum_assurance: 0,
    })
    .unwrap();
    assert_eq!(verb.content_types, [ContentType::Payslip, ContentType::Letter]);
    assert_eq!(verb.titles[0].language, Language::Sv);
    assert_eq!(verb.minimum_assurance, Assurance::Imported);
}

#[test]
fn all_violations_come_at_once() {
    assert_eq!(
        fields(create(pb::CreateAgreementRequest::default()).unwrap_err()),
        ["request_id", "agreement_id", "kind", "titles", "enforcement"]
    );
    assert_eq!(
        fields(enforce(pb::SetEnforcementRequest::default()).unwrap_err()),
        ["request_id", "agreement_id", "enforcement"]
    );
    assert_eq!(
        fields(publish(pb::PublishAgreementVersionRequest::default()).unwrap_err()),
        ["request_id", "agreement_id", "version", "documents", "change_class"]
    );
    assert_eq!(
        fields(withdraw(pb::WithdrawAgreementVersionRequest::default()).unwrap_err()),
        ["request_id", "agreement_id", "version", "reason"]
    );
}
