//! Making an invitation and ending one, for every way in: the calls of integrators and operators, registrations, and what
//! people at the sender do on the form.

use crate::{
    domain::{
        agreement::AgreementFacts,
        authority::Sides,
        ids::{ConnectionId, InvitationId, SenderId},
        integrator::IntegratorFacts,
        invitation::{check_code, expires, state_at},
        ledger::{Event, event},
        mail::MailPurpose,
        offer::offers,
        organisation_number::LegalNumber,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{ContentType, InvitationCause, InvitationState, Language},
    },
    service::{
        error::{Error, ErrorReason, Resource, Result},
        mail::queue::queue,
        private::Contact,
        write::Write,
    },
    store::{ConnectionRow, InvitationFilter, InvitationRow, PrivateKind},
};
use serde::{Deserialize, Serialize};

/// More open invitations than one connection can have: one, and that of a second signatory.
const MOST_OPEN: u32 = 16;

/// Whom to invite, and how it came about. Holds personal data: not to be printed.
pub(crate) struct InvitationOrder {
    /// The address.
    pub(crate) recipient: String,
    /// The language of mail and form.
    pub(crate) language: Language,
    /// Whether two persons must sign.
    pub(crate) two_signatories: bool,
    /// How it came about.
    pub(crate) cause: InvitationCause,
    /// The one that it takes the place of, where that is known beforehand; it may have ended.
    pub(crate) replaces: Option<InvitationId>,
    /// For the second signatory: the first one's.
    pub(crate) joint_with: Option<InvitationId>,
}

impl InvitationOrder {
    /// One that an integrator or an operator asks for.
    pub(crate) fn requested(recipient: String, language: Language, two_signatories: bool) -> Self {
        let cause = InvitationCause::Requested;
        Self { recipient, language, two_signatories, cause, replaces: None, joint_with: None }
    }
}

/// What was made of it. No address and no link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Its id; absent where it would only be created.
    pub invitation_id: Option<InvitationId>,
    /// What mail and integrator show; empty where it would only be created.
    pub check_code: String,
    /// Until when its link works.
    pub expires: Timestamp,
    /// The open one whose place it took.
    pub superseded: Option<InvitationId>,
}

/// What an order is judged by.
pub(crate) struct Situation<'a> {
    /// The integrator.
    pub(crate) integrator: &'a IntegratorFacts,
    /// All agreements.
    pub(crate) agreements: &'a [AgreementFacts],
    /// The sender's number; absent for a sole trader.
    pub(crate) number: Option<LegalNumber>,
    /// The sender as its integrator may know it; absent where nothing is known.
    pub(crate) sender: Option<&'a SenderFacts>,
    /// What the sender means to send.
    pub(crate) content_types: &'a [ContentType],
}

/// Refuses an order for everything that could be wrong with it, before anything is written. `field` is how the request
/// calls the address.
pub(crate) fn check(write: &Write, order: &InvitationOrder, situation: &Situation<'_>, field: &str) -> Result<()> {
    if !write.has_form {
        return Err(Error::new(
            ErrorReason::InvitationsNotOffered,
            "this service has no public address at which people could accept; record the acceptance instead",
        ));
    }
    let integrator = situation.integrator;
    if (Sides { integrator, sender: situation.number }).is_integrators(&order.recipient) {
        return Err(Error::field(
            ErrorReason::RecipientIsIntegrator,
            field,
            "an address in the integrator's own domains cannot accept for a sender; it must be the sender's own person",
        ));
    }
    // What came through others shows only over a connection that the sender itself confirmed.
    let id = &integrator.integrator_id;
    let unknown = SenderFacts::new(SenderId(uuid::Uuid::nil()), None, write.now, 0);
    let sender = situation.sender.unwrap_or(&unknown).seen_through(id, write.now);
    if offers(situation.agreements, &sender, id, situation.content_types, write.now).is_empty() {
        return Err(Error::new(
            ErrorReason::NothingToAccept,
            "the sender has accepted everything that is published, or nothing is published that applies to it",
        ));
    }
    Ok(())
}

/// Judges an order and makes the invitation: the event, its row, and the mail that is to go out.
pub(crate) async fn invite(
    write: &mut Write,
    connection: &ConnectionRow,
    order: InvitationOrder,
    field: &str,
) -> Result<Invited> {
    let integrator = write.tx.integrator(&connection.integrator_id).await?;
    let integrator = integrator.ok_or_else(|| Error::not_found(Resource::Integrator))?;
    let agreements = write.tx.agreements().await?;
    let sender = write.tx.sender(connection.sender_id).await?.ok_or_else(|| Error::not_found(Resource::Sender))?;
    let situation = Situation {
        integrator: &integrator,
        agreements: &agreements,
        number: sender.number,
        sender: Some(&sender),
        content_types: &connection.content_types,
    };
    check(write, &order, &situation, field)?;
    make(write, connection, order).await
}

