//! Who at the company is told of what one integrator's link brought about: the company's own contact points, and nobody
//! whom a stranger wrote down.

use super::*;
use crate::support::world::{in_seconds, version};

const EVA: &str = "eva@other.example";
/// The contact point that Åsa gives on the form, through `first`.
const OWN: &str = "dataskydd@company.example";
const SPY: &str = "spy@elsewhere.example";
const PERSON: [(&str, &str); 3] = [("full_name", "Eva Ek"), ("email", EVA), ("contact", "avtal@other.example")];

/// The company has accepted through `first`; `second` has registered it, with an address of its own choosing.
async fn stage(database: &Database) -> Stage {
    let stage = Stage::on(database).await;
    let (_, token) = stage.invite(ASA).await;
    assert_eq!(stage.visitor.accept(&token, &[]).await.status, 303);
    let strange = pb::RegisterSenderRequest {
        contact_point: Some(pb::ContactPoint { email: SPY.into() }),
        ..registration(&number(1), "X-1")
    };
    stage.server.integrator("second").senders.register_sender(strange).await.unwrap();
    stage.visitor.mail(OWN, 1).await;
    stage
}

/// The n-th link of `second` to Eva.
async fn invite_eva(stage: &Stage, count: usize) -> String {
    stage.server.integrator("second").acceptances.create_invitation(invite("X-1", EVA)).await.unwrap();
    stage.visitor.mail(EVA, count).await.token()
}

/// A version that is to be accepted again.
fn newer() -> pb::PublishAgreementVersionRequest {
    pb::PublishAgreementVersionRequest {
        change_class: pb::ChangeClass::Major as i32,
        effective_time: Some(in_seconds(86_400)),
        reacceptance_grace: Some(prost_types::Duration { seconds: 86_400 * 30, nanos: 0 }),
        ..version("dpa", "2")
    }
}

