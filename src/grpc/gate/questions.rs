//! Questions as they come in.

use crate::{
    domain::{
        ids::{IntegratorId, LedgerId},
        organisation_number::OrganisationNumber,
        text,
        vocabulary::ContentType,
    },
    grpc::convert::Fields,
    pb,
    service::{
        checks::{Ask, Named, moment::When},
        error::Result,
    },
};
use std::borrow::Cow;

/// The most questions of one batch.
pub const MOST_ITEMS: usize = 10_000;

impl Fields {
    /// The sender of a question, named in exactly one way.
    fn named(&mut self, number: &str, id: &str, reference: &str) -> Option<Named> {
        match (number.is_empty(), id.is_empty(), reference.is_empty()) {
            (false, true, true) => {
                self.take("organisation_number", OrganisationNumber::parse(number)).map(Named::Number)
            }
            (true, false, true) => self.take("sender_id", id.parse()).map(Named::Id),
            (true, true, false) => {
                self.take("external_reference", text::reference(reference, 100)).map(Named::Reference)
            }
            _ => {
                self.fault(
                    "organisation_number",
                    "exactly one of organisation_number, sender_id and external_reference must be given",
                );
                None
            }
        }
    }

    fn when(&mut self, time: Option<prost_types::Timestamp>, revision: u64, ledger_id: &str) -> When {
        let evaluate_time = self.time("evaluate_time", time);
        let ledger: Option<LedgerId> = self.take_unless_empty("ledger_id", ledger_id, str::parse);
        if revision > 0 && ledger_id.is_empty() {
            self.fault("ledger_id", "must be given with at_least_revision");
        }
        When { evaluate_time, at_least: ledger.map(|ledger| (ledger, revision)) }
    }

    fn integrator(&mut self, slug: &str) -> Option<IntegratorId> {
        self.take_unless_empty("integrator_id", slug, IntegratorId::parse)
    }

    fn question<'a>(
        &mut self,
        sender: Option<Named>,
        integrator_id: Option<Cow<'a, IntegratorId>>,
        content_type: i32,
    ) -> Option<Ask<'a>> {
        let content_type: Option<ContentType> = self.required_enum("content_type", content_type);
        Some(Ask { sender: sender?, integrator_id, content_type: content_type? })
    }
}

/// The question of `CheckSend`.
pub fn check(message: pb::CheckSendRequest) -> Result<(Ask<'static>, When)> {
    let mut fields = Fields::default();
    let sender = fields.named(&message.organisation_number, &message.sender_id, &message.external_reference);
    let integrator_id = fields.integrator(&message.integrator_id).map(Cow::Owned);
    let ask = fields.question(sender, integrator_id, message.content_type);
    let when = fields.when(message.evaluate_time, message.at_least_revision, &message.ledger_id);
    fields.finish(ask.map(|ask| (ask, when)))
}

/// The question of `ExplainSend`.
pub fn explain(message: pb::ExplainSendRequest) -> Result<(Ask<'static>, When)> {
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

/// What a batch says for all its items: which moment, and the integrator of those that name none.
pub fn batch(message: &pb::BatchCheckSendRequest) -> Result<(Option<IntegratorId>, When)> {
    let mut fields = Fields::default();
    if message.items.is_empty() || message.items.len() > MOST_ITEMS {
        fields.fault("items", format!("must have 1 to {MOST_ITEMS} questions"));
    }
    let integrator_id = fields.integrator(&message.integrator_id);
    fields.optional_enum::<ContentType>("content_type", message.content_type);
    let when = fields.when(message.evaluate_time, message.at_least_revision, &message.ledger_id);
    fields.finish(Some((integrator_id, when)))
}

/// One question of a batch, with what the batch says for all. The paths of its faults are those of the item.
pub fn item<'a>(
    item: &pb::BatchCheckSendItem,
    of_batch: Option<&'a IntegratorId>,
    content_type: i32,
) -> Result<Ask<'a>> {
    let mut fields = Fields::default();
    let sender = fields.named(&item.organisation_number, &item.sender_id, &item.external_reference);
    let integrator_id = match item.integrator_id.as_str() {
        "" => of_batch.map(Cow::Borrowed),
        own => fields.integrator(own).map(Cow::Owned),
    };
    let content_type = if item.content_type == 0 { content_type } else { item.content_type };
    let ask = fields.question(sender, integrator_id, content_type);
    fields.finish(ask)
}
