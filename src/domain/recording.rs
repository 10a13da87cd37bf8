//! Whether an act can be recorded: the pure judgement of what its recorder claims (R3, R4, R7, R9).
//!
//! An act is one moment in which a sender accepts one or more versions, or declines one. It is recorded whole or not at
//! all, and each way in (one call, a row of a batch, a file) is judged here.

use super::{
    acts::{Act, ActKind},
    agreement::{AgreementFacts, Version},
    authority::{Sides, named_twice, repeated},
    ids::{AgreementId, Digest, VersionLabel},
    integrator::IntegratorFacts,
    organisation_number::LegalNumber,
    rules::{CLOCK_TOLERANCE_SECONDS, COVERED_COMPANIES, SIGNATORIES},
    time::Timestamp,
    vocabulary::{AgreementKind, Assurance, AuthorityBasis, ConnectionState, Language, Method},
};
use std::fmt;

/// What a person was shown (R9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The language; absent where it is one that no document has.
    pub language: Option<Language>,
    /// Of the text.
    pub document_sha256: Digest,
    /// Of the specification.
    pub specification_sha256: Digest,
}

/// A version that an act is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Of which agreement.
    pub agreement_id: &'a AgreementId,
    /// Which version.
    pub version: &'a VersionLabel,
    /// What was shown; a decline needs nothing shown.
    pub shown: Option<&'a Shown>,
}

/// A person who acts for the sender (R4). What an imported record lacks is absent.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    /// Full name.
    pub full_name: Option<String>,
    /// Role at the sender.
    pub role: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Why the person may act for the sender.
    pub authority_basis: AuthorityBasis,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?})", self.authority_basis)
    }
}

/// What only an acceptance says; a decline needs no form.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// The persons declared that they have authority (R4).
    pub authority_declared: bool,
    /// Whether there is evidence.
    pub evidence: bool,
    /// The companies covered (R7).
    pub covered: &'a [LegalNumber],
    /// Those have given their permission (R7).
    pub group_permission_declared: bool,
}

/// What is claimed to have happened.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// About which versions.
    pub subjects: Vec<Subject<'a>>,
    /// Who acted.
    pub signatories: &'a [Signer],
    /// How.
    pub method: Method,
    /// When, as [`moment`] has it.
    pub time: Timestamp,
    /// What an acceptance says besides; absent for a decline.
    pub form: Option<Form<'a>>,
}

/// What the claim is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// All agreements.
    pub agreements: &'a [AgreementFacts],
    /// What the sender did before.
    pub acts: &'a [Act],
    /// Where the connection stands.
    pub connection: ConnectionState,
    /// With whom it is.
    pub integrator: &'a IntegratorFacts,
    /// The sender's number; absent for a sole trader.
    pub sender: Option<LegalNumber>,
}

/// Something that an act needs and an imported record may lack, named as the API's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// There is no signatory at all.
    Signatories,
    /// The name of one.
    FullName(usize),
    /// The role of one.
    Role(usize),
    /// The address of one.
    Email(usize),
    /// Why one may act.
    AuthorityBasis(usize),
    /// The declaration of authority.
    AuthorityDeclared,
    /// Any evidence.
    Evidence,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signatories => f.write_str("signatories"),
            Self::FullName(place) => write!(f, "signatories[{place}].full_name"),
            Self::Role(place) => write!(f, "signatories[{place}].role"),
            Self::Email(place) => write!(f, "signatories[{place}].email"),
            Self::AuthorityBasis(place) => write!(f, "signatories[{place}].authority_basis"),
            Self::AuthorityDeclared => f.write_str("authority_declared"),
            Self::Evidence => f.write_str("evidence"),
        }
    }
}

/// Why an act is not recorded. A number is the place in the list that the refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Only an import may lack it.
    Incomplete(Absent),
    /// An import says when it happened.
    TimeMissing,
    /// It lies further ahead than clocks may differ.
    TimeAhead,
    /// No version is named.
    NoSubject,
    /// An agreement is named twice.
    AgreementTwice(usize),
    /// More persons than may sign.
    TooManySignatories,
    /// A person is named twice.
    SignatoryTwice(usize),
    /// More companies than may be covered.
    TooManyCovered,
    /// A company is named twice.
    CoveredTwice(usize),
    /// The sender covers itself.
    CoversItself(usize),
    /// The connection has ended.
    ConnectionEnded,
    /// The authority was not declared (R4).
    AuthorityNotDeclared,
    /// The signatory is one of the integrator's own people.
    SignatoryIsIntegrator(usize),
    /// The covered companies' permission was not declared (R7).
    GroupPermissionNotDeclared,
    /// There is no such agreement.
    NoSuchAgreement(usize),
    /// The agreement has no such version.
    NoSuchVersion(usize),
    /// The version was withdrawn.
    VersionWithdrawn(usize),
    /// The version was neither in force then nor published for later.
    VersionNotInForce(usize),
    /// The version has no document in the language.
    LanguageNotAvailable(usize),
    /// The text shown was another one (R9).
    DocumentDiffers(usize),
    /// The specification shown was another one (R9).
    SpecificationDiffers(usize),
    /// A data processing agreement without accepted general terms (R3).
    GeneralTermsNotAccepted(usize),
}

