//! Rows to write.

use ombord::{
    domain::{
        acts::{Act, ActKind, ActState},
        agreement::AgreementFacts,
        exception::{Exception, ExceptionState},
        ids::{
            AcceptanceId, AgreementId, ConnectionId, Digest, ExceptionId, IntegratorId, InvitationId, MessageId,
            RecordId, RequestId, SenderId, VersionLabel,
        },
        integrator::IntegratorFacts,
        ledger::{commitment::Salt, tree::leaf_hash},
        mail::{MailPurpose, MailState},
        organisation_number::{LegalNumber, OrganisationNumber, SoleTraderNumber},
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{
            AgreementKind, Assurance, ConnectionState, ContactQuality, ContentType, IntegratorKind, InvitationCause,
            InvitationState, Language,
        },
    },
    store::{
        AcceptanceRow, CampaignRow, ConnectionRow, EntryRow, ExceptionRow, InvitationRow, MailRow, PrivateKind,
        PrivateRecord, Remembered, RequestKey, StoreError, Tx, number_lookup,
    },
};
use uuid::Uuid;

pub fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | number)
}

pub fn time(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000 + seconds * 1_000_000 + 7).unwrap()
}

pub fn slug(text: &str) -> IntegratorId {
    IntegratorId::parse(text).unwrap()
}

pub fn agreement_id(text: &str) -> AgreementId {
    AgreementId::parse(text).unwrap()
}

pub fn version(text: &str) -> VersionLabel {
    VersionLabel::parse(text).unwrap()
}

fn with_check_digit(digits: &str) -> String {
    (0..10).map(|check| format!("{digits}{check}")).find(|text| OrganisationNumber::parse(text).is_ok()).unwrap()
}

/// The number of company `n`.
pub fn legal(n: u64) -> LegalNumber {
    OrganisationNumber::parse(&with_check_digit(&format!("556{n:06}"))).unwrap().legal().unwrap()
}

/// The number of sole trader `n`.
pub fn sole_trader(n: u64) -> SoleTraderNumber {
    match OrganisationNumber::parse(&with_check_digit(&format!("19700101{n:03}"))).unwrap() {
        OrganisationNumber::SoleTrader(number) => number,
        OrganisationNumber::Legal(_) => unreachable!(),
    }
}

pub fn integrator(name: &str, revision: u64) -> IntegratorFacts {
    IntegratorFacts {
        integrator_id: slug(name),
        display_name: format!("{name} å€\u{1f600}"),
        organisation_number: legal(1),
        kind: IntegratorKind::PayrollBureau,
        email_domains: vec![format!("{name}.se")],
        suspension: None,
        exceptions: vec![],
        created: time(1),
        updated: time(2),
        revision,
    }
}

pub fn agreement(name: &str, kind: AgreementKind, revision: u64) -> AgreementFacts {
    AgreementFacts {
        agreement_id: agreement_id(name),
        kind,
        titles: vec![],
        content_types: vec![ContentType::Payslip],
        enforcement: vec![],
        versions: vec![],
        withdrawals: vec![],
        created: time(1),
        revision,
    }
}

/// Sender `n`: a company where `number` is given.
pub fn sender(n: u64, number: Option<LegalNumber>, revision: u64) -> SenderFacts {
    SenderFacts {
        sender_id: SenderId(id(n)),
        number,
        suspension: None,
        connections: vec![],
        acts: vec![Act {
            id: id(n),
            agreement_id: agreement_id("general-terms"),
            version: version("1"),
            kind: ActKind::Acceptance,
            assurance: Assurance::IntegratorAttested,
            time: time(3),
            revision,
            state: ActState::Valid,
            retroactive_delivery: false,
            through: Some(slug("lonebyran")),
        }],
        exceptions: vec![],
        notices: vec![],
        unconfirmed: vec![],
        created: time(1),
        revision,
    }
}

pub fn connection(n: u64, sender: u64, integrator: &str, reference: &str) -> ConnectionRow {
    ConnectionRow {
        connection_id: ConnectionId(id(n)),
        sender_id: SenderId(id(sender)),
        integrator_id: slug(integrator),
        state: ConnectionState::Unconfirmed,
        external_reference: reference.into(),
        legal_name: Some("Åkeri & Söner AB".into()),
        private_name: None,
        contact: None,
        contact_quality: ContactQuality::Missing,
        content_types: vec![ContentType::Payslip, ContentType::Invoice],
        created: time(5),
        updated: time(6),
        revision: 1,
    }
}

pub fn acceptance(n: u64, sender: u64, integrator: &str, revision: u64) -> AcceptanceRow {
    AcceptanceRow {
        acceptance_id: AcceptanceId(id(n)),
        sender_id: SenderId(id(sender)),
        integrator_id: slug(integrator),
        agreement_id: agreement_id("general-terms"),
        version: version("2026-01"),
        revision,
        changed_revision: revision,
    }
}

