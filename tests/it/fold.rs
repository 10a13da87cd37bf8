//! Random histories over the API: what the ledger says is what the tables hold and what the gate answers from.

pub mod walk;

use crate::support::{
    chance::Chance,
    database::{Database, Kind, each},
    fold,
    server::Server,
    setting,
    world::furnish,
};
use std::{collections::BTreeSet, path::Path, sync::Mutex};
use walk::Walk;

/// How many calls each history has.
const STEPS: usize = 520;

/// The event types that the golden files pin, so all there are.
fn all_events() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let event = |file: std::fs::DirEntry| {
        let entry: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file.path()).unwrap()).unwrap();
        entry["event"]["type"].as_str().unwrap().to_owned()
    };
    std::fs::read_dir(folder).unwrap().map(|file| event(file.unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_the_tables_and_the_gate_hold_the_same_facts() {
    let (histories, seed) = (setting("OMBORD_TEST_HISTORIES", 2), setting("OMBORD_TEST_SEED", 1));
    let happened: Mutex<BTreeSet<String>> = Mutex::default();
    for history in 0..histories {
        let happened = &happened;
        each(|database| async move {
            let server = Server::start(database.store.clone()).await;
            furnish(&server).await;
            let mut walk = Walk::new(&server, Chance::new((seed + history) as u64)).await;
            for step in 0..STEPS {
                walk.step().await;
                // In the middle too: what comes later must not mend what was wrong.
                if step % 50 == 49 {
                    fold::agree(&server).await;
                }
            }
            walk.contest_a_connection_in_vain().await;
            let folded = fold::agree(&server).await;
            let asked = fold::same_answers(&server, &walk.numbers()).await;
            happened.lock().unwrap().extend(folded.events.iter().map(ToString::to_string));
            let (done, refused) = (walk.done, walk.refused);
            println!("history {history}: {done} calls said yes, {refused} no; {asked} answers of two gates are alike");
            no_record_without_an_entry(&database).await;
            let mut reader = server.store.read().await.unwrap();
            let report = ombord::service::ledger::verify::verify(reader.as_mut(), None, &mut |_| {}).await.unwrap();
            assert!(report.is_good() && report.rows > 100, "{:#?}", report.faults);
            drop(reader);
            server.stop().await;
        })
        .await;
    }
    let mut all = all_events();
    // Only a database that lost entries can have it: see the tests of checkpoints.
    all.remove("ROLLBACK_ACCEPTED");
    assert_eq!(happened.into_inner().unwrap(), all, "histories in which everything happens");
}

/// Personal data that no entry refers to could never be found to be erased.
async fn no_record_without_an_entry(database: &Database) {
    let id = match database.kind {
        Kind::Sqlite => "lower(hex(record_id))",
        Kind::Postgres => "replace(record_id::text, '-', '')",
    };
    let kept = database.texts(&format!("SELECT {id} FROM private_record WHERE kind <> 'ACTOR'")).await;
    let entries: String = database.texts("SELECT canonical FROM entry").await.concat().replace('-', "");
    assert!(!kept.is_empty());
    for record in kept {
        assert!(entries.contains(&record), "record {record}");
    }
}
