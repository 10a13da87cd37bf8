use super::{
    create::CreateAgreement,
    enforce::SetEnforcement,
    get::AgreementView,
    publish::{Document, Prepared, PublishVersion},
    *,
};
use crate::{
    domain::{
        agreement::{EnforcementRule, Withdrawal},
        ids::{Digest, IntegratorId},
        impact::Impact,
        specification::{LocalText, Specification},
        vocabulary::{AgreementKind, Assurance, ContentType, DeadlineFrom, Enforcement, Language},
    },
    service::{
        caller::{Caller, Scopes},
        error::ErrorReason,
    },
};

const DAY: i64 = 86_400;

fn day(day: i64) -> Timestamp {
    Timestamp::from_parts(day * DAY, 0).unwrap()
}

fn integrator(slug: &str) -> IntegratorId {
    IntegratorId::parse(slug).unwrap()
}

fn agreement(kind: AgreementKind, content_types: &[ContentType]) -> AgreementFacts {
    AgreementFacts {
        agreement_id: AgreementId::parse("known").unwrap(),
        kind,
        titles: vec![LocalText { language: Language::Sv, text: "Avtal".into() }],
        content_types: content_types.to_vec(),
        enforcement: vec![EnforcementRule {
            integrator_id: None,
            from: Timestamp::BEGINNING,
            enforcement: Enforcement::Recommended,
            minimum_assurance: Assurance::Imported,
            revision: 1,
        }],
        versions: Vec::new(),
        withdrawals: Vec::new(),
        created: day(10),
        revision: 1,
    }
}

fn wanted(label: &str, class: ChangeClass, effective: Option<i64>, purpose: &str) -> PublishVersion {
    PublishVersion {
        agreement_id: AgreementId::parse("known").unwrap(),
        version: VersionLabel::parse(label).unwrap(),
        documents: vec![Document { language: Language::Sv, markdown: "# Avtal".into(), pdf: None }],
        specification: Some(Specification {
            purpose: vec![LocalText { language: Language::Sv, text: purpose.into() }],
            ..Specification::default()
        }),
        change_class: class,
        effective: effective.map(day),
        grace_seconds: if class == ChangeClass::Major { 30 * 86_400 } else { 0 },
        deadline_from: DeadlineFrom::Publication,
        acknowledged_denials: 0,
    }
}

/// Publishes at a day, as the fold does.
fn published(
    mut facts: AgreementFacts,
    wanted: &PublishVersion,
    at: i64,
) -> std::result::Result<AgreementFacts, ErrorReason> {
    let revision = facts.revision + 1;
    match wanted.prepare(&facts, day(at), revision).map_err(|error| error.reason)? {
        Prepared::Known(_) => {}
        Prepared::New(version, _) => {
            let place = facts.versions.partition_point(|known| known.effective <= version.effective);
            facts.versions.insert(place, version);
            facts.revision = revision;
        }
    }
    Ok(facts)
}

fn withdrawn(mut facts: AgreementFacts, label: &str, at: i64) -> AgreementFacts {
    facts.revision += 1;
    let version = facts.versions.iter_mut().find(|version| version.label.as_str() == label).unwrap();
    version.withdrawn = true;
    let version = version.label.clone();
    facts.withdrawals.push(Withdrawal { version, time: day(at), revision: facts.revision });
    facts
}

fn create(kind: AgreementKind, content_types: &[ContentType], enforcement: Enforcement) -> CreateAgreement {
    CreateAgreement {
        agreement_id: AgreementId::parse("new").unwrap(),
        kind,
        titles: Vec::new(),
        content_types: content_types.to_vec(),
        enforcement,
        minimum_assurance: Assurance::Imported,
    }
}

#[test]
fn for_each_content_type_at_most_one_dpa_lists_it_and_one_covers_all() {
    use ContentType::{Invoice, Letter, Payslip};
    let refused = |types: &[ContentType], known: &[ContentType]| {
        let known = [agreement(AgreementKind::Dpa, known), agreement(AgreementKind::GeneralTerms, &[])];
        create(AgreementKind::Dpa, types, Enforcement::Recommended).check(&known).err().map(|error| error.reason)
    };
    assert_eq!(refused(&[Payslip], &[Payslip, Invoice]), Some(ErrorReason::AgreementOverlaps));
    assert_eq!(refused(&[], &[]), Some(ErrorReason::AgreementOverlaps));
    assert_eq!(refused(&[Letter], &[Payslip, Invoice]), None);
    assert_eq!(refused(&[Payslip], &[]), None, "one that lists a type beats one that covers all");
    assert_eq!(refused(&[], &[Payslip]), None);
}

