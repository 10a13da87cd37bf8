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
        evidence::{Cell, ENTRY, TABLES, Table},
    },
};
use std::sync::Arc;
use uuid::Uuid;

/// Columns that no entry says anything about: what people read out, and what only counts mails.
const UNBOUND: &[&str] = &["invitation.check_code", "invitation.chain", "invitation.reminders"];

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
fn flipped(cell: &Cell, n: u32) -> Option<Cell> {
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

fn wherever(kind: Kind, table: &Table, row: &[Cell]) -> String {
    let keys = table.columns.iter().zip(row).take(table.key);
    keys.map(|((name, _), cell)| format!("{name} = {}", literal(kind, cell))).collect::<Vec<_>>().join(" AND ")
}

async fn rows(database: &Database, table: &'static Table) -> Vec<Vec<Cell>> {
    let mut reader = database.store.read().await.unwrap();
    reader.rows(table, None, 100_000).await.unwrap()
}

async fn change_every_column(database: &Database) {
    let (kind, mut looked, mut empty) = (database.kind, 0, Vec::new());
    for table in TABLES {
        let rows = rows(database, table).await;
        for (place, (column, _)) in table.columns.iter().enumerate() {
            let name = format!("{}.{column}", table.name);
            if UNBOUND.contains(&name.as_str()) {
                continue;
            }
            let bound = |row: &&Vec<Cell>| row[place] != Cell::Null && row[1] != Cell::Text("ACTOR".into());
            let Some(row) = rows.iter().filter(bound).nth(rows.len() / 7).or(rows.iter().find(bound)) else {
                empty.push(name);
                continue;
            };
            let mut found = None;
            for n in 0..8 {
                let mut changed = row.clone();
                let Some(cell) = flipped(&row[place], n) else { continue };
                changed[place] = cell;
                let set = |cell: &Cell| format!("UPDATE {} SET {column} = {}", table.name, literal(kind, cell));
                let sql = format!("{} WHERE {}", set(&changed[place]), wherever(kind, table, row));
                // Another row may have that value, where values are unique.
                if change(database, &sql).await.is_ok() {
                    found = Some(faults(database, None).await);
                    let back = format!("{} WHERE {}", set(&row[place]), wherever(kind, table, &changed));
                    change(database, &back).await.unwrap();
                    break;
                }
            }
            let found = found.unwrap_or_else(|| panic!("{name} could not be changed"));
            assert!(found.iter().any(|fault| fault.table == table.name), "{name}: {found:?}");
            looked += 1;
        }
    }
    assert_eq!(faults(database, None).await, [], "all is as it was");
    println!("{kind:?}: a bit of each of {looked} columns; nowhere a value: {empty:?}");
    assert!(looked > 85 && empty.is_empty(), "{empty:?}");
}

/// A row is deleted, and another is made up, in each table.
async fn delete_and_insert(database: &Database) {
    let kind = database.kind;
    for table in TABLES {
        let rows = rows(database, table).await;
        let bound = |row: &&Vec<Cell>| row.get(1) != Some(&Cell::Text("ACTOR".into()));
        let Some(row) = rows.iter().filter(bound).nth(rows.len() / 3).or(rows.first()) else {
            panic!("{} is empty", table.name);
        };
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let insert = |row: &[Cell]| {
            let cells: Vec<String> = row.iter().map(|cell| literal(kind, cell)).collect();
            format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), cells.join(", "))
        };
        let delete = |row: &[Cell]| format!("DELETE FROM {} WHERE {}", table.name, wherever(kind, table, row));
        change(database, &delete(row)).await.unwrap();
        let found = faults(database, None).await;
        assert!(found.iter().any(|fault| fault.table == table.name), "deleted in {}: {found:?}", table.name);
        // One that looks just like it, under another key, in its place.
        let mut another = row.clone();
        another[table.key - 1] = flipped(&row[table.key - 1], 3).unwrap();
        change(database, &insert(&another)).await.unwrap();
        let found = faults(database, None).await;
        assert!(found.iter().any(|fault| fault.table == table.name), "made up in {}: {found:?}", table.name);
        change(database, &delete(&another)).await.unwrap();
        change(database, &insert(row)).await.unwrap();
    }
    assert_eq!(faults(database, None).await, []);
}

