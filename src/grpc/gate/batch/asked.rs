//! A `BatchCheckSendRequest` on its way in. Its items are read as they come: what they say takes less room and time than
//! their texts would.

use crate::{
    domain::{ids::IntegratorId, organisation_number::OrganisationNumber, vocabulary::ContentType},
    grpc::{convert::Fields, gate::questions::named},
    pb::{BatchCheckSendItem, BatchCheckSendRequest},
    service::{
        checks::{Ask, Named, moment::When},
        error::{Error, Result},
    },
    wire::enums::Paired,
};
use prost::{
    DecodeError, Message,
    bytes::{Buf, BufMut},
    encoding::{DecodeContext, WireType, message},
};
use std::{convert::Infallible, fmt, mem};

/// The most questions of one batch.
pub const MOST_ITEMS: usize = 10_000;

/// The number of the field `items`.
const ITEMS: u32 = 1;

/// The items, and a message with all the rest.
#[derive(Clone, Default)]
pub struct Asked {
    /// The items; one more than there may be where there are too many.
    pub items: Vec<Item>,
    /// What is said for all of them.
    pub of_all: BatchCheckSendRequest,
    /// The item that is being read: its texts lend their room to the next.
    item: BatchCheckSendItem,
}

/// One question of a batch.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// What it says by itself.
    Read {
        /// The sender.
        sender: Named,
        /// The integrator, where it names one.
        integrator_id: Option<IntegratorId>,
        /// The content type, which may be none.
        content_type: i32,
    },
    /// As it came, since it is no question.
    Faulty(Box<BatchCheckSendItem>),
}

impl fmt::Debug for Asked {
    /// Without what is asked, where a sole trader's number may stand plainly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl Asked {
    /// What is said for all items: the integrator of those that name none, and which moment.
    pub fn of_all(&self) -> Result<(Option<IntegratorId>, When)> {
        let of_all = &self.of_all;
        let mut fields = Fields::default();
        if self.items.is_empty() || self.items.len() > MOST_ITEMS {
            fields.fault("items", format!("must have 1 to {MOST_ITEMS} questions"));
        }
        let integrator_id = fields.integrator(&of_all.integrator_id);
        fields.optional_enum::<ContentType>("content_type", of_all.content_type);
        let when = fields.when(of_all.evaluate_time, of_all.at_least_revision, &of_all.ledger_id);
        fields.finish(Some((integrator_id, when)))
    }
}

impl Item {
    /// Reads an item. What is wrong with one is told when it is asked.
    fn read(item: &mut BatchCheckSendItem) -> Self {
        let sender = named(&item.organisation_number, &item.sender_id, &item.external_reference).ok();
        let integrator_id = match item.integrator_id.as_str() {
            "" => Some(None),
            own => IntegratorId::parse(own).ok().map(Some),
        };
        match sender.zip(integrator_id) {
            Some((sender, integrator_id)) => Self::Read { sender, integrator_id, content_type: item.content_type },
            None => Self::Faulty(Box::new(mem::take(item))),
        }
    }

    /// The question, with what is said for all. The paths of its faults are those of the item.
    pub fn ask<'a>(
        &'a self,
        integrator_id: Option<&'a IntegratorId>,
        content_type: i32,
    ) -> std::result::Result<Ask<'a>, Box<Error>> {
        let or_of_all = |own| if own == 0 { content_type } else { own };
        match self {
            Self::Read { sender, integrator_id: own, content_type } => {
                let content_type = or_of_all(*content_type);
                match ContentType::from_pb(content_type) {
                    Some(content_type) => {
                        Ok(Ask { sender, integrator_id: own.as_ref().or(integrator_id), content_type })
                    }
                    None => Err(faults(None, content_type)),
                }
            }
            Self::Faulty(item) => Err(faults(Some(item), or_of_all(item.content_type))),
        }
    }

    /// Whether it is about a sole trader, by its number.
    pub fn about_a_sole_trader(&self) -> bool {
        matches!(self, Self::Read { sender: Named::Number(OrganisationNumber::SoleTrader(_)), .. })
    }
}

/// All that is wrong with an item.
#[cold]
fn faults(item: Option<&BatchCheckSendItem>, content_type: i32) -> Box<Error> {
    let mut fields = Fields::default();
    if let Some(item) = item {
        fields.named(&item.organisation_number, &item.sender_id, &item.external_reference);
        fields.integrator(&item.integrator_id);
    }
    fields.required_enum::<ContentType>("content_type", content_type);
    match fields.finish::<Infallible>(None) {
        Ok(never) => match never {},
        Err(error) => Box::new(error),
    }
}

impl From<Item> for BatchCheckSendItem {
    fn from(item: Item) -> Self {
        let (sender, integrator_id, content_type) = match item {
            Item::Faulty(item) => return *item,
            Item::Read { sender, integrator_id, content_type } => (sender, integrator_id, content_type),
        };
        let integrator_id = integrator_id.map(|id| id.to_string()).unwrap_or_default();
        let item = Self { integrator_id, content_type, ..Self::default() };
        match sender {
            Named::Number(number) => Self { organisation_number: number.reveal(), ..item },
            Named::Id(id) => Self { sender_id: id.to_string(), ..item },
            Named::Reference(external_reference) => Self { external_reference, ..item },
        }
    }
}

impl From<Asked> for BatchCheckSendRequest {
    fn from(asked: Asked) -> Self {
        Self { items: asked.items.into_iter().map(Into::into).collect(), ..asked.of_all }
    }
}

impl Message for Asked {
    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> std::result::Result<(), DecodeError> {
        if tag != ITEMS {
            return self.of_all.merge_field(tag, wire_type, buffer, context);
        }
        self.item.clear();
        message::merge(wire_type, &mut self.item, buffer, context).map_err(|mut error| {
            // As the generated message tells it.
            error.push("BatchCheckSendRequest", "items");
            error
        })?;
        // That there are too many is told; so small can they be that it would not do to keep them all.
        if self.items.len() <= MOST_ITEMS {
            self.items.push(Item::read(&mut self.item));
        }
        Ok(())
    }

    fn encode_raw(&self, buffer: &mut impl BufMut) {
        BatchCheckSendRequest::from(self.clone()).encode_raw(buffer);
    }

    fn encoded_len(&self) -> usize {
        BatchCheckSendRequest::from(self.clone()).encoded_len()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}
