//! What a long ledger costs: `cargo test --release --test it -- --ignored --nocapture a_long_ledger`.
//! `OMBORD_TEST_ENTRIES` is its length, a million unless it says otherwise.

use crate::support::{
    database::{Database, Kind},
    server::{Server, settings},
    setting,
    world::{furnish, number},
};
use ombord::{
    domain::{
        ids::{ConnectionId, IntegratorId, RecordId, SenderId},
        ledger::{Author, Entry, Event, event::ConnectionTerms, tree::leaf_hash},
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
        vocabulary::{ConnectionState, ContactQuality, ContentType, Role},
    },
    pb,
    service::ledger::verify::verify,
    store::{ConnectionRow, EntryRow, PrivateKind, PrivateRecord, Store},
};
use std::time::Instant;
use uuid::Uuid;

/// How many entries share a commit.
const AT_ONCE: usize = 500;

/// Registers senders by the store alone, with all rows that a service would write; by an author that no entry binds, as
/// entries from before the third schema do not.
pub async fn register(store: &dyn Store, from: usize, count: usize) {
    let mut tx = store.begin().await.unwrap();
    let head = tx.head().clone();
    let integrator_id = IntegratorId::parse("first").unwrap();
    let actor_id = RecordId(Uuid::now_v7());
    let body = r#"{"subject":"system"}"#.to_owned();
    let salt = ombord::domain::ledger::commitment::Salt([7; 32]);
    let known = tx.private_of("actor:system").await.unwrap().map(|record| record.record_id);
    let actor_id = match known {
        Some(id) => id,
        None => {
            let lookup = Some("actor:system".to_owned());
            let record = PrivateRecord { record_id: actor_id, kind: PrivateKind::Actor, body, salt, lookup };
            tx.put_private(&record).await.unwrap();
            actor_id
        }
    };
    let time = ombord::service::ports::Clock::now(&ombord::app::System);
    for n in 0..count {
        let revision = head.revision + 1 + n as u64;
        let OrganisationNumber::Legal(legal) = OrganisationNumber::parse(&number((from + n) % 1_000_000)).unwrap()
        else {
            panic!("a legal person");
        };
        let (sender_id, connection_id) = (SenderId(Uuid::new_v4()), ConnectionId(Uuid::now_v7()));
        let terms = ConnectionTerms {
            legal_name: Some(format!("Company {n} AB")),
            private_name: None,
            external_reference: format!("M-{}", from + n),
            content_types: vec![ContentType::Payslip],
            contact: None,
            contact_quality: ContactQuality::Missing,
        };
        let event = Event::SenderRegistered {
            sender_id,
            connection_id,
            integrator_id: integrator_id.clone(),
            number: Some(legal),
            private_number: None,
            terms: terms.clone(),
            contact_confirmed: false,
        };
        let integrator = Some(integrator_id.clone());
        let author = Author { role: Role::Integrator, integrator_id: integrator, actor_id, commitment: None };
        let entry = Entry { schema: event.schema(), ledger_id: head.ledger_id, revision, time, author, event };
        let facts: SenderFacts = ombord::domain::facts::sender(None, sender_id, &entry).unwrap();
        let canonical = entry.canonical().unwrap();
        let row = EntryRow {
            revision,
            time,
            event: entry.event.name().to_owned(),
            sender_id: Some(sender_id),
            integrator_id: Some(integrator_id.clone()),
            leaf_hash: leaf_hash(canonical.as_bytes()),
            canonical,
        };
        tx.append(&row, entry.schema).await.unwrap();
        tx.put_sender(&facts, None).await.unwrap();
        let connection = ConnectionRow {
            connection_id,
            sender_id,
            integrator_id: integrator_id.clone(),
            state: ConnectionState::Unconfirmed,
            external_reference: terms.external_reference,
            legal_name: terms.legal_name,
            private_name: None,
            contact: None,
            contact_quality: terms.contact_quality,
            content_types: terms.content_types,
            created: time,
            updated: time,
            revision,
        };
        tx.put_connection(&connection).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures: for a release build on a quiet machine"]
async fn a_long_ledger() {
    let wanted = setting("OMBORD_TEST_ENTRIES", 1_000_000);
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(database) = Database::make(kind).await else { continue };
        let server = Server::start_with(database.store.clone(), settings()).await;
        furnish(&server).await;
        let store = database.store.as_ref();
        let began = Instant::now();
        let (mut made, mut told) = (0, Instant::now());
        while made < wanted {
            let count = AT_ONCE.min(wanted - made);
            register(store, made, count).await;
            made += count;
            if made.is_multiple_of(wanted.div_ceil(5).next_multiple_of(AT_ONCE)) {
                println!("{kind:?}: {made} entries; the last stretch in {:.1} s", told.elapsed().as_secs_f64());
                told = Instant::now();
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        println!("{kind:?}: {made} entries in {seconds:.0} s, {:.0} µs each", 1e6 * seconds / made as f64);

        let mut auditor = server.auditor();
        let newest = store.read().await.unwrap().head().revision;
        let (mut longest, proofs, began) = (0, 500, Instant::now());
        for n in 0..proofs {
            let revision = 1 + (n * 7_919_993) % newest;
            let request = pb::GetInclusionProofRequest { revision, tree_size: 0 };
            let proof = auditor.ledger.get_inclusion_proof(request).await.unwrap().into_inner();
            longest = longest.max(proof.hashes.len() * 32);
        }
        let each = began.elapsed().as_secs_f64() * 1e3 / proofs as f64;
        println!(
            "{kind:?}: {proofs} inclusion proofs, {each:.1} ms each over gRPC, of at most {longest} bytes of hashes"
        );
        assert!(longest <= 1024);

        let began = Instant::now();
        let mut reader = store.read().await.unwrap();
        let report = verify(reader.as_mut(), None, &mut |_| {}).await.unwrap();
        assert_eq!(report.faults, []);
        println!(
            "{kind:?}: all {} entries and {} rows verified in {:.1} s",
            report.entries,
            report.rows,
            began.elapsed().as_secs_f64()
        );
        drop(reader);
        server.stop().await;
        database.discard().await;
    }
}
