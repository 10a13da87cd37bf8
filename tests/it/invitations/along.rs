//! Registrations that invite along with it: one, and many.

use super::{ASA, in_states, listed, stage};
use crate::support::{
    database::each,
    hosted::invitation,
    server::{reason, request_id},
    world::{number, registration},
};
use ombord::pb;
use prost::Message;
use tonic_types::StatusExt;

fn inviting(n: usize, reference: &str, email: &str) -> pb::RegisterSenderRequest {
    pb::RegisterSenderRequest {
        invitation: Some(pb::NewInvitation {
            recipient_email: email.into(),
            language: "en".into(),
            two_signatories: true,
        }),
        ..registration(&number(n), reference)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_invites_in_one_transaction() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let trial = pb::RegisterSenderRequest { validate_only: true, ..inviting(2, "K-2", ASA) };
        let tried = first.senders.register_sender(trial).await.unwrap().into_inner().invitation.unwrap();
        assert!(tried.invitation_id.is_empty() && tried.check_code.is_empty() && tried.expire_time.is_some());
        assert_eq!(listed(&first, pb::ListInvitationsRequest::default()).await, [""; 0]);

        let done = first.senders.register_sender(inviting(2, "K-2", ASA)).await.unwrap().into_inner();
        let made = done.invitation.clone().unwrap();
        let seen = invitation(&first, &made.invitation_id).await;
        assert_eq!((&seen.sender_id, &seen.connection_id), (&done.sender_id, &done.connection_id));
        assert_eq!((seen.revision, seen.check_code), (done.revision, made.check_code));
        assert!(seen.two_signatories && seen.language == "en" && seen.recipient_email == ASA);

        // Whoever is registered is not invited again, whatever the request says.
        for email in [ASA, "bo@company.example"] {
            let again = first.senders.register_sender(inviting(2, "K-2", email)).await.unwrap().into_inner();
            assert_eq!(again.outcome(), pb::RegistrationOutcome::Unchanged);
            assert_eq!(again.invitation, None);
        }
        let other = pb::RegisterSenderRequest { legal_name: "Ett annat AB".into(), ..inviting(2, "K-2", ASA) };
        let differs = first.senders.register_sender(other).await.unwrap().into_inner();
        assert_eq!((differs.outcome(), differs.invitation), (pb::RegistrationOutcome::Differs, None));

        // What would refuse the invitation refuses the registration.
        let refused = first.senders.register_sender(inviting(3, "K-3", "bo@first.example")).await.unwrap_err();
        assert_eq!(reason(&refused), "RECIPIENT_IS_INTEGRATOR");
        let get = pb::GetSenderRequest { external_reference: "K-3".into(), ..Default::default() };
        assert_eq!(reason(&first.senders.get_sender(get).await.unwrap_err()), "SENDER_NOT_FOUND");
        let faulty = first.senders.register_sender(inviting(3, "K-3", "nobody")).await.unwrap_err();
        assert_eq!(crate::support::server::faults(&faulty), ["invitation.recipient_email"]);
        assert_eq!(listed(&first, pb::ListInvitationsRequest::default()).await, [made.invitation_id]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_invites_for_its_good_rows() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let row = |n, reference: &str, email: &str| pb::RegisterSenderRequest {
            request_id: String::new(),
            ..inviting(n, reference, email)
        };
        let request = pb::BatchRegisterSendersRequest {
            request_id: request_id(),
            requests: vec![
                row(2, "K-2", ASA),
                row(3, "K-3", "bo@first.example"),
                pb::RegisterSenderRequest { invitation: None, ..row(4, "K-4", "") },
                row(2, "K-2", ASA),
                row(5, "K-5", "nobody"),
                row(6, "K-6", ASA),
            ],
            ..Default::default()
        };
        let answer = first.senders.batch_register_senders(request.clone()).await.unwrap().into_inner();
        let same = first.senders.batch_register_senders(request).await.unwrap().into_inner();
        assert_eq!(answer, same);
        assert_eq!((answer.created_total, answer.unchanged_total, answer.refused_total), (3, 1, 2));
        let told: Vec<String> = answer.results.into_iter().map(told).collect();
        assert_eq!(
            told,
            ["invited", "RECIPIENT_IS_INTEGRATOR", "registered", "registered", "INVALID_FIELDS", "invited"]
        );
        let open = [pb::InvitationState::Created, pb::InvitationState::Sent];
        assert_eq!(in_states(&first, &open).await.len(), 2);
        server.stop().await;
    })
    .await;
}

fn told(result: pb::BatchRegisterSendersResult) -> String {
    match result.result.unwrap() {
        pb::batch_register_senders_result::Result::Response(done) if done.invitation.is_some() => "invited".into(),
        pb::batch_register_senders_result::Result::Response(_) => "registered".into(),
        pb::batch_register_senders_result::Result::Error(status) => {
            let code = tonic::Code::from(status.code);
            let status = tonic::Status::with_details(code, "", status.encode_to_vec().into());
            status.get_details_error_info().unwrap().reason
        }
    }
}
