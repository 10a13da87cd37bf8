//! Whether the ledger in the database is that of which this node knows. On another one nothing is signed or decided.

use super::root_at;
use crate::{
    gate::state::State,
    service::{
        Services,
        error::{Error, ErrorReason, Result},
    },
    store::Reader,
};

/// Reads the ledger as it is now, unless it does not go on from all that this node knows of it, or holds what the node cannot
/// read.
pub(in crate::service) async fn read_on(services: &Services) -> Result<Box<dyn Reader>> {
    // What is known before the read is in it.
    let (known, blocked) = (services.gate.state(), services.gate.blocked());
    let mut reader = services.store.read().await?;
    let goes_on = match known {
        Some(known) => goes_on(reader.as_mut(), &known).await?,
        // A command has no facts.
        None => blocked.is_none(),
    };
    if !goes_on {
        services.gate.wake();
        return Err(other_history());
    }
    Ok(reader)
}

/// Refuses to sign what is not of the history that this node knows. A reader that began before the node knew the newest of
/// it sees a part of that history, which may be signed.
pub(super) async fn one_history(services: &Services, reader: &mut dyn Reader) -> Result<()> {
    let vouched = match services.gate.state() {
        Some(known) if known.ledger_id != reader.head().ledger_id => false,
        Some(known) if known.revision <= reader.head().revision => goes_on(reader, &known).await?,
        Some(_) => true,
        // A command has no facts.
        None => services.gate.blocked().is_none(),
    };
    if vouched {
        return Ok(());
    }
    services.gate.wake();
    Err(other_history())
}

fn other_history() -> Error {
    let what = "this node cannot vouch for the ledger in the database: it does not go on from what the node knows of it, \
                or holds what the node cannot read; ask another node";
    Error::new(ErrorReason::GateNotReady, what)
}

async fn goes_on(reader: &mut dyn Reader, known: &State) -> Result<bool> {
    let head = reader.head();
    let longer = head.ledger_id == known.ledger_id && head.revision >= known.revision;
    Ok(longer && root_at(reader, known.revision).await? == known.history)
}
