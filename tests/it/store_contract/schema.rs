//! The two schemas are one, the ledger's rows cannot be changed, and what is wrong is named.

use super::samples::*;
use crate::support::database::{BUSY, Database, Kind, each};
use ombord::{
    domain::ids::{AcceptanceId, ExceptionId, LedgerId, RecordId, SenderId},
    store::{PrivateKind, Reader, Store, StoreError, sqlite::SqliteStore},
};
use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr};
use std::{collections::BTreeMap, sync::Arc};

#[tokio::test]
async fn both_migrations_make_the_same_schema() {
    let (Some(sqlite), Some(postgres)) = (Database::make(Kind::Sqlite).await, Database::make(Kind::Postgres).await)
    else {
        return;
    };
    // Table, column, whether it may be NULL, and its type in PostgreSQL's words.
    let columns = |rows: Vec<String>| -> BTreeMap<String, String> {
        rows.iter()
            .map(|row| row.rsplit_once(' ').unwrap())
            .map(|(column, kind)| (column.into(), kind.into()))
            .collect()
    };
    let of_postgres = columns(
        postgres
            .texts(
                "SELECT table_name || '.' || column_name || ' ' || (CASE is_nullable WHEN 'YES' THEN 'null ' ELSE 'not-null ' END) || \
                 (CASE data_type WHEN 'uuid' THEN 'BLOB' WHEN 'bytea' THEN 'BLOB' WHEN 'bigint' THEN 'INTEGER' ELSE upper(data_type) END) \
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
            )
            .await,
    );
    let of_sqlite = columns(
        sqlite
            .texts(
                "SELECT m.name || '.' || c.name || ' ' || (CASE c.\"notnull\" WHEN 0 THEN 'null ' ELSE 'not-null ' END) || c.type \
                 FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
            )
            .await,
    );
    assert!(of_postgres.len() > 60);
    assert_eq!(of_sqlite, of_postgres);

    let of_sqlite = sqlite
        .texts("SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY 1")
        .await;
    let mut of_postgres = postgres
        .texts("SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND indexname !~ '(_pkey|_key)$'")
        .await;
    of_postgres.sort();
    assert_eq!(of_sqlite, of_postgres);
    let strict = sqlite.texts("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE '%sqlx%' AND name NOT LIKE 'sqlite%'").await;
    assert_eq!(strict, Vec::<String>::new());
}

