//! The one fold from events to facts. The store keeps its result row by row, the gate keeps it in memory, and a test
//! holds both against a fold of the whole ledger.

use super::{
    acts::{Act, ActKind, ActState},
    agreement::{AgreementFacts, EnforcementRule, Notice, Withdrawal},
    contact,
    exception::{Exception, ExceptionState, Suspension},
    ids::{AcceptanceId, AgreementId, ConnectionId, ExceptionId, SenderId},
    integrator::IntegratorFacts,
    ledger::{Author, Entry, Event, Private},
    organisation_number::LegalNumber,
    sender::{Confirmation, Connection, SenderFacts},
    time::Timestamp,
    vocabulary::{ConfirmationBasis, ConnectionState, Method, Role},
};

/// An event that does not fit the facts before it: the ledger or the tables were tampered with, or a rule was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("revision {revision}: {event} does not fit the facts before it")]
pub struct Misfit {
    /// Where.
    pub revision: u64,
    /// Which event.
    pub event: &'static str,
}

fn misfit(entry: &Entry) -> Misfit {
    Misfit { revision: entry.revision, event: entry.event.name() }
}

/// The integrator's facts after an entry that touches it.
pub fn integrator(before: Option<IntegratorFacts>, entry: &Entry) -> Result<IntegratorFacts, Misfit> {
    if let (None, Event::IntegratorCreated { integrator_id, display_name, number, kind, email_domains }) =
        (&before, &entry.event)
    {
        return Ok(IntegratorFacts {
            integrator_id: integrator_id.clone(),
            display_name: display_name.clone(),
            organisation_number: *number,
            kind: *kind,
            email_domains: email_domains.clone(),
            suspension: None,
            exceptions: Vec::new(),
            created: entry.time,
            updated: entry.time,
            revision: entry.revision,
        });
    }
    let mut facts = before.ok_or_else(|| misfit(entry))?;
    match &entry.event {
        Event::IntegratorUpdated { display_name, kind, email_domains, .. } => {
            facts.display_name.clone_from(display_name);
            facts.kind = *kind;
            facts.email_domains.clone_from(email_domains);
        }
        Event::IntegratorSuspended { reason, .. } => facts.suspension = suspension(entry, reason),
        Event::IntegratorResumed { .. } => facts.suspension = None,
        event => exception(&mut facts.exceptions, event, &entry.author).ok_or_else(|| misfit(entry))?,
    }
    facts.updated = entry.time;
    facts.revision = entry.revision;
    Ok(facts)
}

/// The agreement's facts after an entry that touches it.
pub fn agreement(before: Option<AgreementFacts>, entry: &Entry) -> Result<AgreementFacts, Misfit> {
    if let (
        None,
        Event::AgreementCreated { agreement_id, kind, titles, content_types, enforcement, minimum_assurance },
    ) = (&before, &entry.event)
    {
        return Ok(AgreementFacts {
            agreement_id: agreement_id.clone(),
            kind: *kind,
            titles: titles.clone(),
            content_types: content_types.clone(),
            enforcement: vec![EnforcementRule {
                integrator_id: None,
                from: Timestamp::BEGINNING,
                enforcement: *enforcement,
                minimum_assurance: *minimum_assurance,
                revision: entry.revision,
            }],
            versions: Vec::new(),
            withdrawals: Vec::new(),
            created: entry.time,
            revision: entry.revision,
        });
    }
    let mut facts = before.ok_or_else(|| misfit(entry))?;
    match &entry.event {
        Event::EnforcementSet { integrator_id, enforcement, minimum_assurance, effective, .. } => {
            facts.enforcement.push(EnforcementRule {
                integrator_id: integrator_id.clone(),
                from: *effective,
                enforcement: *enforcement,
                minimum_assurance: *minimum_assurance,
                revision: entry.revision,
            });
        }
        Event::VersionPublished { version, .. } => {
            let after =
                |v: &super::agreement::Version| (v.effective, v.revision) <= (version.effective, version.revision);
            let place = facts.versions.partition_point(after);
            facts.versions.insert(place, version.clone());
        }
        Event::VersionWithdrawn { version, .. } => {
            let published = facts.versions.iter_mut().find(|v| v.label == *version);
            published.ok_or_else(|| misfit(entry))?.withdrawn = true;
            facts.withdrawals.push(Withdrawal { version: version.clone(), time: entry.time, revision: entry.revision });
        }
        _ => return Err(misfit(entry)),
    }
    facts.revision = entry.revision;
    Ok(facts)
}

