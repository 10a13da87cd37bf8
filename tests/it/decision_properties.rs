//! What holds of the answer for every history, on random ones. `OMBORD_TEST_CASES` is the number of cases that all
//! properties share; `standing_properties.rs` has the others.

use crate::support::{
    histories::{
        AGREEMENTS, Ask, DAUGHTER, INTEGRATORS, SENDERS, STRANGER, Signed, Step, TERMS, Whom, World, agreement_id, at,
        integrator_id, label, sender_id,
    },
    random_histories::{acceptance, asked, assurance, config, enforcing, history},
};
use ombord::domain::{
    acts::{Act, ActKind},
    answer::{Answer, same_answer},
    decision::{Handling, Question, Verdict, decide},
    explanation::explain,
    ids::AgreementId,
    ledger::Event,
    profile::Profile,
    reason::{Code, Reason, Severity},
    time::Timestamp,
    vocabulary::{Assurance, ConnectionState, Enforcement, Method},
    weighing::{Weighing, Worth},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The standing reasons: those of which an agreement has exactly one unless it is accepted.
fn is_standing(code: Code) -> bool {
    (Code::AgreementDeclined..=Code::AgreementReacceptanceOverdue).contains(&code)
}

fn with_enforcement(world: &World, change: impl Fn(&mut Enforcement, &mut Assurance)) -> World {
    let mut changed = world.clone();
    changed.change_agreements(|agreement| {
        for rule in &mut agreement.enforcement {
            change(&mut rule.enforcement, &mut rule.minimum_assurance);
        }
    });
    changed
}

/// A new version that a sender could decline while something earlier counts, and when it is needed if ever: sender,
/// integrator, agreement, version, deadline.
type Declinable = (usize, usize, usize, usize, Option<Timestamp>);

/// All new versions that can be declined, other than what was accepted already: what a decline takes back is another matter.
fn declinable(world: &World, now: Timestamp) -> Vec<Declinable> {
    let mut all = Vec::new();
    for (sender, agreement) in (0..SENDERS).flat_map(|s| (0..AGREEMENTS).map(move |a| (s, a))) {
        let (Some(facts), Some(of)) = (world.sender(sender), world.agreement(agreement)) else {
            continue;
        };
        let acts = || facts.acts.iter().filter(|a| a.agreement_id == of.agreement_id);
        let place = |act: &Act| of.position(&act.version);
        for (declined, version) in of.versions.iter().enumerate().filter(|(_, v)| !v.withdrawn) {
            let accepted_already = acts().any(|a| a.kind != ActKind::Decline && place(a) >= Some(declined));
            let earlier = acts().filter(|a| place(a) < Some(declined)).filter_map(|a| {
                match Weighing::of(of, facts, now).worth(a) {
                    Worth::Current(deadline) => Some(deadline.into_iter().chain(a.contested(now)).min()),
                    _ => None,
                }
            });
            let needed = earlier.max_by_key(|deadline| (deadline.is_none(), *deadline));
            let active = (0..INTEGRATORS).find(|through| {
                world.connection(sender, *through).is_some_and(|(_, state)| state == ConnectionState::Active)
            });
            if let (false, Some(needed), Some(through)) = (accepted_already, needed, active) {
                all.push((sender, through, agreement, version.label.as_str().parse().unwrap(), needed));
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(config())]

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
        for agreement in world.catalogue.agreements.iter() {
            for now in world.instants(Timestamp::BEGINNING) {
                // Nobody made a rule for the stranger, so it has what holds for all.
                let general = agreement.enforcement_of(Some(&integrator_id(STRANGER)), now);
                for through in 0..INTEGRATORS {
                    let own = agreement.enforcement_of(Some(&integrator_id(through)), now);
                    prop_assert!(own.enforcement >= general.enforcement && own.minimum_assurance >= general.minimum_assurance);
                }
                let terms = *agreement.agreement_id.as_str() == *"terms";
                prop_assert!(!terms || general.enforcement == Enforcement::Required);
            }
        }
    }

    #[test]
    fn a_profile_answers_as_the_facts_that_it_was_made_of(history in history()) {
        let world = World::of(&history);
        for (ask, now) in asked(&world) {
            let Some(facts) = world.question(ask).sender else { continue };
            let profile = Profile::of(facts, &world.catalogue.agreements);
            let (own, shared) = (world.question(ask), Question { sender: Some(profile.facts()), ..world.question(ask) });
            let (one, other) = (decide(&world.catalogue, &own, now), decide(&world.catalogue, &shared, now));
            prop_assert!(same_answer(&one, &other), "{ask:?} at {now}: {one:?} is not {other:?}");
            prop_assert_eq!(one.holds(), other.holds());
            let next = |question| Answer::of(&world.catalogue, question, now).next_change;
            prop_assert_eq!(next(&own), next(&shared), "{:?} at {}", ask, now);
            prop_assert_eq!(&Profile::of(profile.facts(), &world.catalogue.agreements), &profile, "a profile's is itself");
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
    fn reasons_are_in_order_and_each_agreement_has_one_standing(history in history()) {
        let world = World::of(&history);
        for (ask, now) in asked(&world) {
            let verdict = world.decide(ask, now);
            let reasons: Vec<_> = verdict.reasons().collect();
            let denying = reasons.iter().filter(|r| r.severity == Severity::Deny).count();
            prop_assert_eq!(verdict.allows(), denying == 0);
            prop_assert!(reasons[..denying].iter().all(|r| r.severity == Severity::Deny), "a warning before a DENY");
            let dpa = |id: Option<&AgreementId>| id.is_some_and(|id| id.as_str() != "terms");
            let order = |r: &Reason<'_>| match r.code {
                code if is_standing(code) && !dpa(r.agreement_id) => (1, code),
                code if is_standing(code) || code == Code::NoAgreementForContentType => (2, code),
                code if code < Code::AgreementDeclined => (0, code),
                code => (3, code),
            };
            for part in [&reasons[..denying], &reasons[denying..]] {
                prop_assert!(part.is_sorted_by_key(order), "{part:?}");
            }
            for agreement in world.catalogue.agreements.iter().map(|one| &one.agreement_id) {
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
        let (mut states, mut contests, mut newest) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for entry in &world.entries {
            match &entry.event {
                Event::SenderRegistered { sender_id, connection_id, integrator_id, .. } => {
                    let whose = (*sender_id, integrator_id.clone());
                    // Whoever ends a connection and registers again does not get rid of a contest.
                    if let Some(until) = newest.insert(whose.clone(), *connection_id).and_then(|last| contests.get(&last).copied()) {
                        contests.insert(*connection_id, until);
                    }
                    states.insert(whose, (*connection_id, Code::ConnectionNotConfirmed));
                }
                Event::ConnectionContested { connection_id, until, .. } => {
                    contests.insert(*connection_id, *until);
                }
                Event::ConnectionContestResolved { connection_id, .. } => {
                    contests.remove(connection_id);
                }
                _ => {}
            }
            match &entry.event {
                Event::ConnectionConfirmed { connection_id, .. }
                | Event::AcceptanceRecorded { connection_id, .. }
                | Event::DeclineRecorded { connection_id, .. } => {
                    if let Event::AcceptanceRecorded { method: Method::HostedForm, .. } = entry.event {
                        contests.remove(connection_id);
                    }
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
            let contested = world.connection(ask.sender, ask.through).and_then(|(id, _)| contests.get(&id));
            let lapsed = contested.is_some_and(|until| *until <= now).then_some(Code::ConnectionNotConfirmed);
            let expected = closed.or(lapsed).or((!registered).then_some(Code::SenderNotVisible));
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

fn far() -> impl Strategy<Value = Timestamp> {
    let last = 253_402_300_799_999_999i64;
    let micros = prop_oneof![
        Just(0),
        Just(1),
        Just(last / 1_000_000 * 1_000_000),
        (-20..80i64).prop_map(|day| at(day).micros())
    ];
    micros.prop_map(|micros| Timestamp::from_micros(micros).unwrap())
}

/// Makes facts that no history makes.
fn distort(world: &mut World, place: prop::sample::Index, kind: u8, time: Timestamp) {
    let mut agreements = world.catalogue.agreements.to_vec();
    let mut versions: Vec<_> = agreements.iter_mut().filter(|a| !a.versions.is_empty()).collect();
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
    // One kind also loses the first agreement.
    world.catalogue.agreements = agreements.into_iter().skip(usize::from(kind == 9)).collect();
    let mut acts: Vec<_> = world.senders.values_mut().flat_map(|s| &mut s.acts).collect();
    if !acts.is_empty() {
        let nth = place.index(acts.len());
        match kind {
            6 => acts[nth].time = time,
            7 => acts[nth].agreement_id = agreement_id(TERMS),
            8 => acts[nth].version = label(99),
            _ => {}
        }
    }
    if kind == 9
        && let Some(sender) = world.senders.get_mut(&sender_id(DAUGHTER))
    {
        sender.exceptions.iter_mut().for_each(|e| e.until = time);
    }
}
