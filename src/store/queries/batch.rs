//! Statements of many rows.

use super::{Conn, Db};
use crate::store::{StoreError, failure::fault};
use sqlx::{QueryBuilder, query_builder::Separated};

/// The rows of one statement are a power of two up to this, so that each statement has few shapes to prepare.
const MOST_ROWS: usize = 64;

/// Writes rows: `insert` up to VALUES, then `end`, such as ON CONFLICT. Each row must count as one.
pub(super) async fn write<R: Sync>(
    conn: &mut Conn,
    insert: &'static str,
    end: &'static str,
    rows: &[R],
    bind: impl Fn(&mut Separated<'_, Db, &'static str>, &R) + Send + Sync,
) -> Result<(), StoreError> {
    let mut rest = rows;
    while !rest.is_empty() {
        let size = 1 << rest.len().min(MOST_ROWS).ilog2();
        let (rows, later) = rest.split_at(size);
        let mut statement = QueryBuilder::<Db>::new(insert);
        statement.push_values(rows, |mut values, row| bind(&mut values, row));
        statement.push(end);
        let done = statement.build().execute(&mut *conn).await?.rows_affected();
        if usize::try_from(done) != Ok(size) {
            return Err(fault(format_args!("{done} rows instead of {size}: {insert}")));
        }
        rest = later;
    }
    Ok(())
}

/// Keys for one IN list, repeated at the end up to a power of two: repetition changes nothing, and shapes stay few.
pub(super) fn padded<K: Copy>(keys: &[K]) -> impl Iterator<Item = K> {
    let size = keys.len().next_power_of_two();
    keys.iter().copied().chain(keys.last().copied().into_iter().cycle()).take(if keys.is_empty() { 0 } else { size })
}
