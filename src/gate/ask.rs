//! One question to a state.

use super::{record::Record, state::State};
use crate::domain::{
    decision::{Question, Verdict, decide, next_scheduled_change},
    ids::{IntegratorId, SenderId},
    organisation_number::OrganisationNumber,
    reason::Code,
    time::Timestamp,
    vocabulary::ContentType,
};

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

/// One answer of the gate.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The verdict.
    pub verdict: Verdict<'a>,
    /// When it changes by itself.
    pub next_change: Option<Timestamp>,
}

impl Answer<'_> {
    /// The answer about what nobody may know of.
    pub fn not_visible() -> Self {
        Self { verdict: Verdict::Closed(Code::SenderNotVisible), next_change: None }
    }
}

impl State {
    /// May this sender send this through this integrator?
    pub fn answer(
        &self,
        sender: &Named,
        integrator_id: &IntegratorId,
        content_type: ContentType,
        now: Timestamp,
    ) -> Answer<'_> {
        let catalogue = self.catalogue();
        let sender = self.find(sender, integrator_id).map(Record::facts);
        // The verdict borrows from the state alone: the slug of the question does not live as long.
        let known = catalogue.integrators.get_key_value(integrator_id);
        let Some((integrator_id, _)) = known else { return Answer::not_visible() };
        let question = Question { integrator_id, sender, content_type };
        Answer {
            verdict: decide(catalogue, &question, now),
            next_change: next_scheduled_change(catalogue, &question, now),
        }
    }

    fn find(&self, named: &Named, integrator: &IntegratorId) -> Option<&Record> {
        match named {
            Named::Number(number) => self.sender_of(number),
            Named::Id(id) => self.sender(*id),
            Named::Reference(reference) => self.sender_referred(integrator, reference),
        }
    }
}
