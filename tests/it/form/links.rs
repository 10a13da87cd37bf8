//! Links: wrong, altered, forged, used, expired, superseded; and where their tokens are not.

use super::*;
use crate::canaries;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_never_was_has_one_answer() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        let altered = format!("{}{}", if token.starts_with('A') { 'B' } else { 'A' }, &token[1..]);
        let mut answers = Vec::new();
        for wrong in ["A".repeat(43), altered, token[1..].to_owned(), format!("{token}A"), "x".into(), "%00".into()] {
            let seen = stage.visitor.page(&wrong).await;
            assert_eq!(seen.status, 404, "{wrong}");
            assert!(!seen.shows("Company") && !seen.shows("Integrator first"));
            answers.push(seen.body);
            let posted = stage.visitor.post(&wrong, &acceptance("x", &[])).await;
            assert_eq!(posted.status, 404, "{wrong}");
            answers.push(posted.body);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_link_says_so_and_offers_a_new_one() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (id, old) = stage.invite(ASA).await;
        // Time passes behind the service's back.
        database.execute("UPDATE invitation SET expires = created").await.unwrap();
        assert_eq!(stage.state(&id).await, pb::InvitationState::Expired);
        let seen = stage.visitor.page(&old).await;
        assert_eq!(seen.status, 410);
        assert!(seen.shows("resend"), "{}", seen.body);
        assert_ne!(stage.visitor.post(&old, &acceptance("x", &[])).await.status, 303);
        assert_eq!(stage.visitor.post(&old, &[("do", "resend")]).await.status, 303);
        let new = stage.visitor.mail(ASA, 2).await.token();
        assert_eq!(stage.visitor.page(&new).await.status, 200);

        // A newer one supersedes it; then one that is cancelled offers nothing.
        let (latest, _) = stage.invite("eva@company.example").await;
        let seen = stage.visitor.page(&new).await;
        assert!(seen.status == 410 && !seen.shows("value=\"resend\""), "who was asked first does not take it back");
        assert_ne!(stage.visitor.post(&new, &[("do", "resend")]).await.status, 303);
        let cancel =
            pb::CancelInvitationRequest { request_id: request_id(), invitation_id: latest, ..Default::default() };
        let cancelled = stage.visitor.mail("eva@company.example", 1).await.token();
        stage.server.integrator("first").acceptances.cancel_invitation(cancel).await.unwrap();
        let seen = stage.visitor.page(&cancelled).await;
        assert!(seen.status == 410 && !seen.shows("value=\"resend\""), "{}", seen.body);
        assert_eq!(stage.acceptances().await.len(), 0);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_stands_in_the_database() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        stage.visitor.accept(&token, &[]).await;
        let contest = stage.visitor.mail("dataskydd@company.example", 1).await.token();
        let mut contents = canaries::search::everything_else(&database).await;
        let private = "SELECT coalesce(body, '') FROM private_record";
        contents.insert("private_record".into(), database.texts(private).await.join("\n").into_bytes());
        for token in [token, contest] {
            for (table, bytes) in &contents {
                assert!(!String::from_utf8_lossy(bytes).contains(&token), "{table}");
            }
        }
        stage.server.stop().await;
    })
    .await;
}
