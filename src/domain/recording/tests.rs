use super::*;
use crate::domain::{
    acts::ActState,
    agreement::DocumentDigest,
    organisation_number::OrganisationNumber,
    vocabulary::{ChangeClass, DeadlineFrom},
};

const YEAR: i64 = 365 * 24 * 3600;

fn at(year: i64) -> Timestamp {
    Timestamp::from_micros((year - 1970) * YEAR * 1_000_000).unwrap()
}

fn number(text: &str) -> LegalNumber {
    match OrganisationNumber::parse(text).unwrap() {
        OrganisationNumber::Legal(number) => number,
        OrganisationNumber::SoleTrader(_) => panic!("a legal person's"),
    }
}

fn document(label: &str) -> Digest {
    Digest::of(label.as_bytes())
}

fn specification(label: &str) -> Digest {
    Digest::of_parts(&[b"specification", label.as_bytes()])
}

fn published(label: &str, effective: i64, published: i64) -> Version {
    Version {
        label: VersionLabel::parse(label).unwrap(),
        documents: vec![DocumentDigest { language: Language::Sv, sha256: document(label), pdf_sha256: None }],
        specification_sha256: specification(label),
        undelivered_retention_days: 0,
        support_retention_days: 0,
        change_class: ChangeClass::Major,
        effective: at(effective),
        published: at(published),
        grace_seconds: 0,
        deadline_from: DeadlineFrom::Publication,
        withdrawn: false,
        revision: 1,
    }
}

fn agreement(id: &str, kind: AgreementKind, versions: Vec<Version>) -> AgreementFacts {
    AgreementFacts {
        agreement_id: AgreementId::parse(id).unwrap(),
        kind,
        titles: Vec::new(),
        content_types: Vec::new(),
        enforcement: Vec::new(),
        versions,
        withdrawals: Vec::new(),
        created: at(2018),
        revision: 1,
    }
}

/// General terms in force since 2018, replaced in 2024, and a DPA since 2018 with a version for 2030 published in 2025.
fn agreements() -> Vec<AgreementFacts> {
    vec![
        agreement("terms", AgreementKind::GeneralTerms, vec![published("t1", 2018, 2023), published("t2", 2024, 2023)]),
        agreement("dpa", AgreementKind::Dpa, vec![published("d1", 2018, 2023), published("d2", 2030, 2025)]),
    ]
}

fn signer(email: &str) -> Signer {
    Signer {
        full_name: Some("Åsa Öberg".to_owned()),
        role: Some("VD".to_owned()),
        email: Some(email.to_owned()),
        authority_basis: AuthorityBasis::ManagingDirector,
    }
}

fn accepted(agreement: &str, version: &str, state: ActState) -> Act {
    Act {
        id: uuid::Uuid::nil(),
        agreement_id: AgreementId::parse(agreement).unwrap(),
        version: VersionLabel::parse(version).unwrap(),
        kind: ActKind::Acceptance,
        assurance: Assurance::IntegratorAttested,
        time: at(2020),
        revision: 1,
        state,
        retroactive_delivery: false,
        through: None,
    }
}

/// A case that can be recorded, to be spoilt in one way at a time.
struct Case {
    agreements: Vec<AgreementFacts>,
    subjects: Vec<(AgreementId, VersionLabel, Option<Shown>)>,
    signatories: Vec<Signer>,
    method: Method,
    time: Timestamp,
    authority_declared: bool,
    evidence: bool,
    covered: Vec<LegalNumber>,
    group_permission_declared: bool,
    acts: Vec<Act>,
    connection: ConnectionState,
    sender: Option<LegalNumber>,
    decline: bool,
}

impl Case {
    fn of(subjects: &[(&str, &str)]) -> Self {
        let subject = |(agreement, version): &(&str, &str)| {
            let (document_sha256, specification_sha256) = (document(version), specification(version));
            let shown = Shown { language: Some(Language::Sv), document_sha256, specification_sha256 };
            (AgreementId::parse(agreement).unwrap(), VersionLabel::parse(version).unwrap(), Some(shown))
        };
        Self {
            agreements: agreements(),
            subjects: subjects.iter().map(subject).collect(),
            signatories: vec![signer("asa@foretaget.example")],
            method: Method::IntegratorForm,
            time: at(2026),
            authority_declared: true,
            evidence: true,
            covered: Vec::new(),
            group_permission_declared: false,
            acts: Vec::new(),
            connection: ConnectionState::Unconfirmed,
            sender: Some(number("5560160680")),
            decline: false,
        }
    }

    fn but(mut self, spoil: impl FnOnce(&mut Self)) -> Self {
        spoil(&mut self);
        self
    }

    fn refusals(&self) -> Vec<Refusal> {
        let subjects = self.subjects.iter();
        let form = Form {
            authority_declared: self.authority_declared,
            evidence: self.evidence,
            covered: &self.covered,
            group_permission_declared: self.group_permission_declared,
        };
        let claim = Claim {
            subjects: subjects
                .map(|(agreement_id, version, shown)| Subject { agreement_id, version, shown: shown.as_ref() })
                .collect(),
            signatories: &self.signatories,
            method: self.method,
            time: self.time,
            form: (!self.decline).then_some(form),
        };
        let circumstances = Circumstances {
            agreements: &self.agreements,
            acts: &self.acts,
            connection: self.connection,
            integrator: &crate::domain::integrator::example(),
            sender: self.sender,
        };
        judge(&claim, &circumstances).err().unwrap_or_default()
    }
}

