//! What holds of standings, deadlines, the fold and a publication's impact for every history, on random ones.

use crate::support::{
    histories::{Ask, SENDERS, Step, World, at, integrator_id, sender_id},
    plainly,
    random_histories::{
        acceptance, asked, beginning, config, decline, enforcing, history, pairs, publication, some, step,
    },
};
use ombord::domain::{
    acts::{ActKind, ActState},
    agreement::InForce,
    answer::same_answer,
    impact::of_publication,
    ledger::{Entry, Event},
    standing::{Outcome, standing},
    time::Timestamp,
    vocabulary::{Assurance, Enforcement},
    weighing::{Weighing, Worth},
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_recording_does_not_matter(
        beginning in beginning(),
        run in prop::collection::vec(prop_oneof![3 => acceptance(), 2 => decline(), 1 => publication(), 1 => enforcing()], 2..16),
        places in prop::collection::vec(any::<u16>(), 16),
        rest in prop::collection::vec((0..5i64, step()), 0..6),
    ) {
        let mut world = World::of(&beginning);
        let start = world.entries.len();
        run.iter().for_each(|step| { world.tell(step); });
        let end = world.entries.len();
        for (wait, step) in &rest {
            world.today += wait;
            world.tell(step);
        }
        let mut events: Vec<_> = world.entries.iter().map(|entry| (entry.time, entry.event.clone())).collect();
        (start..end).for_each(|n| at_a_time_of_its_own(&mut events[n].1, n));
        let recorded = World::replay(events.clone()).unwrap();
        let mut keyed: Vec<_> = events.splice(start..end, []).enumerate().collect();
        keyed.sort_by_key(|(n, _)| places[*n % places.len()]);
        events.splice(start..start, keyed.into_iter().map(|(_, event)| event));
        let shuffled = World::replay(events).unwrap();
        for (ask, now) in asked(&recorded) {
            let (one, other) = (recorded.decide(ask, now), shuffled.decide(ask, now));
            prop_assert!(same_answer(&one, &other), "{:?} at {}: {:?} or {:?}", ask, now, one, other);
        }
    }

    #[test]
    fn invalidation_is_final_and_takes_its_coverage_along(
        history in history(), nth in any::<prop::sample::Index>(), more in prop::collection::vec(step(), 0..6),
    ) {
        let mut world = World::of(&history);
        let standing = world.standing_acceptances();
        prop_assume!(!standing.is_empty());
        let (acceptance, sender, covered) = &standing[nth.index(standing.len())];
        let invalidated = world.tell(&Step::Invalidate { acceptance: *acceptance });
        prop_assert!(invalidated);
        let Some(Event::AcceptanceInvalidated { acceptance_id, .. }) = world.entries.last().map(|e| e.event.clone()) else {
            unreachable!()
        };
        // What remains is judged as if the act had never been, only its reason may be another one.
        let mut without = world.clone();
        without.senders.values_mut().for_each(|s| s.acts.retain(|a| a.id != acceptance_id.0));
        for (ask, now) in asked(&world) {
            prop_assert_eq!(world.decide(ask, now).allows(), without.decide(ask, now).allows(), "{:?} at {}", ask, now);
        }
        more.iter().for_each(|step| { world.tell(step); });
        for company in covered {
            world.tell(&Step::EndCoverage { acceptance: *acceptance, covered: *company });
        }
        for party in covered.iter().chain([sender]) {
            let acts = world.senders[&sender_id(*party)].acts.iter().filter(|a| a.id == acceptance_id.0);
            let states: Vec<_> = acts.map(|a| a.state).collect();
            prop_assert_eq!(&states, &vec![ActState::Invalidated], "{}", party);
        }
    }

    #[test]
    fn an_own_decline_beats_coverage(history in history(), decline in decline()) {
        let mut world = World::of(&history);
        world.tell(&decline);
        for sender in world.senders.values_mut() {
            sender.acts.retain(|a| a.kind != ActKind::Acceptance);
        }
        for (sender, agreement) in pairs(&world) {
            let place = |label| agreement.position(label).filter(|p| !agreement.versions[*p].withdrawn);
            let about = || sender.acts.iter().filter(|a| a.agreement_id == agreement.agreement_id);
            let first = about().filter(|a| a.kind == ActKind::Decline).filter_map(|a| place(&a.version)).min();
            let covers = about().filter(|a| {
                a.kind == ActKind::Coverage && !matches!(a.state, ActState::Invalidated | ActState::CoverageEnded)
            });
            let before = covers.filter_map(|a| place(&a.version)).filter(|p| first.is_none_or(|first| *p < first)).count();
            for now in some(world.instants(at(world.today)), 6) {
                let in_force = agreement.enforcement_of(Some(&integrator_id(0)), now);
                let outcome = standing(agreement, sender, in_force, now).outcome;
                if first.is_some() && before == 0 {
                    prop_assert_eq!(outcome, Outcome::Declined);
                }
            }
        }
    }

    #[test]
    fn a_later_publication_never_extends_a_deadline(history in history(), publish in publication()) {
        let world = World::of(&history);
        let mut after = world.clone();
        prop_assume!(after.tell(&publish));
        let moments = some(world.instants(at(world.today)), 8);
        for ((sender, before), (_, agreement)) in pairs(&world).into_iter().zip(pairs(&after)) {
            for now in &moments {
                let in_force = before.enforcement_of(Some(&integrator_id(0)), *now);
                let one = standing(before, sender, in_force, *now);
                let other = standing(agreement, sender, in_force, *now);
                if one.outcome == Outcome::Accepted && other.outcome == Outcome::Accepted {
                    prop_assert!(not_later(other.deadline, one.deadline), "{now}: {:?}, was {:?}", other.deadline, one.deadline);
                }
                for act in sender.acts.iter().filter(|a| a.agreement_id == before.agreement_id) {
                    let (was, is) = (Weighing::of(before, sender, *now), Weighing::of(agreement, sender, *now));
                    match (was.worth(act), is.worth(act)) {
                        (Worth::Current(one), Worth::Current(other)) => prop_assert!(not_later(other, one)),
                        (Worth::Overdue(one), Worth::Overdue(other)) => prop_assert!(other <= one),
                        (Worth::Current(_), Worth::Overdue(_)) => {}
                        (one, other) => prop_assert_eq!(one, other),
                    }
                }
            }
        }
    }

    #[test]
    fn the_deadline_told_is_when_the_standing_turns(history in history()) {
        let world = World::of(&history);
        for (sender, agreement) in pairs(&world) {
            for now in some(world.instants(at(world.today)), 4) {
                let in_force = agreement.enforcement_of(Some(&integrator_id(0)), now);
                let of = |moment| standing(agreement, sender, in_force, moment);
                let today = of(now);
                if today.outcome != Outcome::Accepted {
                    continue;
                }
                // What is contested turns without a deadline of a version; `decision_mail.rs` has those.
                if sender.acts.iter().any(|act| act.contested(now).is_some()) {
                    continue;
                }
                let turns = world.instants(now).into_iter().find(|moment| of(*moment).outcome != Outcome::Accepted);
                prop_assert_eq!(today.deadline, turns, "{} of {:?} at {}", agreement.agreement_id, sender.sender_id, now);
            }
        }
    }

    #[test]
    fn the_standing_is_what_the_rules_say_plainly(history in history()) {
        let world = World::of(&history);
        for (sender, agreement) in pairs(&world) {
            for now in some(world.instants(at(world.today)), 12) {
                for minimum in [Assurance::Imported, Assurance::SenderConfirmed] {
                    let in_force = InForce { enforcement: Enforcement::Required, minimum_assurance: minimum };
                    let found = standing(agreement, sender, in_force, now).outcome;
                    let plainly = plainly::outcome(agreement, &sender.acts, &sender.notices, minimum, now);
                    prop_assert_eq!(found, plainly, "{} at {}", agreement.agreement_id, now);
                }
            }
        }
    }

    #[test]
    fn the_impact_of_a_publication_is_what_comes_of_it(history in history(), publish in publication()) {
        let world = World::of(&history);
        let mut after = world.clone();
        prop_assume!(after.tell(&publish));
        let Some(Event::VersionPublished { agreement_id, version }) = after.entries.last().map(|e| e.event.clone()) else {
            unreachable!()
        };
        // Foreseen is the worst: that every sender is told at once.
        let (Step::Publish { agreement, .. }, label) = (&publish, &version.label) else { unreachable!() };
        for sender in 0..SENDERS {
            after.tell(&Step::Notice { sender, agreement: *agreement, version: label.as_str().parse().unwrap() });
        }
        let (agreement_id, version) = (&agreement_id, &version);
        let now = at(world.today);
        let agreement = world.catalogue.agreements.get(agreement_id).unwrap();
        let impact = of_publication(&world.catalogue, world.senders.values().map(|sender| (sender, 1)), agreement, version, now);
        let moments = after.instants(now);
        let mut losses = BTreeMap::<Timestamp, u64>::new();
        let mut why = BTreeSet::new();
        for sender in 0..SENDERS {
            let lost = |moment: &Timestamp| {
                let asks = Ask::all().filter(|ask| ask.sender == sender && world.decide(*ask, *moment).allows());
                let denied = asks.map(|ask| after.decide(ask, *moment)).filter(|verdict| !verdict.allows());
                denied.filter_map(|verdict| Some((*moment, verdict.reasons().next()?.code))).collect::<Vec<_>>()
            };
            if let Some(first) = moments.iter().map(lost).find(|lost| !lost.is_empty()) {
                *losses.entry(first[0].0).or_default() += 1;
                why.extend(first);
            }
        }
        prop_assert_eq!(impact.denied_senders, losses.values().sum::<u64>());
        let mut told = BTreeMap::<Timestamp, u64>::new();
        for step in &impact.steps {
            prop_assert!(why.contains(&(step.time, step.reason)), "{step:?}");
            *told.entry(step.time).or_default() += step.newly_denied;
        }
        prop_assert_eq!(told, losses);
        prop_assert!(impact.steps.is_sorted_by_key(|step| (step.time, step.reason)));
    }

    #[test]
    fn what_the_ledger_says_is_all_there_is(history in history()) {
        let world = World::of(&history);
        let read = world.entries.iter().map(|entry| {
            let bytes = entry.canonical().unwrap();
            let read = Entry::read(&bytes).unwrap();
            assert_eq!(read.canonical().unwrap(), bytes);
            read
        });
        let folded = World::replay(read.map(|entry| (entry.time, entry.event))).unwrap();
        prop_assert_eq!(folded.catalogue, world.catalogue);
        prop_assert_eq!(folded.senders, world.senders);
        prop_assert_eq!(folded.entries, world.entries);
    }
}

fn not_later(deadline: Option<Timestamp>, than: Option<Timestamp>) -> bool {
    match (deadline, than) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(deadline), Some(than)) => deadline <= than,
    }
}

/// Gives what an event is about a time that no other event has, and leaves nothing that only the last one decides.
fn at_a_time_of_its_own(event: &mut Event, n: usize) {
    let own = |time: &mut Timestamp| *time = Timestamp::from_micros(time.micros() + n as i64).unwrap();
    match event {
        Event::AcceptanceRecorded { accept_time, contact_quality, .. } => {
            own(accept_time);
            *contact_quality = None;
        }
        Event::DeclineRecorded { decline_time, .. } => own(decline_time),
        Event::VersionPublished { version, .. } => own(&mut version.effective),
        Event::EnforcementSet { effective, .. } => own(effective),
        _ => {}
    }
}
