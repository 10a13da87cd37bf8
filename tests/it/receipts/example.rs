//! The receipt that `docs/receipts.md` shows. It pins the format: what was signed once must be good for ever.

use super::tools::{python, verifies};
use ombord::domain::{
    ids::{
        AcceptanceId, AgreementId, ConnectionId, Digest, IntegratorId, InvitationId, LedgerId, RecordId, SenderId,
        VersionLabel,
    },
    ledger::{
        Author, Entry, Event, Private,
        commitment::{Salt, commitment},
        event::{Accepted, Signatory},
        note::{Checkpoint, SigningKey},
        proof::{Nodes, Plan},
        receipt::{Context, Opened, Parts, Titles, verify, words, write},
        tree::{Frontier, leaf_hash},
    },
    specification::LocalText,
    time::Timestamp,
    vocabulary::{Assurance, AuthorityBasis, ContactQuality, Language, Method, Role},
};
use std::path::Path;
use uuid::Uuid;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0198_f0a0_0000_7000_8000_0000_0000_0000 | n | n << 96)
}

fn record(n: u128, body: &str) -> (Private, Opened) {
    let (record_id, salt) = (RecordId(id(n)), Salt([u8::try_from(n).unwrap(); 32]));
    (Private { record_id, commitment: commitment(&salt, body) }, Opened::new(record_id, &salt, body.to_owned()))
}

fn accepted(n: u128, agreement: &str) -> Accepted {
    Accepted {
        acceptance_id: AcceptanceId(id(n)),
        agreement_id: AgreementId::parse(agreement).unwrap(),
        version: VersionLabel::parse("2026-01").unwrap(),
        language: Language::Sv,
        document_sha256: Digest::of(format!("the text of {agreement}").as_bytes()),
        specification_sha256: Digest::of(format!("the specification of {agreement}").as_bytes()),
    }
}

fn titles(agreement: &str, sv: &str, en: &str) -> Titles {
    let text = |language, text: &str| LocalText { language, text: text.to_owned() };
    let agreement_id = AgreementId::parse(agreement).unwrap();
    Titles { agreement_id, titles: vec![text(Language::Sv, sv), text(Language::En, en)] }
}

/// The twelfth of twenty entries.
fn example(key: &SigningKey) -> String {
    let ledger_id = LedgerId(id(1));
    let (person, opened) =
        record(2, r#"{"email":"anna.berg@exempel.example","full_name":"Anna Berg","role":"Ekonomichef"}"#);
    let (contact, reached) = record(3, r#"{"email":"dataskydd@exempel.example"}"#);
    let event = Event::AcceptanceRecorded {
        sender_id: SenderId(id(4)),
        connection_id: ConnectionId(id(5)),
        integrator_id: IntegratorId::parse("lonebyran").unwrap(),
        accepted: vec![accepted(6, "general-terms"), accepted(7, "dpa-payslip")],
        signatories: vec![Signatory { person: Some(person), authority_basis: AuthorityBasis::Position }],
        authority_declared: true,
        method: Method::HostedForm,
        assurance: Assurance::SenderConfirmed,
        accept_time: "2026-03-02T09:14:07.250000Z".parse::<Timestamp>().unwrap(),
        evidence: Vec::new(),
        contact: Some(contact),
        contact_quality: Some(ContactQuality::Fine),
        covered: Vec::new(),
        group_permission_declared: false,
        retroactive_delivery: false,
        invitations: vec![InvitationId(id(8))],
    };
    let author = Author { role: Role::Sender, integrator_id: None, actor_id: RecordId(id(9)), commitment: None };
    let time = "2026-03-02T09:14:07.250000Z".parse().unwrap();
    let entry = Entry { schema: 2, ledger_id, revision: 12, time, author, event }.canonical().unwrap();
    let mut leaves: Vec<Digest> = (0..20u8).map(|n| leaf_hash(&[n])).collect();
    leaves[11] = leaf_hash(entry.as_bytes());
    let mut tree = Frontier::default();
    for leaf in &leaves {
        tree.push(*leaf);
    }
    let plan = Plan::inclusion(11, 20).unwrap();
    let mut nodes = Nodes::default();
    for run in plan.runs() {
        let from = usize::try_from(run.from).unwrap();
        nodes.add(run, leaves[from..from + run.count as usize].to_vec());
    }
    let context = Context {
        agreements: vec![
            titles("general-terms", "Allmänna villkor", "General terms"),
            titles("dpa-payslip", "Personuppgiftsbiträdesavtal, lönebesked", "Data processing agreement, payslips"),
        ],
        integrator_name: "Lönebyrån AB".to_owned(),
        organisation_number: Some("556016-0680".to_owned()),
        sender_name: "Exempel AB".to_owned(),
    };
    let parts = Parts {
        inclusion: plan.fold(&nodes).unwrap(),
        checkpoint: Checkpoint::sign(key, ledger_id, 20, tree.root()),
        entry,
        private: vec![opened, reached],
        context,
    };
    write(key, parts).unwrap()
}

#[test]
fn the_example_of_the_documentation_is_good() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let path = docs.join("receipt-example/ombord-receipt-example.txt");
    let key = SigningKey::from_seed("ombord.example", &[7; 32]).unwrap();
    let made = example(&key);
    if !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
        panic!("{} was written: look at it", path.display());
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    let told = std::fs::read_to_string(docs.join("receipts.md")).unwrap();
    assert!(told.contains(&key.public().to_string()), "{}", key.public());
    let summary = verify(&kept, &[key.public().clone()]).unwrap();
    assert_eq!((summary.entry.revision, summary.checkpoint.size), (12, 20));
    assert!(words(&summary).lines().all(|line| line.chars().count() <= 80));
    assert_eq!(kept, made, "a receipt of today looks otherwise: then it is of another format");
    if let Some(python) = python() {
        assert_eq!(verifies(&python, key.public(), path.parent().unwrap()), (1, 0));
    }
}
