//! Agreements whose texts have no language in common are accepted together all the same, each in the one that it has.

use super::*;
use crate::support::world::{acceptance as attested, version};

const BO: &str = "bo@company.example";

/// A version in force of which there is a text in these languages only.
async fn publish(stage: &Stage, agreement: &str, languages: &[&str]) {
    let mut request = version(agreement, "2");
    request.documents.retain(|document| languages.contains(&document.language.as_str()));
    stage.server.operator("anna").agreements.publish_agreement_version(request).await.unwrap();
}

/// What was accepted: agreement, language and digest of the text, as an auditor reads them.
async fn accepted(stage: &Stage) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for one in stage.acceptances().await {
        let request = pb::GetAcceptanceRequest { acceptance_id: one.acceptance_id };
        let one = stage.server.auditor().acceptances.get_acceptance(request).await.unwrap().into_inner();
        let document = one.acceptance.unwrap().document.unwrap();
        found.push((document.agreement_id, document.language, document.document_sha256));
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_agreement_is_accepted_in_the_language_that_it_has() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        publish(&stage, "terms", &["sv"]).await;
        publish(&stage, "dpa", &["en"]).await;
        let (_, token) = stage.invite(ASA).await;
        for lang in ["sv", "en"] {
            let page = stage.visitor.get(&format!("/a/{token}?lang={lang}")).await;
            assert_eq!(page.status, 200);
            assert!(page.shows("Text in sv.") && page.shows("Text in en."), "{}", page.body);
        }
        let named = [("two", "on"), ("second_name", "Bo Ek"), ("second_email", BO), ("lang", "en")];
        let first = stage.visitor.accept(&token, &named).await;
        assert_eq!(first.status, 303, "{}", first.body);
        let second = stage.visitor.mail(BO, 1).await.token();
        let page = stage.visitor.page(&second).await;
        assert!(page.shows("Text in sv.") && page.shows("Text in en."), "{}", page.body);
        let done = stage.visitor.accept(&second, &[("full_name", "Bo Ek"), ("email", BO), ("role", "VD")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(stage.gate().await.decision(), pb::Decision::Allow);
        let text = |agreement, language| {
            let digest =
                ombord::domain::ids::Digest::of(crate::support::world::document(agreement, "2", language).as_bytes());
            (agreement.to_owned(), language.to_owned(), digest.to_string())
        };
        assert_eq!(accepted(&stage).await, [text("dpa", "en"), text("terms", "sv")]);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integrator_records_them_together_too() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut first = stage.server.integrator("first");
        let mut request = attested(&first, "K-1").await;
        publish(&stage, "terms", &["sv"]).await;
        publish(&stage, "dpa", &["en"]).await;
        for document in &mut request.documents {
            let language = if document.agreement_id == "terms" { "sv" } else { "en" };
            let text = crate::support::world::document(&document.agreement_id, "2", language);
            document.version = "2".into();
            document.language = language.into();
            document.document_sha256 = ombord::domain::ids::Digest::of(text.as_bytes()).to_string();
        }
        let recorded = first.acceptances.record_acceptance(request).await.unwrap().into_inner();
        assert_eq!(recorded.acceptances.len(), 2);
        assert_eq!(accepted(&stage).await.len(), 2);
        assert_eq!(stage.gate().await.decision(), pb::Decision::Allow);
        stage.server.stop().await;
    })
    .await;
}
