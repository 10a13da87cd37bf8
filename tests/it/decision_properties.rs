//! What holds for every history, on random ones. `OMBORD_TEST_CASES` is the number of cases that they share.

use crate::support::{
    histories::{AGREEMENTS, Ask, DAUGHTER, INTEGRATORS, SENDERS, STRANGER, Signed, Step, TERMS, Whom, World, at, integrator_id, sender_id},
    plainly,
    random_histories::{acceptance, assurance, beginning, config, decline, enforcing, history, publication, step},
};
use ombord::domain::{
    acts::{Act, ActKind, ActState},
    agreement::AgreementFacts,
    decision::{Handling, Verdict, same_answer},
    explanation::explain,
    ids::AgreementId,
    impact::of_publication,
    ledger::{Entry, Event},
    reason::{Code, Severity},
    sender::SenderFacts,
    standing::{Outcome, Worth, standing, worth},
    time::Timestamp,
    vocabulary::{Assurance, ConnectionState, Enforcement},
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// How many properties share the cases.
const PROPERTIES: u32 = 18;

/// At most so many of the moments at which something may change, the first included.
fn some(moments: Vec<Timestamp>, most: usize) -> Vec<Timestamp> {
    let every = moments.len().div_ceil(most).max(1);
    moments.into_iter().step_by(every).collect()
}

/// Every question at some of the moments from today on.
fn asked(world: &World) -> Vec<(Ask, Timestamp)> {
    let moments = some(world.instants(at(world.today)), 12);
    Ask::all().flat_map(|ask| moments.iter().map(move |now| (ask, *now)).collect::<Vec<_>>()).collect()
}

/// The standing reasons: those of which an agreement has exactly one unless it is accepted.
fn is_standing(code: Code) -> bool {
    (Code::AgreementDeclined..=Code::AgreementReacceptanceOverdue).contains(&code)
}

/// A new version that a sender could decline while something earlier counts, and when it is needed if ever: sender,
/// integrator, agreement, version, deadline.
type Declinable = (usize, usize, usize, usize, Option<Timestamp>);

/// All new versions that can be declined, other than what was accepted already: what a decline takes back is another matter.
fn declinable(world: &World, now: Timestamp) -> Vec<Declinable> {
    let mut all = Vec::new();
    for (sender, agreement) in (0..SENDERS).flat_map(|s| (0..AGREEMENTS).map(move |a| (s, a))) {
        let (Some(facts), Some(of)) = (world.sender(sender), world.agreement(agreement)) else { continue };
        let acts = || facts.acts.iter().filter(|a| a.agreement_id == of.agreement_id);
        let place = |act: &Act| of.position(&act.version);
        for (declined, version) in of.versions.iter().enumerate().filter(|(_, v)| !v.withdrawn) {
            let accepted_already = acts().any(|a| a.kind != ActKind::Decline && place(a) >= Some(declined));
            let earlier = acts().filter(|a| place(a) < Some(declined)).filter_map(|a| match worth(of, &facts.acts, a, now) {
                Worth::Current(deadline) => Some(deadline),
                _ => None,
            });
            let needed = earlier.max_by_key(|deadline| (deadline.is_none(), *deadline));
            let active = (0..INTEGRATORS)
                .find(|through| world.connection(sender, *through).is_some_and(|(_, state)| state == ConnectionState::Active));
            if let (false, Some(needed), Some(through)) = (accepted_already, needed, active) {
                all.push((sender, through, agreement, version.label.as_str().parse().unwrap(), needed));
            }
        }
    }
    all
}

/// Each sender with each agreement.
fn pairs(world: &World) -> Vec<(&SenderFacts, &AgreementFacts)> {
    world.senders.values().flat_map(|s| world.catalogue.agreements.values().map(move |a| (s, a))).collect()
}

fn with_enforcement(world: &World, change: impl Fn(&mut Enforcement, &mut Assurance)) -> World {
    let mut changed = world.clone();
    for agreement in changed.catalogue.agreements.values_mut() {
        for rule in &mut agreement.enforcement {
            change(&mut rule.enforcement, &mut rule.minimum_assurance);
        }
    }
    changed
}

proptest! {
    #![proptest_config(config(PROPERTIES))]

    #[test]
    fn recommended_allows_what_required_allows(history in history()) {
        let world = World::of(&history);
        let required = with_enforcement(&world, |enforcement, _| *enforcement = Enforcement::Required);
        let recommended = with_enforcement(&world, |enforcement, _| *enforcement = Enforcement::Recommended);
        let unsure = with_enforcement(&world, |_, minimum| *minimum = Assurance::Imported);
        for (ask, now) in asked(&world) {
            let allows = |world: &World| world.decide(ask, now).allows();
            prop_assert!(!allows(&required) || allows(&world), "{ask:?} at {now}");
            prop_assert!(!allows(&world) || allows(&recommended), "{ask:?} at {now}");
            prop_assert!(!allows(&world) || allows(&unsure), "less assurance demanded: {ask:?} at {now}");
        }
    }

    #[test]
    fn for_one_integrator_enforcement_is_never_looser(history in history(), more in prop::collection::vec(enforcing(), 1..4)) {
        let mut world = World::of(&history);
        more.iter().for_each(|step| { world.tell(step); });
        for agreement in world.catalogue.agreements.values() {
            for now in world.instants(Timestamp::BEGINNING) {
                // Nobody made a rule for the stranger, so it has what holds for all.
                let general = agreement.enforcement_at(&integrator_id(STRANGER), now);
                for through in 0..INTEGRATORS {
                    let own = agreement.enforcement_at(&integrator_id(through), now);
                    prop_assert!(own.enforcement >= general.enforcement && own.minimum_assurance >= general.minimum_assurance);
                }
                let terms = *agreement.agreement_id.as_str() == *"terms";
                prop_assert!(!terms || general.enforcement == Enforcement::Required);
            }
        }
    }

    #[test]
    fn a_valid_acceptance_never_turns_allow_into_deny(history in history(), accept in acceptance()) {
        let world = World::of(&history);
        let mut after = world.clone();
        prop_assume!(after.tell(&accept));
        for (ask, now) in asked(&world) {
            prop_assert!(!world.decide(ask, now).allows() || after.decide(ask, now).allows(), "{ask:?} at {now}");
        }
    }

    #[test]
    fn ending_a_connection_never_yields_allow(history in history(), sender in 0..SENDERS, through in 0..INTEGRATORS) {
        let world = World::of(&history);
        let mut after = world.clone();
        prop_assume!(after.tell(&Step::EndConnection { sender, through }));
        for (ask, now) in asked(&world) {
            let (before, ended) = (world.decide(ask, now), after.decide(ask, now));
            if (ask.sender, ask.through) == (sender, through) {
                prop_assert_eq!(ended, Verdict::Closed(Code::ConnectionEnded));
            } else {
                prop_assert!(same_answer(&before, &ended), "another connection's answer changed: {:?} at {}", ask, now);
            }
        }
    }

    #[test]
    fn the_answer_is_constant_until_the_next_scheduled_change(history in history(), from in -20..80i64) {
        let world = World::of(&history);
        for ask in Ask::all() {
            let now = at(from);
            let today = world.decide(ask, now);
            let next = world.next_change(ask, now);
            for moment in world.instants(now) {
                let same = same_answer(&today, &world.decide(ask, moment));
                match next {
                    Some(next) if moment == next => prop_assert!(!same, "{ask:?}: nothing changes at {next}"),
                    Some(next) if moment > next => break,
                    _ => prop_assert!(same, "{ask:?}: changes at {moment} already, not at {next:?}"),
                }
            }
            prop_assert!(next.is_none_or(|next| next > now));
        }
    }

    #[test]
    fn declining_a_new_version_changes_nothing_before_it_is_needed(
        history in history(), which in any::<prop::sample::Index>(), assurance in assurance(), on in -10..70i64,
    ) {
        let world = World::of(&history);
        let now = at(world.today);
        let declinable = declinable(&world, now);
        if declinable.is_empty() {
            return Ok(());
        }
        let (sender, through, agreement, version, needed) = declinable[which.index(declinable.len())];
        let mut after = world.clone();
        let told = after.tell(&Step::Decline { act: Signed { sender, through, assurance, on }, agreement, version });
        prop_assert!(told);
        for ask in Ask::all() {
            for moment in world.instants(now) {
                if needed.is_none_or(|needed| moment < needed) {
                    let same = same_answer(&world.decide(ask, moment), &after.decide(ask, moment));
                    prop_assert!(same, "{:?} changes at {} though needed at {:?}", ask, moment, needed);
                }
            }
        }
    }

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
            let covers = about().filter(|a| a.kind == ActKind::Coverage && a.state == ActState::Valid);
            let before = covers.filter_map(|a| place(&a.version)).filter(|p| first.is_none_or(|first| *p < first)).count();
            for now in some(world.instants(at(world.today)), 6) {
                let in_force = agreement.enforcement_at(&integrator_id(0), now);
                let outcome = standing(agreement, &sender.acts, in_force, now).outcome;
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
                let in_force = before.enforcement_at(&integrator_id(0), *now);
                let one = standing(before, &sender.acts, in_force, *now);
                let other = standing(agreement, &sender.acts, in_force, *now);
                if one.outcome == Outcome::Accepted && other.outcome == Outcome::Accepted {
                    prop_assert!(not_later(other.deadline, one.deadline), "{now}: {:?}, was {:?}", other.deadline, one.deadline);
                }
                for act in sender.acts.iter().filter(|a| a.agreement_id == before.agreement_id) {
                    match (worth(before, &sender.acts, act, *now), worth(agreement, &sender.acts, act, *now)) {
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
    fn reasons_are_in_order_and_each_agreement_has_one_standing(history in history()) {
        let world = World::of(&history);
        for (ask, now) in asked(&world) {
            let verdict = world.decide(ask, now);
            let reasons: Vec<_> = verdict.reasons().collect();
            let denying = reasons.iter().filter(|r| r.severity == Severity::Deny).count();
            prop_assert_eq!(verdict.allows(), denying == 0);
            prop_assert!(reasons[..denying].iter().all(|r| r.severity == Severity::Deny), "a warning before a DENY");
            let dpa = |id: Option<&AgreementId>| id.is_some_and(|id| id.as_str() != "terms");
            let order = |r: &ombord::domain::reason::Reason<'_>| match r.code {
                code if is_standing(code) && !dpa(r.agreement_id) => (1, code),
                code if is_standing(code) || code == Code::NoAgreementForContentType => (2, code),
                code if code < Code::AgreementDeclined => (0, code),
                code => (3, code),
            };
            for part in [&reasons[..denying], &reasons[denying..]] {
                prop_assert!(part.is_sorted_by_key(order), "{part:?}");
            }
            for agreement in world.catalogue.agreements.keys() {
                let of = |wanted: fn(Code) -> bool| {
                    reasons.iter().filter(|r| r.agreement_id == Some(agreement) && wanted(r.code)).count()
                };
                prop_assert!(of(is_standing) + of(|code| code == Code::ReacceptanceDue) <= 1, "{reasons:?}");
            }
            let mut seen: Vec<_> = reasons.iter().map(|r| (r.code, r.agreement_id)).collect();
            seen.sort();
            seen.dedup();
            prop_assert_eq!(seen.len(), reasons.len(), "a reason twice: {:?}", reasons);
            let alone = matches!(verdict, Verdict::Closed(_)) || reasons.iter().all(|r| r.code > Code::ConnectionEnded);
            prop_assert!(alone, "{reasons:?}");
            prop_assert!(!verdict.allows() || verdict.holds());
        }
    }

    #[test]
    fn a_connection_that_is_not_active_tells_nothing_else(history in history(), later in -10..80i64) {
        let world = World::of(&history);
        let mut states = BTreeMap::new();
        for entry in &world.entries {
            match &entry.event {
                Event::SenderRegistered { sender_id, connection_id, integrator_id, .. } => {
                    states.insert((*sender_id, integrator_id.clone()), (*connection_id, Code::ConnectionNotConfirmed));
                }
                Event::ConnectionConfirmed { connection_id, .. }
                | Event::AcceptanceRecorded { connection_id, .. }
                | Event::DeclineRecorded { connection_id, .. } => {
                    states.retain(|_, (connection, _)| connection != connection_id);
                }
                Event::ConnectionEnded { sender_id, connection_id } => {
                    let connections = &world.senders[sender_id].connections;
                    let integrator = &connections.iter().find(|c| c.connection_id == *connection_id).unwrap().integrator_id;
                    states.insert((*sender_id, integrator.clone()), (*connection_id, Code::ConnectionEnded));
                }
                _ => {}
            }
        }
        for ask in Ask::all() {
            let now = at(later);
            let registered = world.connection(ask.sender, ask.through).is_some();
            let closed = states.get(&(sender_id(ask.sender), integrator_id(ask.through))).map(|(_, code)| *code);
            let expected = closed.or((!registered).then_some(Code::SenderNotVisible));
            let verdict = world.decide(ask, now);
            match expected {
                Some(code) => {
                    prop_assert_eq!(verdict, Verdict::Closed(code));
                    prop_assert_eq!(verdict.reasons().count(), 1);
                    prop_assert_eq!(verdict.handling(), Handling::default());
                    prop_assert_eq!(world.next_change(ask, now), None);
                    let explanation = explain(&world.catalogue, &world.question(ask), now);
                    prop_assert!(explanation.agreements.is_empty() && explanation.exceptions.is_empty());
                }
                None => prop_assert!(matches!(verdict, Verdict::Judged { .. }), "{ask:?}: {verdict:?}"),
            }
        }
    }

    #[test]
    fn an_exception_lifts_what_recommended_would_and_nothing_else(history in history(), whole in any::<bool>()) {
        let mut world = World::of(&history);
        let mut lifted = world.clone();
        lifted.today = 0;
        for n in 0..if whole { INTEGRATORS } else { SENDERS } {
            let whom = if whole { Whom::Integrator(n) } else { Whom::Sender(n) };
            if lifted.tell(&Step::Propose { whom, until: 10_000 }) {
                prop_assert!(lifted.tell(&Step::Approve(lifted.proposed() - 1)));
            }
        }
        // Other exceptions would end on the way.
        world.senders.values_mut().for_each(|s| s.exceptions.clear());
        world.catalogue.integrators.values_mut().for_each(|i| i.exceptions.clear());
        let liftable = |code| is_standing(code) && code != Code::AgreementDeclined;
        for (ask, now) in asked(&world) {
            let (before, after) = (world.decide(ask, now), lifted.decide(ask, now));
            let denies = |verdict: &Verdict<'_>| {
                verdict.reasons().filter(|r| r.severity == Severity::Deny).map(|r| (r.code, r.deadline)).collect::<Vec<_>>()
            };
            let kept: Vec<_> = denies(&before).into_iter().filter(|(code, _)| !liftable(*code)).collect();
            prop_assert_eq!(denies(&after), kept.clone(), "{:?} at {}", ask, now);
            let told = after.reasons().find(|r| r.code == Code::AllowedByException);
            prop_assert_eq!(told.is_some(), denies(&before).len() > kept.len());
            prop_assert!(told.is_none_or(|r| r.deadline == Some(at(10_000)) && r.severity == Severity::Warning));
        }
    }

    #[test]
    fn the_deadline_told_is_when_the_standing_turns(history in history()) {
        let world = World::of(&history);
        for (sender, agreement) in pairs(&world) {
            for now in some(world.instants(at(world.today)), 4) {
                let in_force = agreement.enforcement_at(&integrator_id(0), now);
                let of = |moment| standing(agreement, &sender.acts, in_force, moment);
                let today = of(now);
                if today.outcome != Outcome::Accepted {
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
                    let in_force = ombord::domain::agreement::InForce { enforcement: Enforcement::Required, minimum_assurance: minimum };
                    let found = standing(agreement, &sender.acts, in_force, now).outcome;
                    prop_assert_eq!(found, plainly::outcome(agreement, &sender.acts, minimum, now), "{} at {}", agreement.agreement_id, now);
                }
            }
        }
    }

    #[test]
    fn the_impact_of_a_publication_is_what_comes_of_it(history in history(), publish in publication()) {
        let world = World::of(&history);
        let mut after = world.clone();
        prop_assume!(after.tell(&publish));
        let Some(Event::VersionPublished { agreement_id, version }) = after.entries.last().map(|e| &e.event) else {
            unreachable!()
        };
        let now = at(world.today);
        let agreement = &world.catalogue.agreements[agreement_id];
        let impact = of_publication(&world.catalogue, world.senders.values(), agreement, version, now);
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

    #[test]
    fn there_is_an_answer_to_every_question_on_absurd_facts(
        history in history(),
        absurd in prop::collection::vec((any::<prop::sample::Index>(), 0..10u8, far()), 1..12),
        keep in any::<u64>(),
        now in far(),
    ) {
        let mut world = World::of(&history);
        // Events that do not fit are told apart, not suffered.
        let some = world.entries.iter().enumerate().filter(|(n, _)| keep >> (n % 64) & 1 == 1);
        let _ = World::replay(some.map(|(_, entry)| (entry.time, entry.event.clone())));
        for (place, kind, time) in &absurd {
            distort(&mut world, *place, *kind, *time);
        }
        for ask in Ask::all() {
            let verdict = world.decide(ask, now);
            prop_assert_eq!(verdict.allows(), verdict.reasons().all(|r| r.severity == Severity::Warning));
            prop_assert!(verdict.allows() || verdict.reasons().next().is_some());
            prop_assert!(world.next_change(ask, now).is_none_or(|next| next > now));
            explain(&world.catalogue, &world.question(ask), now);
        }
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

fn far() -> impl Strategy<Value = Timestamp> {
    let last = 253_402_300_799_999_999i64;
    let micros = prop_oneof![Just(0), Just(1), Just(last / 1_000_000 * 1_000_000), (-20..80i64).prop_map(|day| at(day).micros())];
    micros.prop_map(|micros| Timestamp::from_micros(micros).unwrap())
}

/// Makes facts that no history makes.
fn distort(world: &mut World, place: prop::sample::Index, kind: u8, time: Timestamp) {
    let agreements = &mut world.catalogue.agreements;
    let mut versions: Vec<_> = agreements.values_mut().filter(|a| !a.versions.is_empty()).collect();
    if !versions.is_empty() {
        let nth = place.index(versions.len());
        let versions = &mut versions[nth].versions;
        let nth = place.index(versions.len());
        match kind {
            0 => versions[nth].effective = time,
            1 => versions[nth].published = time,
            2 => versions[nth].grace_seconds = u32::MAX,
            3 => versions.reverse(),
            4 => versions.push(versions[nth].clone()),
            5 => drop(versions.remove(nth)),
            _ => {}
        }
    }
    let mut acts: Vec<_> = world.senders.values_mut().flat_map(|s| &mut s.acts).collect();
    if !acts.is_empty() {
        let nth = place.index(acts.len());
        match kind {
            6 => acts[nth].time = time,
            7 => acts[nth].agreement_id = crate::support::histories::agreement_id(TERMS),
            8 => acts[nth].version = crate::support::histories::label(99),
            _ => {}
        }
    }
    if kind == 9 {
        world.catalogue.agreements.pop_first();
        if let Some(sender) = world.senders.get_mut(&sender_id(DAUGHTER)) {
            sender.exceptions.iter_mut().for_each(|e| e.until = time);
        }
    }
}
