//! Whole rows of any table of evidence, as they stand in the database.

use super::{Conn, Db};
use crate::store::{
    StoreError,
    evidence::{Cell, ColumnKind, Table},
    failure::fault,
};
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

/// Rows in the order of their keys.
pub(super) async fn rows(
    conn: &mut Conn,
    table: &'static Table,
    after: Option<&[Cell]>,
    limit: u32,
) -> Result<Vec<Vec<Cell>>, StoreError> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let key = names.get(..table.key).unwrap_or_default().join(", ");
    let mut query = QueryBuilder::<Db>::new("SELECT");
    query.push(" ").push(names.join(", ")).push(" FROM ").push(table.name);
    if let Some(after) = after {
        query.push(" WHERE (").push(&key).push(") > (");
        let mut list = query.separated(", ");
        for cell in after {
            match cell.clone() {
                Cell::Number(number) => list.push_bind(number),
                Cell::Text(text) => list.push_bind(text),
                Cell::Id(id) => list.push_bind(id),
                Cell::Bytes(bytes) => list.push_bind(bytes),
                Cell::Null => return Err(fault("a key of nothing")),
            };
        }
        query.push(")");
    }
    query.push(" ORDER BY ").push(key).push(" LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(|row| read(table, row)).collect()
}

fn read(table: &'static Table, row: &<Db as sqlx::Database>::Row) -> Result<Vec<Cell>, StoreError> {
    let cell = |(place, (_, kind)): (usize, &(&str, ColumnKind))| {
        let found = match kind {
            ColumnKind::Number => row.try_get::<Option<i64>, _>(place)?.map(Cell::Number),
            ColumnKind::Text => row.try_get::<Option<String>, _>(place)?.map(Cell::Text),
            // As bytes where it is none: a wrong id is for whoever compares to tell.
            ColumnKind::Id => match row.try_get::<Option<Uuid>, _>(place) {
                Ok(id) => id.map(Cell::Id),
                Err(_) => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Cell::Bytes),
            },
            ColumnKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Cell::Bytes),
        };
        Ok(found.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}
