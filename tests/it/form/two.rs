//! Two signatories: nothing counts until both have accepted.

use super::*;

const BO: &str = "bo@company.example";
const NAMED: [(&str, &str); 3] = [("two", "on"), ("second_name", "Bo Ek"), ("second_email", BO)];
const SIGNS: [(&str, &str); 3] = [("full_name", "Bo Ek"), ("email", BO), ("role", "VD")];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_until_both_have_accepted() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (id, token) = stage.invite(ASA).await;
        for same in [
            [("two", "on"), ("second_name", "Bo Ek"), ("second_email", "ASA@company.example")],
            [("two", "on"), ("second_name", "åsa  öberg"), ("second_email", BO)],
        ] {
            assert_eq!(stage.visitor.accept(&token, &same).await.status, 422, "the same person twice");
        }
        let first = stage.visitor.accept(&token, &NAMED).await;
        assert_eq!(first.status, 303, "{}", first.body);
        assert_eq!(reasons(&stage.gate().await), ["CONNECTION_NOT_CONFIRMED"]);
        assert_eq!(stage.acceptances().await.len(), 0);
        assert!(stage.visitor.page(&token).await.shows(BO), "the first is told whom we wait for");
        let mut clients = stage.server.integrator("first");
        assert!(invitation(&clients, &id).await.first_signed);
        // The integrator does not learn the second one's address.
        let all =
            clients.acceptances.list_invitations(pb::ListInvitationsRequest::default()).await.unwrap().into_inner();
        let joint = all.invitations.iter().find(|one| one.joint_with_invitation_id == id).unwrap();
        assert_eq!(joint.recipient_email, "");

        let letter = stage.visitor.mail(BO, 1).await;
        assert!(letter.raw.contains("Åsa Öberg"), "{}", letter.raw);
        let second = letter.token();
        assert_ne!(second, token);
        let page = stage.visitor.page(&second).await;
        assert!(page.shows("Åsa Öberg"), "{}", &page.body[..3000]);
        assert_eq!(stage.visitor.accept(&second, &[]).await.status, 422, "the first one again");
        let done = stage.visitor.accept(&second, &SIGNS).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(stage.gate().await.decision(), pb::Decision::Allow);
        let listed = stage.acceptances().await;
        assert_eq!(listed.len(), 2);
        let request = pb::GetAcceptanceRequest { acceptance_id: listed[0].acceptance_id.clone() };
        let one = clients.acceptances.get_acceptance(request).await.unwrap().into_inner().acceptance.unwrap();
        let names: Vec<_> = one.signatories.iter().map(|signatory| signatory.full_name.as_str()).collect();
        assert_eq!(names, ["Åsa Öberg", "Bo Ek"]);
        assert_eq!(one.invitation_ids.len(), 2);
        assert_eq!(stage.state(&id).await, pb::InvitationState::Accepted);
        stage.visitor.mail(ASA, 2).await;
        stage.visitor.mail(BO, 2).await;
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_can_name_another_second() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (id, token) = stage.invite(ASA).await;
        stage.visitor.accept(&token, &NAMED).await;
        let wrong = stage.visitor.mail(BO, 1).await.token();
        let seen = stage.visitor.post(&wrong, &[("do", "not-ours"), ("confirm", "on")]).await;
        assert!(seen.status < 400, "{}", seen.body);
        let seen = stage.visitor.post(&token, &[("do", "second"), ("second_email", "eva@company.example")]).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        let second = stage.visitor.mail("eva@company.example", 1).await.token();
        let signs = [("full_name", "Eva Lind"), ("email", "eva@company.example"), ("role", "Firmatecknare")];
        assert_eq!(stage.visitor.accept(&second, &signs).await.status, 303);
        assert_eq!(stage.state(&id).await, pb::InvitationState::Accepted);
        assert!(!stage.visitor.page(&wrong).await.shows("name=\"shown\""), "a link that was answered shows no form");
        stage.server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_integrator_asks_anew_is_not_revived_by_the_second_ones_old_link() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let (id, token) = stage.invite(ASA).await;
        assert_eq!(stage.visitor.accept(&token, &NAMED).await.status, 303);
        let second = stage.visitor.mail(BO, 1).await.token();
        // To the second one's own address, so that nobody else was asked instead.
        let (anew, _) = stage.invite(BO).await;
        assert_eq!(stage.state(&id).await, pb::InvitationState::Superseded);
        stage.visitor.post(&second, &[("do", "resend")]).await;
        let list = pb::ListInvitationsRequest::default();
        let mut first = stage.server.integrator("first");
        let all = first.acceptances.list_invitations(list).await.unwrap().into_inner().invitations;
        assert_eq!(all.len(), 3, "no new link was made: {all:?}");
        assert!(matches!(stage.state(&anew).await, pb::InvitationState::Created | pb::InvitationState::Sent));
        assert_eq!(stage.acceptances().await.len(), 0);
        stage.server.stop().await;
    })
    .await;
}
