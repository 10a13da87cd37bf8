//! The rows, and which of them are asked for.

use crate::domain::{
    exception::Exception,
    ids::{
        AcceptanceId, AgreementId, ConnectionId, Digest, IntegratorId, LedgerId, RecordId, RequestId, SenderId,
        VersionLabel,
    },
    ledger::{
        Private,
        commitment::{Salt, commitment},
        tree::Frontier,
    },
    organisation_number::SoleTraderNumber,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{ConnectionState, ContactQuality, ContentType},
};

/// The head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which ledger.
    pub ledger_id: LedgerId,
    /// The newest revision; 0 for an empty ledger.
    pub revision: u64,
    /// The tree over all entries up to it.
    pub frontier: Frontier,
    /// The newest schema among the entries up to it; 0 for an empty ledger.
    pub entry_schema: u32,
}

/// A stored entry: its canonical text is what counts, the rest finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Its revision.
    pub revision: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// The event's type.
    pub event: String,
    /// The sender it is about, if any.
    pub sender_id: Option<SenderId>,
    /// The integrator it is about, if any.
    pub integrator_id: Option<IntegratorId>,
    /// The canonical JSON.
    pub canonical: String,
    /// Its leaf hash.
    pub leaf_hash: Digest,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Only later ones.
    pub after_revision: u64,
    /// Only about this sender.
    pub sender_id: Option<SenderId>,
    /// Only about this integrator.
    pub integrator_id: Option<IntegratorId>,
    /// Only of these types; of all where empty.
    pub events: Vec<String>,
}

/// What an integrator writes about a sender. The name of a sole trader and the contact point are private records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its id.
    pub connection_id: ConnectionId,
    /// The sender.
    pub sender_id: SenderId,
    /// The integrator.
    pub integrator_id: IntegratorId,
    /// Where it stands.
    pub state: ConnectionState,
    /// The integrator's own key, unique among its connections that are not ended.
    pub external_reference: String,
    /// A legal person's name.
    pub legal_name: Option<String>,
    /// A sole trader's name.
    pub private_name: Option<RecordId>,
    /// The contact point.
    pub contact: Option<RecordId>,
    /// What is known of it.
    pub contact_quality: ContactQuality,
    /// What the sender means to send.
    pub content_types: Vec<ContentType>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The revision of the last change; its etag.
    pub revision: u64,
}

impl ConnectionRow {
    /// Where the connection stands at `now`: the facts know whether a contest has lapsed, and the row does not.
    pub fn state_at(&self, facts: &SenderFacts, now: Timestamp) -> ConnectionState {
        let known = facts.connections.iter().find(|known| known.connection_id == self.connection_id);
        known.map_or(self.state, |known| known.state_at(now))
    }

    /// Whether there is a contact point that counts as none, since the address is the integrator's own (R6).
    pub fn contact_is_integrators(&self) -> bool {
        self.contact.is_some() && self.contact_quality == ContactQuality::Missing
    }
}

/// Which connections are asked for, in the order of their ids (which is that of their making).
#[derive(Debug, Clone, Default)]
pub struct ConnectionFilter {
    /// Only this integrator's.
    pub integrator_id: Option<IntegratorId>,
    /// Only in these states; in any where empty.
    pub states: Vec<ConnectionState>,
    /// Only with this reference.
    pub external_reference: Option<String>,
    /// Only of senders that changed after this revision.
    pub changed_after_revision: Option<u64>,
    /// Only after this one.
    pub after: Option<ConnectionId>,
}

/// Where to find one acceptance: the entry of its revision holds everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptanceRow {
    /// Its id.
    pub acceptance_id: AcceptanceId,
    /// The sender.
    pub sender_id: SenderId,
    /// The integrator it came through.
    pub integrator_id: IntegratorId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The version.
    pub version: VersionLabel,
    /// The revision that recorded it.
    pub revision: u64,
    /// The revision of its last change, such as an invalidation.
    pub changed_revision: u64,
}

