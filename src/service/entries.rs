//! The one place where a row of the ledger becomes an entry again.

use super::error::{Error, Result};
use crate::{
    domain::ledger::Entry,
    store::{EntryRow, Reader},
};

/// The entry in a row.
pub(super) fn read(row: &EntryRow) -> Result<Entry> {
    Entry::read(&row.canonical).map_err(Error::internal)
}

/// The entry of a revision that is known to exist.
pub(super) async fn entry(reader: &mut dyn Reader, revision: u64) -> Result<Entry> {
    let row = reader.entry(revision).await?;
    read(&row.ok_or_else(|| Error::internal(anyhow::anyhow!("no entry at revision {revision}")))?)
}
