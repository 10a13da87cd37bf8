//! What a batch says, and what the answer to the largest weighs: a client takes messages of up to 4 MiB unless it is told
//! otherwise.

use crate::support::{
    batches::{answers, answers_to},
    histories::{Ask, SENDERS, World, at, integrator_id, sender_id},
    random_histories::{history, some},
};
use ombord::{
    domain::{
        ids::{Digest, LedgerId},
        profile::Profiles,
        sender::SenderFacts,
        time::Timestamp,
    },
    gate::state::{Changed, State},
    grpc::gate::batch::MOST_ITEMS,
    pb::{
        BatchCheckSendItem, BatchCheckSendRequest, BatchCheckSendResponse, BatchCheckSendResult, BatchReason,
        BatchReasonCode, Decision,
    },
    service::checks::moment::{Moment, When},
    wire::enums::Paired,
};
use proptest::{strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};
use prost::Message;
use std::sync::Arc;
use uuid::Uuid;

const CLIENTS_LIMIT: usize = 4 << 20;

fn item(ask: Ask) -> BatchCheckSendItem {
    BatchCheckSendItem {
        sender_id: sender_id(ask.sender).to_string(),
        integrator_id: integrator_id(ask.through).to_string(),
        content_type: ask.content_type.to_pb(),
        ..Default::default()
    }
}

/// A state of a world's catalogue with some senders.
fn state(world: &World, senders: impl Iterator<Item = SenderFacts>) -> Arc<State> {
    let mut state = State::new(LedgerId(Uuid::max()), u64::MAX, Digest([0; 32]), world.catalogue.clone());
    let senders = senders.map(|facts| (facts, None)).collect();
    state.change(Changed { senders, ..Changed::default() }, &mut Profiles::default());
    Arc::new(state)
}

fn moment(state: &Arc<State>, now: Timestamp) -> Moment {
    let when = When { evaluate_time: Some(now), at_least: None };
    Moment::of(state.clone(), now, &when, now).unwrap()
}

async fn answer(moment: &Moment, items: Vec<BatchCheckSendItem>) -> BatchCheckSendResponse {
    answers(moment, &BatchCheckSendRequest { items, ..Default::default() }).await
}

/// All that a batch says about one question, each text in its place.
fn said(
    told: &BatchCheckSendResponse,
    place: usize,
) -> (BatchCheckSendResult, Vec<BatchReason>, Option<tonic_types::pb::Status>) {
    let mut result = told.results[place].clone();
    let text = |reason: &mut BatchReasonCode| {
        told.reasons[usize::try_from(std::mem::take(&mut reason.reason_index)).unwrap()].clone()
    };
    let texts = result.reasons.iter_mut().map(text).collect();
    let error =
        result.error_index.as_mut().map(|index| told.errors[usize::try_from(std::mem::take(index)).unwrap()].clone());
    (result, texts, error)
}

#[tokio::test]
async fn whoever_shares_a_ruling_is_told_what_it_would_be_told_alone() {
    // So many senders have done the same that they share a profile.
    const ALIKE: usize = 4;
    let mut runner = TestRunner::deterministic();
    let mut shared = 0;
    for _ in 0..30 {
        let world = World::of(&history().new_tree(&mut runner).unwrap().current());
        let copies = |facts: &SenderFacts| -> Vec<SenderFacts> {
            let sender = (0..SENDERS).find(|n| sender_id(*n) == facts.sender_id).unwrap();
            let copy = |n| SenderFacts { sender_id: sender_id(sender + n * SENDERS), number: None, ..facts.clone() };
            (0..ALIKE).map(copy).collect()
        };
        let (state, today) = (state(&world, world.senders.values().flat_map(copies)), at(world.today));
        for now in some(world.instants(today), 3) {
            let moment = moment(&state, now);
            let copies: Vec<Ask> = (0..ALIKE)
                .flat_map(|copy| Ask::all().map(move |ask| Ask { sender: ask.sender + copy * SENDERS, ..ask }))
                .collect();
            // Often enough that it is worked on in several parts.
            let asks: Vec<Ask> = copies.iter().copied().cycle().take(600).collect();
            // An integrator, of whom what is asked again is not looked at again, and a gateway.
            for caller in [None, Some(integrator_id(0))] {
                let batch = |items| BatchCheckSendRequest { items, ..Default::default() };
                let all = batch(asks.iter().map(|ask| item(*ask)).collect());
                let told = answers_to(caller.clone(), &moment, &all).await;
                for (place, ask) in asks.iter().enumerate() {
                    let alone = answers_to(caller.clone(), &moment, &batch(vec![item(*ask)])).await;
                    assert_eq!(said(&told, place), said(&alone, 0), "{ask:?} among others, and alone");
                }
                shared += usize::from(told.reasons.len() > 2);
            }
        }
    }
    assert!(shared > 20, "{shared}");
}

#[tokio::test]
async fn ten_thousand_of_the_longest_answer_are_taken_by_every_client() {
    let mut runner = TestRunner::deterministic();
    let (mut longest, mut most_reasons, mut denials) = (0, 0, 0);
    for _ in 0..100 {
        let world = World::of(&history().new_tree(&mut runner).unwrap().current());
        let (state, today) = (state(&world, world.senders.values().cloned()), at(world.today));
        for now in some(world.instants(today), 3) {
            let moment = moment(&state, now);
            let asks: Vec<Ask> = Ask::all().collect();
            let told = answer(&moment, asks.iter().map(|ask| item(*ask)).collect()).await;
            let answers = told.results.iter().zip(&asks);
            denials += answers.clone().filter(|(one, _)| one.decision() == Decision::Deny).count();
            let Some((answer_to_one, ask)) = answers.max_by_key(|(one, _)| one.encoded_len()) else { continue };
            if answer_to_one.encoded_len() > longest {
                (longest, most_reasons) = (answer_to_one.encoded_len(), most_reasons.max(answer_to_one.reasons.len()));
                let all = answer(&moment, vec![item(*ask); MOST_ITEMS]).await;
                assert_eq!(all.results.len(), MOST_ITEMS);
                assert!(all.encoded_len() < CLIENTS_LIMIT, "{} bytes: {answer_to_one:?}", all.encoded_len());
            }
        }
    }
    assert!(most_reasons > 3 && denials > 100, "{denials} denials, at most {most_reasons} reasons in {longest} bytes");
}

#[tokio::test]
async fn ten_thousand_questions_that_are_none_are_told_in_few_bytes() {
    let state = Arc::new(State::new(LedgerId(Uuid::max()), 1, Digest([0; 32]), World::new().catalogue));
    let now = at(1);
    let moment = Moment::of(state, now, &When::default(), now).unwrap();
    let faulty = |n: usize| BatchCheckSendItem {
        organisation_number: format!("55601606{:02}", n % 100),
        external_reference: if n.is_multiple_of(3) { "x".repeat(n % 200) } else { String::new() },
        content_type: (n % 17) as i32,
        ..Default::default()
    };
    let all = answer(&moment, (0..MOST_ITEMS).map(faulty).collect()).await;
    assert!(all.errors.len() > 3 && all.encoded_len() < CLIENTS_LIMIT / 10, "{} bytes", all.encoded_len());
}
