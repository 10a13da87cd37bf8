//! What is never told: what another integrator did, whether a sender exists, who a sole trader is.

use super::{SOLE_TRADER, by_reference, codes, confirm, get, instruction, list, register, start, suspension};
use crate::support::{
    database::{Kind, each},
    ledger,
    server::{Server, faults, reason, request_id},
    world::{acceptance, furnish, number, registration},
};
use ombord::{domain::organisation_number::MASKED, pb};
use tonic::Status;

/// All that a caller can tell one refusal from another by.
fn bytes(status: &Status) -> (tonic::Code, String, Vec<u8>) {
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_integrator_learns_nothing_of_the_first() {
    each(|database| async move {
        let server = start(database).await;
        let known = register(&server, "first", registration(&number(1), "K-1")).await;
        confirm(&server, "first", "K-1").await;
        server.operator("anna").senders.suspend_sender(suspension(&known.sender_id)).await.unwrap();
        let before = list(&server, "second", pb::ListSendersRequest::default()).await.revision;

        // Of the company that is known and of one that is not, the answers differ in ids and times alone.
        let of_known = register(&server, "second", registration(&number(1), "K-1")).await;
        let of_unknown = register(&server, "second", registration(&number(2), "K-2")).await;
        let alike =
            |answer: &pb::RegisterSenderResponse, other: &pb::RegisterSenderResponse| pb::RegisterSenderResponse {
                sender_id: other.sender_id.clone(),
                connection_id: other.connection_id.clone(),
                external_reference: other.external_reference.clone(),
                create_time: other.create_time,
                etag: other.etag.clone(),
                revision: other.revision,
                ..answer.clone()
            };
        assert_eq!(alike(&of_known, &of_unknown), of_unknown);
        assert_eq!(of_known.sender_id, known.sender_id);

        for reference in ["K-1", "K-2"] {
            let seen = get(&server, "second", reference).await;
            assert_eq!(
                (seen.state(), seen.suspend_time, seen.suspension_reason.as_str()),
                (pb::SenderState::Unspecified, None, "")
            );
            assert!(seen.contact_point.is_none());
            assert_eq!(seen.connections.len(), 1);
            assert_eq!(seen.connections[0].integrator_id, "second");
            assert_eq!(seen.connections[0].legal_name, format!("Company {reference} AB"));
        }
        let listed = list(&server, "second", pb::ListSendersRequest::default()).await;
        for row in &listed.senders {
            assert_eq!(codes(&row.checks[0].reasons), ["CONNECTION_NOT_CONFIRMED"]);
        }

        // Nor does a poll show that something happened to the sender elsewhere.
        let poll = |after| pb::ListSendersRequest { changed_after_revision: after, ..Default::default() };
        assert_eq!(list(&server, "second", poll(before)).await.senders.len(), 2);
        let resumption = pb::ResumeSenderRequest {
            request_id: request_id(),
            sender_id: known.sender_id.clone(),
            reason: "Fel bolag".into(),
            ..Default::default()
        };
        server.operator("anna").senders.resume_sender(resumption).await.unwrap();
        assert!(list(&server, "second", poll(listed.revision)).await.senders.is_empty());
        assert_eq!(list(&server, "first", poll(listed.revision)).await.senders.len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_sender_and_a_missing_one_are_one_answer() {
    each(|database| async move {
        let server = start(database).await;
        let foreign = register(&server, "first", registration(&number(1), "K-1")).await.sender_id;
        let missing = request_id();
        let mut refusals = Vec::new();
        for sender_id in [foreign, missing] {
            let mut senders = server.integrator("second").senders;
            let id = || sender_id.clone();
            let get = pb::GetSenderRequest { sender_id: id(), ..Default::default() };
            let confirm = pb::ConfirmConnectionRequest {
                request_id: request_id(),
                sender_id: id(),
                evidence: vec![instruction()],
                ..Default::default()
            };
            let update = pb::UpdateSenderRequest {
                request_id: request_id(),
                sender_id: id(),
                etag: "r1".into(),
                ..Default::default()
            };
            let end = pb::EndConnectionRequest { request_id: request_id(), sender_id: id(), ..Default::default() };
            refusals.push([
                bytes(&senders.get_sender(get).await.unwrap_err()),
                bytes(&senders.confirm_connection(confirm).await.unwrap_err()),
                bytes(&senders.update_sender(update).await.unwrap_err()),
                bytes(&senders.end_connection(end).await.unwrap_err()),
            ]);
        }
        assert_eq!(refusals[0], refusals[1]);
        assert!(refusals[0].iter().all(|(code, ..)| *code == tonic::Code::NotFound));

        let mismatch = pb::GetSenderRequest { integrator_id: "first".into(), ..by_reference("K-1") };
        let mismatch = server.integrator("second").senders.get_sender(mismatch).await.unwrap_err();
        assert_eq!(reason(&mismatch), "INTEGRATOR_MISMATCH");
        let of_nobody = pb::GetSenderRequest { integrator_id: "nobody".into(), ..by_reference("K-1") };
        let of_nobody = server.operator("anna").senders.get_sender(of_nobody).await.unwrap_err();
        assert_eq!(reason(&of_nobody), "INTEGRATOR_NOT_FOUND", "an operator is told");
        let unsaid = server.operator("anna").senders.get_sender(by_reference("K-1")).await.unwrap_err();
        assert_eq!(faults(&unsaid), ["integrator_id"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sole_traders_number_and_name_stay_private() {
    each(|database| async move {
        let server = start(database.clone()).await;
        let mut request = registration(SOLE_TRADER, "K-1");
        request.legal_name = "Åsa Ölmebacks Bokföring".into();
        let first = register(&server, "first", request.clone()).await;
        request.request_id = request_id();
        request.organisation_number = "19121212-1212".into();
        assert_eq!(register(&server, "first", request.clone()).await.outcome(), pb::RegistrationOutcome::Unchanged);
        request.request_id = request_id();
        request.legal_name = "Åsa Redovisning".into();
        assert_eq!(register(&server, "first", request.clone()).await.differing_fields, ["legal_name"]);

        request.request_id = request_id();
        let second = register(&server, "second", request.clone()).await;
        assert_eq!(second.sender_id, first.sender_id);
        assert_eq!(second.outcome(), pb::RegistrationOutcome::Created);
        for (slug, name) in [("first", "Åsa Ölmebacks Bokföring"), ("second", "Åsa Redovisning")] {
            let seen = get(&server, slug, "K-1").await;
            assert!(seen.sole_trader);
            assert_eq!(seen.organisation_number, MASKED);
            assert_eq!(seen.connections[0].legal_name, name);
            let filter = pb::ListSendersRequest { organisation_number: SOLE_TRADER.into(), ..Default::default() };
            let listed = list(&server, slug, filter).await;
            assert_eq!(listed.senders.len(), 1);
            assert_eq!(listed.senders[0].organisation_number, MASKED);
        }
        let all = pb::GetSenderRequest { sender_id: first.sender_id.clone(), ..Default::default() };
        let all = server.operator("anna").senders.get_sender(all).await.unwrap().into_inner().sender.unwrap();
        assert_eq!((all.organisation_number.as_str(), all.connections.len()), (MASKED, 2));

        let update = pb::UpdateSenderRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            etag: first.etag,
            legal_name: Some("Åsa Bokför".into()),
            ..Default::default()
        };
        let updated = server.integrator("first").senders.update_sender(update).await.unwrap().into_inner();
        assert!(updated.changed && updated.warnings.is_empty());
        let seen = get(&server, "first", "K-1").await;
        assert_eq!(seen.connections[0].legal_name, "Åsa Bokför");
        assert_eq!(seen.connections[0].contact_point.as_ref().unwrap().email, "lon@company.example");

        let ten = registration("121212-1212", "K-2");
        let refused = server.integrator("first").senders.register_sender(ten).await.unwrap_err();
        assert_eq!(faults(&refused), ["organisation_number"]);
        assert!(!format!("{refused:?}").contains("1212"));

        // The one table for it holds the number once; neither the ledger nor a kept answer holds number or names.
        let kept = database.texts("SELECT kind FROM private_record WHERE kind = 'NUMBER'").await;
        assert_eq!(kept.len(), 1);
        let entries = ledger::entries(&server.auditor()).await;
        ledger::verify(&entries);
        let mut texts: Vec<String> = entries.into_iter().map(|entry| entry.canonical_json).collect();
        texts.extend(database.texts("SELECT facts FROM sender").await);
        let response = if database.kind == Kind::Sqlite {
            "SELECT CAST(response AS TEXT) FROM request"
        } else {
            "SELECT convert_from(response, 'UTF8') FROM request"
        };
        texts.extend(database.texts(response).await);
        for text in texts {
            assert!(!text.contains("1212121") && !text.contains("Åsa") && !text.contains("company.example"), "{text}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_point_that_one_integrator_recorded_is_not_shown_to_another() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let sender_id = register(&server, "first", registration(&number(1), "K-1")).await.sender_id;
        let mut request = acceptance(&server.integrator("first"), "K-1").await;
        request.contact_point = Some(pb::ContactPoint { email: "dataskydd@company.example".into() });
        server.integrator("first").acceptances.record_acceptance(request).await.unwrap();
        register(&server, "second", registration(&number(1), "K-1")).await;
        confirm(&server, "second", "K-1").await;

        let email = |contact: Option<pb::ContactPoint>| contact.map(|contact| contact.email);
        let given = Some("dataskydd@company.example".to_owned());
        let first = get(&server, "first", "K-1").await;
        assert_eq!(email(first.contact_point), given);
        assert_eq!(email(first.connections[0].contact_point.clone()), given, "it became the connection's");
        assert_eq!(first.connections[0].confirmation_basis(), pb::ConfirmationBasis::Act);
        let second = get(&server, "second", "K-1").await;
        assert_eq!((second.state(), email(second.contact_point)), (pb::SenderState::Active, None));
        assert_eq!(email(second.connections[0].contact_point.clone()), Some("lon@company.example".to_owned()));
        let all = pb::GetSenderRequest { sender_id, ..Default::default() };
        let all = server.operator("anna").senders.get_sender(all).await.unwrap().into_inner().sender.unwrap();
        assert_eq!(email(all.contact_point), given);

        // What the sender did counts through both.
        for slug in ["first", "second"] {
            let allowed = pb::ListSendersRequest { decision: pb::Decision::Allow as i32, ..Default::default() };
            let allowed = list(&server, slug, allowed).await;
            assert_eq!(allowed.senders.len(), 1, "{slug}");
            assert_eq!(allowed.senders[0].checks[0].reasons, []);
        }
        server.stop().await;
    })
    .await;
}
