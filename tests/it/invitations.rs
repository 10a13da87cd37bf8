//! Invitations over gRPC: made, seen, superseded, expired and taken back; by whom they are seen, and what of them is not.

mod along;
mod contests;
mod mails;

use crate::support::{
    database::each,
    hosted::{invitation, invite, literal, rewrite},
    server::{Clients, Server, reason, request_id, settings, without_form},
    world::{accepted_sender, furnish, number, question, reasons, registration},
};
use ombord::pb;

const ASA: &str = "asa@company.example";

/// A service with a sender `K-1` of `first` that has accepted nothing.
async fn stage(database: &crate::support::database::Database) -> Server {
    let server = Server::start(database.store.clone()).await;
    furnish(&server).await;
    server.integrator("first").senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
    server
}

async fn create(clients: &Clients, reference: &str, email: &str) -> pb::CreateInvitationResponse {
    clients.clone().acceptances.create_invitation(invite(reference, email)).await.unwrap().into_inner()
}

fn cancellation(invitation_id: &str) -> pb::CancelInvitationRequest {
    let (request_id, invitation_id) = (request_id(), invitation_id.to_owned());
    pb::CancelInvitationRequest { request_id, integrator_id: String::new(), invitation_id }
}

/// The ids of a list, in order.
async fn listed(clients: &Clients, request: pb::ListInvitationsRequest) -> Vec<String> {
    let list = clients.clone().acceptances.list_invitations(request).await.unwrap().into_inner();
    list.invitations.into_iter().map(|one| one.invitation_id).collect()
}

