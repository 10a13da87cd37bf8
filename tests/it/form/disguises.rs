//! The integrator's own people under another spelling of their domain: nowhere are they taken for the sender's.

use super::*;
use crate::support::{
    server::{faults, reason},
    world::{acceptance as attested, signatory},
};

/// Addresses in the integrator's domains, and whether the address as written is one at all.
const OWN: [(&str, bool); 16] = [
    ("eva@first.example", true),
    ("EVA@FIRST.Example", true),
    ("eva@mail.first.example", true),
    ("eva@a.b.First.example", true),
    ("eva@xn--lnebyrn-jxa1m.example", true),
    ("eva@XN--LNEBYRN-JXA1M.example", true),
    ("eva@lönebyrån.example", true),
    ("eva@LÖNEBYRÅN.example", true),
    ("eva@post.lönebyrån.example", true),
    ("eva@ｆｉｒｓｔ.example", false),
    ("eva@ⓕirst.example", false),
    ("eva@firſt.example", false),
    ("eva@first.example.", false),
    ("eva@first。example", false),
    ("eva@fi\u{ad}rst.example", false),
    ("eva@lo\u{308}nebyra\u{30a}n.example", false),
];

/// Addresses that only look like it.
const OTHERS: [&str; 3] =
    ["eva@notfirst.example", "eva@first.example.company.example", "first.example@company.example"];

#[tokio::test(flavor = "multi_thread")]
async fn a_disguised_domain_is_the_integrators_everywhere() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let mut operator = stage.server.operator("anna");
        let get = pb::GetIntegratorRequest { integrator_id: "first".into() };
        let etag = operator.integrators.get_integrator(get).await.unwrap().into_inner().integrator.unwrap().etag;
        let domains = ["first.example", "xn--lnebyrn-jxa1m.example"].map(str::to_owned).to_vec();
        let update = pb::UpdateIntegratorRequest {
            request_id: request_id(),
            integrator_id: "first".into(),
            etag,
            email_domains: Some(pb::EmailDomains { domains }),
            ..Default::default()
        };
        operator.integrators.update_integrator(update).await.unwrap();
        let mut first = stage.server.integrator("first");
        let given = attested(&first, "K-1").await;
        let signed = |email: &str| pb::RecordAcceptanceRequest {
            request_id: request_id(),
            signatories: vec![signatory("asa@company.example"), signatory(email)],
            validate_only: true,
            ..given.clone()
        };

        for (email, written) in OWN {
            let refused = first.acceptances.record_acceptance(signed(email)).await.unwrap_err();
            let of = |status, own: &str, field: &str| {
                let expected = if written { own } else { "INVALID_FIELDS" };
                assert_eq!(reason(status), expected, "{email}");
                assert!(written || faults(status) == [field], "{email}: {:?}", faults(status));
            };
            of(&refused, "SIGNATORY_IS_INTEGRATOR", "signatories[1].email");
            let refused = first.acceptances.create_invitation(invite("K-1", email)).await.unwrap_err();
            of(&refused, "RECIPIENT_IS_INTEGRATOR", "recipient_email");
        }
        for email in OTHERS {
            first.acceptances.record_acceptance(signed(email)).await.unwrap();
        }

        let (_, token) = stage.invite(ASA).await;
        for (email, _) in OWN {
            let second = [("two", "on"), ("second_name", "Eva Lind"), ("second_email", email)];
            for seen in [
                stage.visitor.accept(&token, &[("email", email)]).await,
                stage.visitor.accept(&token, &second).await,
                stage.visitor.post(&token, &[("do", "forward"), ("recipient", email)]).await,
            ] {
                assert_eq!(seen.status, 422, "{email}: {}", seen.body);
            }
        }
        // With a second signatory who is nobody's but the company's, nothing stands in the way; and who waits for that one
        // can name none of the integrator's either.
        let second = [("two", "on"), ("second_name", "Bo Ek"), ("second_email", OTHERS[0])];
        assert_eq!(stage.visitor.accept(&token, &second).await.status, 303);
        for (email, _) in OWN {
            let seen = stage.visitor.post(&token, &[("do", "second"), ("second_email", email)]).await;
            assert_eq!(seen.status, 422, "{email}: {}", seen.body);
        }
        let link = stage.visitor.mail(OTHERS[0], 1).await.token();
        for (email, _) in OWN {
            let signs = [("full_name", "Bo Ek"), ("email", email), ("role", "VD")];
            assert_eq!(stage.visitor.accept(&link, &signs).await.status, 422, "{email}");
        }
        assert_eq!(stage.acceptances().await.len(), 0);
        let signs = [("full_name", "Bo Ek"), ("email", OTHERS[0]), ("role", "VD")];
        assert_eq!(stage.visitor.accept(&link, &signs).await.status, 303);
        stage.server.stop().await;
    })
    .await;
}
