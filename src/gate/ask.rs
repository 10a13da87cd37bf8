//! One question to a state.

use super::{record::Found, state::State};
use crate::domain::{
    answer::Answer,
    ids::{IntegratorId, SenderId},
    organisation_number::OrganisationNumber,
    time::Timestamp,
    vocabulary::ContentType,
};

/// How a question names the sender.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
        self.answer_about(self.find(sender, integrator_id), integrator_id, content_type, now)
    }

    /// The sender that an integrator names.
    pub fn find(&self, sender: &Named, integrator_id: &IntegratorId) -> Option<Found<'_>> {
        match sender {
            Named::Number(number) => self.sender_of(number),
            Named::Id(id) => self.sender(*id).map(Found::from),
            Named::Reference(reference) => self.sender_referred(integrator_id, reference).map(Found::from),
        }
    }

    /// The senders of many questions, in their order.
    pub fn find_each<'n>(
        &self,
        names: impl Iterator<Item = Option<(&'n Named, &'n IntegratorId)>> + Clone,
    ) -> Vec<Option<Found<'_>>> {
        let numbers = names.clone().map(|name| match name {
            Some((Named::Number(number), _)) => Some(number.packed()),
            _ => None,
        });
        let found = names.zip(self.senders_of(numbers)).map(|(name, numbered)| match name {
            Some((Named::Number(_), _)) | None => numbered,
            Some((named, integrator_id)) => self.find(named, integrator_id),
        });
        found.collect()
    }

    /// The answer about a sender that was found in this state, or was not.
    pub fn answer_about(
        &self,
        found: Option<Found<'_>>,
        integrator_id: &IntegratorId,
        content_type: ContentType,
        now: Timestamp,
    ) -> Answer<'_> {
        match found {
            Some(found) => self.timelines().answer(self.catalogue(), &found, integrator_id, content_type, now),
            None => Answer::not_visible(),
        }
    }
}
