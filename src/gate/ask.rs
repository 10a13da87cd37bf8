//! One question to a state.

use super::{record::Record, state::State};
use crate::domain::{
    answer::Answer,
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
        match self.find(sender, integrator_id) {
            Some(record) => {
                self.timelines().answer(self.catalogue(), record.profile(), integrator_id, content_type, now)
            }
            None => Answer::not_visible(),
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
