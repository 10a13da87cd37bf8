//! The answer to a batch: each text and each error stands in it once, so that 10,000 denials stay below 4 MiB.

mod asked;
mod encoded;
mod results;

pub use asked::{Asked, Item, MOST_ITEMS};
pub use encoded::Encoded;

use crate::{
    domain::ids::IntegratorId,
    grpc::{convert::times, status},
    pb,
    service::{
        caller::Caller,
        checks::{check_each, moment::Moment},
    },
};
use prost::Message;
use results::Results;
use std::collections::HashMap;

/// How many items are answered before others get their turn: for some hundredths of a millisecond. All were read at once, when
/// the message came in, which takes half as long for each.
const PACE: usize = 256;

#[derive(Default)]
struct Errors {
    places: HashMap<Vec<u8>, u32>,
    errors: Vec<tonic_types::pb::Status>,
}

impl Errors {
    fn place(&mut self, error: tonic_types::pb::Status) -> u32 {
        *self.places.entry(error.encode_to_vec()).or_insert_with(|| {
            self.errors.push(error);
            u32::try_from(self.errors.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// Answers every item, in order, at one moment; `integrator_id` is that of the items which name none.
pub async fn response(
    moment: &Moment,
    caller: &Caller,
    integrator_id: Option<&IntegratorId>,
    asked: &Asked,
) -> Encoded {
    let (mut results, mut errors) = (Results::of(asked.items.len()), Errors::default());
    for (turn, items) in asked.items.chunks(PACE).enumerate() {
        // So that a large batch holds up nobody else, and its own deadline can end it.
        if turn > 0 {
            tokio::task::yield_now().await;
        }
        let asks = items.iter().map(|item| item.ask(integrator_id, asked.of_all.content_type));
        for answer in check_each(moment, caller, asks, |error| errors.place(status::row(&error))) {
            match answer {
                Ok(answer) => results.tell(&answer),
                Err(place) => results.refuse(place),
            }
        }
    }
    let (results, reasons) = results.into_parts();
    let rest = pb::BatchCheckSendResponse {
        results: Vec::new(),
        reasons,
        errors: errors.errors,
        revision: moment.at.revision,
        ledger_id: moment.at.ledger_id.to_string(),
        evaluate_time: Some(times::to_pb(moment.at.evaluate)),
        confirmed_time: Some(times::to_pb(moment.at.confirmed)),
    };
    Encoded::new(results, rest)
}
