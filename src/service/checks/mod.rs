//! The gate's questions. A check touches no database and takes no lock: it is answered from one immutable state.

pub mod explain;
pub mod moment;

use super::{caller::Caller, error::Result, write::own_or_named};
use crate::{
    domain::{
        decision::{Question, Verdict, decide, next_scheduled_change},
        ids::{IntegratorId, SenderId},
        organisation_number::OrganisationNumber,
        reason::Code,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::ContentType,
    },
    gate::{record::Record, state::State},
};
use moment::Moment;

/// How a question names the sender.
#[derive(Debug)]
pub enum Named {
    /// By its organisation number.
    Number(OrganisationNumber),
    /// By its id.
    Id(SenderId),
    /// By the integrator's own reference.
    Reference(String),
}

/// One question to the gate.
#[derive(Debug)]
pub struct Ask {
    /// The sender.
    pub sender: Named,
    /// The integrator; an integrator may leave it out.
    pub integrator_id: Option<IntegratorId>,
    /// What would be sent.
    pub content_type: ContentType,
}

/// One answer of the gate.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The verdict.
    pub verdict: Verdict<'a>,
    /// When it changes by itself.
    pub next_change: Option<Timestamp>,
}

/// May this sender send this through this integrator?
pub fn check<'a>(moment: &'a Moment, caller: &Caller, ask: &Ask) -> Result<Answer<'a>> {
    let integrator_id = own_or_named(caller, ask.integrator_id.as_ref())?;
    let sender = find(&moment.state, &ask.sender, &integrator_id);
    // The verdict borrows from the state alone: the slug of the question does not live as long.
    let integrator_id = moment.state.catalogue().integrators.get_key_value(&integrator_id).map(|(known, _)| known);
    let Some(integrator_id) = integrator_id else { return Ok(not_visible()) };
    let question = Question { integrator_id, sender, content_type: ask.content_type };
    Ok(Answer {
        verdict: decide(moment.state.catalogue(), &question, moment.at.evaluate),
        next_change: next_scheduled_change(moment.state.catalogue(), &question, moment.at.evaluate),
    })
}

/// The answer about what nobody may know of.
fn not_visible<'a>() -> Answer<'a> {
    Answer { verdict: Verdict::Closed(Code::SenderNotVisible), next_change: None }
}

fn find<'a>(state: &'a State, named: &Named, integrator: &IntegratorId) -> Option<&'a SenderFacts> {
    let record = match named {
        Named::Number(number) => state.sender_of(number),
        Named::Id(id) => state.sender(*id),
        Named::Reference(reference) => state.sender_referred(integrator, reference),
    };
    record.map(Record::facts)
}
