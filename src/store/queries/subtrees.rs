//! The hashes that proofs are made of: leaves, and the roots of full subtrees.

use super::{Conn, batch};
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
use sqlx::Connection;

/// How many leaves, or subtrees of the kept level below, a kept subtree has.
const CHILDREN: u32 = 1 << STEP;

/// The hashes of a run that are there, each with its place, in order.
pub(super) async fn nodes(conn: &mut Conn, run: Run) -> Result<Vec<(u64, Digest)>, StoreError> {
    let (from, end) = (bound(run.from), bound(run.from.saturating_add(run.count.into())));
    let rows: Vec<(i64, Vec<u8>)> = if run.level == 0 {
        let rows = sqlx::query_as(
            "SELECT revision - 1, leaf_hash FROM entry WHERE revision > $1 AND revision <= $2 ORDER BY revision",
        );
        rows.bind(from).bind(end).fetch_all(conn).await?
    } else {
        let rows = sqlx::query_as(
            "SELECT place, hash FROM subtree WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place",
        );
        rows.bind(i64::from(run.level)).bind(from).bind(end).fetch_all(conn).await?
    };
    let read = |(place, hash): (i64, Vec<u8>)| {
        let found = at("subtree", &place);
        Ok((found.count("place", place)?, found.digest("hash", &hash)?))
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
            let known = nodes(&mut tx, Run { level, from, count }).await?;
            let mut missing = Vec::new();
            for place in from..from + u64::from(count) {
                if known.binary_search_by_key(&place, |(known, _)| *known).is_err() {
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
    let children = nodes(conn, below).await?;
    if children.len() != CHILDREN as usize {
        return Err(fault(format_args!("the ledger has a gap below place {place} of level {level}")));
    }
    let mut tree = Frontier::default();
    for (_, hash) in children {
        tree.push(hash);
    }
    Ok(Subtree { level, place, hash: tree.root() })
}
