//! The ways out that must not stop anybody's payslips, and what can be undone.

use super::*;
use crate::support::world::{acceptance as attested, in_seconds, version};

#[tokio::test(flavor = "multi_thread")]
async fn not_ours_and_forwarding_change_nothing_at_the_gate() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut first = stage.server.integrator("first");
        let request = attested(&first, "K-1").await;
        first.acceptances.record_acceptance(request).await.unwrap();
        let newer = pb::PublishAgreementVersionRequest {
            change_class: pb::ChangeClass::Major as i32,
            effective_time: Some(in_seconds(86_400)),
            reacceptance_grace: Some(prost_types::Duration { seconds: 86_400 * 30, nanos: 0 }),
            ..version("dpa", "2")
        };
        stage.server.operator("anna").agreements.publish_agreement_version(newer).await.unwrap();
        let before = stage.gate().await;
        assert_eq!((before.decision(), reasons(&before)), (pb::Decision::Allow, vec!["~REACCEPTANCE_DUE".to_owned()]));
        let same = |now: &pb::CheckSendResponse| {
            (now.decision, now.reasons.clone(), now.next_scheduled_change_time)
                == (before.decision, before.reasons.clone(), before.next_scheduled_change_time)
        };

        let (id, token) = stage.invite(ASA).await;
        assert_eq!(stage.visitor.post(&token, &[("do", "not-ours"), ("confirm", "on")]).await.status, 303);
        assert_eq!(stage.state(&id).await, pb::InvitationState::NotOurs);
        assert!(same(&stage.gate().await));

        let (id, token) = stage.invite("eva@company.example").await;
        let own = stage.visitor.post(&token, &[("do", "forward"), ("recipient", "x@first.example")]).await;
        assert_eq!(own.status, 422, "the integrator's own people do not accept for the sender");
        assert_eq!(
            stage.visitor.post(&token, &[("do", "forward"), ("recipient", "bo@company.example")]).await.status,
            303
        );
        assert_eq!(stage.state(&id).await, pb::InvitationState::Superseded);
        assert_eq!(stage.visitor.page(&token).await.status, 410);
        let token = stage.visitor.mail("bo@company.example", 1).await.token();
        assert!(same(&stage.gate().await));

        // A decline of the new version before its deadline: the old acceptance counts until then.
        let shown = stage.visitor.page(&token).await.hidden("shown");
        let decline = |confirm: &'static str| {
            let mut fields =
                acceptance(&shown, &[("do", "decline-confirm"), ("at", "decline-confirm"), ("confirm", confirm)]);
            fields.retain(|(name, _)| *name != "agree");
            fields
        };
        let unconfirmed = stage.visitor.post(&token, &decline("")).await;
        assert_ne!(unconfirmed.status, 303, "a decline is confirmed twice");
        assert!(same(&stage.gate().await));
        let declined = stage.visitor.post(&token, &decline("on")).await;
        assert_eq!(declined.status, 303, "{}", declined.body);
        assert!(same(&stage.gate().await), "{:?}", stage.gate().await);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_integrator_attested_can_be_contested() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut first = stage.server.integrator("first");
        let request = attested(&first, "K-1").await;
        let recorded = first.acceptances.record_acceptance(request).await.unwrap().into_inner();
        let token = stage.visitor.mail("lon@company.example", 1).await.token();
        assert_eq!(stage.visitor.page(&token).await.status, 200);
        assert_eq!(reasons(&stage.gate().await), [""; 0], "reading the page contests nothing");
        let seen = stage.visitor.post(&token, &[("do", "contest"), ("reason", "Det var inte vi.")]).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        let now = stage.gate().await;
        assert_eq!(now.decision(), pb::Decision::Allow);
        assert_eq!(reasons(&now), ["~CONTESTED", "~CONTESTED"]);
        let deadline = now.reasons[0].deadline.unwrap();
        assert!(deadline.seconds > in_seconds(5 * 86_400).seconds - 60, "five business days");
        let ask = |seconds| pb::CheckSendRequest {
            evaluate_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
            ..question(&number(1), "first")
        };
        let mut gateway = stage.server.gateway();
        let later = gateway.gate.check_send(ask(deadline.seconds)).await.unwrap().into_inner();
        assert_eq!(reasons(&later)[..2], ["AGREEMENT_INVALIDATED", "AGREEMENT_INVALIDATED"]);
        assert_eq!(now.next_scheduled_change_time, Some(deadline));

        let resolve = pb::ResolveContestRequest {
            request_id: request_id(),
            acceptance_id: recorded.acceptances[0].acceptance_id.clone(),
            reason: "The signed scan was shown to the sender.".into(),
            ..Default::default()
        };
        stage.server.operator("anna").acceptances.resolve_contest(resolve).await.unwrap();
        assert_eq!(reasons(&stage.gate().await), [""; 0]);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_click_can_be_undone() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (_, token) = stage.invite(ASA).await;
        stage.visitor.accept(&token, &[]).await;
        assert_eq!(stage.visitor.post(&token, &[("do", "contest"), ("reason", "")]).await.status, 303);
        assert_eq!(stage.gate().await.decision(), pb::Decision::Allow);
        assert_eq!(reasons(&stage.gate().await), ["~CONTESTED", "~CONTESTED"]);
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_counts_from_the_notice() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut first = stage.server.integrator("first");
        let request = attested(&first, "K-1").await;
        first.acceptances.record_acceptance(request).await.unwrap();
        stage.visitor.mail("lon@company.example", 1).await;
        let newer = pb::PublishAgreementVersionRequest {
            change_class: pb::ChangeClass::Major as i32,
            effective_time: None,
            reacceptance_grace: Some(prost_types::Duration { seconds: 86_400 * 30, nanos: 0 }),
            deadline_from: pb::DeadlineFrom::Notice as i32,
            ..version("dpa", "2")
        };
        stage.server.operator("anna").agreements.publish_agreement_version(newer).await.unwrap();
        let notice = stage.visitor.mail("lon@company.example", 2).await;
        let mut told = stage.gate().await;
        for _ in 0..200 {
            if !told.reasons.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            told = stage.gate().await;
        }
        assert_eq!(reasons(&told), ["~REACCEPTANCE_DUE"]);
        assert!(told.reasons[0].deadline.unwrap().seconds > in_seconds(86_400 * 30 - 120).seconds);

        // The mail comes back: the sender was not told, and has no deadline.
        let bounce = pb::RecordDeliveryRequest {
            request_id: request_id(),
            message_id: notice.id.clone(),
            outcome: pb::DeliveryOutcome::Bounced as i32,
        };
        let done = stage.server.operator("anna").mail.record_delivery(bounce).await.unwrap().into_inner();
        assert!(done.changed);
        assert_eq!(reasons(&stage.gate().await), ["~CONTACT_POINT_BOUNCING"]);
        stage.server.stop().await;
    })
    .await;
}
