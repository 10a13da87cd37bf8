//! `RegisterSender`.

use super::{
    etag, record,
    terms::{Known, in_order, keep_contact, keep_name, write_into},
};
use crate::{
    domain::{
        agreement::AgreementFacts,
        authority::Sides,
        contact::{may_change, quality},
        ids::{ConnectionId, IntegratorId, LedgerId, SenderId},
        integrator::IntegratorFacts,
        ledger::{Event, Private, event::ConnectionTerms},
        organisation_number::OrganisationNumber,
        time::Timestamp,
        vocabulary::{ConnectionState, ContactQuality, ContentType},
    },
    service::{
        error::{Error, ErrorReason, Result},
        invitations::{self, InvitationOrder, Invited, Situation, create::NewInvitation},
        mutation::Mutation,
        write::Write,
    },
    store::ConnectionRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What an integrator says about one sender. Holds personal data: not to be printed.
pub struct Registration {
    /// Its number, which never changes (R18).
    pub organisation_number: OrganisationNumber,
    /// The name that the integrator uses for it.
    pub legal_name: String,
    /// The integrator's own key for it.
    pub external_reference: String,
    /// What it means to send, at least one.
    pub content_types: Vec<ContentType>,
    /// The contact point's address (R6).
    pub contact: Option<String>,
    /// Whom to invite along with it.
    pub invitation: Option<NewInvitation>,
}

/// Registers one sender.
pub struct RegisterSender {
    /// The integrator that the body names, if any.
    pub integrator_id: Option<IntegratorId>,
    /// What it says.
    pub registration: Registration,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
}

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// A new connection.
    Created,
    /// Registered already, with the same data.
    Unchanged,
    /// Registered already, with other data.
    Differs,
}

/// The answer to a registration. Nothing in it depends on whether anybody else knows the sender.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    /// What happened.
    pub outcome: Outcome,
    /// The request's fields that differ from what is registered.
    pub differing: Vec<String>,
    /// The sender; absent where it would only be created.
    pub sender_id: Option<SenderId>,
    /// The connection; absent where it would only be created.
    pub connection_id: Option<ConnectionId>,
    /// The integrator's own key.
    pub external_reference: String,
    /// Where the connection stands.
    pub state: ConnectionState,
    /// When it was registered; absent where it would only be created.
    pub created: Option<Timestamp>,
    /// The connection's etag; empty where it would only be created.
    pub etag: String,
    /// What is known of the contact point that is registered.
    pub contact_quality: ContactQuality,
    /// Whether there is one, and it is the integrator's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_of_integrator: bool,
    /// The invitation that was made along with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invited>,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for RegisterSender {
    type Response = Registered;
    const METHOD: &'static str = "RegisterSender";

    fn validate_only(&self) -> bool {
        self.validate_only
    }

    async fn run(self, write: &mut Write) -> Result<Registered> {
        let integrator = write.acting_for(self.integrator_id.as_ref()).await?;
        let invites = self.registration.invitation.is_some();
        let agreements = if invites { write.tx.agreements().await? } else { Vec::new() };
        let desk = Desk { integrator: &integrator, agreements: &agreements, validate_only: self.validate_only };
        register(write, &desk, self.registration).await
    }
}

/// What all rows of a batch share.
pub(super) struct Desk<'a> {
    /// The integrator that registers.
    pub(super) integrator: &'a IntegratorFacts,
    /// All agreements, if anybody is invited.
    pub(super) agreements: &'a [AgreementFacts],
    /// Whether nothing is to be changed.
    pub(super) validate_only: bool,
}

/// Registers one sender with an integrator whose right to do so was settled before. A refusal leaves nothing behind.
///
/// With `validate_only` everything is done all the same, in a transaction that is then dropped: so a batch is told of its
/// own repetitions. What exists in that transaction alone has no ids in the answer.
pub(super) async fn register(write: &mut Write, desk: &Desk<'_>, mut registration: Registration) -> Result<Registered> {
    let (integrator, validate_only) = (&desk.integrator.integrator_id, desk.validate_only);
    let known = write.tx.sender_of(&registration.organisation_number).await?;
    let connection = match known {
        Some(id) => write.tx.connection(id, integrator).await?,
        None => None,
    };
    let mut invited = None;
    let (outcome, differing, row) = match &connection {
        Some(row) if row.state != ConnectionState::Ended => {
            let differing = differing(write, row, registration).await?;
            let outcome = if differing.is_empty() { Outcome::Unchanged } else { Outcome::Differs };
            (outcome, differing, row.clone())
        }
        _ => {
            let order = registration.invitation.take().map(InvitationOrder::from);
            if let Some(order) = &order {
                let situation = desk.situation(&registration);
                invitations::check(write, order, &situation, "invitation.recipient_email")?;
            }
            let (row, kept) = create(write, known, desk, connection.as_ref(), registration).await?;
            if let Some(order) = order {
                invited = Some(invitations::make(write, &row, order).await?);
            }
            let differing = kept.then(|| "contact_point".to_owned()).into_iter().collect();
            (Outcome::Created, differing, row)
        }
    };
    let head = write.tx.head().revision;
    let told = !validate_only || row.revision <= head;
    let contact_of_integrator = row.contact_is_integrators();
    if let Some(invited) = invited.as_mut().filter(|_| !told) {
        (invited.invitation_id, invited.check_code) = (None, String::new());
    }
    Ok(Registered {
        outcome,
        differing,
        sender_id: told.then_some(row.sender_id),
        connection_id: told.then_some(row.connection_id),
        external_reference: row.external_reference,
        state: row.state,
        created: told.then_some(row.created),
        etag: if told { etag(row.revision) } else { String::new() },
        contact_quality: row.contact_quality,
        contact_of_integrator,
        invitation: invited,
        revision: if validate_only { head } else { write.revision() },
        ledger_id: write.ledger_id(),
    })
}

