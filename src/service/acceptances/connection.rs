//! The connection that an act comes through.

use crate::{
    domain::{sender::SenderFacts, vocabulary::ConnectionState},
    service::{
        error::{Error, Result},
        write::Write,
    },
    store::ConnectionRow,
};

/// The facts of its sender.
pub(super) async fn sender_facts(write: &mut Write, connection: &ConnectionRow) -> Result<SenderFacts> {
    let facts = write.tx.sender(connection.sender_id).await?;
    facts.ok_or_else(|| Error::internal(anyhow::anyhow!("a connection without its sender")))
}

/// Writes that an act came through the connection: it is active now.
pub(super) async fn confirm(write: &mut Write, connection: &mut ConnectionRow, revision: u64) -> Result<()> {
    connection.state = ConnectionState::Active;
    connection.updated = write.now;
    connection.revision = revision;
    Ok(write.tx.put_connection(connection).await?)
}