/// The facts of sender `id` after an entry that touches it.
pub fn sender(before: Option<SenderFacts>, id: SenderId, entry: &Entry) -> Result<SenderFacts, Misfit> {
    let mut facts = match (before, &entry.event) {
        (Some(facts), _) => facts,
        (None, Event::SenderRegistered { number, .. }) => unknown(id, *number, entry),
        (None, Event::AcceptanceRecorded { covered, .. }) => {
            let company = covered.iter().find(|c| c.sender_id == id).ok_or_else(|| misfit(entry))?;
            unknown(id, Some(company.number), entry)
        }
        (None, _) => return Err(misfit(entry)),
    };
    match &entry.event {
        Event::SenderRegistered { connection_id, integrator_id, terms, contact_confirmed, .. } => {
            let before = facts.connection(integrator_id);
            facts.connections.push(Connection {
                connection_id: *connection_id,
                integrator_id: integrator_id.clone(),
                state: ConnectionState::Unconfirmed,
                contact: terms.contact_quality,
                external_reference: terms.external_reference.clone(),
                content_types: terms.content_types.clone(),
                confirmed: None,
                ended: None,
                // A contest outlives the connection: whoever ends and registers again does not get rid of it.
                contested: before.and_then(|before| before.contested),
                contact_confirmed: *contact_confirmed,
                contact_bounced: *contact_confirmed && before.is_some_and(|before| before.contact_bounced),
            });
        }
        Event::ConnectionUpdated { connection_id, terms, reconfirms, .. } => {
            facts.unconfirmed.retain(|id| !reconfirms.contains(id));
            let connection = open(&mut facts, connection_id).ok_or_else(|| misfit(entry))?;
            connection.contact = terms.contact_quality;
            // Whether the address is another one is not told; if it is not, the next mail comes back again.
            connection.contact_bounced = false;
            connection.external_reference.clone_from(&terms.external_reference);
            connection.content_types.clone_from(&terms.content_types);
        }
        Event::ConnectionConfirmed { connection_id, .. } => {
            let basis = match entry.author.role {
                Role::Integrator => ConfirmationBasis::Instruction,
                Role::Operator => ConfirmationBasis::Operator,
                Role::Sender | Role::System => ConfirmationBasis::Act,
            };
            open(&mut facts, connection_id).ok_or_else(|| misfit(entry))?.confirm(entry.time, basis);
        }
        Event::ConnectionEnded { connection_id, .. } => {
            let connection = open(&mut facts, connection_id).ok_or_else(|| misfit(entry))?;
            connection.state = ConnectionState::Ended;
            connection.ended = Some(entry.time);
        }
        Event::SenderSuspended { reason, .. } => facts.suspension = suspension(entry, reason),
        Event::SenderResumed { .. } => facts.suspension = None,
        Event::AcceptanceRecorded { .. } | Event::DeclineRecorded { .. } => record_acts(&mut facts, entry)?,
        Event::GroupCoverageEnded { acceptance_id, covered, .. } if covered.sender_id == id => {
            let known = facts.set_state(acceptance_id.0, ActKind::Coverage, ActState::CoverageEnded, entry.time);
            known.ok_or_else(|| misfit(entry))?;
        }
        Event::GroupCoverageEnded { .. }
        | Event::InvitationCreated { .. }
        | Event::LinkMinted { .. }
        | Event::InvitationSent { .. }
        | Event::InvitationBounced { .. }
        | Event::InvitationEnded { .. }
        | Event::FirstSignatureGiven { .. } => {}
        Event::AcceptanceContested { acceptance_ids, until, .. } => {
            facts
                .contest(acceptance_ids, ActState::Contested { until: *until, with: None })
                .ok_or_else(|| misfit(entry))?;
        }
        Event::ContestResolved { acceptance_ids, .. } => {
            facts.resolve(acceptance_ids).ok_or_else(|| misfit(entry))?;
        }
        Event::ConnectionContested { connection_id, until, .. } => {
            open(&mut facts, connection_id).ok_or_else(|| misfit(entry))?.contested = Some(*until);
        }
        Event::ConnectionContestResolved { connection_id, .. } => {
            open(&mut facts, connection_id).ok_or_else(|| misfit(entry))?.contested = None;
        }
        Event::NoticeGiven { agreement_id, version, .. } => {
            let known = |n: &Notice| n.agreement_id == *agreement_id && n.version == *version;
            // The first notice counts: telling again gives no more time.
            if !facts.notices.iter().any(known) {
                facts.notices.push(Notice {
                    agreement_id: agreement_id.clone(),
                    version: version.clone(),
                    time: entry.time,
                });
            }
        }
        Event::NoticeFailed { agreement_id, version, .. } => {
            facts.notices.retain(|n| n.agreement_id != *agreement_id || n.version != *version);
        }
        Event::MailUndelivered { connection_id, confirms, .. } => {
            if let Some(connection) = connection_id.as_ref().and_then(|id| open(&mut facts, id)) {
                connection.contact_bounced = true;
            }
            for id in confirms {
                if !facts.unconfirmed.contains(id) {
                    facts.unconfirmed.push(*id);
                }
            }
        }
        Event::AcceptanceInvalidated { acceptance_id, sender_id, .. } => {
            let kind = if *sender_id == id { ActKind::Acceptance } else { ActKind::Coverage };
            facts.set_state(acceptance_id.0, kind, ActState::Invalidated, entry.time).ok_or_else(|| misfit(entry))?;
        }
        event => exception(&mut facts.exceptions, event, &entry.author).ok_or_else(|| misfit(entry))?,
    }
    facts.revision = entry.revision;
    Ok(facts)
}