#[test]
fn general_terms_are_one_and_required() {
    let refused = |types: &[ContentType], enforcement, known: &[AgreementFacts]| {
        create(AgreementKind::GeneralTerms, types, enforcement).check(known).err().map(|error| error.reason)
    };
    let known = [agreement(AgreementKind::GeneralTerms, &[])];
    assert_eq!(refused(&[], Enforcement::Required, &[agreement(AgreementKind::Dpa, &[])]), None);
    assert_eq!(refused(&[], Enforcement::Required, &known), Some(ErrorReason::GeneralTermsExist));
    assert_eq!(refused(&[], Enforcement::Recommended, &[]), Some(ErrorReason::EnforcementTooLoose));
    assert_eq!(refused(&[ContentType::Letter], Enforcement::Required, &[]), Some(ErrorReason::InvalidFields));
}

#[test]
fn one_integrators_enforcement_is_never_looser_than_that_of_all() {
    let mut facts = agreement(AgreementKind::Dpa, &[]);
    facts.enforcement.push(EnforcementRule {
        integrator_id: None,
        from: day(100),
        enforcement: Enforcement::Required,
        minimum_assurance: Assurance::SenderConfirmed,
        revision: 2,
    });
    let set = |slug: Option<&str>, enforcement, minimum_assurance| SetEnforcement {
        agreement_id: facts.agreement_id.clone(),
        integrator_id: slug.map(integrator),
        enforcement,
        minimum_assurance,
        effective: None,
    };
    let loose = set(Some("bureau"), Enforcement::Recommended, Assurance::Imported);
    assert!(loose.check(&facts, day(99)).is_ok());
    assert_eq!(loose.check(&facts, day(100)).unwrap_err().reason, ErrorReason::EnforcementTooLoose);
    let unsure = set(Some("bureau"), Enforcement::Required, Assurance::IntegratorAttested);
    assert_eq!(unsure.check(&facts, day(100)).unwrap_err().violations[0].field, "minimum_assurance");
    assert!(set(None, Enforcement::Recommended, Assurance::Imported).check(&facts, day(100)).is_ok());
    assert!(set(None, Enforcement::Recommended, Assurance::Imported).holds(&facts, day(50)));
    assert!(!set(None, Enforcement::Recommended, Assurance::Imported).holds(&facts, day(100)));
    assert!(!loose.holds(&facts, day(50)), "what holds for all is not set for one");
}

#[test]
fn an_integrator_sees_nothing_of_what_is_set_for_others() {
    let caller = |slug: Option<&str>| {
        let scopes = if slug.is_some() { Scopes::SENDERS_READ } else { Scopes::OPERATOR };
        Caller::from_claims("x".into(), slug.map(integrator), scopes).unwrap()
    };
    let plain = agreement(AgreementKind::Dpa, &[]);
    let mut facts = plain.clone();
    facts.enforcement.push(EnforcementRule {
        integrator_id: Some(integrator("first")),
        from: day(20),
        enforcement: Enforcement::Required,
        minimum_assurance: Assurance::Imported,
        revision: 2,
    });
    facts.revision = 2;
    let seen = |facts: &AgreementFacts, slug| {
        let view = AgreementView::of(facts.clone(), &caller(slug), day(30));
        (view.enforced.enforcement, view.facts.enforcement.len(), view.revision)
    };
    assert_eq!(seen(&facts, Some("first")), (Enforcement::Required, 2, 2));
    assert_eq!(seen(&facts, Some("second")), seen(&plain, Some("second")));
    assert_eq!(seen(&facts, None), (Enforcement::Recommended, 2, 2));
}

#[test]
fn the_same_label_means_the_same_bytes_and_terms_for_ever() {
    let first = wanted("1", ChangeClass::Major, None, "pay");
    let facts = published(agreement(AgreementKind::Dpa, &[]), &first, 20).unwrap();
    let again = |wanted: &PublishVersion| wanted.prepare(&facts, day(25), 9).map_err(|error| error.reason);
    assert!(matches!(again(&first), Ok(Prepared::Known(version)) if version.published == day(20)));
    assert!(matches!(
        again(&PublishVersion { effective: Some(day(20)), ..wanted("1", ChangeClass::Major, None, "pay") }),
        Ok(Prepared::Known(_))
    ));
    for other in [
        wanted("1", ChangeClass::Major, None, "invoices"),
        wanted("1", ChangeClass::Minor, None, "pay"),
        wanted("1", ChangeClass::Major, Some(21), "pay"),
        PublishVersion { documents: Vec::new(), ..wanted("1", ChangeClass::Major, None, "pay") },
    ] {
        assert!(matches!(again(&other), Err(ErrorReason::VersionExists)));
    }
    let facts = withdrawn(facts, "1", 21);
    assert_eq!(first.prepare(&facts, day(25), 9).err().map(|error| error.reason), Some(ErrorReason::VersionWithdrawn));
}

