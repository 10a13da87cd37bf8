//! A stranger: an integrator that registered the company, from which nothing of the company's has come. It stops nothing,
//! is told nothing, and has nothing to contest with.

use super::*;
use crate::support::{
    server::reason,
    visitor::Letter,
    world::{acceptance as attested, accepted, evidence, in_seconds, version},
};
use prost::Message;
use std::time::Duration;

const STRANGER: &str = "mallory@stranger.example";

/// Registers the company of `K-1` with `second`, which gives a contact point of its own.
async fn register_with_second(stage: &Stage) -> crate::support::server::Clients {
    let mut second = stage.server.integrator("second");
    let contact_point = Some(pb::ContactPoint { email: STRANGER.into() });
    let request = pb::RegisterSenderRequest { contact_point, ..registration(&number(1), "M-1") };
    second.senders.register_sender(request).await.unwrap();
    second
}

/// What the gate says of payslips through an integrator, as bytes: all of the answer but when it was given.
async fn answer(stage: &Stage, integrator: &str) -> (Vec<u8>, Vec<String>) {
    let answer = stage.server.gateway().gate.check_send(question(&number(1), integrator)).await.unwrap().into_inner();
    let timeless = pb::CheckSendResponse { revision: 0, evaluate_time: None, confirmed_time: None, ..answer.clone() };
    (timeless.encode_to_vec(), reasons(&answer))
}

