//! Facts of senders as the database has them. To read a million takes longer than to fetch them, so whoever fetches need not
//! be who reads.

use super::{StoreError, codec::at};
use crate::domain::{ids::SenderId, organisation_number::OrganisationNumber, sender::SenderFacts};
use std::fmt;
use uuid::Uuid;

/// A sender, with its number where it is a sole trader.
pub(super) type Numbered = (SenderFacts, Option<OrganisationNumber>);
/// Its columns: id, number of a legal person, private record of a sole trader's number, facts.
pub(super) type Columns<'a> = (Uuid, Option<&'a str>, Option<&'a str>, &'a str);

/// What stands between two senders, and between two columns of one: no JSON text has these.
pub(super) const ROW: char = '\u{1e}';
pub(super) const FIELD: char = '\u{1f}';

/// Facts that were fetched and not read yet.
pub struct Unread {
    /// Of each sender the revision and the columns, facts last; what is not there is empty.
    text: String,
    last: Option<(u64, SenderId)>,
    read: fn(Columns<'_>) -> Result<Numbered, StoreError>,
}

impl fmt::Debug for Unread {
    /// Without what is in them: there are sole traders' numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").field("last", &self.last).finish_non_exhaustive()
    }
}

/// The senders of a text, each with its revision.
fn rows<'a>(text: &'a str) -> impl Iterator<Item = Result<(u64, Columns<'a>), StoreError>> {
    let mut before = Uuid::nil();
    (!text.is_empty()).then(|| text.split(ROW)).into_iter().flatten().map(move |row| {
        let mut fields = row.splitn(5, FIELD);
        let mut read = || {
            let (revision, id) = (fields.next()?.parse().ok()?, Uuid::try_parse(fields.next()?).ok()?);
            let (number, body, facts) = (fields.next()?, fields.next()?, fields.next()?);
            let there = |field: &'a str| Some(field).filter(|field| !field.is_empty());
            Some((revision, (id, there(number), there(body), facts)))
        };
        // What begins like no row ends the facts of the one before.
        let place = at("sender", &before);
        let row = read().ok_or_else(|| place.corrupt("facts", anyhow::anyhow!("control character in JSON")))?;
        before = row.1.0;
        Ok(row)
    })
}

impl Unread {
    pub(super) fn new(text: String, read: fn(Columns<'_>) -> Result<Numbered, StoreError>) -> Result<Self, StoreError> {
        let mut last = None;
        for row in rows(&text) {
            let (revision, (id, ..)) = row?;
            // The greatest: nothing says in which order rows are put together.
            last = last.max(Some((revision, SenderId(id))));
        }
        Ok(Self { text, last, read })
    }

    /// After which sender the next ones come; nothing where there are none here.
    pub fn last(&self) -> Option<(u64, SenderId)> {
        self.last
    }

    /// Reads them.
    pub fn read(self) -> Result<Vec<Numbered>, StoreError> {
        rows(&self.text).map(|row| (self.read)(row?.1)).collect()
    }
}
