//! Queueing mails.

use crate::{
    domain::{
        authority::Sides,
        ids::{ConnectionId, MessageId, RecordId, SenderId},
        mail::{MailPurpose, MailState},
        text,
        time::Timestamp,
        vocabulary::{ConnectionState, Language},
    },
    service::{
        error::{Error, Result},
        private::{self, Contact},
        write::Write,
    },
    store::{ConnectionRow, MailRow, Tx},
};

/// To how many addresses a sender is told the same thing at most.
const ADDRESSES: usize = 5;

/// Queues a mail, to go out at once.
pub async fn queue(
    write: &mut Write,
    purpose: MailPurpose,
    (sender_id, connection_id): (Option<SenderId>, Option<ConnectionId>),
    recipient: Option<RecordId>,
    language: Language,
) -> Result<MessageId> {
    let message_id = MessageId(write.entropy.uuid_v7());
    let mut row = waiting(message_id, purpose, language, write.now);
    (row.sender_id, row.connection_id, row.recipient) = (sender_id, connection_id, recipient);
    write.tx.put_mail(&row).await?;
    Ok(message_id)
}

/// A mail to nobody yet, that is due at once.
pub fn waiting(message_id: MessageId, purpose: MailPurpose, language: Language, now: Timestamp) -> MailRow {
    MailRow {
        message_id,
        purpose,
        sender_id: None,
        connection_id: None,
        recipient: None,
        language,
        state: MailState::Pending,
        due: now,
        attempts: 0,
        fault: None,
        created: now,
        sent: None,
    }
}

/// Tells the sender what happened over a connection: at its contact points there, and at those of its other connections,
/// which this integrator did not write. `through` is the connection as it is and, where its contact point may have changed
/// by what happened, as it was: whoever gives another contact point does not keep it from the one there was. `told` are
/// addresses that know already.
pub async fn tell_contacts(
    write: &mut Write,
    sender_id: SenderId,
    through: &[&ConnectionRow],
    purpose: MailPurpose,
    language: Language,
    told: &[String],
) -> Result<()> {
    if !write.has_form {
        return Ok(());
    }
    for (connection_id, recipient) in contacts(write.tx.as_mut(), sender_id, through, told, write.now).await? {
        queue(write, purpose.clone(), (Some(sender_id), Some(connection_id)), Some(recipient), language).await?;
    }
    Ok(())
}

/// The contact points of a sender, each address once and none that was `told`: those of the connection that something came
/// `through`, then those that the sender's own person gave over other connections that are active; what another integrator
/// merely wrote is nobody's business here. An integrator's own address is none, unless sender and integrator are the same
/// organisation.
pub async fn contacts(
    tx: &mut dyn Tx,
    sender_id: SenderId,
    through: &[&ConnectionRow],
    told: &[String],
    now: Timestamp,
) -> Result<Vec<(ConnectionId, RecordId)>> {
    let facts = tx.sender(sender_id).await?;
    let facts = facts.ok_or_else(|| Error::internal(anyhow::anyhow!("a connection without its sender")))?;
    let mut rows: Vec<ConnectionRow> = through.iter().map(|row| (*row).clone()).collect();
    for other in &facts.connections {
        if other.contact_confirmed
            && other.state_at(now) == ConnectionState::Active
            && through.iter().all(|row| row.connection_id != other.connection_id)
            && let Some(row) = tx.connection(facts.sender_id, &other.integrator_id).await?
        {
            rows.push(row);
        }
    }
    let (mut found, mut known) = (Vec::new(), told.to_vec());
    for row in rows {
        let Some(record) = row.contact else { continue };
        let Some(email) = address(tx, record).await? else { continue };
        let integrator = tx.integrator(&row.integrator_id).await?;
        let own = |integrator| Sides { integrator, sender: facts.number }.is_integrators(&email);
        let again = known.iter().any(|known| text::same_address(known, &email));
        if !again && !integrator.as_ref().is_some_and(own) && found.len() < ADDRESSES {
            found.push((row.connection_id, record));
            known.push(email);
        }
    }
    Ok(found)
}

/// The address in a contact or person record; nothing where it was erased, or is empty.
pub async fn address(tx: &mut dyn Tx, record: RecordId) -> Result<Option<String>> {
    let contact = private::body::<Contact>(tx, record).await?;
    Ok(contact.map(|contact| contact.email).filter(|email| !email.is_empty()))
}
