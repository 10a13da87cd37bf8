//! A small world to test in: integrators, general terms, a DPA for payslips, senders, acceptances.

use super::server::{Clients, Server, request_id};
use ombord::pb;
use sha2::digest_of;

mod sha2 {
    /// The SHA-256 of some bytes, as the API writes it.
    pub fn digest_of(bytes: &[u8]) -> String {
        ombord::domain::ids::Digest::of(bytes).to_string()
    }
}

/// What both versions' documents say.
pub fn document(agreement: &str, version: &str, language: &str) -> String {
    format!("# {agreement} {version}\n\nText in {language}.\n")
}

/// A specification like that of the payslip DPA.
pub fn specification(purpose: &str) -> pb::Specification {
    let both = |text: &str| {
        vec![
            pb::LocalizedText { language: "sv".into(), text: format!("{text} (sv)") },
            pb::LocalizedText { language: "en".into(), text: format!("{text} (en)") },
        ]
    };
    pb::Specification {
        purpose: both(purpose),
        personal_data_categories: vec![pb::LocalizedTexts { texts: both("identity numbers") }],
        data_subject_categories: vec![pb::LocalizedTexts { texts: both("employees") }],
        processing_places: vec![pb::ProcessingPlace { country: "SE".into(), description: both("servers") }],
        undelivered_retention_days: 390,
        support_retention_days: 75,
        sub_processors: vec![pb::SubProcessor {
            name: "GleSYS AB".into(),
            organisation_number: "5566479241".into(),
            country: "SE".into(),
            service: both("server space"),
        }],
    }
}

/// A request that publishes a version, in force since 2018, of class MINOR.
pub fn version(agreement: &str, label: &str) -> pb::PublishAgreementVersionRequest {
    let documents = ["sv", "en"].map(|language| pb::AgreementDocument {
        language: language.into(),
        markdown: document(agreement, label, language),
        ..Default::default()
    });
    pb::PublishAgreementVersionRequest {
        request_id: request_id(),
        agreement_id: agreement.into(),
        version: label.into(),
        documents: documents.to_vec(),
        specification: Some(specification("delivery")),
        change_class: pb::ChangeClass::Minor as i32,
        effective_time: Some(time("2018-05-25T00:00:00Z")),
        acknowledged_denials: u32::MAX,
        ..Default::default()
    }
}

/// A time from RFC 3339.
pub fn time(text: &str) -> prost_types::Timestamp {
    let (seconds, nanos) = text.parse::<ombord::domain::time::Timestamp>().unwrap().parts();
    prost_types::Timestamp { seconds, nanos }
}

/// Now and some seconds.
pub fn in_seconds(seconds: i64) -> prost_types::Timestamp {
    use ombord::service::ports::Clock;
    let (seconds, nanos) = ombord::app::System.now().plus_seconds(seconds).parts();
    prost_types::Timestamp { seconds, nanos }
}

/// Makes an integrator whose people write from `<slug>.example`.
pub async fn integrator(server: &Server, slug: &str, number: &str) -> pb::CreateIntegratorResponse {
    let request = pb::CreateIntegratorRequest {
        request_id: request_id(),
        integrator_id: slug.into(),
        display_name: format!("Integrator {slug}"),
        organisation_number: number.into(),
        kind: pb::IntegratorKind::PayrollBureau as i32,
        email_domains: vec![format!("{slug}.example")],
    };
    server.operator("anna").integrators.create_integrator(request).await.unwrap().into_inner()
}

/// A request that makes an agreement, REQUIRED.
pub fn agreement(id: &str, kind: pb::AgreementKind, content_types: &[pb::ContentType]) -> pb::CreateAgreementRequest {
    pb::CreateAgreementRequest {
        request_id: request_id(),
        agreement_id: id.into(),
        kind: kind as i32,
        titles: vec![pb::LocalizedText { language: "sv".into(), text: id.into() }],
        content_types: content_types.iter().map(|t| *t as i32).collect(),
        enforcement: pb::Enforcement::Required as i32,
        minimum_assurance: pb::Assurance::Imported as i32,
    }
}