fn suspension(entry: &Entry, reason: &Private) -> Option<Suspension> {
    Some(Suspension { since: entry.time, reason: reason.record_id })
}

fn unknown(sender_id: SenderId, number: Option<LegalNumber>, entry: &Entry) -> SenderFacts {
    SenderFacts::new(sender_id, number, entry.time, entry.revision)
}

fn open<'a>(facts: &'a mut SenderFacts, id: &ConnectionId) -> Option<&'a mut Connection> {
    facts.connections.iter_mut().find(|c| c.connection_id == *id && c.state != ConnectionState::Ended)
}

impl Connection {
    fn confirm(&mut self, time: Timestamp, basis: ConfirmationBasis) {
        self.state = ConnectionState::Active;
        self.confirmed.get_or_insert(Confirmation { time, basis });
    }
}

impl SenderFacts {
    fn set_state(&mut self, id: uuid::Uuid, kind: ActKind, state: ActState, now: Timestamp) -> Option<()> {
        let act = self.acts.iter_mut().find(|a| a.id == id && a.kind == kind)?;
        // Invalidation is final, a contest's too: nothing that comes after it makes less of it.
        let lapsed = matches!(act.state, ActState::Contested { until, .. } if until <= now);
        if act.state != ActState::Invalidated && (!lapsed || state == ActState::Invalidated) {
            act.state = state;
        }
        Some(())
    }

    /// Marks what still stands of an act as contested. What is contested already keeps its deadline.
    fn contest(&mut self, ids: &[AcceptanceId], state: ActState) -> Option<()> {
        let mut known = None;
        for act in self.acts.iter_mut().filter(|act| ids.iter().any(|id| id.0 == act.id)) {
            known = Some(());
            if act.state == ActState::Valid {
                act.state = state;
            }
        }
        known
    }
}

impl SenderFacts {
    /// Takes the contest of an act away, and with it that of the acts which were recorded under it.
    fn resolve(&mut self, ids: &[AcceptanceId]) -> Option<()> {
        let named = |id: uuid::Uuid| ids.iter().any(|known| known.0 == id);
        self.acts.iter().find(|act| named(act.id))?;
        for act in &mut self.acts {
            if let ActState::Contested { with, .. } = act.state
                && (named(act.id) || with.is_some_and(named))
            {
                act.state = ActState::Valid;
            }
        }
        Some(())
    }
}