/// When the act happened. Clocks may differ a little: what lies slightly ahead happened now.
pub fn moment(claimed: Option<Timestamp>, method: Method, now: Timestamp) -> Result<Timestamp, Refusal> {
    match claimed {
        None if method == Method::Import => Err(Refusal::TimeMissing),
        None => Ok(now),
        Some(time) if time > now.plus_seconds(CLOCK_TOLERANCE_SECONDS) => Err(Refusal::TimeAhead),
        Some(time) => Ok(time.min(now)),
    }
}

/// How sure an act is. What somebody else than the sender's own person records is never more than attested.
pub fn assurance(method: Method) -> Assurance {
    match method {
        Method::Import => Assurance::Imported,
        Method::IntegratorForm | Method::SignedDocument | Method::ElectronicIdentification => {
            Assurance::IntegratorAttested
        }
        Method::HostedForm => Assurance::SenderConfirmed,
    }
}

/// What the persons' particulars lack.
pub fn absent_of_persons(signatories: &[Signer]) -> impl Iterator<Item = Absent> + '_ {
    signatories.iter().enumerate().flat_map(|(place, signer)| {
        let lacks = |lacking: bool, absent: Absent| lacking.then_some(absent);
        [
            lacks(signer.full_name.is_none(), Absent::FullName(place)),
            lacks(signer.role.is_none(), Absent::Role(place)),
            lacks(signer.email.is_none(), Absent::Email(place)),
            lacks(signer.authority_basis == AuthorityBasis::NotRecorded, Absent::AuthorityBasis(place)),
        ]
        .into_iter()
        .flatten()
    })
}

/// What an acceptance needs and this one lacks.
pub fn absent(signatories: &[Signer], authority_declared: bool, evidence: bool) -> Vec<Absent> {
    let mut absent: Vec<Absent> = signatories.is_empty().then_some(Absent::Signatories).into_iter().collect();
    absent.extend(absent_of_persons(signatories));
    absent.extend((!authority_declared).then_some(Absent::AuthorityDeclared));
    absent.extend((!evidence).then_some(Absent::Evidence));
    absent
}

/// Judges a claim: the version of each subject if it can be recorded, else all that stands in the way, what is malformed
/// first.
pub fn judge<'a>(claim: &Claim<'_>, circumstances: &Circumstances<'a>) -> Result<Vec<&'a Version>, Vec<Refusal>> {
    let mut refusals = malformed(claim, circumstances.sender);
    if circumstances.connection == ConnectionState::Ended {
        refusals.push(Refusal::ConnectionEnded);
    }
    if claim.method != Method::Import && claim.form.is_some_and(|form| !form.authority_declared) {
        refusals.push(Refusal::AuthorityNotDeclared);
    }
    let sides = Sides { integrator: circumstances.integrator, sender: circumstances.sender };
    let owns = |signer: &Signer| signer.email.as_deref().is_some_and(|email| sides.is_integrators(email));
    let own = claim.signatories.iter().enumerate().filter(|(_, signer)| owns(signer));
    refusals.extend(own.map(|(place, _)| Refusal::SignatoryIsIntegrator(place)));
    if claim.form.is_some_and(|form| !form.covered.is_empty() && !form.group_permission_declared) {
        refusals.push(Refusal::GroupPermissionNotDeclared);
    }
    let mut versions = Vec::with_capacity(claim.subjects.len());
    for (place, subject) in claim.subjects.iter().enumerate() {
        match version(circumstances.agreements, subject, place, claim.time) {
            Ok(version) => versions.push(version),
            Err(of_subject) => refusals.extend(of_subject),
        }
    }
    if claim.form.is_some() {
        refusals.extend(without_general_terms(claim, circumstances));
    }
    if refusals.is_empty() { Ok(versions) } else { Err(refusals) }
}

