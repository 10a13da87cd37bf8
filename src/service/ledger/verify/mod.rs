//! The whole ledger, and every table that follows from it, held against one another. Whoever changes a row with full
//! rights to the database is found out: here alone where the rows no longer agree, and with a checkpoint that was kept
//! elsewhere where all of them were made anew.

mod cells;
mod derived;
mod entries;
mod private;
mod tables;
mod texts;

use crate::{
    domain::{
        ids::{Digest, LedgerId},
        ledger::{
            note::Checkpoint,
            tree::{Frontier, Subtree},
        },
    },
    store::{
        Reader, StoreError,
        evidence::{Cell, Table},
    },
};
use cells::id_of;
use entries::Walk;
use std::fmt;

/// Faults beyond this many are counted, not told.
const MOST_TOLD: usize = 1_000;
/// Rows read at once.
const PAGE: u32 = 500;

/// One thing that is wrong. It names places, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In which table.
    pub table: &'static str,
    /// In which column; empty where it is the whole row.
    pub column: &'static str,
    /// In which row.
    pub id: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.column.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{}, {}: {}", self.table, self.column, self.id, self.what)
    }
}

/// What was looked at and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The ledger.
    pub ledger_id: LedgerId,
    /// How many entries were read.
    pub entries: u64,
    /// The root of the tree over them, made anew.
    pub root: Digest,
    /// How many rows of tables were compared.
    pub rows: u64,
    /// Losses of entries that were accepted and recorded: the revision of each record.
    pub rollbacks: Vec<u64>,
    /// How many actors only entries name that do not bind whom they stand for, as those before the third schema do not.
    pub unbound_actors: usize,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// How many faults more there are.
    pub untold: u64,
}

impl Report {
    fn fault(&mut self, table: &'static str, column: &'static str, id: impl fmt::Display, what: impl Into<String>) {
        if self.faults.len() < MOST_TOLD {
            self.faults.push(Fault { table, column, id: id.to_string(), what: what.into() });
        } else {
            self.untold += 1;
        }
    }

    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Calls `look` with each row of a table, in the order of their keys.
async fn each(
    reader: &mut dyn Reader,
    table: &'static Table,
    page: u32,
    mut look: impl FnMut(&[Cell]) + Send,
) -> Result<(), StoreError> {
    let mut after: Option<Vec<Cell>> = None;
    loop {
        let rows = reader.rows(table, after.as_deref(), page).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.iter().take(table.key).cloned().collect());
        rows.iter().for_each(|row| look(row));
    }
}

/// Verifies everything that one reader sees; and, with a checkpoint, that the ledger goes on from it. `progress` is told
/// the number of entries read so far.
pub async fn verify(
    reader: &mut dyn Reader,
    since: Option<&Checkpoint>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Report, StoreError> {
    let head = reader.head().clone();
    let mut walk = Walk::new(head.ledger_id, since);
    each(reader, &crate::store::evidence::ENTRY, PAGE, |row| {
        walk.look(row);
        if walk.tree.size().is_multiple_of(10_000) {
            progress(walk.tree.size());
        }
    })
    .await?;
    walk.finish();
    let Walk { mut report, tree, full, known, expected, private, .. } = walk;
    report.entries = tree.size();
    report.root = tree.root();
    if head.revision != tree.size() {
        let what = format!("says {}, and the ledger has {} entries", head.revision, tree.size());
        report.fault("head", "revision", 1, what);
    } else if head.frontier != tree {
        report.fault("head", "frontier", 1, "is not that of the entries");
    }
    subtrees(reader, &mut report, &tree, full).await?;
    texts::verify(reader, &mut report, &known).await?;
    private::verify(reader, &mut report, private).await?;
    tables::verify(reader, &mut report, known, expected).await?;
    Ok(report)
}

/// The kept subtrees are those of the entries, all of them and no others.
async fn subtrees(
    reader: &mut dyn Reader,
    report: &mut Report,
    tree: &Frontier,
    full: Vec<Subtree>,
) -> Result<(), StoreError> {
    let mut wanted: std::collections::HashMap<(i64, i64), Digest> = full
        .into_iter()
        .filter_map(|one| Some(((i64::from(one.level), i64::try_from(one.place).ok()?), one.hash)))
        .collect();
    let table = &crate::store::evidence::SUBTREE;
    each(reader, table, PAGE, |row| {
        report.rows += 1;
        let [Cell::Number(level), Cell::Number(place), Cell::Bytes(hash)] = row else { return };
        match wanted.remove(&(*level, *place)) {
            Some(wanted) if wanted.0.as_slice() == hash.as_slice() => {}
            Some(_) => report.fault("subtree", "hash", id_of(table, row), "is not that of the entries"),
            None => report.fault(
                "subtree",
                "",
                id_of(table, row),
                format!("a tree of {} entries has no such one", tree.size()),
            ),
        }
    })
    .await?;
    let mut missing: Vec<_> = wanted.into_keys().collect();
    missing.sort_unstable();
    for (level, place) in missing {
        report.fault("subtree", "", format_args!("{level}/{place}"), "is missing; `ombord migrate` makes it anew");
    }
    Ok(())
}
