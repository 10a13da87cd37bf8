//! The decision allocates nothing: it runs for every item that is sent.

use crate::support::{
    histories::{Ask, World, at, integrator_id, sender_id},
    random_histories::history,
};
use ombord::{
    domain::{
        ids::{Digest, LedgerId, SenderId},
        profile::Profiles,
        sender::SenderFacts,
    },
    gate::{
        ask::Named,
        state::{Changed, State},
    },
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};
use uuid::Uuid;

/// The system's allocator, with a count for each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator; the count is a plain number that needs no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(run: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    run();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn neither_an_answer_nor_its_next_change_allocates() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1, "the count counts");
    let mut runner = TestRunner::deterministic();
    let (mut judged, mut changes) = (0, 0);
    for _ in 0..200 {
        let world = World::of(&history().new_tree(&mut runner).unwrap().current());
        let now = at(world.today);
        // Slugs are made once, when first needed.
        Ask::all().for_each(|ask| _ = world.question(ask));
        for ask in Ask::all() {
            let question = world.question(ask);
            let count = allocations(|| {
                let verdict = world.decide(ask, now);
                black_box((verdict.allows(), verdict.holds(), verdict.handling(), verdict.reasons().count()));
                changes += usize::from(world.next_change(ask, now).is_some());
            });
            assert_eq!(count, 0, "{question:?}");
            judged += usize::from(world.decide(ask, now).reasons().count() > 1);
        }
    }
    assert!(judged > 100 && changes > 100, "{judged} answers with several reasons, {changes} with a next change");
}

#[test]
fn no_answer_of_a_state_allocates_once_it_was_asked() {
    let mut runner = TestRunner::deterministic();
    let mut reasons = 0;
    for _ in 0..20 {
        let world = World::of(&history().new_tree(&mut runner).unwrap().current());
        let now = at(world.today);
        let mut state = State::new(LedgerId(Uuid::nil()), 0, Digest([0; 32]), world.catalogue.clone());
        let twins = world.senders.values().flat_map(|facts| {
            let twin =
                SenderFacts { sender_id: SenderId(Uuid::from_u128(!facts.sender_id.0.as_u128())), ..facts.clone() };
            [(facts.clone(), None), (twin, None)]
        });
        let senders = twins.collect();
        let mut profiles = Profiles::default();
        state.change(Changed { senders, ..Changed::default() }, &mut profiles);
        for ask in Ask::all() {
            let (sender, integrator) = (Named::Id(sender_id(ask.sender)), integrator_id(ask.through));
            let answer = || state.answer(&sender, &integrator, ask.content_type, now);
            reasons += answer().ruling.reasons().count();
            let count = allocations(|| {
                let answer = black_box(answer());
                black_box((answer.ruling.allows, answer.ruling.reasons().count(), answer.next_change));
            });
            assert_eq!(count, 0, "{ask:?}");
        }
    }
    assert!(reasons > 100, "{reasons} reasons");
}
