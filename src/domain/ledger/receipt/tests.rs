//! A receipt of every shape, and what becomes of it when anything in it is changed.

use super::*;
use crate::domain::{
    ids::{AcceptanceId, ConnectionId, IntegratorId, LedgerId, SenderId, VersionLabel},
    ledger::{
        Author, Private,
        event::{Accepted, Evidence, Signatory},
        proof::{Nodes, Plan},
        tree::Frontier,
    },
    time::Timestamp,
    vocabulary::{Assurance, EvidenceKind, Language, Method, Role},
};
use uuid::Uuid;

const LEDGER: LedgerId = LedgerId(Uuid::from_u128(9));
const SALT: Salt = Salt([5; 32]);

fn record(n: u128, body: &str) -> (Private, Opened) {
    let record_id = RecordId(Uuid::from_u128(n));
    (Private { record_id, commitment: commitment(&SALT, body) }, Opened::new(record_id, &SALT, body.to_owned()))
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// A receipt's parts: the fifth of nine entries.
fn parts(key: &SigningKey) -> Parts {
    let long = format!(r#"{{"email":"anna@exempel.example","full_name":"{}","role":"VD"}}"#, "Å".repeat(200));
    let (person, first) = record(1, &long);
    let (contact, second) = record(2, r#"{"email":"lon@exempel.example"}"#);
    let (reference, third) = record(3, r#"{"text":"arkiv 7\n\nKVITTO"}"#);
    let agreement_id = AgreementId::parse("general-terms").unwrap();
    let event = Event::AcceptanceRecorded {
        sender_id: SenderId(Uuid::from_u128(4)),
        connection_id: ConnectionId(Uuid::from_u128(5)),
        integrator_id: IntegratorId::parse("lonebyran").unwrap(),
        accepted: vec![Accepted {
            acceptance_id: AcceptanceId(Uuid::from_u128(6 << 96)),
            agreement_id: agreement_id.clone(),
            version: VersionLabel::parse("2026-01").unwrap(),
            language: Language::Sv,
            document_sha256: digest("document"),
            specification_sha256: digest("specification"),
        }],
        signatories: vec![Signatory { person: Some(person), authority_basis: AuthorityBasis::ManagingDirector }],
        authority_declared: true,
        method: Method::HostedForm,
        assurance: Assurance::SenderConfirmed,
        accept_time: Timestamp::BEGINNING,
        evidence: vec![Evidence { kind: EvidenceKind::Other, sha256: Some(digest("x")), reference: Some(reference) }],
        contact: Some(contact),
        contact_quality: None,
        covered: Vec::new(),
        group_permission_declared: false,
        retroactive_delivery: false,
        invitations: Vec::new(),
    };
    let actor_id = RecordId(Uuid::from_u128(8));
    let author = Author { role: Role::Operator, integrator_id: None, actor_id, commitment: None };
    let entry = Entry { schema: 2, ledger_id: LEDGER, revision: 5, time: Timestamp::BEGINNING, author, event };
    let entry = entry.canonical().unwrap();
    let mut leaves: Vec<Digest> = (0..9u8).map(|n| leaf_hash(&[n])).collect();
    leaves[4] = leaf_hash(entry.as_bytes());
    let mut tree = Frontier::default();
    for leaf in &leaves {
        tree.push(*leaf);
    }
    let plan = Plan::inclusion(4, 9).unwrap();
    let mut nodes = Nodes::default();
    for run in plan.runs() {
        let from = usize::try_from(run.from).unwrap();
        nodes.add(run, leaves[from..from + run.count as usize].to_vec());
    }
    Parts {
        entry,
        inclusion: plan.fold(&nodes).unwrap(),
        checkpoint: Checkpoint::sign(key, LEDGER, 9, tree.root()),
        private: vec![first, second, third],
        context: Context {
            agreements: vec![Titles { agreement_id, titles: Vec::new() }],
            integrator_name: "Lönebyrån AB".to_owned(),
            organisation_number: Some("5560160680".to_owned()),
            sender_name: "Exempel\nAB".to_owned(),
        },
    }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("ombord.example", &[seed; 32]).unwrap()
}

#[test]
fn a_receipt_reads_back_and_its_words_fit_a_page() {
    let key = key(1);
    let text = write(&key, parts(&key)).unwrap();
    let good = verify(&text, &[key.public().clone()]).unwrap();
    assert_eq!(good.people[0].known.as_ref().unwrap()[1], "VD");
    assert_eq!(good.contact.as_deref(), Some("lon@exempel.example"));
    assert_eq!((good.entry.revision, good.checkpoint.size), (5, 9));
    assert_eq!(file_name(&good.entry).unwrap(), "ombord-receipt-00000006.txt");
    let words = words(&good);
    assert!(text.contains(&words) && text.starts_with("ombord-receipt/1\n\n"));
    for line in words.lines() {
        assert!(line.chars().count() <= 80 && line == line.trim_end(), "{line}");
    }
    assert!(words.contains("\nFöretag       Exempel AB (5560160680)\n"), "a name stays in its line");
    assert!(words.contains("arkiv 7 KVITTO"));
}

#[test]
fn no_byte_can_be_changed() {
    let key = key(1);
    let (text, keys) = (write(&key, parts(&key)).unwrap(), [key.public().clone()]);
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1 << (place % 8);
        assert!(!String::from_utf8(bytes).is_ok_and(|text| verify(&text, &keys).is_ok()), "byte {place}");
    }
    for other in [format!("{text}\n"), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
        assert!(matches!(verify(&other, &keys), Err(InvalidReceipt::Note(_))));
    }
    assert!(verify(&text, &[self::key(2).public().clone()]).is_err());
    assert!(verify(&text, &[]).is_err());
}

/// Even who has the key cannot make a receipt whose parts do not fit.
#[test]
fn parts_that_do_not_fit_are_not_signed() {
    let key = key(1);
    let refused = |change: &dyn Fn(&mut Parts)| {
        let mut parts = parts(&key);
        change(&mut parts);
        match write(&key, parts) {
            Err(Unwritable::Parts(why)) => why.to_string(),
            other => panic!("{:?}", other.map(|_| "a receipt")),
        }
    };
    let told = |why: InvalidReceipt| why.to_string();
    assert_eq!(refused(&|parts| parts.inclusion[0].0[0] ^= 1), told(InvalidReceipt::Inclusion));
    assert_eq!(refused(&|parts| parts.inclusion.truncate(1)), told(InvalidReceipt::Inclusion));
    assert_eq!(
        refused(&|parts| parts.entry = parts.entry.replace("\"revision\":5", "\"revision\":6")),
        told(InvalidReceipt::Inclusion)
    );
    assert_eq!(refused(&|parts| parts.entry.push(' ')), told(InvalidReceipt::Entry));
    assert_eq!(refused(&|parts| parts.private[1].body.push(' ')), told(InvalidReceipt::Private));
    assert_eq!(refused(&|parts| parts.private[1].record_id.0 = Uuid::nil()), told(InvalidReceipt::Private));
    assert_eq!(refused(&|parts| parts.private.push(parts.private[0].clone())), told(InvalidReceipt::Private));
    assert_eq!(refused(&|parts| parts.context.agreements.clear()), told(InvalidReceipt::Titles));
    let elsewhere = |parts: &mut Parts| {
        let root = Checkpoint::open(&parts.checkpoint, &[key.public().clone()]).unwrap().root;
        parts.checkpoint = Checkpoint::sign(&key, LedgerId(Uuid::nil()), 9, root);
    };
    assert_eq!(refused(&elsewhere), told(InvalidReceipt::Ledger));
    let foreign = |parts: &mut Parts| parts.checkpoint = Checkpoint::sign(&self::key(2), LEDGER, 9, digest("x"));
    assert_eq!(refused(&foreign), told(InvalidReceipt::Checkpoint(InvalidNote::UnknownKey)));
}

#[test]
fn what_was_erased_is_left_out() {
    let key = key(1);
    let mut parts = parts(&key);
    parts.private.clear();
    let good = verify(&write(&key, parts).unwrap(), &[key.public().clone()]).unwrap();
    assert_eq!((good.people[0].known.as_ref(), good.contact.as_ref()), (None, None));
    assert!(words(&good).contains("uppgifterna finns inte kvar"));
}