/// A mail as one line of text, its HTML left out.
fn words(letter: &crate::support::visitor::Letter) -> String {
    let text = letter.raw.split("text/html").next().unwrap().replace("=\r\n", "").replace("=\n", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn decline(stage: &Stage, token: &str) -> u16 {
    let shown = stage.visitor.page(token).await.hidden("shown");
    let answer = [("do", "decline-confirm"), ("at", "decline-confirm"), ("confirm", "on")];
    let mut fields = acceptance(&shown, &[&answer[..], &PERSON[..2]].concat());
    fields.retain(|(name, _)| *name != "agree");
    stage.visitor.post(token, &fields).await.status
}

async fn kinds(stage: &Stage) -> Vec<pb::MailKind> {
    let request = pb::ListMailRequest { page_size: 1000, ..Default::default() };
    let mails = stage.server.operator("anna").mail.list_mail(request).await.unwrap().into_inner().mails;
    mails.iter().map(pb::Mail::kind).collect()
}

/// The first mail to an address that says something.
async fn telling(stage: &Stage, to: &str, what: &str) -> crate::support::visitor::Letter {
    for count in 1.. {
        let letter = stage.visitor.mail(to, count).await;
        if words(&letter).contains(what) {
            return letter;
        }
    }
    unreachable!("the visitor gives up waiting")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_through_one_link_is_told_to_the_companys_other_contact_points() {
    each(|database: Arc<Database>| async move {
        let stage = stage(&database).await;
        let token = invite_eva(&stage, 1).await;
        let done = stage.visitor.accept(&token, &PERSON).await;
        assert_eq!(done.status, 303, "{}", done.body);
        stage.visitor.mail(EVA, 2).await;
        stage.visitor.mail("avtal@other.example", 1).await;

        let notice = stage.visitor.mail(OWN, 2).await;
        let text = words(&notice);
        assert!(text.contains("Integrator second") && !text.contains("Integrator first"), "{text}");
        assert!(!text.contains("Eva Ek") && notice.receipt().is_none(), "no person and no receipt: {text}");
        let known = kinds(&stage).await;
        assert_eq!(known.iter().filter(|kind| **kind == pb::MailKind::AcceptanceGiven).count(), 1, "{known:?}");
        assert!(stage.visitor.mails().iter().all(|letter| !letter.to().contains(SPY)), "a stranger was told");

        // It can be contested from there, and then it is.
        let contest = notice.token();
        assert_eq!(stage.visitor.page(&contest).await.status, 200);
        assert_eq!(
            stage.visitor.post(&contest, &[("do", "contest"), ("reason", "Hon är inte hos oss.")]).await.status,
            303
        );
        let ask = pb::ListAcceptancesRequest {
            states: vec![pb::AcceptanceState::Contested as i32],
            ..pb::ListAcceptancesRequest::default()
        };
        let contested = stage.server.integrator("second").acceptances.list_acceptances(ask).await.unwrap().into_inner();
        assert_eq!(contested.acceptances.len(), 2);
        // So is the operator told, who looks the company up by its id.
        let told = stage.visitor.mail("avtal@brev.example", 1).await;
        let text = words(&told);
        for part in ["accepted this through Integrator second:", "dpa, version 1", &contested.acceptances[0].sender_id]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!told.raw.contains("Company K-1") && !told.raw.contains("Company X-1"), "{}", told.raw);
        // The page says until when it counts, by its last day.
        let page = stage.visitor.page(&contest).await;
        assert!(page.shows("till och med den"), "{}", page.body);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_another_contact_point_does_not_keep_it_from_the_one_there_was() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        assert_eq!(stage.visitor.accept(&token, &[]).await.status, 303);
        stage.visitor.mail(OWN, 1).await;
        assert!(
            stage.visitor.mails().iter().all(|letter| !letter.to().contains("lon@company.example")),
            "what the integrator wrote before the company acted is nobody's contact point"
        );
        stage.server.operator("anna").agreements.publish_agreement_version(newer()).await.unwrap();
        let (_, token) = stage.invite("bo@company.example").await;
        let as_bo = [("full_name", "Bo Ek"), ("email", "bo@company.example"), ("contact", "bo@company.example")];
        assert_eq!(stage.visitor.accept(&token, &as_bo).await.status, 303);
        let notice = telling(&stage, OWN, "försäkrade").await;
        assert!(words(&notice).contains("Integrator first") && notice.raw.contains("/a/"), "{}", words(&notice));
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_told_where_the_connection_is_active_and_nowhere_else() {
    each(|database: Arc<Database>| async move {
        let stage = stage(&database).await;
        let before = kinds(&stage).await.len();
        // Over a connection that nobody confirmed a no is one to that integrator alone.
        let token = invite_eva(&stage, 1).await;
        assert_eq!(decline(&stage, &token).await, 303);
        assert_eq!(kinds(&stage).await.len(), before + 1, "the invitation and nothing else");

        let token = invite_eva(&stage, 2).await;
        assert_eq!(stage.visitor.accept(&token, &PERSON).await.status, 303);
        stage.visitor.mail(OWN, 2).await;
        stage.server.operator("anna").agreements.publish_agreement_version(newer()).await.unwrap();
        let token = invite_eva(&stage, 4).await;
        assert_eq!(decline(&stage, &token).await, 303);
        for to in [OWN, "avtal@other.example"] {
            let notice = telling(&stage, to, "tackade nej").await;
            let text = words(&notice);
            assert!(text.contains("Integrator second"), "{text}");
            assert!(!notice.raw.contains("/a/"), "there is nothing to contest: {text}");
        }
        let known = kinds(&stage).await;
        assert_eq!(known.iter().filter(|kind| **kind == pb::MailKind::DeclineGiven).count(), 2, "{known:?}");
        assert!(stage.visitor.mails().iter().all(|letter| !letter.to().contains(SPY)));
        stage.server.stop().await;
    })
    .await;
}
