//! Links that are made for one another: forwarded, sent anew, for a second signatory. Each chain ends, with an answer that
//! helps and a form that still works, and only the integrator begins another.

use super::*;
use crate::support::visitor::Seen;
use ombord::domain::invitation::LONGEST_CHAIN;

/// What whoever asks for one more is told.
fn is_the_end(seen: &Seen) -> bool {
    seen.status == 429 && seen.shows("be Integrator first om en ny inbjudan")
}

impl Stage {
    async fn ask(&self, token: &str, way: &str, field: &str, address: &str) -> Seen {
        self.visitor.post(token, &[("do", way), (field, address)]).await
    }

    /// How many invitations were made at all: each is one mail.
    async fn made(&self) -> usize {
        let request = pb::ListInvitationsRequest { page_size: 1000, ..Default::default() };
        let list = self.server.integrator("first").acceptances.list_invitations(request).await.unwrap().into_inner();
        list.invitations.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarding_ends_and_the_last_link_still_works() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, mut token) = stage.invite(ASA).await;
        for n in 0..LONGEST_CHAIN {
            let address = format!("p{n}@company.example");
            assert_eq!(stage.ask(&token, "forward", "recipient", &address).await.status, 303, "{n}");
            token = stage.visitor.mail(&address, 1).await.token();
        }
        for _ in 0..3 {
            let seen = stage.ask(&token, "forward", "recipient", "one.more@company.example").await;
            assert!(is_the_end(&seen), "{}: {}", seen.status, seen.body);
        }
        assert_eq!(stage.made().await, 1 + LONGEST_CHAIN);
        // Whoever holds the last link accepts all the same; naming a second signatory is signing, not passing on.
        let two = [("two", "on"), ("second_name", "Bo Ek"), ("second_email", "bo@company.example")];
        assert_eq!(stage.visitor.accept(&token, &two).await.status, 303);
        let link = stage.visitor.mail("bo@company.example", 1).await.token();
        assert!(is_the_end(&stage.ask(&link, "forward", "recipient", "one.more@company.example").await));
        let signs = [("full_name", "Bo Ek"), ("email", "bo@company.example"), ("role", "VD")];
        assert_eq!(stage.visitor.accept(&link, &signs).await.status, 303);
        assert_eq!(stage.gate().await.decision(), pb::Decision::Allow);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_links_end_until_the_integrator_invites_anew() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut tokens = vec![stage.invite(ASA).await.1];
        // Each link of the chain can ask, the oldest as well as the newest; together they get no more than one could.
        for n in 0..LONGEST_CHAIN {
            database.execute("UPDATE invitation SET expires = created").await.unwrap();
            let token = if n % 2 == 0 { &tokens[0] } else { &tokens[n] };
            assert_eq!(stage.visitor.post(token, &[("do", "resend")]).await.status, 303, "{n}");
            tokens.push(stage.visitor.mail(ASA, n + 2).await.token());
        }
        database.execute("UPDATE invitation SET expires = created").await.unwrap();
        for token in &tokens {
            let seen = stage.visitor.post(token, &[("do", "resend")]).await;
            assert!(is_the_end(&seen), "{}: {}", seen.status, seen.body);
        }
        assert_eq!(stage.made().await, 1 + LONGEST_CHAIN);
        let (_, token) = stage.invite(ASA).await;
        assert_eq!(stage.ask(&token, "forward", "recipient", "eva@company.example").await.status, 303);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_for_a_second_signatory_end() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        let two = [("two", "on"), ("second_name", "Bo Ek"), ("second_email", "bo@company.example")];
        assert_eq!(stage.visitor.accept(&token, &two).await.status, 303);
        for n in 0..LONGEST_CHAIN {
            let address = format!("bo{n}@company.example");
            assert_eq!(stage.ask(&token, "second", "second_email", &address).await.status, 303, "{n}");
        }
        for _ in 0..3 {
            let seen = stage.ask(&token, "second", "second_email", "bo@company.example").await;
            assert!(is_the_end(&seen), "{}: {}", seen.status, seen.body);
        }
        let last = format!("bo{}@company.example", LONGEST_CHAIN - 1);
        let link = stage.visitor.mail(&last, 1).await.token();
        assert!(is_the_end(&stage.ask(&link, "forward", "recipient", "one.more@company.example").await));
        // An answer of the second's does not begin the counting anew.
        assert_eq!(stage.visitor.post(&link, &[("do", "not-ours"), ("confirm", "on")]).await.status, 303);
        assert!(is_the_end(&stage.ask(&token, "second", "second_email", "bo@company.example").await));
        assert_eq!(stage.made().await, 2 + LONGEST_CHAIN);
        stage.server.stop().await;
    })
    .await;
}
