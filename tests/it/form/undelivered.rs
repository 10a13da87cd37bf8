//! A confirmation that did not reach the person who accepted goes to the contact point that is set anew, and only there.

use super::*;
use crate::support::{
    server::{Clients, reason},
    visitor::Letter,
    world::evidence,
};

const NEW: &str = "juridik@company.example";

impl Stage {
    /// A mail comes back.
    async fn bounces(&self, letter: &Letter) {
        let request = pb::RecordDeliveryRequest {
            request_id: request_id(),
            message_id: letter.id.clone(),
            outcome: pb::DeliveryOutcome::Bounced as i32,
        };
        let done = self.server.operator("anna").mail.record_delivery(request).await.unwrap().into_inner();
        assert!(done.changed);
    }

    /// Sets the contact point of `K-1` as somebody.
    async fn set_contact(&self, mut by: Clients, email: &str) -> Result<pb::UpdateSenderResponse, tonic::Status> {
        let get = pb::GetSenderRequest { external_reference: "K-1".into(), ..Default::default() };
        let seen = self.server.integrator("first").senders.get_sender(get).await.unwrap().into_inner().sender.unwrap();
        let request = pb::UpdateSenderRequest {
            request_id: request_id(),
            integrator_id: "first".into(),
            external_reference: "K-1".into(),
            etag: seen.connections.last().unwrap().etag.clone(),
            contact_point: Some(pb::ContactPoint { email: email.into() }),
            ..Default::default()
        };
        by.senders.update_sender(request).await.map(tonic::Response::into_inner)
    }

    /// The warnings of the gate, each with who can clear it; it allows in any case.
    async fn warnings(&self) -> Vec<(String, pb::RemedyActor)> {
        let answer = self.gate().await;
        assert_eq!(answer.decision(), pb::Decision::Allow);
        let actor = |reason: &pb::ReasonDetail| reason.remedy.as_ref().unwrap().actor();
        reasons(&answer).into_iter().zip(answer.reasons.iter().map(actor)).collect()
    }

    /// The schemas of the entries that changed the connection.
    async fn updates(&self) -> Vec<String> {
        let request = pb::ListEntriesRequest { event_types: vec!["CONNECTION_UPDATED".into()], ..Default::default() };
        let list = self.server.auditor().ledger.list_entries(request).await.unwrap().into_inner();
        list.entries.into_iter().map(|entry| entry.canonical_json).collect()
    }

    /// The ledger and every table are as they were written.
    async fn verifies(&self) {
        let mut reader = self.server.store.read().await.unwrap();
        let report = ombord::service::ledger::verify::verify(reader.as_mut(), None, &mut |_| {}).await.unwrap();
        assert!(report.is_good(), "{:?}", report.faults);
    }
}

fn undelivered(actor: pb::RemedyActor) -> Vec<(String, pb::RemedyActor)> {
    vec![("~CONFIRMATION_UNDELIVERED".to_owned(), actor)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_contact_point_gets_the_confirmation_that_came_back() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        assert_eq!(stage.visitor.accept(&token, &[]).await.status, 303);
        stage.bounces(&stage.visitor.mail(ASA, 2).await).await;
        // The sender's own person gave the contact point: setting it anew is the operator's.
        assert_eq!(stage.warnings().await, undelivered(pb::RemedyActor::Operator));
        let refused = stage.set_contact(stage.server.integrator("first"), NEW).await.unwrap_err();
        assert_eq!(reason(&refused), "CONTACT_POINT_CONFIRMED");
        assert_eq!(stage.warnings().await, undelivered(pb::RemedyActor::Operator));

        stage.set_contact(stage.server.operator("anna"), NEW).await.unwrap();
        assert_eq!(stage.warnings().await, []);
        let again = stage.visitor.mail(NEW, 1).await;
        let log = stage.server.services.log.clone().unwrap();
        assert!(receipt::verify(&again.receipt().unwrap(), log.verifying()).is_ok());
        let updates = stage.updates().await;
        assert!(updates[0].contains("\"schema\":3") && updates[0].contains("reconfirms"), "{updates:?}");

        stage.bounces(&again).await;
        let bouncing = ("~CONTACT_POINT_BOUNCING".to_owned(), pb::RemedyActor::Operator);
        assert_eq!(stage.warnings().await, [vec![bouncing], undelivered(pb::RemedyActor::Operator)].concat());
        stage.set_contact(stage.server.operator("anna"), "post@company.example").await.unwrap();
        assert_eq!(stage.warnings().await, []);
        assert!(stage.visitor.mail("post@company.example", 1).await.receipt().is_some());
        // One that nothing is owed to gets nothing, and its entry says so by saying nothing.
        stage.set_contact(stage.server.operator("anna"), "info@company.example").await.unwrap();
        let updates = stage.updates().await;
        assert!(!updates[2].contains("reconfirms"), "{updates:?}");
        stage.verifies().await;
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_again_sets_nothing_and_an_integrators_own_address_gets_nothing() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        assert_eq!(stage.visitor.accept(&token, &[]).await.status, 303);
        stage.bounces(&stage.visitor.mail(ASA, 2).await).await;
        let mut first = stage.server.integrator("first");
        let (request_id_of_end, external_reference) = (request_id(), "K-1".to_owned());
        let end = pb::EndConnectionRequest { request_id: request_id_of_end, external_reference, ..Default::default() };
        first.senders.end_connection(end).await.unwrap();
        first.senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
        let confirm = pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            evidence: vec![evidence("a letter")],
            ..Default::default()
        };
        first.senders.confirm_connection(confirm).await.unwrap();
        assert_eq!(stage.warnings().await, undelivered(pb::RemedyActor::Operator));
        let refused = stage.set_contact(first.clone(), NEW).await.unwrap_err();
        assert_eq!(reason(&refused), "CONTACT_POINT_CONFIRMED");

        stage.set_contact(stage.server.operator("anna"), "lon@first.example").await.unwrap();
        let missing = ("~CONTACT_POINT_MISSING".to_owned(), pb::RemedyActor::Operator);
        let expected = [vec![missing], undelivered(pb::RemedyActor::Operator)].concat();
        assert_eq!(stage.warnings().await, expected, "the integrator's own address is no contact point");
        stage.set_contact(stage.server.operator("anna"), NEW).await.unwrap();
        assert_eq!(stage.warnings().await, []);
        assert!(stage.visitor.mail(NEW, 1).await.receipt().is_some());
        assert!(stage.visitor.mails().iter().all(|letter| !letter.to().contains("first.example")));
        stage.verifies().await;
        stage.server.stop().await;
    })
    .await;
}
