//! One question to a state.

use super::{record::Record, state::State};
use crate::domain::{
    decision::{Answer, Question},
    ids::{IntegratorId, SenderId},
    organisation_number::OrganisationNumber,
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
        // Whose integrator is not known, its question is not either: the same answer, without a look at the sender.
        let integrator = catalogue.integrators.get(integrator_id);
        let sender = integrator.and_then(|_| self.find(sender, integrator_id)).map(Record::facts);
        Answer::of(catalogue, &Question { integrator, sender, content_type }, now)
    }

    fn find(&self, named: &Named, integrator: &IntegratorId) -> Option<&Record> {
        match named {
            Named::Number(number) => self.sender_of(number),
            Named::Id(id) => self.sender(*id),
            Named::Reference(reference) => self.sender_referred(integrator, reference),
        }
    }
}
