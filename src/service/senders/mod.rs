//! Senders and their connections with integrators.
//!
//! A connection row holds what the integrator wrote. It is written together with each event that changes it, so that its
//! state and revision are those of the facts.

pub mod batch_register;
pub mod confirm;
pub mod end;
pub mod evidence;
pub mod get;
pub mod list;
pub mod register;
pub mod resolve;
pub mod suspend;
mod terms;
pub mod update;
mod view;

pub use view::ConnectionView;

use super::{error::Result, write::Write};
use crate::{domain::ledger::Event, store::ConnectionRow};

/// Records an event of a connection and writes its row as it is from then on.
pub(super) async fn record(write: &mut Write, event: Event, row: &mut ConnectionRow) -> Result<u64> {
    let revision = write.record(event).await?;
    row.revision = revision;
    row.updated = write.now;
    write.tx.put_connection(row).await?;
    Ok(revision)
}

/// The state token of a connection that last changed at a revision.
pub fn etag(revision: u64) -> String {
    format!("r{revision}")
}