/// Which acceptances are asked for, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct AcceptanceFilter {
    /// Only of this sender.
    pub sender_id: Option<SenderId>,
    /// Only through this integrator.
    pub integrator_id: Option<IntegratorId>,
    /// Only of this agreement.
    pub agreement_id: Option<AgreementId>,
    /// Only changed after this revision.
    pub changed_after_revision: Option<u64>,
    /// Only after this one.
    pub after: Option<AcceptanceId>,
}

/// An exception with what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRow {
    /// The exception.
    pub exception: Exception,
    /// For one sender.
    pub sender_id: Option<SenderId>,
    /// For all senders of one integrator.
    pub integrator_id: Option<IntegratorId>,
    /// The private record of its reason.
    pub reason: RecordId,
    /// The opaque id of who approved it.
    pub approved_by: Option<RecordId>,
    /// When it was proposed.
    pub created: Timestamp,
    /// When it was approved.
    pub approved: Option<Timestamp>,
    /// When an operator ended it.
    pub ended: Option<Timestamp>,
    /// The revision of the last change.
    pub revision: u64,
}

/// What kind of personal data a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateKind {
    /// A sole trader's number; looked up by it.
    Number,
    /// A sole trader's name.
    Name,
    /// A signatory: name, role, address.
    Person,
    /// A contact point.
    Contact,
    /// A token's subject; looked up by it.
    Actor,
    /// Free text: a reason, or where evidence is kept.
    Note,
}

/// A row of personal data, the only place for it. Erasing it empties body, salt and look-up.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateRecord {
    /// Its id.
    pub record_id: RecordId,
    /// What it holds.
    pub kind: PrivateKind,
    /// Canonical JSON.
    pub body: String,
    /// The salt of the commitment.
    pub salt: Salt,
    /// What it is found by, if anything; unique.
    pub lookup: Option<String>,
}

impl PrivateRecord {
    /// How the ledger refers to it.
    pub fn reference(&self) -> Private {
        Private { record_id: self.record_id, commitment: commitment(&self.salt, &self.body) }
    }
}

impl std::fmt::Debug for PrivateRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateRecord({}, {:?})", self.record_id, self.kind)
    }
}

impl PrivateKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Number, Self::Name, Self::Person, Self::Contact, Self::Actor, Self::Note];

    /// The table's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "NUMBER",
            Self::Name => "NAME",
            Self::Person => "PERSON",
            Self::Contact => "CONTACT",
            Self::Actor => "ACTOR",
            Self::Note => "NOTE",
        }
    }

    /// What a record of this kind is found by, if by anything, where its body holds this text.
    pub fn lookup(self, text: &str) -> Option<String> {
        match self {
            Self::Number => Some(format!("number:{text}")),
            Self::Actor => Some(format!("actor:{text}")),
            Self::Name | Self::Person | Self::Contact | Self::Note => None,
        }
    }
}

/// What the private record of a sole trader's number is found by.
pub fn number_lookup(number: &SoleTraderNumber) -> String {
    PrivateKind::Number.lookup(&number.reveal()).unwrap_or_default()
}

/// What the private record of a token's subject is found by.
pub fn actor_lookup(subject: &str) -> String {
    PrivateKind::Actor.lookup(subject).unwrap_or_default()
}

/// A version's text or its PDF companion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentFormat {
    /// The Markdown text.
    Markdown,
    /// The PDF companion.
    Pdf,
}

/// The key of a retry: caller, method and request id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// `integrator:` and its slug, or `actor:` and the opaque id of the subject. No personal data.
    pub caller: String,
    /// The RPC's name.
    pub method: &'static str,
    /// The caller's own id.
    pub request_id: RequestId,
}

/// What a request id was used for.
#[derive(Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Of the request.
    pub payload_sha256: Digest,
    /// The first response, encoded.
    pub response: Vec<u8>,
}