/// What is wrong with the claim by itself.
fn malformed(claim: &Claim<'_>, sender: Option<LegalNumber>) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = claim.subjects.is_empty().then_some(Refusal::NoSubject).into_iter().collect();
    let agreements: Vec<_> = claim.subjects.iter().map(|subject| Some(subject.agreement_id)).collect();
    refusals.extend(repeated(&agreements, |one, other| one == other).into_iter().map(Refusal::AgreementTwice));
    if claim.signatories.len() > SIGNATORIES {
        refusals.push(Refusal::TooManySignatories);
    }
    let addresses: Vec<_> = claim.signatories.iter().map(|signer| signer.email.as_deref()).collect();
    refusals.extend(named_twice(&addresses).into_iter().map(Refusal::SignatoryTwice));
    if claim.method != Method::Import {
        let absent = match claim.form {
            Some(form) => absent(claim.signatories, true, form.evidence),
            None => absent_of_persons(claim.signatories).collect(),
        };
        refusals.extend(absent.into_iter().map(Refusal::Incomplete));
    }
    let covered = claim.form.map_or(&[][..], |form| form.covered);
    if covered.len() > COVERED_COMPANIES {
        refusals.push(Refusal::TooManyCovered);
        return refusals;
    }
    let itself = covered.iter().enumerate().filter(|(_, number)| sender == Some(**number));
    refusals.extend(itself.map(|(place, _)| Refusal::CoversItself(place)));
    let covered: Vec<_> = covered.iter().map(Some).collect();
    refusals.extend(repeated(&covered, |one, other| one == other).into_iter().map(Refusal::CoveredTwice));
    refusals
}

/// The version of a subject, if it could be accepted or declined at that time and is what was shown.
fn version<'a>(
    agreements: &'a [AgreementFacts],
    subject: &Subject<'_>,
    place: usize,
    time: Timestamp,
) -> Result<&'a Version, Vec<Refusal>> {
    let agreement = agreements.iter().find(|agreement| agreement.agreement_id == *subject.agreement_id);
    let agreement = agreement.ok_or_else(|| vec![Refusal::NoSuchAgreement(place)])?;
    let version = agreement.version(subject.version).ok_or_else(|| vec![Refusal::NoSuchVersion(place)])?;
    if version.withdrawn {
        return Err(vec![Refusal::VersionWithdrawn(place)]);
    }
    if !agreement.open_to_acts(version, time) {
        return Err(vec![Refusal::VersionNotInForce(place)]);
    }
    let Some(shown) = subject.shown else { return Ok(version) };
    let mut refusals = Vec::new();
    match shown.language.and_then(|language| version.document(language)) {
        None => refusals.push(Refusal::LanguageNotAvailable(place)),
        Some(document) if document.sha256 != shown.document_sha256 => refusals.push(Refusal::DocumentDiffers(place)),
        Some(_) => {}
    }
    if version.specification_sha256 != shown.specification_sha256 {
        refusals.push(Refusal::SpecificationDiffers(place));
    }
    if refusals.is_empty() { Ok(version) } else { Err(refusals) }
}

/// The data processing agreements that come without general terms (R3). Those may be accepted by the sender or for it by
/// group coverage, and need not be current: that is a question of standing. Over a connection that is not confirmed only the act itself is looked at, since anything else would tell a
/// stranger what the sender accepted elsewhere.
fn without_general_terms(claim: &Claim<'_>, circumstances: &Circumstances<'_>) -> Vec<Refusal> {
    let terms = circumstances.agreements.iter().find(|agreement| agreement.kind == AgreementKind::GeneralTerms);
    let accepted = terms.is_some_and(|terms| {
        let together = claim.subjects.iter().any(|subject| *subject.agreement_id == terms.agreement_id);
        let before = |act: &Act| {
            act.kind != ActKind::Decline
                && act.stands(claim.time)
                && act.agreement_id == terms.agreement_id
                && terms.version(&act.version).is_some_and(|version| !version.withdrawn)
        };
        together || (circumstances.connection == ConnectionState::Active && circumstances.acts.iter().any(before))
    });
    if accepted {
        return Vec::new();
    }
    let is_dpa = |id: &AgreementId| {
        circumstances.agreements.iter().any(|one| one.agreement_id == *id && one.kind == AgreementKind::Dpa)
    };
    let dpas = claim.subjects.iter().enumerate().filter(|(_, subject)| is_dpa(subject.agreement_id));
    dpas.map(|(place, _)| Refusal::GeneralTermsNotAccepted(place)).collect()
}

#[cfg(test)]
mod tests;