#[test]
fn an_editorial_version_keeps_the_specification_before_it() {
    let first =
        published(agreement(AgreementKind::Dpa, &[]), &wanted("1", ChangeClass::Major, Some(10), "pay"), 10).unwrap();
    let changed = Err(ErrorReason::SpecificationChanged);
    assert_eq!(published(first.clone(), &wanted("2", ChangeClass::Editorial, Some(30), "bills"), 20), changed);
    assert_eq!(
        published(first.clone(), &wanted("0", ChangeClass::Editorial, Some(5), "pay"), 20),
        changed,
        "nothing is before it"
    );
    let both = published(first.clone(), &wanted("2", ChangeClass::Editorial, Some(30), "pay"), 20).unwrap();
    assert_eq!(
        published(both.clone(), &wanted("1b", ChangeClass::Major, Some(25), "bills"), 20),
        changed,
        "2 would follow it"
    );
    assert!(published(both, &wanted("3", ChangeClass::Major, Some(40), "bills"), 20).is_ok());
    let major = published(first, &wanted("2", ChangeClass::Major, Some(30), "bills"), 20).unwrap();
    let three = published(major, &wanted("3", ChangeClass::Editorial, Some(40), "bills"), 20).unwrap();
    let label = VersionLabel::parse("2").unwrap();
    let refused = withdraw::check(&three, VersionState::Scheduled, &label).unwrap_err();
    assert_eq!(refused.reason, ErrorReason::SpecificationChanged);
    assert!(withdraw::check(&withdrawn(three, "3", 21), VersionState::Scheduled, &label).is_ok());
}

#[test]
fn a_version_is_withdrawn_only_before_it_takes_effect() {
    let facts =
        published(agreement(AgreementKind::Dpa, &[]), &wanted("1", ChangeClass::Major, Some(10), "pay"), 10).unwrap();
    let facts = published(facts, &wanted("2", ChangeClass::Major, Some(30), "bills"), 20).unwrap();
    let state = |label: &str, at| {
        let version = facts.version(&VersionLabel::parse(label).unwrap()).unwrap();
        VersionState::of(&facts, version, day(at))
    };
    assert_eq!((state("1", 29), state("2", 29)), (VersionState::InForce, VersionState::Scheduled));
    assert_eq!((state("1", 30), state("2", 30)), (VersionState::Superseded, VersionState::InForce));
    let label = VersionLabel::parse("2").unwrap();
    assert!(withdraw::check(&facts, state("2", 29), &label).is_ok());
    assert_eq!(withdraw::check(&facts, state("2", 30), &label).unwrap_err().reason, ErrorReason::VersionInEffect);
}

#[test]
fn only_general_terms_may_leave_the_annex_out() {
    let wanted = PublishVersion { specification: None, ..wanted("1", ChangeClass::Major, None, "") };
    let prepared = |kind| wanted.prepare(&agreement(kind, &[]), day(20), 2);
    assert_eq!(prepared(AgreementKind::Dpa).err().unwrap().violations[0].field, "specification");
    let Ok(Prepared::New(version, annex)) = prepared(AgreementKind::GeneralTerms) else { panic!("refused") };
    assert_eq!(version.specification_sha256, Digest::of(annex.as_bytes()));
    assert_eq!((version.effective, version.published, version.revision), (day(20), day(20), 2));
}

#[test]
fn a_larger_impact_than_acknowledged_is_told_in_numbers() {
    let wanted = PublishVersion { acknowledged_denials: 2, ..wanted("1", ChangeClass::Major, None, "pay") };
    let impact = |denied_senders| Impact { denied_senders, ..Impact::default() };
    assert!(wanted.check_acknowledged(&impact(2)).is_ok());
    let refused = wanted.check_acknowledged(&impact(3)).unwrap_err();
    assert_eq!(refused.reason, ErrorReason::ImpactLargerThanAcknowledged);
    assert_eq!(refused.metadata, [("denied_senders_total", "3".to_owned())]);
}
