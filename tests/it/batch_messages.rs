//! A batch is read and written by hand: each of its questions must be answered as a call by itself, and what comes in must be
//! what the generated messages would have read.

use crate::support::{
    batches::answers,
    histories::{SENDERS, World, at, integrator_id, sender_id},
    random_histories::history,
};
use ombord::{
    bench::numbers,
    domain::{
        ids::{Digest, LedgerId},
        profile::Profiles,
        sender::SenderFacts,
    },
    gate::state::{Changed, State},
    grpc::{
        gate::{
            batch::{Asked, Encoded, MOST_ITEMS},
            check_response, questions,
        },
        status,
    },
    pb::{
        BatchCheckSendItem, BatchCheckSendRequest, BatchCheckSendResponse, CheckSendRequest, CheckSendResponse,
        ReasonDetail,
    },
    service::{
        caller::{Caller, Scopes},
        checks::moment::{Moment, When},
    },
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use prost::Message;
use std::sync::Arc;
use uuid::Uuid;

/// Mostly what means something, sometimes nothing, sometimes anything.
fn one_of(often: Vec<String>, else_: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 6 => prop::sample::select(often), 1 => else_]
}

/// Numbers in the shapes that people type: of senders here and of one that nobody knows.
fn numbers_typed() -> Vec<String> {
    let shapes = |place| {
        let digits = numbers::number(place).unwrap().to_string();
        let (six, four) = digits.split_at(6);
        let dashed = format!("{six}-{four}");
        [format!(" 16{dashed} "), format!("SE{digits}01"), dashed, digits]
    };
    let legal = (0..=u32::try_from(SENDERS).unwrap()).flat_map(shapes);
    legal.chain(["19121212-1212".to_owned(), "191212121213".to_owned()]).collect()
}

fn item(references: Vec<String>) -> impl Strategy<Value = BatchCheckSendItem> {
    let ids = (0..=SENDERS).map(|n| sender_id(n).to_string()).collect();
    let integrators = (0..3).map(|n| integrator_id(n).to_string()).collect();
    // Named in more than one way, or in none, it is no question.
    let number = one_of(numbers_typed(), "[0-9a-z\u{e5} -]{0,14}");
    let named = (number, one_of(ids, "[0-9a-f-]{0,36}"), one_of(references, "[A-Za-z0-9 /\u{7f}]{0,120}"), 0..4u8);
    (named, one_of(integrators, "[a-zA-Z-]{1,70}"), -1..8i32).prop_map(
        |((number, id, reference, names), integrator_id, content_type)| {
            let only = |name: u8, text: String| if names < 3 && names != name { String::new() } else { text };
            BatchCheckSendItem {
                organisation_number: only(0, number),
                sender_id: only(1, id),
                external_reference: only(2, reference),
                integrator_id,
                content_type,
            }
        },
    )
}

fn request(references: Vec<String>) -> impl Strategy<Value = BatchCheckSendRequest> {
    let of_all = (prop_oneof![Just(String::new()), Just(integrator_id(0).to_string())], 0..6i32);
    (prop::collection::vec(item(references), 1..40), of_all).prop_map(|(items, (integrator_id, content_type))| {
        BatchCheckSendRequest { items, integrator_id, content_type, ..Default::default() }
    })
}

/// A world's senders, with numbers of their own.
fn state(world: &World) -> Arc<State> {
    let mut state = State::new(LedgerId(Uuid::max()), 7, Digest([0; 32]), world.catalogue.clone());
    let number = |facts: &SenderFacts| {
        (0..SENDERS).find(|n| sender_id(*n) == facts.sender_id).and_then(|n| numbers::number(u32::try_from(n).unwrap()))
    };
    let senders = world.senders.values().map(|facts| (SenderFacts { number: number(facts), ..facts.clone() }, None));
    state.change(Changed { senders: senders.collect(), ..Changed::default() }, &mut Profiles::default());
    Arc::new(state)
}

/// The answer to an item as `CheckSend` words it.
fn alone(told: &BatchCheckSendResponse, place: usize) -> CheckSendResponse {
    let result = &told.results[place];
    let reason = |kept: &ombord::pb::BatchReasonCode| {
        let text = told.reasons[usize::try_from(kept.reason_index).unwrap()].clone();
        assert_eq!(kept.code, text.code);
        ReasonDetail {
            code: kept.code,
            severity: text.severity,
            agreement_id: text.agreement_id,
            deadline: kept.deadline,
            remedy: text.remedy,
            message: text.message,
        }
    };
    CheckSendResponse {
        decision: result.decision,
        advice: result.advice,
        reasons: result.reasons.iter().map(reason).collect(),
        handling: result.handling,
        next_scheduled_change_time: result.next_scheduled_change_time,
        revision: told.revision,
        ledger_id: told.ledger_id.clone(),
        evaluate_time: told.evaluate_time,
        confirmed_time: told.confirmed_time,
    }
}

