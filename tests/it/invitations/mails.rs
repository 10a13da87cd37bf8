//! What operators see and say of the mails; and that the link in a mail is in no answer.

use super::{ASA, create, listed, stage};
use crate::support::{
    database::each,
    hosted::invitation,
    server::{Server, reason, request_id, settings},
    world::{accepted_sender, furnish, number, registration},
};
use ombord::pb;
use std::{path::Path, time::Duration};

async fn mails(server: &Server, states: &[pb::MailState]) -> pb::ListMailResponse {
    let states = states.iter().map(|state| *state as i32).collect();
    let request = pb::ListMailRequest { states, ..Default::default() };
    server.operator("anna").mail.list_mail(request).await.unwrap().into_inner()
}

fn delivery(message_id: &str, outcome: pb::DeliveryOutcome) -> pb::RecordDeliveryRequest {
    pb::RecordDeliveryRequest { request_id: request_id(), message_id: message_id.into(), outcome: outcome as i32 }
}

/// Waits until the mails were sent: here that is, written as files.
async fn sent(server: &Server, count: usize) -> Vec<pb::Mail> {
    for _ in 0..400 {
        let list = mails(server, &[pb::MailState::Sent]).await;
        if list.mails.len() >= count {
            return list.mails;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the mails were not sent: {:?}", mails(server, &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_back_makes_the_invitation_bounced() {
    each(|database| async move {
        let server = stage(&database).await;
        let (first, mut anna) = (server.integrator("first"), server.operator("anna"));
        let made = create(&first, "K-1", ASA).await;
        let mail = sent(&server, 1).await.remove(0);
        assert_eq!((mail.kind(), mail.fault.as_str(), mail.due_time), (pb::MailKind::Invitation, "", None));
        assert!(mail.send_time.is_some() && mail.attempts >= 1);
        let seen = invitation(&first, &made.invitation_id).await;
        assert!(seen.state() == pb::InvitationState::Sent && seen.send_time.is_some());

        let arrived = anna.mail.record_delivery(delivery(&mail.message_id, pb::DeliveryOutcome::Delivered)).await;
        assert!(!arrived.unwrap().into_inner().changed);
        let header = format!("<{}@mail.example>", mail.message_id);
        let request = delivery(&header, pb::DeliveryOutcome::Bounced);
        let back = anna.mail.record_delivery(request.clone()).await.unwrap().into_inner();
        assert_eq!((back.kind(), back.state(), back.changed), (pb::MailKind::Invitation, pb::MailState::Bounced, true));
        assert_eq!(anna.mail.record_delivery(request).await.unwrap().into_inner(), back);
        let again = anna.mail.record_delivery(delivery(&header, pb::DeliveryOutcome::Bounced)).await.unwrap();
        assert!(!again.into_inner().changed);
        let seen = invitation(&first, &made.invitation_id).await;
        assert_eq!((seen.state(), seen.revision), (pb::InvitationState::Bounced, back.revision));
        let bounced = [pb::InvitationState::Bounced as i32].to_vec();
        let list = pb::ListInvitationsRequest { states: bounced, ..Default::default() };
        assert_eq!(listed(&first, list).await, [made.invitation_id]);

        let retry = |message_id: &str| pb::RetryMailRequest { request_id: request_id(), message_id: message_id.into() };
        let retried = anna.mail.retry_mail(retry(&mail.message_id)).await.unwrap().into_inner();
        assert!(retried.changed && retried.state() == pb::MailState::Pending);
        sent(&server, 1).await;
        let nothing = anna.mail.retry_mail(retry(&mail.message_id)).await.unwrap().into_inner();
        assert!(!nothing.changed && nothing.state() == pb::MailState::Sent);
        let unknown = anna.mail.record_delivery(delivery(&request_id(), pb::DeliveryOutcome::Bounced)).await;
        assert_eq!(reason(&unknown.unwrap_err()), "MAIL_NOT_FOUND");
        server.stop().await;
    })
    .await;
}

/// The tokens in all the files of a folder: what follows `/a/` in the links.
fn tokens(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tokens(&path));
            continue;
        }
        // Quoted-printable breaks long lines by an equals sign at their end.
        let text = std::fs::read_to_string(&path).unwrap().replace("=\r\n", "").replace("=\n", "");
        for link in text.split("/a/").skip(1) {
            let end = link.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(link.len());
            if end >= 40 {
                found.push(link[..end].to_owned());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_is_in_the_mail_and_in_no_answer() {
    each(|database| async move {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings();
        settings.mail.directory = folder.path().to_owned();
        let server = Server::start_with(database.store.clone(), settings).await;
        furnish(&server).await;
        let (mut first, mut anna, mut auditor) =
            (server.integrator("first"), server.operator("anna"), server.auditor());
        first.senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
        let mut told = String::new();
        let made = create(&first, "K-1", ASA).await;
        told += &format!("{made:?}");
        accepted_sender(&server, &number(2), "K-2").await;
        sent(&server, 2).await;
        let tokens = tokens(folder.path());
        assert!(tokens.len() >= 2, "an invitation and a notice, each in text and HTML: {tokens:?}");

        told += &format!("{:?}", invitation(&first, &made.invitation_id).await);
        let list = pb::ListInvitationsRequest::default();
        told += &format!("{:?}", anna.acceptances.list_invitations(list).await.unwrap());
        told += &format!("{:?}", mails(&server, &[]).await);
        let entries = auditor.ledger.list_entries(pb::ListEntriesRequest { page_size: 1000, ..Default::default() });
        told += &format!("{:?}", entries.await.unwrap());
        let mail = mails(&server, &[]).await.mails.remove(0).message_id;
        told += &format!("{:?}", anna.mail.record_delivery(delivery(&mail, pb::DeliveryOutcome::Bounced)).await);
        let listed = pb::ListSendersRequest::default();
        told += &format!("{:?}", first.senders.list_senders(listed).await.unwrap());
        for token in tokens {
            assert!(!told.contains(&token), "a token is in an answer");
        }
        server.stop().await;
    })
    .await;
}
