//! Somebody with full rights to the database changes it: every such change is found, and where nothing in the database
//! itself can show it, a checkpoint that was kept elsewhere does.

use super::{history::everything, key_of};
use crate::support::{
    database::{Database, Kind, each},
    server::{Server, request_id},
    world::{number, registration},
};
use ombord::{
    domain::ledger::{
        note::Checkpoint,
        proof::Run,
        tree::{Frontier, leaf_hash},
    },
    service::ledger::{
        get_checkpoint,
        verify::{Fault, verify},
    },
    store::{
        StoreError,
        evidence::{Cell, ENTRY, Table},
    },
};
use std::sync::Arc;
use uuid::Uuid;

/// What is wrong with a database, by table.
pub async fn faults(database: &Database, since: Option<&Checkpoint>) -> Vec<Fault> {
    let corrupt = |error: StoreError| match error {
        StoreError::Corrupt { table, column, id, .. } => vec![Fault { table, column, id, what: "corrupt".into() }],
        other => panic!("{other:?}"),
    };
    match database.store.read().await {
        Ok(mut reader) => match verify(reader.as_mut(), since, &mut |_| {}).await {
            Ok(report) => report.faults,
            Err(error) => corrupt(error),
        },
        Err(error) => corrupt(error),
    }
}

/// Takes away all that stands in a tamperer's way: triggers, references, checks.
pub async fn loosen(database: &Database) {
    let sql = match database.kind {
        Kind::Sqlite => {
            "DROP TRIGGER entry_refuses_update; DROP TRIGGER entry_refuses_replace; DROP TRIGGER entry_refuses_delete;"
        }
        Kind::Postgres => {
            "ALTER TABLE entry DISABLE TRIGGER ALL; \
             DO $$ DECLARE r record; BEGIN FOR r IN SELECT conrelid::regclass::text AS t, conname FROM pg_constraint \
             WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace LOOP \
             EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.t, r.conname); END LOOP; END $$;"
        }
    };
    database.execute(sql).await.unwrap();
}

/// Runs SQL without checks and references.
pub async fn change(database: &Database, sql: &str) -> Result<(), sqlx::Error> {
    let freely = match database.kind {
        Kind::Sqlite => "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; ",
        Kind::Postgres => "",
    };
    database.execute(&format!("{freely}{sql}")).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn literal(kind: Kind, cell: &Cell) -> String {
    match (cell, kind) {
        (Cell::Null, _) => "NULL".into(),
        (Cell::Number(number), _) => number.to_string(),
        (Cell::Text(text), _) => format!("'{}'", text.replace('\'', "''")),
        (Cell::Id(id), Kind::Postgres) => format!("'{id}'::uuid"),
        (Cell::Id(id), Kind::Sqlite) => format!("x'{}'", hex(id.as_bytes())),
        (Cell::Bytes(bytes), Kind::Postgres) => format!("'\\x{}'::bytea", hex(bytes)),
        (Cell::Bytes(bytes), Kind::Sqlite) => format!("x'{}'", hex(bytes)),
    }
}

/// The cell with one bit changed; the `n`-th way to do so.
pub fn flipped(cell: &Cell, n: u32) -> Option<Cell> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Number(number) => Cell::Number(number ^ (1_i64 << (n * 13 % 40))),
        Cell::Id(id) => Cell::Id(Uuid::from_u128(id.as_u128() ^ (1 << n))),
        Cell::Bytes(bytes) => {
            let mut bytes = bytes.clone();
            let middle = bytes.len() / 2;
            *bytes.get_mut(middle)? ^= 1 << n;
            Cell::Bytes(bytes)
        }
        Cell::Text(text) => {
            let mut bytes = text.clone().into_bytes();
            let plain =
                (bytes.len() / 2..bytes.len()).chain(0..bytes.len()).find(|at| bytes[*at].is_ascii_alphanumeric())?;
            bytes[plain] ^= 1 << (n % 4);
            Cell::Text(String::from_utf8(bytes).ok()?)
        }
    })
}

pub fn wherever(kind: Kind, table: &Table, row: &[Cell]) -> String {
    let keys = table.columns.iter().zip(row).take(table.key);
    keys.map(|((name, _), cell)| format!("{name} = {}", literal(kind, cell))).collect::<Vec<_>>().join(" AND ")
}

pub async fn rows(database: &Database, table: &'static Table) -> Vec<Vec<Cell>> {
    let mut reader = database.store.read().await.unwrap();
    reader.rows(table, None, 100_000).await.unwrap()
}

