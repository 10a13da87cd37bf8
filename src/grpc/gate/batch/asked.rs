//! A `BatchCheckSendRequest` on its way in: its items are read as they come, so that 10,000 questions are never there as
//! texts.

use crate::{
    domain::{ids::IntegratorId, organisation_number::OrganisationNumber},
    grpc::gate::questions::{self, MOST_ITEMS},
    pb::{BatchCheckSendItem, BatchCheckSendRequest},
    service::checks::Named,
};
use prost::{
    DecodeError, Message,
    bytes::{Buf, BufMut},
    encoding::{DecodeContext, WireType, message},
};
use std::mem;

/// The number of the field `items`.
const ITEMS: u32 = 1;

/// The items, and a message with all the rest.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The items; one more than there may be where there are too many.
    pub items: Vec<Item>,
    /// What is said for all of them.
    pub rest: BatchCheckSendRequest,
    /// The item that is being read.
    item: BatchCheckSendItem,
}

/// One question of a batch.
#[derive(Debug, Clone)]
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

impl Item {
    /// Reads an item. Its texts are taken only where they are kept.
    fn read(item: &mut BatchCheckSendItem) -> Self {
        match questions::named(item) {
            Ok((sender, integrator_id)) => Self::Read { sender, integrator_id, content_type: item.content_type },
            Err(_) => Self::Faulty(Box::new(mem::take(item))),
        }
    }

    /// Whether it is about a sole trader, by its number.
    pub fn about_a_sole_trader(&self) -> bool {
        matches!(self, Self::Read { sender: Named::Number(OrganisationNumber::SoleTrader(_)), .. })
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
        Self { items: asked.items.into_iter().map(Into::into).collect(), ..asked.rest }
    }
}

impl Message for Asked {
    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        if tag != ITEMS {
            return self.rest.merge_field(tag, wire_type, buffer, context);
        }
        self.item.clear();
        message::merge(wire_type, &mut self.item, buffer, context)?;
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