#[tokio::test]
async fn each_question_is_answered_as_by_itself() {
    let mut runner = TestRunner::deterministic();
    let gateway = Caller::from_claims("gateway".into(), None, Scopes::GATE_CHECK).unwrap();
    let (mut answered, mut found, mut refused) = (0, 0, 0);
    for _ in 0..150 {
        let world = World::of(&history().new_tree(&mut runner).unwrap().current());
        let now = at(world.today);
        let moment = Moment::of(state(&world), now, &When { evaluate_time: Some(now), at_least: None }, now).unwrap();
        let connections = world.senders.values().flat_map(|facts| &facts.connections);
        let references = connections.map(|one| one.external_reference.clone()).chain(["N-1".to_owned()]).collect();
        let request = request(references).new_tree(&mut runner).unwrap().current();
        let told = answers(&moment, &request).await;
        assert_eq!(told.results.len(), request.items.len());
        for (place, item) in request.items.into_iter().enumerate() {
            let of_batch = |own: String| if own.is_empty() { request.integrator_id.clone() } else { own };
            let question = CheckSendRequest {
                organisation_number: item.organisation_number,
                sender_id: item.sender_id,
                external_reference: item.external_reference,
                integrator_id: of_batch(item.integrator_id),
                content_type: if item.content_type == 0 { request.content_type } else { item.content_type },
                ..Default::default()
            };
            let asked = questions::check(question.clone())
                .and_then(|(question, _)| check_response(&moment, &gateway, question.ask()));
            match (asked, told.results[place].error_index) {
                (Ok(answer), None) => {
                    assert_eq!(alone(&told, place), answer, "{question:?}");
                    answered += 1;
                    found += usize::from(answer.handling.is_some());
                }
                (Err(error), Some(index)) => {
                    assert_eq!(told.errors[usize::try_from(index).unwrap()], status::row(&error), "{question:?}");
                    refused += 1;
                }
                (asked, index) => panic!("{question:?}: {asked:?} alone, error {index:?} in the batch"),
            }
        }
    }
    assert!(answered > 500 && found > 100 && refused > 500, "{answered} answered, {found} found, {refused} refused");
}

/// The same, whatever shape numbers and ids were written in.
fn plain(mut request: BatchCheckSendRequest) -> BatchCheckSendRequest {
    for item in &mut request.items {
        let digits: String = item.organisation_number.chars().filter(char::is_ascii_digit).collect();
        item.organisation_number = match digits.as_str() {
            vat if item.organisation_number.trim().starts_with("SE") => vat[..vat.len().min(10)].to_owned(),
            long if long.len() == 12 && long.starts_with("16") => long[2..].to_owned(),
            _ => digits,
        };
        item.sender_id = item.sender_id.to_lowercase();
    }
    request
}

proptest! {
    #![proptest_config(Config::with_cases(2_000))]

    #[test]
    fn what_comes_in_is_read_as_the_generated_messages_read_it(
        request in request(vec!["A-1".to_owned(), "B/2".to_owned()]),
        cut in any::<prop::sample::Index>(),
        change in any::<u8>(),
        kind in 0..4u8,
    ) {
        // In any order, with fields that nobody knows between them.
        let (items, of_all) = (request.items.clone(), BatchCheckSendRequest { items: Vec::new(), ..request });
        let (first, last) = items.split_at(cut.index(items.len()));
        let some = |items: &[BatchCheckSendItem]| {
            BatchCheckSendRequest { items: items.to_vec(), ..Default::default() }.encode_to_vec()
        };
        let unknown = [&[0xf8, 0x3f, change & 0x7f][..], &[0xfb, 0x3f, 0xfc, 0x3f], &[0xfa, 0x3f, 1, change]];
        let mut bytes = [&some(last), unknown[0], &of_all.encode_to_vec(), unknown[1], &some(first), unknown[2]].concat();
        let place = cut.index(bytes.len());
        match kind {
            // Whole; with a byte changed; cut off; with what stood first at its end, which is another message or none.
            0 => {}
            1 => bytes[place] = change,
            2 => bytes.truncate(place),
            _ => bytes.rotate_left(place),
        }
        match (Asked::decode(&*bytes), BatchCheckSendRequest::decode(&*bytes)) {
            (Ok(asked), Ok(generated)) => {
                let again = BatchCheckSendRequest::decode(&*asked.encode_to_vec()).unwrap();
                prop_assert_eq!(&again, &BatchCheckSendRequest::from(asked));
                prop_assert_eq!(plain(again), plain(generated));
            }
            (asked, generated) => {
                let (asked, generated) = (asked.map(|_| ()), generated.map(|_| ()));
                prop_assert_eq!(asked.map_err(|e| e.to_string()), generated.map_err(|e| e.to_string()));
            }
        }
    }
}

#[test]
fn of_what_is_said_twice_the_last_counts() {
    let (first, last) = (numbers::number(1).unwrap().to_string(), numbers::number(2).unwrap().to_string());
    let item = [b"\x0a\x0a", first.as_bytes(), b"\x0a\x0a", last.as_bytes()].concat();
    let bytes = [&[0x0a, 24][..], &item, &[0x0a, 2, 0x28, 1]].concat();
    let asked = BatchCheckSendRequest::from(Asked::decode(&*bytes).unwrap());
    let second = BatchCheckSendItem { content_type: 1, ..Default::default() };
    assert_eq!(asked.items, [BatchCheckSendItem { organisation_number: last, ..Default::default() }, second]);
}

#[test]
fn no_more_is_kept_than_may_be_asked() {
    // The smallest items there are, as many as a message can hold.
    let bytes = b"\x0a\x00".repeat(1 << 20);
    let asked = Asked::decode(&*bytes).unwrap();
    assert_eq!(asked.items.len(), MOST_ITEMS + 1);
    let error = asked.of_all().unwrap_err();
    assert_eq!(error.violations.iter().map(|violation| &*violation.field).collect::<Vec<_>>(), ["items"]);
    assert!(Asked::decode(&bytes[..2 * MOST_ITEMS]).unwrap().of_all().is_ok());
}

#[test]
fn an_answer_of_another_server_is_passed_on_as_it_is() {
    let told = BatchCheckSendResponse { revision: 7, ledger_id: "x".to_owned(), ..Default::default() };
    let told = BatchCheckSendResponse { results: vec![Default::default(); 3], ..told };
    let bytes = Encoded::from(told.clone()).encode_to_vec();
    assert_eq!(bytes, told.encode_to_vec());
    assert_eq!(Encoded::decode(&*bytes).unwrap().encode_to_vec(), bytes);
}
