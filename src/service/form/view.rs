//! What the pages of the hosted form show: plain values, made by the verbs beside and turned into HTML by the web room.
//! They hold personal data and are not to be printed or kept.

use crate::domain::{
    ids::{AgreementId, Digest, VersionLabel},
    recording::Signer,
    specification::{LocalText, Specification},
    time::Timestamp,
    vocabulary::{AgreementKind, AuthorityBasis, IntegratorKind, Language},
};

/// What a link leads to.
pub enum Page {
    /// No such link: one answer for a wrong, altered or forged one, which tells nothing.
    Unknown,
    /// The form.
    Form(Box<Form>),
    /// There is nothing left to accept: everything is accepted already, or nothing is published.
    NothingToAccept(Letterhead),
    /// The first of two signatories has accepted; the second has a link of their own.
    WaitsForSecond(Letterhead, Waiting),
    /// It was accepted through this link.
    Accepted(Letterhead, Box<Done>),
    /// It was declined through this link.
    Declined(Letterhead, Timestamp),
    /// The holder said that it is not their company.
    NotOurs(Letterhead),
    /// The link is closed for another reason; a new one can be sent to the same address.
    Closed(Letterhead, Closing),
    /// A link with which an acceptance or a connection can be contested.
    Contest(Letterhead, Box<Contest>),
}

/// What stands on every page of a link that is or was good.
pub struct Letterhead {
    /// Who sends this company's mail, in the integrator's own words.
    pub integrator_name: String,
    /// What the integrator is (R1).
    pub integrator_kind: IntegratorKind,
    /// The company's name, as the integrator wrote it; empty where it was erased.
    pub sender_name: String,
    /// A legal person's number, as `556016-0680`; absent for a sole trader.
    pub organisation_number: Option<String>,
    /// What the mail and the integrator show too, so that a careful reader can ask the integrator.
    pub check_code: String,
    /// The language that the invitation was written in.
    pub language: Language,
}

/// Why a link is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Its 30 days have passed.
    Expired,
    /// A newer link took its place.
    Superseded,
    /// The integrator or the operator cancelled it.
    Cancelled,
}

/// Everything that the steps of the form need.
pub struct Form {
    /// Who and for whom.
    pub head: Letterhead,
    /// Until when the link works.
    pub expires: Timestamp,
    /// What is to be accepted: general terms first.
    pub offered: Vec<Offered>,
    /// The digest of everything that is offered in each language: a form posted with another one is shown anew.
    pub shown: Digest,
    /// Whether the invitation asks for two signatories.
    pub two_signatories: bool,
    /// For the second signatory: what the first one has accepted.
    pub joint: Option<Joint>,
    /// The contact point that is known, as a proposal.
    pub contact: Option<String>,
    /// Whether something of the sender's has come through the integrator: then a no is an act of the sender's, else an
    /// answer to this integrator alone.
    pub connected: bool,
    /// What the sender means to send; all kinds where empty.
    pub content_types: Vec<crate::domain::vocabulary::ContentType>,
}

/// One version that is offered for acceptance.
pub struct Offered {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// What it is.
    pub kind: AgreementKind,
    /// Its title in each language.
    pub titles: Vec<LocalText>,
    /// Which version.
    pub version: VersionLabel,
    /// From when on it is in force.
    pub effective: Timestamp,
    /// The full text in each language.
    pub documents: Vec<OfferedDocument>,
    /// For a second signatory: the language of the text that the first one accepted.
    pub accepted_in: Option<Language>,
    /// The specification.
    pub specification: Specification,
    /// Of its canonical JSON.
    pub specification_sha256: Digest,
    /// For a version that replaces an accepted one: until when the old acceptance goes on counting.
    pub deadline: Option<Timestamp>,
}

/// A full text.
pub struct OfferedDocument {
    /// Its language.
    pub language: Language,
    /// Markdown.
    pub markdown: String,
    /// Of the Markdown's bytes.
    pub sha256: Digest,
}

/// What the first of two signatories has done.
pub struct Joint {
    /// The first one's name.
    pub first_name: String,
    /// When.
    pub time: Timestamp,
    /// The language of the texts that the first one accepted.
    pub language: Language,
    /// The contact point that goes with it.
    pub contact: Option<String>,
    /// The companies covered, as numbers.
    pub covered: Vec<String>,
    /// Whether undelivered items are kept (R8).
    pub retroactive_delivery: bool,
}

/// That the first has signed and the second has not.
pub struct Waiting {
    /// The address that the second one's link went to.
    pub second_email: String,
    /// Until when that link works; absent where it does not any more.
    pub expires: Option<Timestamp>,
}