fn terms() -> Case {
    Case::of(&[("terms", "t2")])
}

#[test]
fn what_fits_is_recorded() {
    assert_eq!(terms().refusals(), []);
    assert_eq!(Case::of(&[("dpa", "d1"), ("terms", "t2")]).refusals(), []);
}

#[test]
fn a_dpa_presumes_general_terms() {
    let dpa = |connection, acts: &[Act]| {
        let acts = acts.to_vec();
        Case::of(&[("dpa", "d1")]).but(|c| (c.connection, c.acts) = (connection, acts)).refusals()
    };
    let refused = [Refusal::GeneralTermsNotAccepted(0)];
    let (active, unconfirmed) = (ConnectionState::Active, ConnectionState::Unconfirmed);
    assert_eq!(dpa(active, &[]), refused);
    assert_eq!(dpa(active, &[accepted("terms", "t1", ActState::Valid)]), [], "they need not be current");
    assert_eq!(dpa(active, &[accepted("terms", "t1", ActState::Invalidated)]), refused);
    assert_eq!(dpa(active, &[accepted("dpa", "d1", ActState::Valid)]), refused);
    let coverage = Act { kind: ActKind::Coverage, ..accepted("terms", "t1", ActState::Valid) };
    assert_eq!(dpa(active, std::slice::from_ref(&coverage)), [], "covered by a group company");
    assert_eq!(dpa(active, &[Act { state: ActState::CoverageEnded, ..coverage }]), refused);
    let no = Act { kind: ActKind::Decline, ..accepted("terms", "t1", ActState::Valid) };
    assert_eq!(dpa(active, &[no]), refused, "a no is no acceptance");
    let elsewhere = dpa(unconfirmed, &[accepted("terms", "t2", ActState::Valid)]);
    assert_eq!(elsewhere, refused, "a stranger learns nothing");
    let none = Case::of(&[("dpa", "d1")]).but(|c| c.agreements.retain(|a| a.kind == AgreementKind::Dpa));
    assert_eq!(none.refusals(), refused, "there are none");
}

#[test]
fn a_version_is_in_force_then_or_published_for_later() {
    let of = |agreement, version, year| {
        Case::of(&[(agreement, version), ("terms", "t1")])
            .but(|c| {
                c.time = at(year);
                if agreement == "terms" {
                    c.subjects.truncate(1);
                } else {
                    c.subjects[1].1 = VersionLabel::parse(if year < 2024 { "t1" } else { "t2" }).unwrap();
                    c.subjects[1].2 = None;
                }
            })
            .refusals()
    };
    assert_eq!(of("terms", "t1", 2018), [], "an import of 2018");
    assert_eq!(of("terms", "t1", 2023), []);
    assert_eq!(of("terms", "t1", 2024), [Refusal::VersionNotInForce(0)], "replaced");
    assert_eq!(of("terms", "t2", 2023), [], "published for later");
    assert_eq!(of("terms", "t2", 2022), [Refusal::VersionNotInForce(0)], "not published then");
    assert_eq!(of("terms", "t1", 2017), [Refusal::VersionNotInForce(0)]);
    assert_eq!(of("dpa", "d2", 2026), []);
    let behind = terms().but(|c| c.time = at(2023).plus_seconds(-100));
    assert_eq!(behind.refusals(), [], "a clock a little behind the publication");
}

#[test]
fn what_was_shown_is_what_was_published() {
    let spoilt = |spoil: fn(&mut Shown)| terms().but(|c| c.subjects[0].2.as_mut().map(spoil).unwrap()).refusals();
    assert_eq!(spoilt(|shown| shown.document_sha256 = document("other")), [Refusal::DocumentDiffers(0)]);
    assert_eq!(spoilt(|shown| shown.specification_sha256 = document("other")), [Refusal::SpecificationDiffers(0)]);
    assert_eq!(spoilt(|shown| shown.language = Some(Language::En)), [Refusal::LanguageNotAvailable(0)]);
    assert_eq!(spoilt(|shown| shown.language = None), [Refusal::LanguageNotAvailable(0)]);
    let both = |shown: &mut Shown| (shown.document_sha256, shown.specification_sha256) = (document("x"), document("x"));
    let both = terms().but(|c| c.subjects[0].2.as_mut().map(both).unwrap()).refusals();
    assert_eq!(both, [Refusal::DocumentDiffers(0), Refusal::SpecificationDiffers(0)]);
}

