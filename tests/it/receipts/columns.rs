//! A bit in every column, a row more and a row less in every table: each is found, or the column is no evidence, and why
//! is said here and in `docs/receipts.md`.

use super::{
    history::everything,
    tampering::{change, faults, flipped, literal, loosen, rows, wherever},
};
use crate::support::database::{Database, Kind, each};
use ombord::store::evidence::{Cell, PRIVATE_RECORD, TABLES, Table};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// What no entry says anything about, each with the reason why that takes nothing from the evidence.
const NO_EVIDENCE: &[(&str, &str)] = &[
    ("_sqlx_migrations.*", "the schema's own history: the program holds it against its own at each start"),
    ("head.id", "there is one row"),
    ("head.entry_schema", "keeps older programs out, which do not read the entries either that it stands for"),
    ("invitation.reminders", "how often the service asked again: a mail more or less"),
    ("campaign.*", "how far a telling has come; who was told is in NOTICE_GIVEN"),
    ("mail.*", "work to be done; that it was is in the ledger, and so is every link with the address that it went to"),
    ("outbox.*", "whether mails wait"),
    ("request.*", "first answers to retries, for a month; what was done is in the ledger"),
];

fn is_no_evidence(name: &str) -> bool {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(table) => name.starts_with(table),
        None => name == pattern,
    };
    NO_EVIDENCE.iter().any(|(pattern, _)| matches(pattern))
}

/// Every column of the schema.
async fn columns(database: &Database) -> Vec<String> {
    let sql = match database.kind {
        Kind::Sqlite => {
            "SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Kind::Postgres => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    database.texts(sql).await
}

/// Which rows the ledger binds: all, but the records of callers who never changed anything.
async fn bound(database: &Database, table: &'static Table) -> impl Fn(&Vec<Cell>) -> bool {
    let authors: BTreeSet<String> = match table.name == PRIVATE_RECORD.name {
        true => {
            database.texts("SELECT canonical FROM entry").await.into_iter().filter_map(|text| author(&text)).collect()
        }
        false => BTreeSet::new(),
    };
    move |row| match row.as_slice() {
        [Cell::Id(id), Cell::Text(kind), ..] if kind == "ACTOR" => authors.contains(&id.to_string()),
        _ => true,
    }
}

fn author(canonical: &str) -> Option<String> {
    let entry: serde_json::Value = serde_json::from_str(canonical).ok()?;
    Some(entry["author"]["actor_id"].as_str()?.to_owned())
}

/// Changes a bit in every column that holds evidence. Their names.
async fn change_every_column(database: &Database) -> BTreeSet<String> {
    let (kind, mut looked, mut empty) = (database.kind, BTreeSet::new(), Vec::new());
    for table in TABLES {
        let (rows, bound) = (rows(database, table).await, bound(database, table).await);
        for (place, (column, _)) in table.columns.iter().enumerate() {
            let name = format!("{}.{column}", table.name);
            if is_no_evidence(&name) {
                continue;
            }
            let there = |row: &&Vec<Cell>| row[place] != Cell::Null && bound(row);
            let Some(row) = rows.iter().filter(there).nth(rows.len() / 7).or(rows.iter().find(there)) else {
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
            looked.insert(name);
        }
    }
    assert_eq!(faults(database, None).await, [], "all is as it was");
    println!("{kind:?}: a bit of each of {} columns", looked.len());
    assert!(empty.is_empty(), "nowhere a value: {empty:?}");
    looked
}

/// A row is deleted, and another is made up, in each table.
async fn delete_and_insert(database: &Database) {
    let kind = database.kind;
    for table in TABLES {
        let (rows, bound) = (rows(database, table).await, bound(database, table).await);
        let Some(row) = rows.iter().filter(|row| bound(row)).nth(rows.len() / 3).or(rows.first()) else {
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

/// Changes the head row, then the order of entries. The names of the head's columns.
async fn head_and_order(database: &Database) -> BTreeSet<String> {
    let kind = database.kind;
    let head = database.store.read().await.unwrap().head().clone();
    let mut frontier = head.frontier.to_bytes();
    let whole = literal(kind, &Cell::Bytes(frontier.clone()));
    frontier[40] ^= 1;
    let ledger = literal(kind, &Cell::Id(head.ledger_id.0));
    let strange = literal(kind, &Cell::Id(Uuid::from_u128(head.ledger_id.0.as_u128() ^ 1)));
    let cells = [
        ("frontier", literal(kind, &Cell::Bytes(frontier)), whole),
        ("revision", (head.revision ^ 3).to_string(), head.revision.to_string()),
        ("ledger_id", strange, ledger),
    ];
    for (column, bad, good) in &cells {
        change(database, &format!("UPDATE head SET {column} = {bad}")).await.unwrap();
        assert!(faults(database, None).await.iter().any(|fault| fault.table == "head"), "{column}");
        change(database, &format!("UPDATE head SET {column} = {good}")).await.unwrap();
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
    cells.iter().map(|(column, ..)| format!("head.{column}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_the_database_is_found_out() {
    each(|database: Arc<Database>| async move {
        let checkpoint = everything(&database).await;
        assert_eq!(faults(&database, Some(&checkpoint)).await, []);
        loosen(&database).await;
        let mut found = change_every_column(&database).await;
        delete_and_insert(&database).await;
        found.extend(head_and_order(&database).await);
        // A new column is evidence, and its tampering found, or it stands above with a reason.
        let (excused, evidence): (BTreeSet<_>, BTreeSet<_>) =
            columns(&database).await.into_iter().partition(|name| is_no_evidence(name));
        assert_eq!(evidence, found);
        for (name, reason) in NO_EVIDENCE {
            let table = name.strip_suffix('*');
            let there = excused.iter().any(|column| column == name || table.is_some_and(|it| column.starts_with(it)));
            assert!(there && !reason.is_empty(), "{name} is no column");
        }
    })
    .await;
}