/// A finished acceptance.
pub struct Done {
    /// When it was accepted.
    pub time: Timestamp,
    /// What was accepted: titles, version and digests.
    pub accepted: Vec<DoneDocument>,
    /// Who accepted.
    pub signatories: Vec<Signer>,
    /// The contact point that came with it.
    pub contact: Option<String>,
    /// The companies covered, as numbers.
    pub covered: Vec<String>,
    /// Whether undelivered items are kept (R8).
    pub retroactive_delivery: bool,
    /// The verifiable file, where this service signs receipts: name and text.
    pub receipt: Option<(String, String)>,
    /// Until when it is contested, if it is.
    pub contested: Option<Timestamp>,
    /// Whether it was invalidated.
    pub invalidated: bool,
    /// Whether it can still be contested.
    pub contestable: bool,
}

/// One accepted version.
pub struct DoneDocument {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// Its title in each language.
    pub titles: Vec<LocalText>,
    /// The version.
    pub version: VersionLabel,
    /// The language that was shown.
    pub language: Language,
    /// Of the text.
    pub document_sha256: Digest,
    /// Of the specification.
    pub specification_sha256: Digest,
}

/// What can be contested through a link.
pub struct Contest {
    /// What it is about.
    pub about: Contestable,
    /// When that was recorded.
    pub time: Timestamp,
    /// Until when it is contested already, if it is.
    pub contested: Option<Timestamp>,
    /// Whether it does not count any more, by whatever way.
    pub over: bool,
    /// Whether it is too late to contest it, or the operator has looked into that already.
    pub settled: bool,
}

/// An act that the sender can contest.
pub enum Contestable {
    /// An acceptance that an integrator attested, of these agreements' titles and versions.
    Acceptance(Vec<(Vec<LocalText>, VersionLabel)>),
    /// The confirmation of the connection with the integrator.
    Connection,
}

/// What was posted about one person, as typed.
#[derive(Clone, Default)]
pub struct PersonInput {
    /// Full name.
    pub full_name: String,
    /// Role at the company.
    pub role: String,
    /// Address.
    pub email: String,
    /// Why the person may act; absent where nothing was chosen.
    pub authority_basis: Option<AuthorityBasis>,
}

/// An acceptance as posted. The texts are as typed: the verb judges them.
#[derive(Clone, Default)]
pub struct AcceptInput {
    /// The digest of what was shown.
    pub shown: String,
    /// The language that was shown.
    pub language: Option<Language>,
    /// The person.
    pub person: PersonInput,
    /// The second signatory's name and address, where there are two.
    pub second: Option<SecondInput>,
    /// The contact point.
    pub contact: String,
    /// Organisation numbers of group companies, one on each line (R7).
    pub covered: String,
    /// Their permission was declared.
    pub group_permission: bool,
    /// Undelivered items are to be kept (R8).
    pub retroactive_delivery: bool,
    /// The agreements whose statement was ticked.
    pub ticked: Vec<String>,
    /// The authority was declared (R4).
    pub authority_declared: bool,
}

/// The second signatory, as typed.
#[derive(Clone, Default)]
pub struct SecondInput {
    /// Full name.
    pub full_name: String,
    /// Address.
    pub email: String,
}

/// A field of the form, for an error that stands next to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    /// The person's name.
    FullName,
    /// The person's role.
    Role,
    /// The person's address.
    Email,
    /// Why the person may act.
    AuthorityBasis,
    /// The second signatory's name.
    SecondName,
    /// The second signatory's address.
    SecondEmail,
    /// The contact point.
    Contact,
    /// The group companies.
    Covered,
    /// Their permission.
    GroupPermission,
    /// The statement about an agreement.
    Statement(AgreementId),
    /// The declaration of authority.
    Authority,
    /// The address to forward to.
    Recipient,
    /// The second confirmation of a decline.
    Confirm,
}

/// What is wrong with a field. The web room has the words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was typed, chosen or ticked.
    Missing,
    /// Longer than allowed.
    TooLong,
    /// It has characters that nobody can see, or that turn the direction of writing.
    Invisible,
    /// It is no e-mail address.
    NotAnAddress,
    /// The address belongs to the integrator, which may not accept for the sender.
    IntegratorsAddress,
    /// It names the same person as the first signatory.
    SamePerson,
    /// A line is no organisation number of a legal person.
    NotANumber,
    /// The company itself is among those covered.
    Itself,
    /// A company is named twice.
    Twice,
    /// More companies than may be covered.
    TooMany,
    /// The person may not sign with this basis: only a sole trader has it.
    NotASoleTrader,
}

/// What became of a post.
pub enum Posted {
    /// It was done: the page of the link shows what is now.
    Done,
    /// Something is wrong with what was typed; nothing was done.
    Faults(Vec<(Field, Fault)>),
    /// What is offered is no longer what was shown; nothing was done. The form is to be shown anew.
    Changed,
    /// The link leads elsewhere by now: the page of the link tells.
    Elsewhere,
    /// Asked too often; nothing was done.
    TooOften,
}
