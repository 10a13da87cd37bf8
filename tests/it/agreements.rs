//! Agreements over real gRPC: who may see what, what publishing would do, and what a version keeps for ever.

use crate::support::{
    database,
    server::{Server, faults, reason, request_id, settings, without_form},
    world::{
        accepted_sender, agreement, furnish, in_seconds, number, question, reasons, registration, specification,
        version,
    },
};
use futures_util::future::join_all;
use ombord::{domain::ids::Digest, pb};
use tonic_types::StatusExt;

const DAY: i64 = 86_400;

/// A second version of `dpa`, MAJOR from now on, with ten days to accept it.
fn second() -> pb::PublishAgreementVersionRequest {
    pb::PublishAgreementVersionRequest {
        change_class: pb::ChangeClass::Major as i32,
        effective_time: None,
        reacceptance_grace: Some(prost_types::Duration { seconds: 10 * DAY, nanos: 0 }),
        acknowledged_denials: 0,
        ..version("dpa", "2")
    }
}

fn enforcement(agreement_id: &str, integrator_id: &str, minimum: pb::Assurance) -> pb::SetEnforcementRequest {
    pb::SetEnforcementRequest {
        request_id: request_id(),
        agreement_id: agreement_id.into(),
        integrator_id: integrator_id.into(),
        enforcement: pb::Enforcement::Required as i32,
        minimum_assurance: minimum as i32,
        effective_time: None,
    }
}

