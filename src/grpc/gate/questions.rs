//! Questions as they come in.

use super::batch::{Asked, Item};
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
        error::{Error, Result},
    },
    wire::enums::Paired,
};
use std::convert::Infallible;

/// The most questions of one batch.
pub const MOST_ITEMS: usize = 10_000;

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

    fn of_item(&mut self, item: &pb::BatchCheckSendItem) -> Option<(Named, Option<IntegratorId>)> {
        let sender = self.named(&item.organisation_number, &item.sender_id, &item.external_reference);
        let integrator_id = self.integrator(&item.integrator_id);
        sender.map(|sender| (sender, integrator_id))
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

/// What a batch says for all its items: which moment, and the integrator of those that name none.
pub fn batch(Asked { items, rest: message, .. }: &Asked) -> Result<(Option<IntegratorId>, When)> {
    let mut fields = Fields::default();
    if items.is_empty() || items.len() > MOST_ITEMS {
        fields.fault("items", format!("must have 1 to {MOST_ITEMS} questions"));
    }
    let integrator_id = fields.integrator(&message.integrator_id);
    fields.optional_enum::<ContentType>("content_type", message.content_type);
    let when = fields.when(message.evaluate_time, message.at_least_revision, &message.ledger_id);
    fields.finish(Some((integrator_id, when)))
}

/// What an item of a batch says by itself: the sender, and the integrator where it names one.
pub fn named(item: &pb::BatchCheckSendItem) -> Result<(Named, Option<IntegratorId>)> {
    let mut fields = Fields::default();
    let named = fields.of_item(item);
    fields.finish(named)
}

/// One question of a batch, with what the batch says for all. The paths of its faults are those of the item.
pub fn item<'a>(
    item: &'a Item,
    of_batch: Option<&'a IntegratorId>,
    content_type: i32,
) -> std::result::Result<Ask<'a>, Box<Error>> {
    let of_item = |own| if own == 0 { content_type } else { own };
    match item {
        Item::Read { sender, integrator_id, content_type: own } => match ContentType::from_pb(of_item(*own)) {
            Some(content_type) => Ok(Ask { sender, integrator_id: integrator_id.as_ref().or(of_batch), content_type }),
            None => Err(faults(None, of_item(*own))),
        },
        Item::Faulty(item) => Err(faults(Some(item), of_item(item.content_type))),
    }
}

#[cold]
fn faults(item: Option<&pb::BatchCheckSendItem>, content_type: i32) -> Box<Error> {
    let mut fields = Fields::default();
    if let Some(item) = item {
        fields.of_item(item);
    }
    fields.required_enum::<ContentType>("content_type", content_type);
    match fields.finish::<Infallible>(None) {
        Ok(never) => match never {},
        Err(error) => Box::new(error),
    }
}