/// Waits until no mail waits to be sent. To whom mails went at an address or domain, so far.
async fn mails_to(stage: &Stage, address: &str) -> Vec<Letter> {
    let request = pb::ListMailRequest { states: vec![pb::MailState::Pending as i32], ..Default::default() };
    for _ in 0..600 {
        let waiting = stage.server.operator("anna").mail.list_mail(request.clone()).await.unwrap().into_inner();
        if waiting.mails.is_empty() {
            return stage.visitor.mails().into_iter().filter(|letter| letter.to().contains(address)).collect();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("mails are still waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_no_stops_nothing_elsewhere() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut first = stage.server.integrator("first");
        let request = attested(&first, "K-1").await;
        first.acceptances.record_acceptance(request).await.unwrap();
        let mut second = register_with_second(&stage).await;
        let before = answer(&stage, "first").await;
        assert_eq!(before.1, [""; 0], "ALLOW, without a warning");
        let stranger = answer(&stage, "second").await;
        assert_eq!(stranger.1, ["CONNECTION_NOT_CONFIRMED"]);

        let made = second.acceptances.create_invitation(invite("M-1", STRANGER)).await.unwrap().into_inner();
        let token = stage.visitor.mail(STRANGER, 1).await.token();
        let shown = stage.visitor.page(&token).await.hidden("shown");
        let mut no = acceptance(&shown, &[("do", "decline-confirm"), ("at", "decline-confirm"), ("confirm", "on")]);
        no.retain(|(name, _)| *name != "agree");
        assert_eq!(stage.visitor.post(&token, &no).await.status, 303);
        assert_eq!(invitation(&second, &made.invitation_id).await.state(), pb::InvitationState::Declined);

        assert_eq!(answer(&stage, "first").await, before, "a stranger's no stopped something");
        assert_eq!(answer(&stage, "second").await, stranger);
        let request = pb::ListEntriesRequest { event_types: vec!["DECLINE_RECORDED".into()], ..Default::default() };
        let declined = stage.server.auditor().ledger.list_entries(request).await.unwrap().into_inner();
        assert!(declined.entries.is_empty(), "it is no act of the company's");

        // Whoever asked and got a no cannot attest a yes, neither anew nor from before; who was shown one can.
        let yes = attested(&second, "M-1").await;
        for claimed in [None, Some(in_seconds(-1))] {
            let claim = pb::RecordAcceptanceRequest { request_id: request_id(), accept_time: claimed, ..yes.clone() };
            let refused = second.acceptances.record_acceptance(claim).await.unwrap_err();
            assert_eq!(reason(&refused), "DECLINED_BY_SENDER", "{refused:?}");
        }
        assert_eq!(answer(&stage, "second").await, stranger);
        let mut operator = stage.server.operator("anna");
        let request =
            pb::RecordAcceptanceRequest { request_id: request_id(), integrator_id: "second".into(), ..yes.clone() };
        operator.acceptances.record_acceptance(request).await.unwrap();

        // Now that the company acted through it, its no is one to all.
        let newer = pb::PublishAgreementVersionRequest {
            change_class: pb::ChangeClass::Major as i32,
            effective_time: None,
            reacceptance_grace: Some(prost_types::Duration::default()),
            ..version("dpa", "2")
        };
        stage.server.operator("anna").agreements.publish_agreement_version(newer).await.unwrap();
        second.acceptances.create_invitation(invite("M-1", "eva@company.example")).await.unwrap();
        let token = stage.visitor.mail("eva@company.example", 1).await.token();
        let shown = stage.visitor.page(&token).await.hidden("shown");
        let mut no = acceptance(&shown, &[("do", "decline-confirm"), ("at", "decline-confirm"), ("confirm", "on")]);
        no.retain(|(name, _)| *name != "agree");
        assert_eq!(stage.visitor.post(&token, &no).await.status, 303);
        assert_eq!(answer(&stage, "first").await.1, ["AGREEMENT_DECLINED"]);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_nothing_and_has_nothing_to_contest_with() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut first = stage.server.integrator("first");
        let mut second = register_with_second(&stage).await;
        // Everything that somebody is told of: a connection, an attested act, a new version, an act on the form.
        let confirm = |reference: &str| pb::ConfirmConnectionRequest {
            request_id: request_id(),
            external_reference: reference.into(),
            evidence: vec![evidence("a letter")],
            ..Default::default()
        };
        first.senders.confirm_connection(confirm("K-1")).await.unwrap();
        let request = attested(&first, "K-1").await;
        first.acceptances.record_acceptance(request).await.unwrap();
        stage.visitor.mail("lon@company.example", 2).await;
        let newer = pb::PublishAgreementVersionRequest {
            change_class: pb::ChangeClass::Major as i32,
            effective_time: None,
            reacceptance_grace: Some(prost_types::Duration { seconds: 86_400 * 30, nanos: 0 }),
            deadline_from: pb::DeadlineFrom::Notice as i32,
            ..version("dpa", "2")
        };
        stage.server.operator("anna").agreements.publish_agreement_version(newer).await.unwrap();
        stage.visitor.mail("lon@company.example", 3).await;
        let (_, token) = stage.invite(ASA).await;
        assert_eq!(stage.visitor.accept(&token, &[]).await.status, 303);
        stage.visitor.mail("dataskydd@company.example", 1).await;
        assert_eq!(mails_to(&stage, STRANGER).await.len(), 0, "a stranger was told");

        // A stranger that claims the company's instruction: whom the company's own person named is told, and can contest
        // that; the stranger's contact point is told of its own connection, and of nothing else from then on.
        second.senders.confirm_connection(confirm("M-1")).await.unwrap();
        let notice = stage.visitor.mail("dataskydd@company.example", 2).await;
        assert!(notice.raw.contains("Integrator second"), "{}", notice.raw);
        let own = mails_to(&stage, STRANGER).await;
        assert_eq!(own.len(), 1);
        let shown = stage.visitor.page(&own[0].token()).await;
        assert!(shown.shows("Integrator second") && !shown.shows("Integrator first"), "{}", shown.body);
        let request = pb::RecordAcceptanceRequest {
            documents: vec![accepted(&first, "dpa", "2").await],
            ..attested(&first, "K-1").await
        };
        first.acceptances.record_acceptance(request).await.unwrap();
        let told = stage.visitor.mail("dataskydd@company.example", 3).await;
        assert!(told.raw.contains("Integrator first"), "{}", told.raw);
        assert_eq!(mails_to(&stage, STRANGER).await.len(), 1, "the contact point that an integrator wrote");

        let posted = stage.visitor.post(&notice.token(), &[("do", "contest"), ("reason", "Inte vi.")]).await;
        assert_eq!(posted.status, 303, "{}", posted.body);
        assert!(answer(&stage, "second").await.1.contains(&"~CONTESTED".to_owned()));
        assert!(!answer(&stage, "first").await.1.contains(&"~CONTESTED".to_owned()));
        assert_eq!(mails_to(&stage, STRANGER).await.len(), 1);
        stage.server.stop().await;
    })
    .await;
}