fn named(agreement_id: &str) -> pb::GetAgreementRequest {
    pb::GetAgreementRequest { agreement_id: agreement_id.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_shows_its_impact_and_must_acknowledge_it() {
    database::each(|database| async move {
        // Whoever is told of a version is told meanwhile, which is written too.
        let mut settings = settings();
        without_form(&mut settings);
        let server = Server::start_with(database.store.clone(), settings).await;
        furnish(&server).await;
        accepted_sender(&server, &number(1), "K-1").await;
        accepted_sender(&server, &number(2), "K-2").await;
        server.integrator("first").senders.register_sender(registration(&number(3), "K-3")).await.unwrap();
        let mut agreements = server.operator("anna").agreements;
        let before = agreements.get_agreement(named("dpa")).await.unwrap().into_inner();

        let preview = pb::PublishAgreementVersionRequest { validate_only: true, ..second() };
        let shown = agreements.publish_agreement_version(preview.clone()).await.unwrap().into_inner();
        assert!(shown.changed && shown.state() == pb::AgreementVersionState::Unspecified);
        assert_eq!(shown.revision, before.revision);
        let impact = shown.impact.unwrap();
        assert_eq!(impact.denied_senders_total, 2);
        assert_eq!(
            impact.steps,
            [pb::ImpactStep {
                time: shown.deadline,
                reason: pb::Reason::AgreementReacceptanceOverdue as i32,
                newly_denied: 2,
            }]
        );
        assert_eq!(
            agreements.get_agreement(named("dpa")).await.unwrap().into_inner(),
            before,
            "a preview changes nothing"
        );

        // The id of a preview is still free, also for the real call.
        let real =
            pb::PublishAgreementVersionRequest { request_id: preview.request_id, acknowledged_denials: 1, ..second() };
        let refused = agreements.publish_agreement_version(real.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "IMPACT_LARGER_THAN_ACKNOWLEDGED");
        assert_eq!(refused.get_details_error_info().unwrap().metadata["denied_senders_total"], "2");
        let real = pb::PublishAgreementVersionRequest { acknowledged_denials: 2, ..real };
        let published = agreements.publish_agreement_version(real.clone()).await.unwrap().into_inner();
        assert!(published.changed && published.state() == pb::AgreementVersionState::InForce);
        assert_eq!(published.impact.as_ref().unwrap().denied_senders_total, 2);
        assert_eq!(agreements.publish_agreement_version(real).await.unwrap().into_inner(), published, "a retry");

        let again = agreements.publish_agreement_version(second()).await.unwrap().into_inner();
        assert_eq!((again.changed, again.revision, again.deadline), (false, published.revision, published.deadline));
        let other = pb::PublishAgreementVersionRequest { specification: Some(specification("else")), ..second() };
        assert_eq!(reason(&agreements.publish_agreement_version(other).await.unwrap_err()), "VERSION_EXISTS");

        let mut gate = server.gateway().gate;
        let warned = gate.check_send(question(&number(1), "first")).await.unwrap().into_inner();
        assert_eq!(reasons(&warned), ["~REACCEPTANCE_DUE"]);
        assert_eq!(warned.next_scheduled_change_time, published.deadline);
        let later = pb::CheckSendRequest { evaluate_time: published.deadline, ..question(&number(1), "first") };
        let denied = gate.check_send(later).await.unwrap().into_inner();
        assert_eq!(reasons(&denied)[0], "AGREEMENT_REACCEPTANCE_OVERDUE");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impact_counts_all_that_came_before_it_however_busy_the_service_is() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let references: Vec<(String, String)> = (1..25).map(|n| (number(n), format!("K-{n}"))).collect();
        let accepting =
            join_all(references.iter().map(|(number, reference)| accepted_sender(&server, number, reference)));
        // Each version takes effect before the one published before it, and so denies everybody earlier than that.
        let publishing = async {
            let mut published = Vec::new();
            for round in 0..6 {
                let request = pb::PublishAgreementVersionRequest {
                    version: format!("before-{round}"),
                    effective_time: Some(in_seconds((90 - 10 * round) * DAY)),
                    acknowledged_denials: u32::MAX,
                    ..second()
                };
                published.push(
                    server.operator("anna").agreements.publish_agreement_version(request).await.unwrap().into_inner(),
                );
            }
            published
        };
        let (_, published) = tokio::join!(accepting, publishing);
        let entries = crate::support::ledger::entries(&server.auditor()).await;
        for version in published {
            let accepted = |entry: &&pb::LedgerEntry| {
                entry.event_type == "ACCEPTANCE_RECORDED" && entry.revision < version.revision
            };
            let impact = version.impact.unwrap().denied_senders_total;
            assert_eq!(impact as usize, entries.iter().filter(accepted).count(), "{}", version.version);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_for_one_integrator_is_hidden_from_others() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut operator = server.operator("anna").agreements;
        let [mut first, mut second] = ["first", "second"].map(|slug| server.integrator(slug).agreements);
        let read = |response: tonic::Response<pb::GetAgreementResponse>| response.into_inner().agreement.unwrap();
        let before = read(first.get_agreement(named("dpa")).await.unwrap());
        let set = operator
            .set_enforcement(enforcement("dpa", "second", pb::Assurance::SenderConfirmed))
            .await
            .unwrap()
            .into_inner();
        assert!(set.changed);

        assert_eq!(read(first.get_agreement(named("dpa")).await.unwrap()), before);
        let poll = pb::ListAgreementsRequest { changed_after_revision: before.revision, ..Default::default() };
        let seen = first.list_agreements(poll.clone()).await.unwrap().into_inner();
        assert!(seen.agreements.iter().all(|agreement| agreement.agreement_id != "dpa"));
        let own = read(second.get_agreement(named("dpa")).await.unwrap());
        assert_eq!((own.minimum_assurance(), own.enforcement_rules.len()), (pb::Assurance::SenderConfirmed, 2));
        assert_eq!(own.enforcement_rules[1].integrator_id, "second");
        assert_eq!(second.list_agreements(poll).await.unwrap().into_inner().agreements, [own]);
        for mut reader in [operator.clone(), server.auditor().agreements, server.gateway().agreements] {
            let all = read(reader.get_agreement(named("dpa")).await.unwrap());
            assert_eq!((all.minimum_assurance(), all.enforcement_rules.len()), (pb::Assurance::Imported, 2));
            assert_eq!(all.revision, set.revision);
        }

        let again = operator
            .set_enforcement(enforcement("dpa", "second", pb::Assurance::SenderConfirmed))
            .await
            .unwrap()
            .into_inner();
        assert_eq!((again.changed, again.revision), (false, set.revision));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enforcement_is_set_from_a_date_on_and_never_looser_for_one() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut agreements = server.operator("anna").agreements;
        let at = |request: pb::SetEnforcementRequest, seconds| pb::SetEnforcementRequest {
            effective_time: Some(in_seconds(seconds)),
            ..request
        };
        let loose = |request: pb::SetEnforcementRequest| pb::SetEnforcementRequest {
            enforcement: pb::Enforcement::Recommended as i32,
            ..request
        };
        let all = enforcement("dpa", "", pb::Assurance::IntegratorAttested);
        let scheduled = agreements.set_enforcement(at(all, DAY)).await.unwrap().into_inner();
        assert!(scheduled.changed);
        for (request, refusal) in [
            (at(enforcement("dpa", "", pb::Assurance::Imported), -60), "INVALID_FIELDS"),
            (loose(enforcement("terms", "", pb::Assurance::Imported)), "ENFORCEMENT_TOO_LOOSE"),
            (loose(enforcement("dpa", "first", pb::Assurance::Imported)), "ENFORCEMENT_TOO_LOOSE"),
            (at(enforcement("dpa", "first", pb::Assurance::Imported), 2 * DAY), "ENFORCEMENT_TOO_LOOSE"),
            (enforcement("dpa", "third", pb::Assurance::Imported), "INTEGRATOR_NOT_FOUND"),
            (enforcement("nothing", "", pb::Assurance::Imported), "AGREEMENT_NOT_FOUND"),
        ] {
            assert_eq!(reason(&agreements.set_enforcement(request).await.unwrap_err()), refusal);
        }
        let earlier = at(enforcement("dpa", "first", pb::Assurance::Imported), DAY / 2);
        assert!(agreements.set_enforcement(earlier).await.unwrap().into_inner().changed);
        let now = agreements.get_agreement(named("dpa")).await.unwrap().into_inner().agreement.unwrap();
        assert_eq!(now.minimum_assurance(), pb::Assurance::Imported);
        let rules: Vec<&str> = now.enforcement_rules.iter().map(|rule| rule.integrator_id.as_str()).collect();
        assert_eq!(rules, ["", "first", ""], "by effective time");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creation_keeps_one_set_of_terms_and_one_dpa_for_each_content_type() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut agreements = server.operator("anna").agreements;
        let terms = agreement("terms", pb::AgreementKind::GeneralTerms, &[]);
        assert!(!agreements.create_agreement(terms.clone()).await.unwrap().into_inner().changed);
        let both = [pb::ContentType::Letter, pb::ContentType::Payslip];
        for (request, refusal) in [
            (pb::CreateAgreementRequest { kind: pb::AgreementKind::Dpa as i32, ..terms }, "REQUEST_ID_REUSED"),
            (agreement("terms", pb::AgreementKind::Dpa, &[]), "AGREEMENT_EXISTS"),
            (agreement("others", pb::AgreementKind::GeneralTerms, &[]), "GENERAL_TERMS_EXIST"),
            (agreement("others", pb::AgreementKind::GeneralTerms, &both), "INVALID_FIELDS"),
            (agreement("others", pb::AgreementKind::Dpa, &both), "AGREEMENT_OVERLAPS"),
        ] {
            assert_eq!(reason(&agreements.create_agreement(request).await.unwrap_err()), refusal);
        }
        assert!(
            agreements
                .create_agreement(agreement("all", pb::AgreementKind::Dpa, &[]))
                .await
                .unwrap()
                .into_inner()
                .changed
        );
        let twice = agreement("all-again", pb::AgreementKind::Dpa, &[]);
        assert_eq!(reason(&agreements.create_agreement(twice).await.unwrap_err()), "AGREEMENT_OVERLAPS");

        let mut reader = server.integrator("first").agreements;
        let slugs = |page: &pb::ListAgreementsResponse| {
            page.agreements.iter().map(|a| a.agreement_id.clone()).collect::<Vec<_>>()
        };
        let of = |content_type: pb::ContentType| pb::ListAgreementsRequest {
            content_type: content_type as i32,
            ..Default::default()
        };
        assert_eq!(
            slugs(&reader.list_agreements(of(pb::ContentType::Payslip)).await.unwrap().into_inner()),
            ["dpa", "terms"]
        );
        let letters = reader.list_agreements(of(pb::ContentType::Letter)).await.unwrap().into_inner();
        assert_eq!(slugs(&letters), ["terms"], "an agreement without a version in force applies to nothing");
        agreements.publish_agreement_version(version("all", "1")).await.unwrap();
        assert_eq!(
            slugs(&reader.list_agreements(of(pb::ContentType::Letter)).await.unwrap().into_inner()),
            ["all", "terms"]
        );

        let page = pb::ListAgreementsRequest { page_size: 2, ..Default::default() };
        let one = reader.list_agreements(page.clone()).await.unwrap().into_inner();
        agreements.set_enforcement(enforcement("dpa", "", pb::Assurance::IntegratorAttested)).await.unwrap();
        let rest = pb::ListAgreementsRequest { page_token: one.next_page_token.clone(), ..page };
        let two = reader.list_agreements(rest.clone()).await.unwrap().into_inner();
        assert_eq!([slugs(&one), slugs(&two)].concat(), ["all", "dpa", "terms"]);
        assert_eq!((two.revision, two.next_page_token.as_str()), (one.revision, ""), "the next poll misses nothing");
        let other = pb::ListAgreementsRequest { kinds: vec![pb::AgreementKind::Dpa as i32], ..rest };
        assert_eq!(reason(&reader.list_agreements(other).await.unwrap_err()), "PAGE_TOKEN_INVALID");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_withdrawn_before_it_takes_effect_and_its_label_stays_taken() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut agreements = server.operator("anna").agreements;
        let later = |label: &str, days: i64, class: pb::ChangeClass| pb::PublishAgreementVersionRequest {
            effective_time: Some(in_seconds(days * DAY)),
            change_class: class as i32,
            ..version("dpa", label)
        };
        let changed = pb::PublishAgreementVersionRequest {
            specification: Some(specification("else")),
            ..later("2", 10, pb::ChangeClass::Minor)
        };
        agreements.publish_agreement_version(changed.clone()).await.unwrap();
        let editorial = later("3", 20, pb::ChangeClass::Editorial);
        assert_eq!(
            reason(&agreements.publish_agreement_version(editorial.clone()).await.unwrap_err()),
            "SPECIFICATION_CHANGED"
        );
        let editorial =
            pb::PublishAgreementVersionRequest { specification: changed.specification.clone(), ..editorial };
        agreements.publish_agreement_version(editorial).await.unwrap();

        let withdraw = |label: &str| pb::WithdrawAgreementVersionRequest {
            request_id: request_id(),
            agreement_id: "dpa".into(),
            version: label.into(),
            reason: "Published too early".into(),
        };
        for (label, refusal) in [("1", "VERSION_IN_EFFECT"), ("2", "SPECIFICATION_CHANGED"), ("4", "VERSION_NOT_FOUND")]
        {
            assert_eq!(reason(&agreements.withdraw_agreement_version(withdraw(label)).await.unwrap_err()), refusal);
        }
        agreements.withdraw_agreement_version(withdraw("3")).await.unwrap();
        let done = agreements.withdraw_agreement_version(withdraw("2")).await.unwrap().into_inner();
        assert!(done.changed && done.state() == pb::AgreementVersionState::Withdrawn);
        let again = agreements.withdraw_agreement_version(withdraw("2")).await.unwrap().into_inner();
        assert_eq!((again.changed, again.withdraw_time, again.revision), (false, done.withdraw_time, done.revision));
        let reused = pb::PublishAgreementVersionRequest { request_id: request_id(), ..changed };
        assert_eq!(reason(&agreements.publish_agreement_version(reused).await.unwrap_err()), "VERSION_WITHDRAWN");

        let list = pb::ListAgreementVersionsRequest { agreement_id: "dpa".into(), page_size: 1, ..Default::default() };
        let mut reader = server.gateway().agreements;
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let page = reader
                .list_agreement_versions(pb::ListAgreementVersionsRequest { page_token, ..list.clone() })
                .await
                .unwrap();
            let page = page.into_inner();
            found.extend(page.versions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let shown: Vec<_> = found.iter().map(|version| (version.version.as_str(), version.state())).collect();
        assert_eq!(
            shown,
            [
                ("1", pb::AgreementVersionState::InForce),
                ("2", pb::AgreementVersionState::Withdrawn),
                ("3", pb::AgreementVersionState::Withdrawn),
            ]
        );
        assert_eq!((found[1].withdraw_time, found[1].revision), (done.withdraw_time, done.revision));
        let in_force = pb::ListAgreementVersionsRequest {
            states: vec![pb::AgreementVersionState::InForce as i32],
            page_size: 0,
            ..list
        };
        assert_eq!(reader.list_agreement_versions(in_force).await.unwrap().into_inner().versions, found[..1]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_annexes_and_digests_are_those_that_were_published() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut operator = server.operator("anna").agreements;
        let mut reader = server.integrator("second").agreements;
        let pdf: Vec<u8> = b"%PDF-1.7\n\0\xff".to_vec();
        let mut request = pb::PublishAgreementVersionRequest { effective_time: None, ..version("dpa", "2") };
        request.documents[0].markdown = "# Avtal\r\n\n\tÅtta  \n".into();
        request.documents[0].pdf = pdf.clone().into();
        operator.publish_agreement_version(request.clone()).await.unwrap();

        let wanted = pb::GetAgreementDocumentRequest {
            agreement_id: "dpa".into(),
            version: String::new(),
            language: "sv".into(),
        };
        let read = reader.get_agreement_document(wanted.clone()).await.unwrap().into_inner();
        assert_eq!(
            (read.version.as_str(), read.markdown.as_str(), read.title.as_str()),
            ("2", "# Avtal\r\n\n\tÅtta  \n", "dpa")
        );
        assert_eq!(read.document_sha256, Digest::of(read.markdown.as_bytes()).to_string());
        assert_eq!((read.pdf.to_vec(), read.pdf_sha256.as_str()), (pdf.clone(), Digest::of(&pdf).to_string().as_str()));
        let english = pb::GetAgreementDocumentRequest { language: "en".into(), ..wanted.clone() };
        let english = reader.get_agreement_document(english).await.unwrap().into_inner();
        assert_eq!((english.title.as_str(), english.pdf.is_empty(), english.pdf_sha256.as_str()), ("dpa", true, ""));

        let version_of =
            |label: &str| pb::GetAgreementVersionRequest { agreement_id: "dpa".into(), version: label.into() };
        let annex = reader.get_agreement_version(version_of("")).await.unwrap().into_inner();
        let digest = Digest::of(annex.specification_canonical_json.as_bytes()).to_string();
        assert_eq!(annex.version.as_ref().unwrap().specification_sha256, digest);
        assert_eq!(annex.specification, request.specification);
        assert_eq!(digest, read.specification_sha256);
        let old = reader.get_agreement_version(version_of("1")).await.unwrap().into_inner().version.unwrap();
        assert_eq!(old.state(), pb::AgreementVersionState::Superseded);

        assert_eq!(reason(&reader.get_agreement_version(version_of("9")).await.unwrap_err()), "VERSION_NOT_FOUND");
        operator.create_agreement(agreement("empty", pb::AgreementKind::Dpa, &[])).await.unwrap();
        let none = pb::GetAgreementVersionRequest { agreement_id: "empty".into(), version: String::new() };
        assert_eq!(reason(&reader.get_agreement_version(none).await.unwrap_err()), "VERSION_NOT_FOUND");
        let mut only = pb::PublishAgreementVersionRequest { effective_time: None, ..version("empty", "1") };
        only.documents.truncate(1);
        operator.publish_agreement_version(only).await.unwrap();
        let missing =
            pb::GetAgreementDocumentRequest { agreement_id: "empty".into(), language: "en".into(), ..wanted.clone() };
        assert_eq!(reason(&reader.get_agreement_document(missing).await.unwrap_err()), "DOCUMENT_NOT_FOUND");
        let unknown = pb::GetAgreementDocumentRequest { agreement_id: "nothing".into(), ..wanted };
        assert_eq!(reason(&reader.get_agreement_document(unknown).await.unwrap_err()), "AGREEMENT_NOT_FOUND");

        let bare =
            pb::PublishAgreementVersionRequest { specification: None, effective_time: None, ..version("dpa", "3") };
        assert_eq!(faults(&operator.publish_agreement_version(bare).await.unwrap_err()), ["specification"]);
        server.stop().await;
    })
    .await;
}