async fn head_and_order(database: &Database) {
    let kind = database.kind;
    let head = database.store.read().await.unwrap().head().clone();
    let mut frontier = head.frontier.to_bytes();
    let whole = literal(kind, &Cell::Bytes(frontier.clone()));
    frontier[40] ^= 1;
    let ledger = literal(kind, &Cell::Id(head.ledger_id.0));
    let strange = literal(kind, &Cell::Id(Uuid::from_u128(head.ledger_id.0.as_u128() ^ 1)));
    for (bad, good) in [
        (format!("frontier = {}", literal(kind, &Cell::Bytes(frontier))), format!("frontier = {whole}")),
        (format!("revision = {}", head.revision ^ 3), format!("revision = {}", head.revision)),
        (format!("ledger_id = {strange}"), format!("ledger_id = {ledger}")),
    ] {
        change(database, &format!("UPDATE head SET {bad}")).await.unwrap();
        assert!(faults(database, None).await.iter().any(|fault| fault.table == "head"), "{bad}");
        change(database, &format!("UPDATE head SET {good}")).await.unwrap();
    }
    // Two entries change places; then so do their bytes alone.
    let far = 1_i64 << 40;
    let swap = [(20, far), (21, 20), (far, 21)];
    for (from, to) in swap {
        change(database, &format!("UPDATE entry SET revision = {to} WHERE revision = {from}")).await.unwrap();
    }
    assert!(faults(database, None).await.len() >= 2);
    for (from, to) in swap {
        change(database, &format!("UPDATE entry SET revision = {to} WHERE revision = {from}")).await.unwrap();
    }
    assert_eq!(faults(database, None).await, []);
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
async fn whoever_changes_the_database_is_found_out() {
    each(|database: Arc<Database>| async move {
        let checkpoint = everything(&database).await;
        assert_eq!(faults(&database, Some(&checkpoint)).await, []);
        loosen(&database).await;
        change_every_column(&database).await;
        delete_and_insert(&database).await;
        head_and_order(&database).await;
    })
    .await;
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
    let database = Database::make(Kind::Sqlite).await.unwrap();
    let before = everything(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("yesterday.db");
    database.execute(&format!("VACUUM INTO '{}'", copy.display())).await.unwrap();
    let server = Server::start(database.store.clone()).await;
    let mut request = registration(&number(600_002), "Z-2");
    request.request_id = request_id();
    server.integrator("third").senders.register_sender(request).await.unwrap();
    let after = get_checkpoint(&server.services).await.unwrap().note;
    let after = Checkpoint::open(&after, &[key_of(&server)]).unwrap();
    server.stop().await;
    let restored = crate::support::database::open(Kind::Sqlite, &format!("sqlite://{}", copy.display())).await;
    for (checkpoint, good) in [(&before, true), (&after, false)] {
        let mut reader = restored.read().await.unwrap();
        let report = verify(reader.as_mut(), Some(checkpoint), &mut |_| {}).await.unwrap();
        assert_eq!(report.is_good(), good, "{:?}", report.faults);
    }
    let mut reader = restored.read().await.unwrap();
    let whole = Run { level: 0, from: 0, count: u32::try_from(before.size).unwrap() };
    assert_eq!(reader.nodes(whole).await.unwrap().len() as u64, before.size);
}

/// A new column is evidence, or its table is not: somebody has to say which.
#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_the_schema_is_known_to_the_verification() {
    const NO_EVIDENCE: &[&str] = &["_sqlx_migrations", "campaign", "head", "link", "mail", "outbox", "request"];
    let database = Database::make(Kind::Sqlite).await.unwrap();
    let columns =
        "SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut there = database.texts(columns).await;
    there.retain(|name| !NO_EVIDENCE.contains(&name.split_once('.').unwrap().0));
    let mut known: Vec<String> = TABLES
        .iter()
        .flat_map(|table| table.columns.iter().map(move |(column, _)| format!("{}.{column}", table.name)))
        .collect();
    there.sort();
    known.sort();
    assert_eq!(known, there);
}
