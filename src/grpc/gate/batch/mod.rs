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
use foldhash::quality::RandomState;
use prost::Message;
use results::Results;
use std::collections::HashMap;

/// How many items are answered before others get their turn: for some hundredths of a millisecond, where senders share their
/// rulings. All of them were read before, at once, when the message came in.
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

/// For each item the place of the first that asks the same.
fn firsts(items: &[Item]) -> Vec<usize> {
    let mut known = HashMap::with_capacity_and_hasher(items.len(), RandomState::default());
    items.iter().enumerate().map(|(place, item)| *known.entry(item).or_insert(place)).collect()
}

/// Answers every item, in order, at one moment; `integrator_id` is that of the items which name none.
pub async fn response(
    moment: &Moment,
    caller: &Caller,
    integrator_id: Option<&IntegratorId>,
    asked: &Asked,
) -> Encoded {
    let (mut results, mut errors) = (Results::of(asked.items.len()), Errors::default());
    // What an integrator asks many times is answered once: the time of the others would tell whether a company is known that
    // it has no right to know of.
    let firsts = caller.integrator().map(|_| firsts(&asked.items));
    let first = |place: usize| firsts.as_ref().map_or(place, |firsts| firsts[place]);
    for from in (0..asked.items.len()).step_by(PACE) {
        // So that a large batch holds up nobody else, and its own deadline can end it.
        if from > 0 {
            tokio::task::yield_now().await;
        }
        let places = from..asked.items.len().min(from + PACE);
        let new = places.clone().filter(|place| first(*place) == *place);
        let asks = new.map(|place| asked.items[place].ask(integrator_id, asked.of_all.content_type));
        let mut answers = check_each(moment, caller, asks, |error| errors.place(status::row(&error)));
        for place in places {
            match first(place) {
                first if first < place => results.tell_again(first),
                _ => match answers.next() {
                    Some(Ok(answer)) => results.tell(&answer),
                    Some(Err(error)) => results.refuse(error),
                    None => {}
                },
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
