//! The hosted form over HTTP, from the mailed link on, on both databases.

mod chains;
mod disguises;
mod ends;
mod languages;
mod links;
mod public;
mod strangers;
mod told;
mod two;
mod undelivered;

use crate::support::{
    database::{Database, each},
    hosted::{invitation, invite},
    server::{Server, request_id, settings},
    visitor::{Visitor, acceptance},
    world::{furnish, number, question, reasons, registration},
};
use ombord::{domain::ledger::receipt, pb};
use std::sync::Arc;
use tempfile::TempDir;

const ASA: &str = "asa@company.example";

/// A service that mails into a folder of its own, with a sender `K-1` of `first` that has accepted nothing.
struct Stage {
    server: Server,
    visitor: Visitor,
    _folder: TempDir,
}

impl Stage {
    async fn on(database: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings();
        settings.mail.directory = folder.path().to_owned();
        settings.mail.per_minute = 60_000;
        settings.web.per_minute = 100_000;
        settings.ledger.signing_key = Some(crate::support::server::issuer().pem());
        let server = Server::start_with(database.store.clone(), settings).await;
        furnish(&server).await;
        server.integrator("first").senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
        let visitor = Visitor::of(&server);
        Self { server, visitor, _folder: folder }
    }

    /// Invites somebody: the invitation's id, and the token of the link.
    async fn invite(&self, email: &str) -> (String, String) {
        let before = self.visitor.mails().iter().filter(|letter| letter.to().contains(email)).count();
        let made = self.server.integrator("first").acceptances.create_invitation(invite("K-1", email)).await.unwrap();
        let letter = self.visitor.mail(email, before + 1).await;
        let made = made.into_inner();
        assert!(letter.raw.contains(&made.check_code), "{}", letter.raw);
        // That it went out is noted a moment after it did.
        while self.state(&made.invitation_id).await == pb::InvitationState::Created {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        (made.invitation_id, letter.token())
    }

    async fn state(&self, invitation_id: &str) -> pb::InvitationState {
        invitation(&self.server.integrator("first"), invitation_id).await.state()
    }

    /// What the gate says of payslips, with everything about it that a gateway can see.
    async fn gate(&self) -> pb::CheckSendResponse {
        self.server.gateway().gate.check_send(question(&number(1), "first")).await.unwrap().into_inner()
    }

    async fn acceptances(&self) -> Vec<pb::AcceptanceSummary> {
        let request = pb::ListAcceptancesRequest::default();
        let mut first = self.server.integrator("first");
        first.acceptances.list_acceptances(request).await.unwrap().into_inner().acceptances
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_accepts_and_holds_a_receipt() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (id, token) = stage.invite(ASA).await;
        assert_eq!(reasons(&stage.gate().await), ["CONNECTION_NOT_CONFIRMED"]);
        let page = stage.visitor.page(&token).await;
        assert_eq!(page.status, 200);
        assert!(page.shows("Integrator first") && page.shows("Company K-1 AB") && page.shows("delivery (sv)"));
        let done = stage.visitor.accept(&token, &[("retroactive", "on")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        for seen in [&page, &done] {
            let header =
                |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            assert!(header("content-security-policy").starts_with("default-src 'none'"), "{:?}", seen.headers);
            assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
            assert_eq!((header("referrer-policy"), header("cache-control")), ("no-referrer".into(), "no-store".into()));
            assert_eq!(
                (header("x-content-type-options"), header("x-frame-options")),
                ("nosniff".into(), "DENY".into())
            );
            assert_eq!(header("set-cookie"), "");
        }

        let answer = stage.gate().await;
        assert_eq!((answer.decision(), reasons(&answer)), (pb::Decision::Allow, Vec::new()));
        assert_eq!(answer.handling.unwrap().undelivered_retention_days, 390, "as chosen on the form");
        assert_eq!(stage.state(&id).await, pb::InvitationState::Accepted);
        let listed = stage.acceptances().await;
        assert_eq!(listed.len(), 2);
        for one in &listed {
            assert_eq!(one.assurance(), pb::Assurance::SenderConfirmed);
            assert_eq!(one.method(), pb::AcceptanceMethod::HostedForm);
            assert_eq!(one.invitation_ids, std::slice::from_ref(&id));
        }

        // To the person and to the contact point, each with the same receipt, which anyone can verify.
        let confirmation = stage.visitor.mail(ASA, 2).await;
        let other = stage.visitor.mail("dataskydd@company.example", 1).await;
        let log = stage.server.services.log.clone().unwrap();
        for letter in [&confirmation, &other] {
            let text = letter.receipt().unwrap();
            let read = receipt::verify(&text, log.verifying()).unwrap();
            assert!(format!("{read:?}").len() > 10);
            assert!(text.contains("Åsa Öberg"));
        }
        let page = stage.visitor.page(&token).await;
        assert_eq!(page.status, 200);
        assert!(page.shows("Åsa Öberg"));
        let file = stage.visitor.get(&format!("/a/{token}/receipt")).await;
        assert!(receipt::verify(&file.body, log.verifying()).is_ok());
        let again = stage.visitor.post(&token, &acceptance("x", &[])).await;
        assert!(again.status == 200 || again.status == 303, "{}", again.status);
        assert_eq!(stage.acceptances().await.len(), 2, "a link is used once");
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_changes_nothing_and_fifty_posts_are_one_acceptance() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (id, token) = stage.invite(ASA).await;
        let before = stage.server.store.read().await.unwrap().head().revision;
        let shown = stage.visitor.page(&token).await.hidden("shown");
        let paths = [format!("/a/{token}"), format!("/a/{token}?lang=en"), format!("/a/{token}/receipt")];
        for n in 0..100 {
            let path = &paths[n % paths.len()];
            let seen = if n % 2 == 0 { stage.visitor.get(path).await } else { stage.visitor.head(path).await };
            assert!(seen.status < 500 && seen.status != 429, "{path}: {}", seen.status);
        }
        assert_eq!(stage.server.store.read().await.unwrap().head().revision, before, "a GET or HEAD changed something");
        assert_eq!(stage.state(&id).await, pb::InvitationState::Sent);

        let posts = (0..50).map(|_| {
            let (visitor, token, shown) = (stage.visitor.clone(), token.clone(), shown.clone());
            tokio::spawn(async move { visitor.post(&token, &acceptance(&shown, &[])).await.status })
        });
        let mut statuses = Vec::new();
        for post in posts.collect::<Vec<_>>() {
            statuses.push(post.await.unwrap());
        }
        assert!(statuses.iter().all(|status| matches!(status, 200 | 303 | 429)), "{statuses:?}");
        assert!(statuses.contains(&303));
        let mut auditor = stage.server.auditor();
        let request = pb::ListEntriesRequest { event_types: vec!["ACCEPTANCE_RECORDED".into()], ..Default::default() };
        assert_eq!(auditor.ledger.list_entries(request).await.unwrap().into_inner().entries.len(), 1);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_next_to_its_field_and_nothing_typed_is_lost() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        let shown = stage.visitor.page(&token).await.hidden("shown");
        let wrong = [
            ("email", "eva@first.example"),
            ("full_name", ""),
            ("role", "a\u{202e}b"),
            ("contact", "not an address"),
            ("covered", "5560160680\n19121212-1212"),
        ];
        let seen = stage.visitor.post(&token, &acceptance(&shown, &wrong)).await;
        assert_eq!(seen.status, 422, "{}", seen.body);
        for typed in ["eva@first.example", "not an address", "5560160680"] {
            assert!(seen.shows(typed), "{typed} was lost");
        }
        assert_eq!(stage.acceptances().await.len(), 0);

        // Another version is published between the showing and the posting.
        let changed = pb::PublishAgreementVersionRequest {
            change_class: pb::ChangeClass::Major as i32,
            effective_time: None,
            reacceptance_grace: Some(prost_types::Duration { seconds: 86_400, nanos: 0 }),
            ..crate::support::world::version("terms", "2")
        };
        let mut operator = stage.server.operator("anna");
        operator
            .agreements
            .publish_agreement_version(pb::PublishAgreementVersionRequest { request_id: request_id(), ..changed })
            .await
            .unwrap();
        let seen = stage.visitor.post(&token, &acceptance(&shown, &[])).await;
        assert_ne!(seen.status, 303, "a form shown under one version was taken under another");
        assert_eq!(stage.acceptances().await.len(), 0);
        let done = stage.visitor.accept(&token, &[]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert!(stage.acceptances().await.iter().any(|one| one.agreement_id == "terms" && one.version == "2"));
        stage.server.stop().await;
    })
    .await;
}
