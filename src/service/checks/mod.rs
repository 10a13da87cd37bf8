//! The gate's questions. They touch no database and take no lock: each is answered from one immutable state.

pub mod moment;

use super::{caller::Caller, error::Result, write::own_or_named};
use crate::{
    domain::{
        decision::{Question, Verdict, decide, next_scheduled_change},
        explanation::{Explanation, explain},
        ids::{IntegratorId, SenderId},
        organisation_number::OrganisationNumber,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::ContentType,
    },
    gate::state::State,
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
    let Some(integrator_id) = integrator_id else {
        return Ok(Answer {
            verdict: Verdict::Closed(crate::domain::reason::Code::SenderNotVisible),
            next_change: None,
        });
    };
    let question = Question { integrator_id, sender, content_type: ask.content_type };
    Ok(Answer {
        verdict: decide(moment.state.catalogue(), &question, moment.evaluate),
        next_change: next_scheduled_change(moment.state.catalogue(), &question, moment.evaluate),
    })
}

/// The answer with all facts behind it; nothing beside the answer where the integrator is not known.
pub fn explain_send<'a>(moment: &'a Moment, caller: &Caller, ask: &Ask) -> Result<(Answer<'a>, Option<Explained<'a>>)> {
    let answer = check(moment, caller, ask)?;
    let named = own_or_named(caller, ask.integrator_id.as_ref())?;
    let catalogue = moment.state.catalogue();
    let known = catalogue.integrators.get_key_value(&named);
    let (Some((integrator_id, _)), Some(sender)) = (known, find(&moment.state, &ask.sender, &named)) else {
        return Ok((answer, None));
    };
    let question = Question { integrator_id, sender: Some(sender), content_type: ask.content_type };
    let explanation = explain(catalogue, &question, moment.evaluate);
    Ok((answer, Some(Explained { integrator_id, sender, explanation })))
}

/// An explanation with whom it is about.
#[derive(Debug)]
pub struct Explained<'a> {
    /// The integrator.
    pub integrator_id: &'a IntegratorId,
    /// The sender.
    pub sender: &'a SenderFacts,
    /// The facts.
    pub explanation: Explanation<'a>,
}

fn find<'a>(state: &'a State, named: &Named, integrator: &IntegratorId) -> Option<&'a SenderFacts> {
    match named {
        Named::Number(number) => state.sender_of(number),
        Named::Id(id) => state.sender(*id),
        Named::Reference(reference) => state.sender_referred(integrator, reference),
    }
}