async fn in_states(clients: &Clients, states: &[pb::InvitationState]) -> Vec<String> {
    let states = states.iter().map(|state| *state as i32).collect();
    listed(clients, pb::ListInvitationsRequest { states, ..Default::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_made_seen_and_taken_back() {
    each(|database| async move {
        let server = stage(&database).await;
        let (mut first, operator) = (server.integrator("first"), server.operator("anna"));
        let before = server.store.read().await.unwrap().head().revision;
        let request =
            pb::CreateInvitationRequest { two_signatories: true, language: "en".into(), ..invite("K-1", ASA) };
        let made = first.acceptances.create_invitation(request).await.unwrap().into_inner();
        assert_eq!((made.state(), made.superseded_invitation_id.as_str()), (pb::InvitationState::Created, ""));
        assert!(made.revision > before && made.external_reference == "K-1");
        let code = made.check_code.as_bytes();
        assert!(code.len() == 9 && code[4] == b'-', "{}", made.check_code);

        let seen = invitation(&first, &made.invitation_id).await;
        assert!(matches!(seen.state(), pb::InvitationState::Created | pb::InvitationState::Sent));
        assert_eq!((seen.recipient_email.as_str(), seen.language.as_str()), (ASA, "en"));
        assert_eq!((&seen.check_code, &seen.expire_time), (&made.check_code, &made.expire_time));
        assert_eq!((&seen.sender_id, &seen.connection_id), (&made.sender_id, &made.connection_id));
        assert!(seen.two_signatories && !seen.first_signed && !seen.forwarded && seen.end_time.is_none());
        let days = seen.expire_time.unwrap().seconds - seen.create_time.unwrap().seconds;
        assert_eq!(days, 30 * 86_400);
        for clients in [&operator, &server.auditor()] {
            assert_eq!(invitation(clients, &made.invitation_id).await.recipient_email, ASA);
        }
        // The invitation alone changes nothing at the gate.
        let checked = server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(reasons(&checked), ["CONNECTION_NOT_CONFIRMED"]);

        let all = pb::ListInvitationsRequest::default();
        assert_eq!(listed(&first, all.clone()).await, std::slice::from_ref(&made.invitation_id));
        let since = pb::ListInvitationsRequest { changed_after_revision: u64::MAX, ..all };
        assert_eq!(listed(&operator, since).await, [""; 0]);

        let cancelled =
            first.acceptances.cancel_invitation(cancellation(&made.invitation_id)).await.unwrap().into_inner();
        assert!(cancelled.changed && cancelled.state() == pb::InvitationState::Cancelled);
        let again = first.acceptances.cancel_invitation(cancellation(&made.invitation_id)).await.unwrap().into_inner();
        assert!(!again.changed && again.end_time == cancelled.end_time);
        let seen = invitation(&first, &made.invitation_id).await;
        assert_eq!((seen.state(), seen.end_time), (pb::InvitationState::Cancelled, cancelled.end_time));
        assert_eq!(in_states(&first, &[pb::InvitationState::Cancelled]).await, [made.invitation_id]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_one_supersedes_the_old_and_the_second_signatorys() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let one = create(&first, "K-1", ASA).await;
        let two = create(&first, "K-1", "bo@company.example").await;
        assert_eq!(two.superseded_invitation_id, one.invitation_id);
        assert_eq!(invitation(&first, &two.invitation_id).await.replaces_invitation_id, one.invitation_id);
        assert_eq!(
            in_states(&first, &[pb::InvitationState::Superseded]).await,
            std::slice::from_ref(&one.invitation_id)
        );
        let refused = first.acceptances.cancel_invitation(cancellation(&one.invitation_id)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVITATION_ENDED");

        // A second signatory's goes with the first one's.
        let third = create(&first, "K-1", ASA).await;
        let joint = literal(&database, &third.invitation_id);
        let second = format!("state = 'SENT', cause = 'SECOND_SIGNATORY', joint_with = {joint}, ended = NULL");
        rewrite(&database, &two.invitation_id, &second).await;
        first.acceptances.cancel_invitation(cancellation(&third.invitation_id)).await.unwrap();
        let second = invitation(&first, &two.invitation_id).await;
        assert_eq!(second.state(), pb::InvitationState::Cancelled);
        assert_eq!((second.recipient_email.as_str(), second.joint_with_invitation_id), ("", third.invitation_id));

        // So does everything that is open with the connection.
        let last = create(&first, "K-1", ASA).await;
        let end = pb::EndConnectionRequest {
            request_id: request_id(),
            external_reference: "K-1".into(),
            ..Default::default()
        };
        first.senders.end_connection(end).await.unwrap();
        assert_eq!(invitation(&first, &last.invitation_id).await.state(), pb::InvitationState::Cancelled);
        let refused = first.acceptances.create_invitation(invite("K-1", ASA)).await.unwrap_err();
        assert_eq!(reason(&refused), "CONNECTION_ENDED");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_answered_expires_by_itself() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        first.senders.register_sender(registration(&number(2), "K-2")).await.unwrap();
        let old = create(&first, "K-1", ASA).await;
        let other = create(&first, "K-2", ASA).await;
        rewrite(&database, &old.invitation_id, "expires = created").await;
        let seen = invitation(&first, &old.invitation_id).await;
        assert_eq!((seen.state(), seen.end_time), (pb::InvitationState::Expired, seen.create_time));
        let open = [pb::InvitationState::Created, pb::InvitationState::Sent, pb::InvitationState::Bounced];
        assert_eq!(in_states(&first, &[pb::InvitationState::Expired]).await, std::slice::from_ref(&old.invitation_id));
        assert_eq!(in_states(&first, &open).await, std::slice::from_ref(&other.invitation_id));
        let both = [open.as_slice(), &[pb::InvitationState::Expired]].concat();
        assert_eq!(in_states(&first, &both).await, [old.invitation_id.clone(), other.invitation_id]);
        let refused = first.acceptances.cancel_invitation(cancellation(&old.invitation_id)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVITATION_ENDED");
        let new = create(&first, "K-1", ASA).await;
        assert_eq!(new.superseded_invitation_id, "", "there was nothing open");
        assert_eq!(invitation(&first, &old.invitation_id).await.state(), pb::InvitationState::Expired);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_sender_gave_is_shown_to_no_integrator() {
    each(|database| async move {
        let server = stage(&database).await;
        let (first, operator) = (server.integrator("first"), server.operator("anna"));
        let one = create(&first, "K-1", ASA).await;
        let two = create(&first, "K-1", "the.right.person@company.example").await;
        rewrite(&database, &two.invitation_id, "cause = 'FORWARDED'").await;
        // A new link to the same address is no less hidden.
        let three = create(&first, "K-1", "the.right.person@company.example").await;
        rewrite(&database, &three.invitation_id, "cause = 'RENEWED'").await;
        for id in [&two.invitation_id, &three.invitation_id] {
            let seen = invitation(&first, id).await;
            assert!(seen.recipient_email.is_empty() && seen.forwarded, "{seen:?}");
            assert_eq!(invitation(&operator, id).await.recipient_email, "the.right.person@company.example");
        }
        let list = first.clone().acceptances.list_invitations(pb::ListInvitationsRequest::default()).await;
        let addresses: Vec<String> =
            list.unwrap().into_inner().invitations.into_iter().map(|one| one.recipient_email).collect();
        assert_eq!(addresses, [ASA, "", ""]);
        // One that was renewed from what the integrator asked for is the integrator's to see.
        let from = format!("replaces = {}", literal(&database, &one.invitation_id));
        rewrite(&database, &three.invitation_id, &from).await;
        assert_eq!(invitation(&first, &three.invitation_id).await.recipient_email, "the.right.person@company.example");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_invites_the_integrators_own_people_or_for_nothing() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        for email in ["bo@first.example", "bo@mail.FIRST.example"] {
            let refused = first.acceptances.create_invitation(invite("K-1", email)).await.unwrap_err();
            assert_eq!(reason(&refused), "RECIPIENT_IS_INTEGRATOR", "{email}");
        }
        // A company that sends for itself has its own people.
        first.senders.register_sender(registration("5567115695", "K-0")).await.unwrap();
        create(&first, "K-0", "bo@first.example").await;

        accepted_sender(&server, &number(3), "K-3").await;
        let refused = first.acceptances.create_invitation(invite("K-3", ASA)).await.unwrap_err();
        assert_eq!(reason(&refused), "NOTHING_TO_ACCEPT");
        // Another integrator is not told what the sender did elsewhere.
        let mut second = server.integrator("second");
        second.senders.register_sender(registration(&number(3), "M-3")).await.unwrap();
        let made = create(&second, "M-3", ASA).await;
        let hidden = pb::GetInvitationRequest { invitation_id: made.invitation_id.clone() };
        let refused = first.acceptances.get_invitation(hidden).await.unwrap_err();
        assert_eq!(reason(&refused), "INVITATION_NOT_FOUND");
        assert_eq!(listed(&first, pb::ListInvitationsRequest::default()).await.len(), 1);
        let refused = first.acceptances.cancel_invitation(cancellation(&made.invitation_id)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVITATION_NOT_FOUND");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_invites_once() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let request = invite("K-1", ASA);
        let one = first.acceptances.create_invitation(request.clone()).await.unwrap().into_inner();
        let same = first.acceptances.create_invitation(request.clone()).await.unwrap().into_inner();
        assert_eq!(one, same);
        assert_eq!(listed(&first, pb::ListInvitationsRequest::default()).await, [one.invitation_id]);
        let other = pb::CreateInvitationRequest { recipient_email: "bo@company.example".into(), ..request };
        let refused = first.acceptances.create_invitation(other).await.unwrap_err();
        assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_invitations_hold_each_once() {
    each(|database| async move {
        let server = stage(&database).await;
        let mut first = server.integrator("first");
        let mut made = Vec::new();
        for n in 2..7 {
            first.senders.register_sender(registration(&number(n), &format!("K-{n}"))).await.unwrap();
            made.push(create(&first, &format!("K-{n}"), ASA).await.invitation_id);
        }
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListInvitationsRequest { page_size: 2, page_token, ..Default::default() };
            let page = first.acceptances.list_invitations(request).await.unwrap().into_inner();
            found.extend(page.invitations.into_iter().map(|one| one.invitation_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, made);
        let of_one = pb::ListInvitationsRequest { external_reference: "K-3".into(), ..Default::default() };
        assert_eq!(listed(&first, of_one).await, [made[1].clone()]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_public_address_nobody_is_invited() {
    each(|database| async move {
        let mut settings = settings();
        without_form(&mut settings);
        let server = Server::start_with(database.store.clone(), settings).await;
        furnish(&server).await;
        let mut first = server.integrator("first");
        let along = pb::RegisterSenderRequest {
            invitation: Some(pb::NewInvitation { recipient_email: ASA.into(), ..Default::default() }),
            ..registration(&number(1), "K-1")
        };
        let refused = first.senders.register_sender(along).await.unwrap_err();
        assert_eq!(reason(&refused), "INVITATIONS_NOT_OFFERED");
        first.senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
        let refused = first.acceptances.create_invitation(invite("K-1", ASA)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVITATIONS_NOT_OFFERED");
        server.stop().await;
    })
    .await;
}
