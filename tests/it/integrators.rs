//! Integrators (R1): made, changed, suspended and listed by operators.

use crate::support::{
    database,
    server::{Server, faults, reason, request_id},
    world::integrator,
};
use ombord::pb;

fn creation(slug: &str, number: &str) -> pb::CreateIntegratorRequest {
    pb::CreateIntegratorRequest {
        request_id: request_id(),
        integrator_id: slug.into(),
        display_name: "Utdatahuset i Norr".into(),
        organisation_number: number.into(),
        kind: pb::IntegratorKind::OutputVendor as i32,
        email_domains: vec!["utdatahuset.example".into()],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integrator_is_made_once_and_changed_by_whoever_read_it() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let mut operator = server.operator("anna").integrators;
        let made = operator.create_integrator(creation("utdata", "556711-5695")).await.unwrap().into_inner();
        assert!(made.changed);
        let again = operator.create_integrator(creation("utdata", "5567115695")).await.unwrap().into_inner();
        assert!(!again.changed);
        assert_eq!((again.revision, again.etag), (made.revision, made.etag.clone()));
        let other = operator.create_integrator(creation("utdata", "5560360793")).await.unwrap_err();
        assert_eq!(reason(&other), "INTEGRATOR_EXISTS");

        let change = |etag: &str| pb::UpdateIntegratorRequest {
            request_id: request_id(),
            integrator_id: "utdata".into(),
            etag: etag.into(),
            display_name: Some("Utdatahuset AB".into()),
            email_domains: None,
        };
        let changed = operator.update_integrator(change(&made.etag)).await.unwrap().into_inner();
        assert!(changed.changed && changed.etag != made.etag);
        let stale = operator.update_integrator(change(&made.etag)).await.unwrap_err();
        assert_eq!((stale.code(), reason(&stale).as_str()), (tonic::Code::Aborted, "ETAG_MISMATCH"));
        let get = pb::GetIntegratorRequest { integrator_id: "utdata".into() };
        let read = operator.get_integrator(get).await.unwrap().into_inner().integrator.unwrap();
        assert_eq!(read.display_name, "Utdatahuset AB");
        assert_eq!(read.organisation_number, "5567115695");
        assert_eq!(read.email_domains, ["utdatahuset.example"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_at_fault_is_named_at_once() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let request = pb::CreateIntegratorRequest {
            request_id: "1".into(),
            integrator_id: "A".into(),
            display_name: "a\u{202e}b".into(),
            organisation_number: "191212121212".into(),
            kind: 99,
            email_domains: vec!["good.example".into(), "Bad".into()],
        };
        let refused = server.operator("anna").integrators.create_integrator(request).await.unwrap_err();
        let fields = ["request_id", "integrator_id", "display_name", "organisation_number", "kind", "email_domains[1]"];
        assert_eq!(
            (reason(&refused).as_str(), faults(&refused)),
            ("INVALID_FIELDS", fields.map(str::to_owned).to_vec())
        );
        assert!(!format!("{refused:?}").contains("121212"), "the number of a sole trader");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn integrators_are_listed_page_by_page() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        for slug in ["aa", "bb", "cc", "dd", "ee"] {
            integrator(&server, slug, "5567115695").await;
        }
        let mut operator = server.operator("anna").integrators;
        let suspension = pb::SuspendIntegratorRequest {
            request_id: request_id(),
            integrator_id: "cc".into(),
            reason: "unpaid".into(),
        };
        let suspended = operator.suspend_integrator(suspension).await.unwrap().into_inner();
        let (mut slugs, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListIntegratorsRequest { page_size: 2, page_token, ..Default::default() };
            let page = operator.list_integrators(request).await.unwrap().into_inner();
            slugs.extend(page.integrators.into_iter().map(|i| i.integrator_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
            let other = pb::ListIntegratorsRequest {
                page_token: page_token.clone(),
                changed_after_revision: 1,
                ..Default::default()
            };
            assert_eq!(reason(&operator.list_integrators(other).await.unwrap_err()), "PAGE_TOKEN_INVALID");
        }
        assert_eq!(slugs, ["aa", "bb", "cc", "dd", "ee"]);
        let request = pb::ListIntegratorsRequest {
            states: vec![pb::IntegratorState::Suspended as i32],
            changed_after_revision: suspended.revision - 1,
            ..Default::default()
        };
        let list = operator.list_integrators(request).await.unwrap().into_inner().integrators;
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].integrator_id.as_str(), list[0].suspension_reason.as_str()), ("cc", "unpaid"));
        server.stop().await;
    })
    .await;
}
