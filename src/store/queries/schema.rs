//! The schema's version.

use super::{Conn, HAS_MIGRATIONS, MIGRATOR, head_and_entries, subtrees};
use crate::{domain::ids::LedgerId, store::StoreError};

/// Runs the migrations that were not run, makes the ledger where there is none, and the subtrees that it lacks.
pub(super) async fn migrate(conn: &mut Conn, new_ledger: LedgerId) -> Result<(), StoreError> {
    MIGRATOR.run_direct(None, conn, false).await?;
    head_and_entries::make_head(conn, new_ledger).await?;
    subtrees::fill(conn).await
}

/// What is wrong with the schema, each with what to do.
pub(super) async fn obstacles(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    const MIGRATE: &str = "run `ombord migrate`";
    let tables: i64 = sqlx::query_scalar(HAS_MIGRATIONS).fetch_one(&mut *conn).await?;
    if tables == 0 {
        return Ok(vec![format!("the database has no schema: {MIGRATE}")]);
    }
    let applied: Vec<(i64, Vec<u8>, bool)> =
        sqlx::query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *conn)
            .await?;
    let mut obstacles = Vec::new();
    for (version, checksum, success) in &applied {
        match MIGRATOR.iter().find(|known| known.version == *version) {
            None => obstacles.push(format!("migration {version} is newer than this program: run a newer one")),
            Some(known) if known.checksum != *checksum => {
                obstacles
                    .push(format!("migration {version} was changed after it was run: restore the one that was run"));
            }
            Some(_) if !success => {
                obstacles.push(format!("migration {version} was begun and not finished: restore a backup"))
            }
            Some(_) => {}
        }
    }
    for known in MIGRATOR.iter() {
        if applied.iter().all(|(version, ..)| *version != known.version) {
            obstacles.push(format!("migration {} was not run: {MIGRATE}", known.version));
        }
    }
    if obstacles.is_empty() {
        let heads: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM head").fetch_one(conn).await?;
        if heads == 0 {
            obstacles.push(format!("the database has no ledger: {MIGRATE}"));
        }
    }
    Ok(obstacles)
}
