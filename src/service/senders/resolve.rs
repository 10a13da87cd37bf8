//! Which sender a call means: by its id, or by the reference that an integrator keeps it under.
//!
//! An integrator reaches its own connections only. A sender that it never registered, one that another integrator
//! registered and one that does not exist are one answer, to the byte.

use crate::{
    domain::{
        ids::{IntegratorId, SenderId},
        vocabulary::ConnectionState,
    },
    service::{
        caller::{Caller, Reach},
        error::{Error, ErrorReason, Resource, Result},
        write::own_or_named,
    },
    store::{ConnectionRow, Reader},
};

/// A sender as a call names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SenderRef {
    /// By its id.
    Id(SenderId),
    /// By an integrator's own reference.
    Reference(String),
}

/// A sender together with the integrator that the body names, if it names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderName {
    /// Whose connection or reference is meant; only ever compared with the caller's own.
    pub integrator_id: Option<IntegratorId>,
    /// The sender.
    pub sender: SenderRef,
}

/// The connection that counts, the newest one, of the sender with the integrator that the call is for. Whatever its
/// state: [`open`] refuses an ended one.
pub async fn connection(reader: &mut dyn Reader, caller: &Caller, name: &SenderName) -> Result<ConnectionRow> {
    let integrator = own_or_named(caller, name.integrator_id.as_ref())?;
    match resolve_connection(reader, integrator, &name.sender).await? {
        Some(row) => Ok(row),
        None if caller.reach() == Reach::All && reader.integrator(integrator).await?.is_none() => {
            Err(Error::not_found(Resource::Integrator))
        }
        None => Err(Error::not_found(Resource::Sender)),
    }
}

/// The same where the reader's own rights were settled before: nothing where the two were never connected.
pub async fn resolve_connection(
    reader: &mut dyn Reader,
    integrator: &IntegratorId,
    sender: &SenderRef,
) -> Result<Option<ConnectionRow>> {
    let id = match sender {
        SenderRef::Id(id) => *id,
        SenderRef::Reference(reference) => match reader.connection_of(integrator, reference).await? {
            // A reference that fell out of use finds its sender still, and of that the connection that counts now.
            Some(row) if row.state == ConnectionState::Ended => row.sender_id,
            found => return Ok(found),
        },
    };
    Ok(reader.connection(id, integrator).await?)
}

/// The sender, and the connection where the call is for one integrator. Only a caller that reaches everything may leave
/// the integrator out, and must name the sender by its id then.
pub async fn sender(
    reader: &mut dyn Reader,
    caller: &Caller,
    name: &SenderName,
) -> Result<(SenderId, Option<ConnectionRow>)> {
    match (caller.reach(), &name.integrator_id, &name.sender) {
        (Reach::All, None, SenderRef::Id(id)) => match reader.sender(*id).await? {
            Some(facts) => Ok((facts.sender_id, None)),
            None => Err(Error::not_found(Resource::Sender)),
        },
        _ => {
            let row = connection(reader, caller, name).await?;
            Ok((row.sender_id, Some(row)))
        }
    }
}

/// Refuses a connection that has ended.
pub fn open(row: ConnectionRow) -> Result<ConnectionRow> {
    match row.state {
        ConnectionState::Ended => Err(Error::new(
            ErrorReason::ConnectionEnded,
            "the connection has ended; registering the sender again opens a new one",
        )),
        _ => Ok(row),
    }
}
