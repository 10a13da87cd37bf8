//! The hashes that proofs are made of: leaves, and the roots of full subtrees.

use super::{Conn, Db, batch};
use crate::{
    domain::{
        ids::Digest,
        ledger::{
            proof::Run,
            tree::{Frontier, STEP, Subtree},
        },
    },
    store::{
        StoreError,
        codec::{at, bound, number},
        failure::fault,
    },
};
use sqlx::{Connection, QueryBuilder};

/// How many leaves, or subtrees of the kept level below, a kept subtree has.
const CHILDREN: u32 = 1 << STEP;

/// The hashes of runs that are there, each with its level and place, in order. One statement: a proof consists of up to ten
/// runs, and the way to the database is longer than any of them.
pub(super) async fn nodes(conn: &mut Conn, runs: &[Run]) -> Result<Vec<(u32, u64, Digest)>, StoreError> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Db>::new("");
    for (n, run) in runs.iter().enumerate() {
        let (from, end) = (bound(run.places().start), bound(run.places().end));
        query.push(if n == 0 { "" } else { " UNION ALL " });
        if run.level == 0 {
            query.push("SELECT CAST(0 AS BIGINT), revision - 1, leaf_hash FROM entry");
            query.push(" WHERE revision > ").push_bind(from).push(" AND revision <= ").push_bind(end);
        } else {
            query.push("SELECT level, place, hash FROM subtree");
            query.push(" WHERE level = ").push_bind(i64::from(run.level));
            query.push(" AND place >= ").push_bind(from).push(" AND place < ").push_bind(end);
        }
    }
    query.push(" ORDER BY 1, 2");
    let rows: Vec<(i64, i64, Vec<u8>)> = query.build_query_as().fetch_all(conn).await?;
    let read = |(level, place, hash): (i64, i64, Vec<u8>)| {
        let found = at("subtree", &place);
        let level = u32::try_from(level).map_err(|error| found.corrupt("level", error))?;
        Ok((level, found.count("place", place)?, found.digest("hash", &hash)?))
    };
    rows.into_iter().map(read).collect()
}

/// Writes new subtrees.
pub(super) async fn add_subtrees(conn: &mut Conn, rows: &[Subtree]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|one| Ok((i64::from(one.level), number(one.place)?, one.hash)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    batch::write(conn, "INSERT INTO subtree (level, place, hash) ", "", &rows, |row, (level, place, hash)| {
        row.push_bind(*level).push_bind(*place).push_bind(hash.0.as_slice());
    })
    .await
}

/// Adds the subtrees that are missing: all of those of a ledger from before there was a table for them, and those of
/// entries that a program from before wrote next to a newer one.
pub(super) async fn fill(conn: &mut Conn) -> Result<(), StoreError> {
    let mut tx = conn.begin().await?;
    // Writers wait meanwhile: no entry comes in between.
    sqlx::query("UPDATE head SET revision = revision WHERE id = 1").execute(&mut *tx).await?;
    let size: i64 = sqlx::query_scalar("SELECT revision FROM head WHERE id = 1").fetch_one(&mut *tx).await?;
    let size = at("head", &1).count("revision", size)?;
    let mut level = STEP;
    while level < u64::BITS && size >> level > 0 {
        let mut from = 0;
        while from < size >> level {
            let count = u32::try_from((size >> level) - from).unwrap_or(CHILDREN).min(CHILDREN);
            let known = nodes(&mut tx, &[Run { level, from, count }]).await?;
            let mut missing = Vec::new();
            for place in from..from + u64::from(count) {
                if known.binary_search_by_key(&place, |(_, known, _)| *known).is_err() {
                    missing.push(made(&mut tx, level, place).await?);
                }
            }
            add_subtrees(&mut tx, &missing).await?;
            from += u64::from(count);
        }
        level += STEP;
    }
    Ok(tx.commit().await?)
}

/// A subtree, made of those below it.
async fn made(conn: &mut Conn, level: u32, place: u64) -> Result<Subtree, StoreError> {
    let below = Run { level: level - STEP, from: place << STEP, count: CHILDREN };
    let children = nodes(conn, &[below]).await?;
    if children.len() != CHILDREN as usize {
        return Err(fault(format_args!("the ledger has a gap below place {place} of level {level}")));
    }
    let mut tree = Frontier::default();
    for (_, _, hash) in children {
        tree.push(hash);
    }
    Ok(Subtree { level, place, hash: tree.root() })
}
