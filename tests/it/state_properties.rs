//! The gate's state answers as the decision does on the facts that it was told, however often it was asked before.

use crate::support::{
    histories::{Ask, TRADER, World, at, integrator_id, number, sender_id},
    random_histories::{config, history, some},
};
use ombord::{
    domain::{
        answer::Answer,
        catalogue::Catalogue,
        ids::{Digest, LedgerId, SenderId},
        organisation_number::OrganisationNumber,
        profile::Profiles,
        sender::SenderFacts,
        time::Timestamp,
    },
    gate::{
        ask::Named,
        state::{Changed, State},
    },
};
use proptest::prelude::*;
use uuid::Uuid;

fn trader() -> OrganisationNumber {
    OrganisationNumber::parse("191212121212").unwrap()
}

/// Tells a state what another world knows: each sender, and another one without a number that has the same facts, so that
/// both have one profile.
fn tell(state: &mut State, before: &World, after: &World, profiles: &mut Profiles) {
    let mut changed = Changed::default();
    for (id, one) in &after.catalogue.integrators {
        changed.integrators.extend((before.catalogue.integrators.get(id) != Some(one)).then(|| one.clone()));
    }
    for one in after.catalogue.agreements.iter() {
        let known = before.catalogue.agreements.get(&one.agreement_id);
        changed.agreements.extend((known != Some(one)).then(|| one.clone()));
    }
    for (id, one) in after.senders.iter().filter(|(id, one)| before.senders.get(*id) != Some(*one)) {
        let twin = SenderId(Uuid::from_u128(!id.0.as_u128()));
        // A sole trader's number is told once and kept.
        let private = (*id == sender_id(TRADER) && !before.senders.contains_key(id)).then(trader);
        changed.senders.push((one.clone(), private));
        changed.senders.push((SenderFacts { sender_id: twin, number: None, ..one.clone() }, None));
    }
    state.change(changed, profiles);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_state_answers_as_its_facts_after_every_step(history in history(), later in -3..60i64) {
        let mut profiles = Profiles::default();
        let mut state = State::new(LedgerId(Uuid::nil()), 0, Digest([0; 32]), Catalogue::default());
        let mut known = World::default();
        let mut world = World::new();
        for (wait, step) in &history {
            world.today += wait;
            world.tell(step);
            let held = state.clone();
            tell(&mut state, &known, &world, &mut profiles);
            let moments = some(world.instants(at(world.today + later)), 3);
            for ask in Ask::all() {
                let (id, integrator) = (Named::Id(sender_id(ask.sender)), integrator_id(ask.through));
                let by_number = Named::Number(number(ask.sender).map_or_else(trader, OrganisationNumber::Legal));
                let names = [id, by_number];
                for now in moments.iter().copied().chain([Timestamp::BEGINNING, at(world.today)]) {
                    let now_expected = Answer::of(&world.catalogue, &world.question(ask), now);
                    let then_expected = Answer::of(&known.catalogue, &known.question(ask), now);
                    for named in &names {
                        let answer = |state: &State| {
                            let answer = state.answer(named, &integrator, ask.content_type, now);
                            Answer { ruling: std::borrow::Cow::Owned(answer.ruling.into_owned()), ..answer }
                        };
                        prop_assert_eq!(&answer(&state), &now_expected, "{:?} {:?} at {}", named, ask, now);
                        // Whoever holds the state before goes on as before.
                        prop_assert_eq!(&answer(&held), &then_expected, "{:?} {:?} at {}, before", named, ask, now);
                    }
                }
            }
            known = world.clone();
        }
    }
}