/// General terms `terms` and a DPA `dpa` for payslips, each with version `1` in force since 2018, and two integrators,
/// `first` and `second`.
pub async fn furnish(server: &Server) {
    integrator(server, "first", "5567115695").await;
    integrator(server, "second", "5560360793").await;
    let mut operator = server.operator("anna");
    operator.agreements.create_agreement(agreement("terms", pb::AgreementKind::GeneralTerms, &[])).await.unwrap();
    operator
        .agreements
        .create_agreement(agreement("dpa", pb::AgreementKind::Dpa, &[pb::ContentType::Payslip]))
        .await
        .unwrap();
    operator.agreements.publish_agreement_version(version("terms", "1")).await.unwrap();
    operator.agreements.publish_agreement_version(version("dpa", "1")).await.unwrap();
}

/// A request that registers a company.
pub fn registration(number: &str, reference: &str) -> pb::RegisterSenderRequest {
    pb::RegisterSenderRequest {
        request_id: request_id(),
        organisation_number: number.into(),
        legal_name: format!("Company {reference} AB"),
        external_reference: reference.into(),
        content_types: vec![pb::ContentType::Payslip as i32],
        contact_point: Some(pb::ContactPoint { email: "lon@company.example".into() }),
        ..Default::default()
    }
}

/// What an acceptance says about one version.
pub async fn accepted(clients: &Clients, agreement: &str, label: &str) -> pb::AcceptedDocument {
    let request = pb::GetAgreementVersionRequest { agreement_id: agreement.into(), version: label.into() };
    let version = clients.clone().agreements.get_agreement_version(request).await.unwrap().into_inner();
    let version = version.version.unwrap();
    pb::AcceptedDocument {
        agreement_id: agreement.into(),
        version: label.into(),
        language: "sv".into(),
        document_sha256: digest_of(document(agreement, label, "sv").as_bytes()),
        specification_sha256: version.specification_sha256,
    }
}

/// A person who may sign.
pub fn signatory(email: &str) -> pb::Signatory {
    pb::Signatory {
        full_name: "Åsa Öberg".into(),
        role: "CFO".into(),
        email: email.into(),
        authority_basis: pb::AuthorityBasis::AuthorisedSignatory as i32,
    }
}

/// A piece of evidence.
pub fn evidence(text: &str) -> pb::Evidence {
    pb::Evidence {
        kind: pb::EvidenceKind::ClickRecord as i32,
        sha256: digest_of(text.as_bytes()),
        reference: String::new(),
    }
}

/// A request that records an acceptance of versions `1` of terms and DPA in one act.
pub async fn acceptance(clients: &Clients, reference: &str) -> pb::RecordAcceptanceRequest {
    pb::RecordAcceptanceRequest {
        request_id: request_id(),
        external_reference: reference.into(),
        documents: vec![accepted(clients, "terms", "1").await, accepted(clients, "dpa", "1").await],
        signatories: vec![signatory("asa@company.example")],
        authority_declared: true,
        method: pb::AcceptanceMethod::IntegratorForm as i32,
        evidence: vec![evidence(reference)],
        ..Default::default()
    }
}

/// Registers a company with `first` and records its acceptance. Its sender_id.
pub async fn accepted_sender(server: &Server, number: &str, reference: &str) -> String {
    let mut clients = server.integrator("first");
    let registered = clients.senders.register_sender(registration(number, reference)).await.unwrap().into_inner();
    let request = acceptance(&clients, reference).await;
    clients.acceptances.record_acceptance(request).await.unwrap();
    registered.sender_id
}

/// The gateway's question about a payslip of a number through an integrator.
pub fn question(number: &str, integrator: &str) -> pb::CheckSendRequest {
    pb::CheckSendRequest {
        organisation_number: number.into(),
        integrator_id: integrator.into(),
        content_type: pb::ContentType::Payslip as i32,
        ..Default::default()
    }
}

/// The reasons of an answer, in order, without their prefix; warnings with a `~` before.
pub fn reasons(response: &pb::CheckSendResponse) -> Vec<String> {
    let name = |reason: &pb::ReasonDetail| {
        let mark = if reason.severity() == pb::Severity::Warning { "~" } else { "" };
        format!("{mark}{}", reason.code().as_str_name().trim_start_matches("REASON_"))
    };
    response.reasons.iter().map(name).collect()
}

/// A legal person's number of one's own for each n below a million.
pub fn number(n: usize) -> String {
    let nine = format!("556{n:06}");
    let sum: u32 = nine
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << ((place + 1) % 2);
            value / 10 + value % 10
        })
        .sum();
    format!("{nine}{}", (10 - sum % 10) % 10)
}