/// Makes the head row and the subtrees anew, as somebody would who knows how all of this works.
pub async fn cover_up(database: &Database) {
    let kind = database.kind;
    let mut tree = Frontier::default();
    let (mut full, mut sql) = (Vec::new(), String::new());
    for row in rows(database, &ENTRY).await {
        let Cell::Text(canonical) = &row[5] else { panic!("an entry") };
        let leaf = leaf_hash(canonical.as_bytes());
        let hash = literal(kind, &Cell::Bytes(leaf.0.to_vec()));
        sql += &format!("UPDATE entry SET leaf_hash = {hash} WHERE {}; ", wherever(kind, &ENTRY, &row));
        full.extend(tree.push(leaf));
    }
    let frontier = literal(kind, &Cell::Bytes(tree.to_bytes()));
    sql += &format!("UPDATE head SET revision = {}, frontier = {frontier}; DELETE FROM subtree; ", tree.size());
    for one in full {
        let hash = literal(kind, &Cell::Bytes(one.hash.0.to_vec()));
        sql += &format!("INSERT INTO subtree (level, place, hash) VALUES ({}, {}, {hash}); ", one.level, one.place);
    }
    change(database, &format!("BEGIN; {sql}COMMIT")).await.unwrap();
}

/// The tail is cut off, so well that nothing in the database shows it: as if yesterday's copy had been restored.
pub async fn cut(database: &Database, revision: u64) {
    for table in ["connection", "sender", "entry"] {
        change(database, &format!("DELETE FROM {table} WHERE revision = {revision}")).await.unwrap();
    }
    cover_up(database).await;
}

/// The last entry is rewritten to have happened an hour earlier, with all that follows from it.
async fn date_back(database: &Database, revision: u64) {
    let kind = database.kind;
    let row = rows(database, &ENTRY).await.pop().unwrap();
    let (Cell::Number(micros), Cell::Text(canonical)) = (&row[1], &row[5]) else { panic!("an entry") };
    let time = ombord::domain::time::Timestamp::from_micros(*micros).unwrap();
    let (now, then) = (time.to_string(), time.plus_seconds(-3600).to_string());
    let earlier = micros - 3_600_000_000;
    let canonical = literal(kind, &Cell::Text(canonical.replace(&now, &then)));
    for sql in [
        format!("UPDATE entry SET time = {earlier}, canonical = {canonical} WHERE revision = {revision}"),
        format!("UPDATE sender SET facts = replace(facts, '{now}', '{then}') WHERE revision = {revision}"),
        format!("UPDATE connection SET created = {earlier}, updated = {earlier} WHERE revision = {revision}"),
    ] {
        change(database, &sql).await.unwrap();
    }
    cover_up(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_itself_cannot_show_a_checkpoint_shows() {
    each(|database: Arc<Database>| async move {
        let checkpoint = everything(&database).await;
        loosen(&database).await;
        let newest = checkpoint.size;
        date_back(&database, newest).await;
        assert_eq!(faults(&database, None).await, [], "all of it was made anew");
        let found = faults(&database, Some(&checkpoint)).await;
        assert!(found[0].to_string().contains("are not those of the checkpoint"), "{found:?}");

        cut(&database, newest).await;
        assert_eq!(faults(&database, None).await, [], "nothing in the database shows it");
        let found = faults(&database, Some(&checkpoint)).await;
        assert!(found[0].to_string().contains(&format!("the revisions from {newest} on are lost")), "{found:?}");
        let other = Checkpoint { ledger_id: ombord::domain::ids::LedgerId(Uuid::nil()), ..checkpoint };
        assert_eq!(faults(&database, Some(&other)).await[0].table, "head");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_yesterday_is_found_out() {
    each(|database: Arc<Database>| async move {
        let before = everything(&database).await;
        let yesterday = database.copy().await;
        let server = Server::start(database.store.clone()).await;
        let mut request = registration(&number(600_002), "Z-2");
        request.request_id = request_id();
        server.integrator("third").senders.register_sender(request).await.unwrap();
        let after = get_checkpoint(&server.services).await.unwrap().note;
        let after = Checkpoint::open(&after, &[key_of(&server)]).unwrap();
        server.stop().await;
        assert_eq!(faults(&database, Some(&after)).await, []);
        // The copy agrees with itself, and with what was kept before it was made.
        for since in [None, Some(&before)] {
            assert_eq!(faults(&yesterday, since).await, []);
        }
        let found = faults(&yesterday, Some(&after)).await;
        let lost = format!("the revisions from {} on are lost", before.size + 1);
        assert!(found.len() == 1 && found[0].to_string().contains(&lost), "{found:?}");
        let mut reader = yesterday.store.read().await.unwrap();
        let whole = Run { level: 0, from: 0, count: u32::try_from(before.size).unwrap() };
        assert_eq!(reader.nodes(&[whole]).await.unwrap().len() as u64, before.size);
        drop(reader);
        yesterday.discard().await;
    })
    .await;
}