impl Desk<'_> {
    /// What an invitation along with a registration is judged by: of the sender nothing is known yet over the connection.
    fn situation<'a>(&'a self, registration: &'a Registration) -> Situation<'a> {
        Situation {
            integrator: self.integrator,
            agreements: self.agreements,
            number: registration.organisation_number.legal(),
            sender: None,
            content_types: &registration.content_types,
        }
    }
}

/// The fields of the request that say something else than what is registered.
async fn differing(write: &mut Write, row: &ConnectionRow, registration: Registration) -> Result<Vec<String>> {
    let known = Known::of(write.tx.as_mut(), row).await?;
    let fields = [
        ("legal_name", known.name()?.as_ref() != Some(&registration.legal_name)),
        ("external_reference", row.external_reference != registration.external_reference),
        ("content_types", row.content_types != in_order(registration.content_types)),
        ("contact_point", known.contact()? != registration.contact),
    ];
    Ok(fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect())
}

/// Makes the connection, in the place of an `ended` one if there was one. Tells whether the contact point that the sender's
/// person had confirmed there was kept, though the registration says another.
async fn create(
    write: &mut Write,
    known: Option<SenderId>,
    desk: &Desk<'_>,
    ended: Option<&ConnectionRow>,
    registration: Registration,
) -> Result<(ConnectionRow, bool)> {
    let integrator = &desk.integrator.integrator_id;
    let Registration { organisation_number, legal_name, external_reference, content_types, contact, .. } = registration;
    free(write, integrator, &external_reference, "external_reference").await?;

    let sender_id = known.unwrap_or_else(|| write.new_sender_id());
    let connection_id = ConnectionId(write.entropy.uuid_v7());
    let sides = Sides { integrator: desk.integrator, sender: organisation_number.legal() };
    let confirmed = match ended {
        Some(ended) => confirmed_contact(write, ended, contact.is_some()).await?,
        None => None,
    };
    let (contact, contact_quality, kept) = match (&confirmed, ended) {
        (Some((private, email)), Some(ended)) => {
            (Some(*private), ended.contact_quality, contact.as_ref() != Some(email))
        }
        _ => {
            let quality = quality(contact.as_deref(), &sides, std::iter::empty());
            (keep_contact(write, contact).await?, quality, false)
        }
    };
    let (number, private_number, legal_name, private_name) = match organisation_number {
        OrganisationNumber::Legal(number) => (Some(number), None, Some(legal_name), None),
        OrganisationNumber::SoleTrader(number) => {
            // A sole trader's number is kept once, by whoever registers it first.
            let private_number = match known {
                None => Some(write.keep_number(&number).await?),
                Some(_) => None,
            };
            (None, private_number, None, Some(keep_name(write, legal_name).await?))
        }
    };
    let content_types = in_order(content_types);
    let terms =
        ConnectionTerms { legal_name, private_name, external_reference, content_types, contact, contact_quality };
    let mut row = ConnectionRow {
        connection_id,
        sender_id,
        integrator_id: integrator.clone(),
        state: ConnectionState::Unconfirmed,
        external_reference: String::new(),
        legal_name: None,
        private_name: None,
        contact: None,
        contact_quality,
        content_types: Vec::new(),
        created: write.now,
        updated: write.now,
        revision: 0,
    };
    write_into(&mut row, &terms);
    let integrator_id = integrator.clone();
    let event = Event::SenderRegistered {
        sender_id,
        connection_id,
        integrator_id,
        number,
        private_number,
        terms,
        contact_confirmed: confirmed.is_some(),
    };
    record(write, event, &mut row).await?;
    Ok((row, kept))
}

/// The contact point of an ended connection that outlives it, since the sender's person confirmed it (R6): whoever ends
/// and registers again does not get rid of it. `given` says whether the registration brings one.
async fn confirmed_contact(write: &mut Write, ended: &ConnectionRow, given: bool) -> Result<Option<(Private, String)>> {
    let facts = write.tx.sender(ended.sender_id).await?;
    let before = facts.as_ref().and_then(|facts| facts.connection(&ended.integrator_id));
    let confirmed = before.is_some_and(|before| before.contact_confirmed);
    if !confirmed || (given && may_change(confirmed, write.author().role)) {
        return Ok(None);
    }
    let known = Known::of(write.tx.as_mut(), ended).await?;
    Ok(known.private_contact().zip(known.contact()?))
}

/// Refuses a reference that another open connection of the integrator has.
pub(super) async fn free(
    write: &mut Write,
    integrator: &IntegratorId,
    reference: &str,
    field: &'static str,
) -> Result<()> {
    match write.tx.connection_of(integrator, reference).await? {
        Some(other) if other.state != ConnectionState::Ended => Err(Error::field(
            ErrorReason::ExternalReferenceTaken,
            field,
            "is in use for another of the integrator's senders; take one that is not",
        )),
        _ => Ok(()),
    }
}
