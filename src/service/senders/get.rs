//! `GetSender`.

use super::{
    resolve::{self, SenderName},
    view::{ConnectionView, views},
};
use crate::{
    domain::{
        acts::{Act, ActKind, ActState},
        exception::Suspension,
        ids::{IntegratorId, SenderId},
        ledger::Event,
        organisation_number::LegalNumber,
        sender::SenderFacts,
        vocabulary::{Assurance, ConnectionState},
    },
    service::{
        Services,
        caller::{Caller, Reach},
        entries::entry,
        error::{Error, Resource, Result},
        private::{self, Contact},
    },
    store::{ConnectionRow, Reader},
};

/// How many of a sender's newest acceptances are searched for a contact point.
const ACTS_SEARCHED: usize = 20;

/// A sender as the caller may see it. Holds personal data: not to be printed or kept.
pub struct SenderView {
    /// Its id.
    pub sender_id: SenderId,
    /// Its number; absent for a sole trader, whose number is shown to nobody.
    pub number: Option<LegalNumber>,
    /// What belongs to the sender itself; absent for an integrator without an active connection.
    pub own: Option<OwnView>,
    /// An integrator's own newest connection, or for others the newest of each integrator.
    pub connections: Vec<ConnectionView>,
}

/// What belongs to the sender, whichever integrator it came through.
pub struct OwnView {
    /// Whether it is suspended.
    pub suspension: Option<Suspension>,
    /// Why, for operators.
    pub suspension_reason: Option<String>,
    /// The contact point that came with the newest of its acts that gave one.
    pub contact: Option<String>,
}

/// Reads one sender, and the revision it was read at.
pub async fn get_sender(services: &Services, caller: &Caller, name: &SenderName) -> Result<(SenderView, u64)> {
    let mut reader = services.store.read().await?;
    let (sender_id, connection) = resolve::sender(reader.as_mut(), caller, name).await?;
    let facts = reader.sender(sender_id).await?.ok_or_else(|| Error::not_found(Resource::Sender))?;
    let now = services.clock.now();
    let (rows, own) = match caller.reach() {
        Reach::Own(integrator) => {
            let known = facts.connection(integrator);
            let active = known.is_some_and(|known| known.state_at(now) == ConnectionState::Active);
            let own = if active { Some(own(reader.as_mut(), &facts, Some(integrator)).await?) } else { None };
            (connection.into_iter().collect(), own)
        }
        Reach::All => {
            let mut own = own(reader.as_mut(), &facts, None).await?;
            own.suspension_reason = match &facts.suspension {
                Some(suspension) => private::note(reader.as_mut(), suspension.reason).await?,
                None => None,
            };
            (newest(reader.as_mut(), &facts).await?, Some(own))
        }
    };
    let connections = views(reader.as_mut(), rows.into_iter().map(|row| (row, &facts)), now).await?;
    let view = SenderView { sender_id, number: facts.number, own, connections };
    Ok((view, reader.head().revision))
}

/// The newest connection of each integrator, in the order they were made.
pub(super) async fn newest(reader: &mut dyn Reader, facts: &SenderFacts) -> Result<Vec<ConnectionRow>> {
    let mut rows = Vec::new();
    for known in &facts.connections {
        let counts =
            facts.connection(&known.integrator_id).is_some_and(|newest| newest.connection_id == known.connection_id);
        if counts {
            rows.extend(reader.connection(facts.sender_id, &known.integrator_id).await?);
        }
    }
    Ok(rows)
}

async fn own(reader: &mut dyn Reader, facts: &SenderFacts, reader_is: Option<&IntegratorId>) -> Result<OwnView> {
    let suspension = facts.suspension.clone();
    Ok(OwnView { suspension, suspension_reason: None, contact: contact_of_acts(reader, facts, reader_is).await? })
}

/// The contact point of the newest valid acceptance that gave one. One that an integrator recorded is not shown to
/// another: only the sender's own person makes a contact point the sender's (R6).
async fn contact_of_acts(
    reader: &mut dyn Reader,
    facts: &SenderFacts,
    integrator: Option<&IntegratorId>,
) -> Result<Option<String>> {
    let shown = |act: &&Act| {
        let through =
            integrator.is_none() || act.through.as_ref() == integrator || act.assurance >= Assurance::SenderConfirmed;
        let stands = matches!(act.state, ActState::Valid | ActState::Contested { .. });
        act.kind == ActKind::Acceptance && stands && through
    };
    let mut acts: Vec<&Act> = facts.acts.iter().filter(shown).collect();
    acts.sort_by_key(|act| std::cmp::Reverse(act.order()));
    // One act accepts several agreements at once, all at one revision.
    acts.dedup_by_key(|act| act.revision);
    for act in acts.into_iter().take(ACTS_SEARCHED) {
        let entry = entry(reader, act.revision).await?;
        if let Event::AcceptanceRecorded { contact: Some(contact), .. } = entry.event {
            return Ok(private::body::<Contact>(reader, contact.record_id).await?.map(|contact| contact.email));
        }
    }
    Ok(None)
}
