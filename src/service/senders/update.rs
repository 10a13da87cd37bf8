//! `UpdateSender`.

use super::{
    etag, record,
    register::free,
    resolve::{self, SenderName},
    terms::{Known, in_order, keep_contact, keep_name, write_into},
};
use crate::{
    domain::{
        authority::Sides,
        contact::{may_change, quality},
        ids::{ConnectionId, LedgerId, SenderId},
        ledger::{Event, event::ConnectionTerms},
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{ConnectionState, ContactQuality, ContentType},
    },
    service::{
        error::{Error, ErrorReason, Resource, Result},
        mail::again,
        mutation::Mutation,
        write::Write,
    },
    store::ConnectionRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Changes what the integrator wrote about a sender; what is absent stays. The organisation number never changes (R18).
pub struct UpdateSender {
    /// Which.
    pub name: SenderName,
    /// The etag that the change is based on.
    pub etag: String,
    /// The new name.
    pub legal_name: Option<String>,
    /// The new reference.
    pub external_reference: Option<String>,
    /// The new content types.
    pub content_types: Option<Vec<ContentType>>,
    /// The new contact point's address, or none from now on.
    pub contact: Option<Option<String>>,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Updated {
    /// The sender.
    pub sender_id: SenderId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The integrator's own key, as it is now.
    pub external_reference: String,
    /// Where the connection stands.
    pub state: ConnectionState,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When the connection last changed.
    pub updated: Timestamp,
    /// The connection's etag.
    pub etag: String,
    /// What is known of its contact point.
    pub contact_quality: ContactQuality,
    /// Whether there is one, and it is the integrator's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_of_integrator: bool,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for UpdateSender {
    type Response = Updated;
    const METHOD: &'static str = "UpdateSender";

    async fn run(self, write: &mut Write) -> Result<Updated> {
        let mut row = resolve::open(resolve::connection(write.tx.as_mut(), &write.caller, &self.name).await?)?;
        if self.etag != etag(row.revision) {
            return Err(Error::field(
                ErrorReason::EtagMismatch,
                "etag",
                "the sender's connection changed since it was read; read it again",
            ));
        }
        if let Some(reference) = self.external_reference.as_ref().filter(|new| **new != row.external_reference) {
            free(write, &row.integrator_id, reference, "new_external_reference").await?;
        }
        let facts = write.tx.sender(row.sender_id).await?.ok_or_else(|| Error::not_found(Resource::Sender))?;
        self.check_contact(write, &row, &facts).await?;
        if let Some(terms) = self.changed_terms(write, &row, &facts).await? {
            let before = row.contact;
            write_into(&mut row, &terms);
            let owed = if row.contact == before { Vec::new() } else { again::owed(write, &row).await? };
            let (sender_id, connection_id) = (row.sender_id, row.connection_id);
            let reconfirms = owed.iter().map(|(id, _)| *id).collect();
            record(write, Event::ConnectionUpdated { sender_id, connection_id, terms, reconfirms }, &mut row).await?;
            again::confirm(write, &row, &owed).await?;
        }
        let contact_of_integrator = row.contact_is_integrators();
        Ok(Updated {
            sender_id: row.sender_id,
            connection_id: row.connection_id,
            external_reference: row.external_reference,
            state: row.state,
            changed: write.changed(),
            updated: row.updated,
            etag: etag(row.revision),
            contact_quality: row.contact_quality,
            contact_of_integrator,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}

impl UpdateSender {
    /// Refuses an integrator's change of a contact point that the sender's own person gave (R6).
    async fn check_contact(&self, write: &mut Write, row: &ConnectionRow, facts: &SenderFacts) -> Result<()> {
        let Some(contact) = &self.contact else { return Ok(()) };
        let known = facts.connection(&row.integrator_id);
        if may_change(known.is_some_and(|known| known.contact_confirmed), write.author().role) {
            return Ok(());
        }
        if Known::of(write.tx.as_mut(), row).await?.contact()? == *contact {
            return Ok(());
        }
        Err(Error::field(
            ErrorReason::ContactPointConfirmed,
            "contact_point",
            "the sender's own person gave the contact point; invite the sender again, or ask the operator",
        ))
    }

    /// All that the connection says from now on; nothing where it says so already. Private records are kept anew only
    /// for what is new.
    async fn changed_terms(
        self,
        write: &mut Write,
        row: &ConnectionRow,
        facts: &SenderFacts,
    ) -> Result<Option<ConnectionTerms>> {
        let known = Known::of(write.tx.as_mut(), row).await?;
        let legal_name = match self.legal_name {
            Some(name) if known.name()?.as_ref() != Some(&name) => Some(name),
            _ => None,
        };
        let contact = match self.contact {
            Some(contact) if known.contact()? != contact => Some(contact),
            _ => None,
        };
        let external_reference = self.external_reference.filter(|new| *new != row.external_reference);
        let content_types = self.content_types.map(in_order).filter(|new| *new != row.content_types);
        if legal_name.is_none() && contact.is_none() && external_reference.is_none() && content_types.is_none() {
            return Ok(None);
        }
        let (legal_name, private_name) = match (&row.legal_name, legal_name) {
            // A legal person's name stands in the clear; a sole trader's never does.
            (Some(_), Some(new)) => (Some(new), None),
            (Some(old), None) => (Some(old.clone()), None),
            (None, Some(new)) => (None, Some(keep_name(write, new).await?)),
            (None, None) => (None, known.private_name()),
        };
        let (contact, contact_quality) = match contact {
            None => (known.private_contact(), row.contact_quality),
            Some(contact) => {
                let integrator = write.tx.integrator(&row.integrator_id).await?;
                let integrator = integrator.ok_or_else(|| Error::not_found(Resource::Integrator))?;
                let sides = Sides { integrator: &integrator, sender: facts.number };
                let quality = quality(contact.as_deref(), &sides, std::iter::empty());
                (keep_contact(write, contact).await?, quality)
            }
        };
        Ok(Some(ConnectionTerms {
            legal_name,
            private_name,
            external_reference: external_reference.unwrap_or_else(|| row.external_reference.clone()),
            content_types: content_types.unwrap_or_else(|| row.content_types.clone()),
            contact,
            contact_quality,
        }))
    }
}
