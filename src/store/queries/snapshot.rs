//! All facts at one revision, for a node that starts.

use super::{Conn, facts};
use crate::{
    domain::{organisation_number::OrganisationNumber, sender::SenderFacts},
    store::{Head, Snapshot, StoreError, failure::within},
};
use std::time::Duration;
use uuid::Uuid;

/// How many senders one statement reads: few enough for any statement timeout.
const PAGE: i64 = 5_000;

type Columns = (Uuid, Option<String>, String, Option<String>);

/// All facts. The connection must be in a transaction that sees one state; each statement has `limit` to answer.
pub(super) async fn snapshot(conn: &mut Conn, head: &Head, limit: Duration) -> Result<Snapshot, StoreError> {
    let agreements = within(limit, facts::agreements(conn)).await?;
    let mut integrators = Vec::new();
    loop {
        let after =
            integrators.last().map(|last: &crate::domain::integrator::IntegratorFacts| last.integrator_id.clone());
        let page = within(limit, facts::integrators(conn, after.as_ref(), 1_000)).await?;
        if page.is_empty() {
            break;
        }
        integrators.extend(page);
    }
    let mut senders = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let rows = within(limit, page(conn, after)).await?;
        let Some(last) = rows.last() else { break };
        after = last.0;
        for row in rows {
            senders.push(with_number(row)?);
        }
    }
    Ok(Snapshot { head: head.clone(), integrators, agreements, senders })
}

async fn page(conn: &mut Conn, after: Uuid) -> Result<Vec<Columns>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT s.sender_id, s.organisation_number, s.facts, p.body FROM sender s \
         LEFT JOIN private_record p ON p.record_id = s.private_number \
         WHERE s.sender_id > $1 ORDER BY s.sender_id LIMIT $2",
    );
    Ok(rows.bind(after).bind(PAGE).fetch_all(conn).await?)
}

fn with_number((id, number, facts, body): Columns) -> Result<(SenderFacts, Option<OrganisationNumber>), StoreError> {
    let private = body.map(|body| super::private::number_in(&body, &id)).transpose()?;
    Ok((facts::sender_row((id, number, facts))?, private))
}