#[test]
fn what_is_not_there_is_named() {
    assert_eq!(Case::of(&[("none", "t2")]).refusals(), [Refusal::NoSuchAgreement(0)]);
    assert_eq!(Case::of(&[("terms", "t2"), ("dpa", "d9")]).refusals(), [Refusal::NoSuchVersion(1)]);
    assert_eq!(
        terms().but(|c| c.agreements[0].versions[1].withdrawn = true).refusals(),
        [Refusal::VersionWithdrawn(0)]
    );
    assert_eq!(Case::of(&[]).refusals(), [Refusal::NoSubject]);
    assert_eq!(Case::of(&[("terms", "t2"), ("terms", "t2")]).refusals(), [Refusal::AgreementTwice(1)]);
}

#[test]
fn the_persons_are_complete_and_the_senders_own() {
    let with = |signatories: Vec<Signer>| terms().but(|c| c.signatories = signatories).refusals();
    assert_eq!(with(Vec::new()), [Refusal::Incomplete(Absent::Signatories)]);
    let one = signer("asa@foretaget.example");
    assert_eq!(with(vec![one.clone(), signer("bo@foretaget.example")]), []);
    assert_eq!(with(vec![one.clone(), signer("ASA@foretaget.example")]), [Refusal::SignatoryTwice(1)]);
    assert_eq!(with(vec![one.clone(), signer("bo@x.example"), signer("c@x.example")]), [Refusal::TooManySignatories]);
    assert_eq!(with(vec![one, signer("bo@hr.lonebyran.example")]), [Refusal::SignatoryIsIntegrator(1)]);
    let nobody = Signer { full_name: None, role: None, email: None, authority_basis: AuthorityBasis::NotRecorded };
    let all = [Absent::FullName(0), Absent::Role(0), Absent::Email(0), Absent::AuthorityBasis(0)];
    assert_eq!(with(vec![nobody]), all.map(Refusal::Incomplete));
    let own =
        terms().but(|c| (c.sender, c.signatories) = (Some(number("5560360793")), vec![signer("bo@lonebyran.example")]));
    assert_eq!(own.refusals(), [], "the integrator accepts for itself");
    assert_eq!(terms().but(|c| c.authority_declared = false).refusals(), [Refusal::AuthorityNotDeclared]);
    assert_eq!(terms().but(|c| c.evidence = false).refusals(), [Refusal::Incomplete(Absent::Evidence)]);
}

#[test]
fn an_import_may_lack_what_it_says_is_absent() {
    let bare = terms().but(|c| {
        c.method = Method::Import;
        (c.signatories, c.authority_declared, c.evidence) = (Vec::new(), false, false);
    });
    assert_eq!(bare.refusals(), []);
    let named: Vec<String> = absent(&[], false, false).iter().map(ToString::to_string).collect();
    assert_eq!(named, ["signatories", "authority_declared", "evidence"]);
    let own = terms().but(|c| (c.method, c.signatories) = (Method::Import, vec![signer("bo@lonebyran.example")]));
    assert_eq!(own.refusals(), [Refusal::SignatoryIsIntegrator(0)]);
    assert_eq!(
        (assurance(Method::Import), assurance(Method::ElectronicIdentification)),
        (Assurance::Imported, Assurance::IntegratorAttested)
    );
}

#[test]
fn coverage_is_permitted_and_of_others() {
    let with = |covered: &[&str], permitted| {
        let covered = covered.iter().map(|text| number(text)).collect();
        terms().but(|c| (c.covered, c.group_permission_declared) = (covered, permitted)).refusals()
    };
    assert_eq!(with(&["5560747551"], true), []);
    assert_eq!(with(&["5560747551"], false), [Refusal::GroupPermissionNotDeclared]);
    assert_eq!(with(&["5560747551", "5560747551"], true), [Refusal::CoveredTwice(1)]);
    assert_eq!(with(&["5560160680"], true), [Refusal::CoversItself(0)]);
    assert_eq!(with(&["5560747551"; COVERED_COMPANIES + 1], true), [Refusal::TooManyCovered]);
}

#[test]
fn a_decline_needs_no_form_but_a_version_and_an_open_connection() {
    let no = |spoil: fn(&mut Case)| {
        let bare =
            |c: &mut Case| (c.decline, c.signatories, c.evidence, c.subjects[0].2) = (true, Vec::new(), false, None);
        Case::of(&[("dpa", "d1")]).but(bare).but(spoil).refusals()
    };
    assert_eq!(no(|_| ()), [], "general terms or not");
    assert_eq!(no(|c| c.connection = ConnectionState::Ended), [Refusal::ConnectionEnded]);
    assert_eq!(no(|c| c.time = at(2017)), [Refusal::VersionNotInForce(0)]);
    assert_eq!(no(|c| c.signatories = vec![signer("bo@lonebyran.example")]), [Refusal::SignatoryIsIntegrator(0)]);
}

#[test]
fn clocks_may_differ_by_two_minutes() {
    let now = at(2026);
    let form = |claimed| moment(claimed, Method::IntegratorForm, now);
    assert_eq!(form(None), Ok(now));
    assert_eq!(form(Some(now.plus_seconds(120))), Ok(now));
    assert_eq!(form(Some(now.plus_seconds(121))), Err(Refusal::TimeAhead));
    assert_eq!(form(Some(at(2018))), Ok(at(2018)));
    assert_eq!(moment(None, Method::Import, now), Err(Refusal::TimeMissing));
}