pub fn exception(n: u64, sender: Option<u64>, integrator: Option<&str>, record: u64) -> ExceptionRow {
    ExceptionRow {
        exception: Exception {
            exception_id: ExceptionId(id(n)),
            state: ExceptionState::Proposed,
            until: time(3600),
            proposed_by: RecordId(id(record)),
        },
        sender_id: sender.map(|n| SenderId(id(n))),
        integrator_id: integrator.map(slug),
        reason: RecordId(id(record)),
        approved_by: None,
        created: time(9),
        approved: None,
        ended: None,
        revision: 1,
    }
}

/// Invitation `n` over a connection, to the address in a record.
pub fn invitation(n: u64, (connection, sender): (u64, u64), integrator: &str, recipient: u64) -> InvitationRow {
    InvitationRow {
        invitation_id: InvitationId(id(n)),
        sender_id: SenderId(id(sender)),
        connection_id: ConnectionId(id(connection)),
        integrator_id: slug(integrator),
        state: InvitationState::Created,
        recipient: RecordId(id(recipient)),
        language: Language::Sv,
        two_signatories: false,
        cause: InvitationCause::Requested,
        replaces: None,
        joint_with: None,
        signature_revision: None,
        answer_revision: None,
        reminders: 0,
        created: time(20),
        sent: None,
        expires: time(20 + 30 * 86_400),
        ended: None,
        revision: 2,
    }
}

/// The digest of link `n`'s token.
pub fn token(n: u64) -> Digest {
    Digest::of(&n.to_be_bytes())
}

/// Mail `n` to the operator's own address, due at once.
pub fn mail(n: u64) -> MailRow {
    MailRow {
        message_id: MessageId(id(n)),
        purpose: MailPurpose::Contested { revision: n },
        sender_id: None,
        connection_id: None,
        recipient: None,
        language: Language::En,
        state: MailState::Pending,
        due: time(23),
        attempts: 0,
        fault: None,
        created: time(23),
        sent: None,
    }
}

pub fn campaign(agreement: &str, label: &str, created: i64) -> CampaignRow {
    CampaignRow {
        agreement_id: agreement_id(agreement),
        version: version(label),
        after: None,
        created: time(created),
        finished: None,
    }
}

pub fn record(n: u64, kind: PrivateKind, body: &str, lookup: Option<&str>) -> PrivateRecord {
    PrivateRecord {
        record_id: RecordId(id(n)),
        kind,
        body: body.into(),
        salt: Salt([u8::try_from(n % 256).unwrap(); 32]),
        lookup: lookup.map(Into::into),
    }
}

/// The record of a sole trader's number.
pub fn number_record(n: u64, number: &SoleTraderNumber) -> PrivateRecord {
    record(n, PrivateKind::Number, &format!(r#"{{"number":"{}"}}"#, number.reveal()), Some(&number_lookup(number)))
}

pub fn request(n: u64) -> (RequestKey, Remembered) {
    let key =
        RequestKey { caller: "integrator:lonebyran".into(), method: "RecordAcceptance", request_id: RequestId(id(n)) };
    (key, Remembered { payload_sha256: Digest::of(&n.to_be_bytes()), response: n.to_be_bytes().to_vec() })
}

pub fn entry(revision: u64, event: &str, sender: Option<u64>, integrator: Option<&str>) -> EntryRow {
    let canonical = format!(r#"{{"event":{{"type":"{event}"}},"revision":{revision}}}"#);
    EntryRow {
        revision,
        time: time(i64::try_from(revision).unwrap()),
        event: event.into(),
        sender_id: sender.map(|n| SenderId(id(n))),
        integrator_id: integrator.map(slug),
        leaf_hash: leaf_hash(canonical.as_bytes()),
        canonical,
    }
}

/// Appends the next entry. Returns its revision.
pub async fn append_next(tx: &mut Box<dyn Tx>, event: &str, sender: Option<u64>) -> Result<u64, StoreError> {
    let mut revision = tx.head().revision + 1;
    while tx.entry(revision).await?.is_some() {
        revision += 1;
    }
    tx.append(&entry(revision, event, sender, Some("lonebyran")), 1).await?;
    Ok(revision)
}

/// Two integrators and two agreements for other rows to refer to, at revision 1.
pub async fn found(store: &dyn ombord::store::Store) {
    let mut tx = store.begin().await.unwrap();
    append_next(&mut tx, "FOUNDED", None).await.unwrap();
    for name in ["lonebyran", "systemhuset"] {
        tx.put_integrator(&integrator(name, 1)).await.unwrap();
    }
    tx.put_agreement(&agreement("general-terms", AgreementKind::GeneralTerms, 1)).await.unwrap();
    tx.put_agreement(&agreement("dpa-payslip", AgreementKind::Dpa, 1)).await.unwrap();
    tx.commit().await.unwrap();
}
