//! Questions as they come in.

use crate::{
    domain::{
        ids::{IntegratorId, InvalidId, LedgerId, SenderId},
        organisation_number::{InvalidNumber, OrganisationNumber},
        text::{self, InvalidText},
        vocabulary::ContentType,
    },
    grpc::convert::Fields,
    pb,
    service::{
        checks::{Ask, Named, moment::When},
        error::Result,
    },
};
/// Why a question names no sender.
#[derive(Debug, thiserror::Error)]
pub enum Unnamed {
    /// In no way, or in several.
    #[error("exactly one of organisation_number, sender_id and external_reference must be given")]
    HowMany,
    /// By no organisation number.
    #[error(transparent)]
    Number(#[from] InvalidNumber),
    /// By no id.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// By no reference.
    #[error(transparent)]
    Reference(#[from] InvalidText),
}

/// The sender of a question, named in exactly one way; else the field at fault, not yet in words.
pub(super) fn named(number: &str, id: &str, reference: &str) -> std::result::Result<Named, (&'static str, Unnamed)> {
    match (number.is_empty(), id.is_empty(), reference.is_empty()) {
        (false, true, true) => match OrganisationNumber::parse(number) {
            Ok(number) => Ok(Named::Number(number)),
            Err(fault) => Err(("organisation_number", fault.into())),
        },
        (true, false, true) => match id.parse::<SenderId>() {
            Ok(id) => Ok(Named::Id(id)),
            Err(fault) => Err(("sender_id", fault.into())),
        },
        (true, true, false) => match text::reference(reference, 100) {
            Ok(reference) => Ok(Named::Reference(reference)),
            Err(fault) => Err(("external_reference", fault.into())),
        },
        _ => Err(("organisation_number", Unnamed::HowMany)),
    }
}

/// A question as it came in.
#[derive(Debug)]
pub struct Question {
    /// The sender.
    pub sender: Named,
    integrator_id: Option<IntegratorId>,
    content_type: ContentType,
}

impl Question {
    /// The question.
    pub fn ask(&self) -> Ask<'_> {
        let Self { sender, integrator_id, content_type } = self;
        Ask { sender, integrator_id: integrator_id.as_ref(), content_type: *content_type }
    }
}

impl Fields {
    pub(super) fn named(&mut self, number: &str, id: &str, reference: &str) -> Option<Named> {
        named(number, id, reference).map_err(|(field, fault)| self.fault(field, fault)).ok()
    }

    pub(super) fn when(&mut self, time: Option<prost_types::Timestamp>, revision: u64, ledger_id: &str) -> When {
        let evaluate_time = self.time("evaluate_time", time);
        let ledger: Option<LedgerId> = self.take_unless_empty("ledger_id", ledger_id, str::parse);
        if revision > 0 && ledger_id.is_empty() {
            self.fault("ledger_id", "must be given with at_least_revision");
        }
        When { evaluate_time, at_least: ledger.map(|ledger| (ledger, revision)) }
    }

    pub(super) fn integrator(&mut self, slug: &str) -> Option<IntegratorId> {
        self.take_unless_empty("integrator_id", slug, IntegratorId::parse)
    }
}

/// The question of `CheckSend`.
pub fn check(message: pb::CheckSendRequest) -> Result<(Question, When)> {
    let mut fields = Fields::default();
    let sender = fields.named(&message.organisation_number, &message.sender_id, &message.external_reference);
    let integrator_id = fields.integrator(&message.integrator_id);
    let content_type = fields.required_enum("content_type", message.content_type);
    let when = fields.when(message.evaluate_time, message.at_least_revision, &message.ledger_id);
    let question = sender.zip(content_type);
    fields.finish(question.map(|(sender, content_type)| (Question { sender, integrator_id, content_type }, when)))
}

/// The question of `ExplainSend`.
pub fn explain(message: pb::ExplainSendRequest) -> Result<(Question, When)> {
    check(pb::CheckSendRequest {
        organisation_number: message.organisation_number,
        sender_id: message.sender_id,
        external_reference: message.external_reference,
        integrator_id: message.integrator_id,
        content_type: message.content_type,
        evaluate_time: message.evaluate_time,
        at_least_revision: message.at_least_revision,
        ledger_id: message.ledger_id,
    })
}