fn record_acts(facts: &mut SenderFacts, entry: &Entry) -> Result<(), Misfit> {
    match &entry.event {
        Event::AcceptanceRecorded {
            sender_id,
            connection_id,
            integrator_id,
            accepted,
            assurance,
            accept_time,
            method,
            contact_quality,
            retroactive_delivery,
            ..
        } => {
            let own = *sender_id == facts.sender_id;
            // What an integrator records while an act of its kind is contested is contested as well: only the sender's own
            // person, or the operator, takes a contest away.
            let contest = |agreement: &AgreementId| {
                let same = |act: &&Act| act.kind != ActKind::Decline && act.agreement_id == *agreement;
                let first = facts.acts.iter().filter(same).filter_map(|act| match act.state {
                    ActState::Contested { until, with } => Some((until, with.unwrap_or(act.id))),
                    _ => None,
                });
                first.max().filter(|_| *method != Method::HostedForm)
            };
            let under = |(until, with)| ActState::Contested { until, with: Some(with) };
            let states: Vec<ActState> =
                accepted.iter().map(|one| contest(&one.agreement_id).map_or(ActState::Valid, under)).collect();
            facts.acts.extend(accepted.iter().zip(states).map(|(one, state)| Act {
                id: one.acceptance_id.0,
                agreement_id: one.agreement_id.clone(),
                version: one.version.clone(),
                kind: if own { ActKind::Acceptance } else { ActKind::Coverage },
                assurance: *assurance,
                time: *accept_time,
                revision: entry.revision,
                state,
                retroactive_delivery: *retroactive_delivery,
                through: Some(integrator_id.clone()),
            }));
            if own {
                let connection = open(facts, connection_id).ok_or_else(|| misfit(entry))?;
                connection.confirm(entry.time, ConfirmationBasis::Act);
                let word = contact::word(*method);
                if word == Role::Sender {
                    // The sender's own person knows with whom it deals.
                    connection.contested = None;
                }
                if let Some(quality) = contact_quality
                    && contact::may_change(connection.contact_confirmed, word)
                {
                    connection.contact = *quality;
                    connection.contact_bounced = false;
                    connection.contact_confirmed = word == Role::Sender;
                }
            }
        }
        Event::DeclineRecorded {
            decline_id,
            connection_id,
            integrator_id,
            agreement_id,
            version,
            assurance,
            decline_time,
            ..
        } => {
            facts.acts.push(Act {
                id: decline_id.0,
                agreement_id: agreement_id.clone(),
                version: version.clone(),
                kind: ActKind::Decline,
                assurance: *assurance,
                time: *decline_time,
                revision: entry.revision,
                state: ActState::Valid,
                retroactive_delivery: false,
                through: Some(integrator_id.clone()),
            });
            open(facts, connection_id).ok_or_else(|| misfit(entry))?.confirm(entry.time, ConfirmationBasis::Act);
        }
        _ => return Err(misfit(entry)),
    }
    Ok(())
}

fn exception(exceptions: &mut Vec<Exception>, event: &Event, author: &Author) -> Option<()> {
    let find = |list: &mut Vec<Exception>, id: &ExceptionId, state| {
        list.iter_mut().find(|e| e.exception_id == *id).map(|e| e.state = state)
    };
    match event {
        Event::ExceptionProposed { exception_id, until, .. } => {
            exceptions.push(Exception {
                exception_id: *exception_id,
                state: ExceptionState::Proposed,
                until: *until,
                proposed_by: author.actor_id,
            });
            Some(())
        }
        Event::ExceptionApproved { exception_id, .. } => {
            let waits =
                exceptions.iter().any(|e| e.exception_id == *exception_id && e.state == ExceptionState::Proposed);
            waits.then(|| find(exceptions, exception_id, ExceptionState::Approved)).flatten()
        }
        Event::ExceptionEnded { exception_id, .. } => find(exceptions, exception_id, ExceptionState::Ended),
        _ => None,
    }
}