#[tokio::test]
async fn the_ledgers_rows_cannot_be_changed() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        for sql in ["UPDATE entry SET canonical = '{}'", "DELETE FROM entry", "UPDATE entry SET time = time"] {
            let error = db.execute(sql).await.unwrap_err();
            assert!(error.to_string().contains("append-only"), "{error}");
        }
        if db.kind == Kind::Postgres {
            assert!(db.execute("TRUNCATE entry").await.is_err());
        }
        assert!(
            db.execute(
                "INSERT INTO head (id, ledger_id, revision, frontier) SELECT 2, ledger_id, 0, frontier FROM head"
            )
            .await
            .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_null_is_refused() {
    each(|db: Arc<Database>| async move {
        found(db.store.as_ref()).await;
        fill(&db).await;
        for sql in [
            "UPDATE head SET frontier = NULL",
            "UPDATE sender SET facts = NULL",
            "UPDATE connection SET external_reference = NULL",
            "UPDATE acceptance SET version = NULL",
            "UPDATE private_record SET body = NULL",
            "UPDATE request SET response = NULL",
            "UPDATE connection SET state = 'OPEN'",
            "UPDATE private_record SET kind = 'THING'",
        ] {
            assert!(db.execute(sql).await.is_err(), "{sql}");
        }
    })
    .await;
}

async fn fill(db: &Database) {
    let mut tx = db.store.begin().await.unwrap();
    append_next(&mut tx, "SENDER_REGISTERED", Some(10)).await.unwrap();
    tx.put_private(&number_record(50, &sole_trader(1))).await.unwrap();
    tx.put_private(&record(51, PrivateKind::Note, "{}", None)).await.unwrap();
    tx.put_sender(&sender(10, None, 2), Some(RecordId(id(50)))).await.unwrap();
    tx.put_connection(&connection(20, 10, "lonebyran", "kund-1")).await.unwrap();
    tx.put_acceptance(&acceptance(30, 10, "lonebyran", 2)).await.unwrap();
    tx.put_exception(&exception(40, Some(10), None, 51)).await.unwrap();
    let (key, answer) = request(70);
    tx.remember(&key, &answer, time(1)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Changes a row behind the store's back, reads it, and wants the error to name the place and not the value.
async fn corrupt(db: &Database, sql: &str, place: &str, read: impl AsyncFnOnce(&mut dyn Reader) -> Option<StoreError>) {
    db.execute(sql).await.unwrap();
    let mut reader = db.store.read().await.unwrap();
    let error = read(reader.as_mut()).await.expect(place);
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    let text = error.to_string();
    assert_eq!(text, format!("corrupt row in {place}"));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(!cause.contains("SECRET") && !cause.contains("197001"), "{cause}");
}

#[tokio::test]
async fn a_corrupt_row_is_named_and_its_value_is_not() {
    each(|db: Arc<Database>| async move {
        let db = &db;
        found(db.store.as_ref()).await;
        fill(db).await;
        let i = |n| id(n).to_string();
        let wrong_number = "UPDATE private_record SET body = '{\"number\":\"197001019999\"}' WHERE kind = 'NUMBER'";
        corrupt(db, wrong_number, &format!("private_record.body, id {}", i(10)), async |r| {
            r.numbered_after(None, 9).await.unwrap().read().err()
        })
        .await;
        corrupt(
            db,
            "UPDATE integrator SET facts = 'SECRET' WHERE integrator_id = 'lonebyran'",
            "integrator.facts, id lonebyran",
            async |r| r.integrator(&slug("lonebyran")).await.err(),
        )
        .await;
        corrupt(
            db,
            "UPDATE agreement SET facts = '{\"agreement_id\":\"SECRET\"}' WHERE kind = 'DPA'",
            "agreement.facts, id dpa-payslip",
            async |r| r.agreements().await.err(),
        )
        .await;
        corrupt(
            db,
            "UPDATE connection SET content_types = '[\"SECRET\"]'",
            &format!("connection.content_types, id {}", i(20)),
            async |r| r.connection(SenderId(id(10)), &slug("lonebyran")).await.err(),
        )
        .await;
        corrupt(
            db,
            "UPDATE acceptance SET version = 'SECRET å'",
            &format!("acceptance.version, id {}", i(30)),
            async |r| r.acceptance(AcceptanceId(id(30))).await.err(),
        )
        .await;
        corrupt(db, "UPDATE exception SET until = -1", &format!("exception.until, id {}", i(40)), async |r| {
            r.exception(ExceptionId(id(40))).await.err()
        })
        .await;
        let sender = format!("sender.facts, id {}", i(10));
        corrupt(db, "UPDATE sender SET facts = facts || '\u{1e}SECRET'", &sender, async |r| {
            r.numbered_after(None, 9).await.err()
        })
        .await;
        corrupt(
            db,
            "UPDATE sender SET organisation_number = '5560000001', private_number = NULL",
            &format!("sender.facts, id {}", i(10)),
            async |r| r.sender(SenderId(id(10))).await.err(),
        )
        .await;
        db.execute("UPDATE head SET revision = 3").await.unwrap();
        for error in [db.store.read().await.err(), db.store.begin().await.err()] {
            assert_eq!(error.unwrap().to_string(), "corrupt row in head.frontier, id 1");
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_or_missing_schema_is_an_obstacle() {
    each(|db: Arc<Database>| async move {
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        db.execute(newer).await.unwrap();
        assert_eq!(db.store.obstacles().await.unwrap(), ["migration 9999 is newer than this program: run a newer one"]);
        assert!(db.store.migrate(LedgerId(id(1))).await.is_err());
        db.execute("DELETE FROM _sqlx_migrations WHERE version = 9999").await.unwrap();
        assert_eq!(db.store.obstacles().await.unwrap(), Vec::<String>::new());
        db.execute("UPDATE _sqlx_migrations SET checksum = leaf_hash FROM (SELECT frontier AS leaf_hash FROM head) h")
            .await
            .unwrap();
        assert!(db.store.obstacles().await.unwrap()[0].contains("was changed"));
        db.execute("DELETE FROM head").await.unwrap();
        db.execute("DELETE FROM _sqlx_migrations").await.unwrap();
        let missing = |n: u32| format!("migration {n} was not run: run `ombord migrate`");
        assert_eq!(db.store.obstacles().await.unwrap(), [1, 2, 3, 4, 5].map(missing));
        db.execute("DROP TABLE _sqlx_migrations").await.unwrap();
        assert_eq!(db.store.obstacles().await.unwrap(), ["the database has no schema: run `ombord migrate`"]);
    })
    .await;
}

#[tokio::test]
async fn settings_that_lose_writes_are_obstacles() {
    let Some(db) = Database::make(Kind::Postgres).await else { return };
    for mode in ["local", "remote_apply", "on", "off"] {
        let name = db.url.rsplit_once('/').unwrap().1;
        db.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = {mode}")).await.unwrap();
        let obstacles = db.other_node().await.obstacles().await.unwrap();
        assert_eq!(obstacles.len(), usize::from(mode == "off"), "{mode}: {obstacles:?}");
    }
}

#[tokio::test]
async fn a_file_belongs_to_one_process() {
    let db = Database::make(Kind::Sqlite).await.unwrap();
    let error = SqliteStore::open(&db.url, 2, BUSY).await.err().unwrap();
    assert!(format!("{:?}", error).contains("another process has this database open"), "{error:?}");
    assert!(SqliteStore::open("sqlite::memory:", 2, BUSY).await.is_err());
    let Database { store, url, directory: _directory, .. } = db;
    drop(store);
    let again = SqliteStore::open(&url, 2, BUSY).await.unwrap();
    assert_eq!(again.obstacles().await.unwrap(), Vec::<String>::new());
}

/// The statements in the sources of the queries: string literals that begin like one.
fn statements() -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/queries")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap().replace("\\\"", "'");
        for literal in source.split('"').skip(1).step_by(2) {
            if ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| literal.starts_with(verb)) {
                let joined: Vec<_> = literal.split("\\\n").map(str::trim_start).collect();
                found.push(joined.concat());
            }
        }
    }
    found
}

async fn prepare(db: &Database, sql: String) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(sql).into_sql_str();
    match db.kind {
        Kind::Sqlite => sqlx::SqliteConnection::connect(&db.url).await?.prepare(sql).await.map(drop),
        Kind::Postgres => sqlx::PgConnection::connect(&db.url).await?.prepare(sql).await.map(drop),
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared_on_both() {
    let statements = statements();
    assert!(statements.len() > 35, "{}", statements.len());
    each(|db: Arc<Database>| {
        let statements = statements.clone();
        async move {
            for mut sql in statements {
                if sql.starts_with("INSERT") && !sql.contains("VALUES") {
                    // The rows are added as they are written.
                    let columns = sql.split('(').nth(1).unwrap().split(',').count();
                    sql += &format!("VALUES ({})", vec!["NULL"; columns].join(", "));
                }
                if sql.ends_with('(') {
                    sql += "NULL)";
                }
                let prepared = prepare(&db, sql.clone()).await;
                assert!(prepared.is_ok(), "{sql}: {prepared:?}");
            }
            assert!(prepare(&db, "SELECT sender_id FROM nowhere".into()).await.is_err(), "the test itself");
        }
    })
    .await;
}