/// Makes an invitation that was judged before. What was open over the connection is superseded; a second signatory's
/// takes the place only of another second signatory's.
pub(crate) async fn make(write: &mut Write, connection: &ConnectionRow, order: InvitationOrder) -> Result<Invited> {
    let (mut superseded, joint_with) = (None, order.joint_with);
    for row in open(write, connection.connection_id).await? {
        if joint_with.is_none() || row.joint_with == joint_with {
            if row.joint_with == joint_with {
                superseded = Some(row.invitation_id);
            }
            end(write, row, InvitationState::Superseded).await?;
        }
    }
    let record = write.keep(PrivateKind::Contact, &Contact { email: order.recipient }).await?;
    let mut row = InvitationRow {
        invitation_id: InvitationId(write.entropy.uuid_v7()),
        sender_id: connection.sender_id,
        connection_id: connection.connection_id,
        integrator_id: connection.integrator_id.clone(),
        state: InvitationState::Created,
        recipient: record.record_id,
        language: order.language,
        two_signatories: order.two_signatories,
        cause: order.cause,
        replaces: order.replaces.or(superseded),
        joint_with,
        signature_revision: None,
        answer_revision: None,
        reminders: 0,
        created: write.now,
        sent: None,
        expires: expires(write.now),
        ended: None,
        revision: 0,
    };
    let event = Event::InvitationCreated {
        about: about(&row),
        recipient: record,
        language: row.language,
        two_signatories: row.two_signatories,
        cause: row.cause,
        replaces: row.replaces,
        joint_with,
    };
    row.revision = write.record(event).await?;
    write.tx.put_invitation(&row).await?;
    let purpose = MailPurpose::Invitation { invitation_id: row.invitation_id };
    let about = (Some(row.sender_id), Some(row.connection_id));
    queue(write, purpose, about, Some(row.recipient), row.language).await?;
    let check_code = check_code(row.invitation_id);
    Ok(Invited { invitation_id: Some(row.invitation_id), check_code, expires: row.expires, superseded })
}

/// Ends an invitation without an act of the sender: cancelled, superseded or not ours. A mail that still waits is dropped
/// when its turn comes.
pub(crate) async fn end(write: &mut Write, mut row: InvitationRow, state: InvitationState) -> Result<InvitationRow> {
    row.revision = write.record(Event::InvitationEnded { about: about(&row), state }).await?;
    row.state = state;
    row.ended = Some(write.now);
    write.tx.put_invitation(&row).await?;
    Ok(row)
}

/// Ends invitations by the sender's own act, which a revision recorded.
pub(crate) async fn answered(
    write: &mut Write,
    ids: impl IntoIterator<Item = InvitationId>,
    state: InvitationState,
    revision: u64,
) -> Result<()> {
    for id in ids {
        if let Some(mut row) = write.tx.invitation(id).await? {
            row.state = state;
            row.answer_revision = Some(revision);
            row.ended = Some(write.now);
            row.revision = revision;
            write.tx.put_invitation(&row).await?;
        }
    }
    Ok(())
}

/// Ends whatever is open over a connection.
pub(crate) async fn end_open(write: &mut Write, connection: &ConnectionRow, state: InvitationState) -> Result<()> {
    for row in open(write, connection.connection_id).await? {
        end(write, row, state).await?;
    }
    Ok(())
}

/// The invitations over a connection that still wait for an answer.
pub(super) async fn open(write: &mut Write, connection: ConnectionId) -> Result<Vec<InvitationRow>> {
    let filter = InvitationFilter {
        connection_id: Some(connection),
        states: vec![InvitationState::Created, InvitationState::Sent, InvitationState::Bounced],
        expires_from: Some(write.now.plus_seconds(1)),
        ..InvitationFilter::default()
    };
    let mut rows = write.tx.invitations(&filter, MOST_OPEN).await?;
    rows.retain(|row| state_at(row.state, row.expires, write.now).is_open());
    Ok(rows)
}

/// What every event about an invitation says.
pub(crate) fn about(row: &InvitationRow) -> event::Invited {
    event::Invited {
        invitation_id: row.invitation_id,
        sender_id: row.sender_id,
        connection_id: row.connection_id,
        integrator_id: row.integrator_id.clone(),
    }
}
