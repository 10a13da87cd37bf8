//! The contact point (R6): whose it is, and who may change it.

use super::{codes, confirm, end, get, register};
use crate::support::{
    database::each,
    fold::agree,
    hosted,
    server::{Server, request_id},
    world::{acceptance, furnish, number, question, reasons, registration},
};
use ombord::pb;

const CONFIRMED: &str = "dataskydd@company.example";

async fn start(store: std::sync::Arc<crate::support::database::Database>) -> Server {
    let server = Server::start(store.store.clone()).await;
    furnish(&server).await;
    server
}

fn with_contact(reference: &str, email: &str) -> pb::RegisterSenderRequest {
    let contact_point = Some(pb::ContactPoint { email: email.into() }).filter(|point| !point.email.is_empty());
    pb::RegisterSenderRequest { contact_point, ..registration(&number(1), reference) }
}

/// The contact point as the integrator sees it.
async fn contact(server: &Server) -> String {
    get(server, "first", "K-1").await.connections[0].contact_point.clone().map(|point| point.email).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_and_registering_again_does_not_replace_what_the_senders_person_confirmed() {
    each(|database| async move {
        let server = start(database).await;
        register(&server, "first", with_contact("K-1", "lon@company.example")).await;
        hosted::accept(&server, "K-1", CONFIRMED, Vec::new()).await;
        for other in ["spy@elsewhere.example", ""] {
            end(&server, "first", "K-1").await;
            let again = register(&server, "first", with_contact("K-1", other)).await;
            assert_eq!(again.outcome(), pb::RegistrationOutcome::Created);
            assert_eq!(again.differing_fields, ["contact_point"], "the answer says that it was kept");
            assert_eq!((contact(&server).await.as_str(), codes(&again.warnings).len()), (CONFIRMED, 0));
            confirm(&server, "first", "K-1").await;
            // Nor does an acceptance that the integrator attests, along with another address.
            let first = server.integrator("first");
            let attested = pb::RecordAcceptanceRequest {
                contact_point: Some(pb::ContactPoint { email: "spy@elsewhere.example".into() }),
                ..acceptance(&first, "K-1").await
            };
            first.clone().acceptances.record_acceptance(attested).await.unwrap();
            assert_eq!(contact(&server).await, CONFIRMED);
        }
        end(&server, "first", "K-1").await;
        let same = register(&server, "first", with_contact("K-1", CONFIRMED)).await;
        assert_eq!(same.differing_fields, [""; 0]);

        // Another integrator writes what it likes over its own connection, and learns nothing.
        let second = register(&server, "second", with_contact("X-1", "post@company.example")).await;
        assert_eq!(second.differing_fields, [""; 0]);
        // The operator's word changes it, and from then on it is not the person's any more.
        end(&server, "first", "K-1").await;
        let by_operator = pb::RegisterSenderRequest {
            integrator_id: "first".into(),
            request_id: request_id(),
            ..with_contact("K-1", "post@company.example")
        };
        let changed = server.operator("anna").senders.register_sender(by_operator).await.unwrap().into_inner();
        assert_eq!(changed.differing_fields, [""; 0]);
        assert_eq!(contact(&server).await, "post@company.example");
        agree(&server).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_integrators_is_kept_and_counts_as_none() {
    each(|database| async move {
        let server = start(database).await;
        let says_why = |warnings: &[pb::ReasonDetail]| {
            assert_eq!(codes(warnings), ["CONTACT_POINT_MISSING"]);
            assert!(warnings[0].message.contains("integrator's own"), "{}", warnings[0].message);
        };
        let registered = register(&server, "first", with_contact("K-1", "kund@lon.first.example")).await;
        says_why(&registered.warnings);
        assert_eq!(contact(&server).await, "kund@lon.first.example", "as it was written");

        let first = server.integrator("first");
        let attested = pb::RecordAcceptanceRequest {
            contact_point: Some(pb::ContactPoint { email: "kund@first.example".into() }),
            ..acceptance(&first, "K-1").await
        };
        let recorded = first.clone().acceptances.record_acceptance(attested).await.unwrap().into_inner();
        says_why(&recorded.warnings);
        let checked = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert!(reasons(&checked).contains(&"~CONTACT_POINT_MISSING".to_owned()), "{checked:?}");
        let mail = server.operator("anna").mail.list_mail(pb::ListMailRequest::default()).await.unwrap().into_inner();
        assert_eq!(mail.mails.len(), 0, "nobody at the sender is told");

        let update = async |email: &str| {
            let etag = get(&server, "first", "K-1").await.connections[0].etag.clone();
            let request = pb::UpdateSenderRequest {
                request_id: request_id(),
                external_reference: "K-1".into(),
                etag,
                contact_point: Some(pb::ContactPoint { email: email.into() }),
                ..Default::default()
            };
            server.integrator("first").senders.update_sender(request).await.unwrap().into_inner().warnings
        };
        says_why(&update("post@first.example").await);
        assert_eq!(update("post@company.example").await.len(), 0);
        let removed = update("").await;
        assert_eq!(codes(&removed), ["CONTACT_POINT_MISSING"]);
        assert!(!removed[0].message.contains("integrator"), "there is none at all: {}", removed[0].message);

        // An integrator that is the sender is its own controller.
        let itself = pb::RegisterSenderRequest {
            contact_point: Some(pb::ContactPoint { email: "dataskydd@first.example".into() }),
            ..registration("5567115695", "K-0")
        };
        assert_eq!(register(&server, "first", itself).await.warnings, []);
        agree(&server).await;
        server.stop().await;
    })
    .await;
}
