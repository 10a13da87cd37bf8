//! What an integrator's follower is told, on random histories: enough for its own questions, and nothing of what happens
//! to a sender elsewhere before its connection is confirmed.

use crate::support::{
    histories::{Ask, SENDERS, Step, VENDOR, Whom, World, at, integrator_id},
    random_histories::{config, history, some, step},
};
use ombord::{
    domain::{
        answer::{Answer, same_answer},
        catalogue::Catalogue,
        decision::{Question, decide},
        profile::{Profile, Profiles},
        time::Timestamp,
        vocabulary::ConnectionState,
    },
    gate::record::Record,
    wire::facts::Chunk,
};
use proptest::prelude::*;
use prost::Message;
use std::sync::Arc;

/// A step that is neither the integrator's own nor everybody's.
fn elsewhere(step: &Step) -> bool {
    match step {
        Step::Create { .. } | Step::Publish { .. } | Step::Withdraw { .. } => false,
        Step::Enforce { integrator, .. } => integrator.is_some_and(|whose| whose != VENDOR),
        Step::Register { through, .. }
        | Step::Contact { through, .. }
        | Step::Confirm { through, .. }
        | Step::EndConnection { through, .. }
        | Step::ContestConnection { through, .. }
        | Step::ResolveConnectionContest { through, .. }
        | Step::Bounce { through, .. }
        | Step::Invitation { through, .. } => *through != VENDOR,
        Step::Accept { act, .. } | Step::Decline { act, .. } => act.through != VENDOR,
        Step::Propose { whom, .. } => *whom != Whom::Integrator(VENDOR),
        Step::SuspendIntegrator(through) | Step::ResumeIntegrator(through) => *through != VENDOR,
        _ => true,
    }
}

/// The bytes that the follower of the integrator gets of a sender; nothing of one that it has no connection with.
fn told(world: &World, sender: usize, now: Timestamp) -> Option<Vec<u8>> {
    let facts = world.sender(sender)?;
    let profile = Arc::new(Profile::of(facts, &world.catalogue.agreements));
    let references = profile.facts().connections.iter().map(|_| "K-1");
    let record = Record::new(facts.sender_id, None, facts.revision, profile.clone(), references);
    let (seen, reference) = record.seen_by(&integrator_id(VENDOR), now)?;
    let mut chunk = Chunk::default();
    let seen = Profiles::default().share(seen.facts(), &world.catalogue);
    chunk.sender(facts.sender_id, None, &seen, std::iter::once(reference), 0);
    Some(chunk.rest().unwrap().encode_to_vec())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_an_integrator_is_told_decides_its_questions(history in history(), later in 0..60i64) {
        let world = World::of(&history);
        let told_at = at(world.today + later);
        for ask in Ask::all() {
            let own = integrator_id(ask.through);
            let Some(facts) = world.question(ask).sender else { continue };
            let seen = Profile::of(facts, &world.catalogue.agreements).seen_by(&own, told_at);
            let mut catalogue = Catalogue::default();
            catalogue.integrators.extend(world.catalogue.integrators.get(&own).map(|one| (own.clone(), one.clone())));
            let agreements = world.catalogue.agreements.iter();
            catalogue.agreements = agreements.map(|one| one.seen_by(&own)).collect();
            let whole = world.question(ask);
            let (integrator, sender) = (catalogue.integrators.get(&own), seen.as_ref().map(Profile::facts));
            let part = Question { integrator, sender, ..whole };
            for now in some(world.instants(told_at), 12) {
                let (one, other) = (decide(&world.catalogue, &whole, now), decide(&catalogue, &part, now));
                prop_assert!(same_answer(&one, &other), "{ask:?} at {now}: {one:?} is not {other:?}");
                prop_assert_eq!(one.holds(), other.holds());
                let next = |catalogue, question| Answer::of(catalogue, question, now).next_change;
                let (one, other) = (next(&world.catalogue, &whole), next(&catalogue, &part));
                prop_assert_eq!(one, other, "{:?} at {}", ask, now);
            }
        }
    }

    #[test]
    fn before_a_connection_is_confirmed_all_senders_look_the_same(
        history in history(),
        more in prop::collection::vec(step(), 1..12),
        later in 0..60i64,
    ) {
        let world = World::of(&history);
        let mut other = world.clone();
        let happened = more.iter().filter(|step| elsewhere(step)).filter(|step| other.tell(step)).count();
        prop_assume!(happened > 0);
        let now = at(world.today + later);
        for sender in 0..SENDERS {
            let mine = |world: &World| {
                let connection = world.sender(sender)?.connection(&integrator_id(VENDOR))?;
                Some((connection.state_at(now), connection.contested))
            };
            prop_assert_eq!(mine(&world).is_some(), mine(&other).is_some());
            if mine(&world) == mine(&other) && mine(&world).is_some_and(|(state, _)| state != ConnectionState::Active) {
                prop_assert_eq!(told(&world, sender, now), told(&other, sender, now), "sender {}", sender);
            }
        }
    }
}
