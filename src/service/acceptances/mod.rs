//! Acts of senders: what they accepted, declined and covered.
//!
//! What was recorded stands in the ledger's entry of its revision; rows only say where to find it. Whoever recorded an
//! act sees it whole. Another integrator sees what it means for the standing of a sender that is its own too, and nothing
//! more.

pub mod act;
pub mod batch_record;
mod connection;
pub mod decline;
mod earlier;
pub mod end_coverage;
pub mod get;
mod history;
pub mod invalidate;
pub mod list;
mod people;
pub mod receipt;
pub mod record;
mod refusal;
pub mod resolve_contest;
pub mod status;
mod trial;
mod validity;

pub use validity::Validity;

use super::{
    caller::{Caller, Reach},
    entries::{entry, read},
    error::{Error, Resource, Result},
};
use crate::{
    domain::ids::AcceptanceId,
    store::{AcceptanceRow, Reader},
};

/// An acceptance that the caller may see whole: one that came through it, or any for who reaches all.
async fn visible(reader: &mut dyn Reader, caller: &Caller, id: AcceptanceId) -> Result<AcceptanceRow> {
    let row = reader.acceptance(id).await?;
    let seen = row.filter(|row| match caller.reach() {
        Reach::Own(own) => row.integrator_id == *own,
        Reach::All => true,
    });
    seen.ok_or_else(|| Error::not_found(Resource::Acceptance))
}

/// A row that leads to an entry of another kind, or to none.
fn misplaced(revision: u64) -> Error {
    Error::internal(anyhow::anyhow!("revision {revision} is not the act that a row says it is"))
}
