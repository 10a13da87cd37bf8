//! Facts of senders as the database has them. To read a million takes longer than to fetch them, so whoever fetches need not
//! be who reads.

use super::StoreError;
use crate::domain::{ids::SenderId, organisation_number::OrganisationNumber, sender::SenderFacts};
use std::fmt;
use uuid::Uuid;

/// A sender, with its number where it is a sole trader.
pub(super) type Numbered = (SenderFacts, Option<OrganisationNumber>);
/// Its columns: id, revision, number of a legal person, facts, private record of a sole trader's number.
pub(super) type Columns = (Uuid, i64, Option<String>, String, Option<String>);

/// Facts that were fetched and not read yet.
pub struct Unread {
    rows: Vec<Columns>,
    read: fn(Columns) -> Result<Numbered, StoreError>,
}

impl fmt::Debug for Unread {
    /// Without what is in them: there are sole traders' numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Unread {
    pub(super) fn new(rows: Vec<Columns>, read: fn(Columns) -> Result<Numbered, StoreError>) -> Self {
        Self { rows, read }
    }

    /// After which sender the next ones come; nothing where there are none here.
    pub fn last(&self) -> Option<(u64, SenderId)> {
        self.rows.last().map(|(id, revision, ..)| (u64::try_from(*revision).unwrap_or(0), SenderId(*id)))
    }

    /// Reads them.
    pub fn read(self) -> Result<Vec<Numbered>, StoreError> {
        self.rows.into_iter().map(self.read).collect()
    }
}
