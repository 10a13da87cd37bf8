//! What contests, notices, mail that came back and invitations do to an answer, and what they never do, on random
//! histories. Of each case something of the kind happens last.

use crate::support::{
    histories::{ACME, Ask, DAUGHTER, SENDERS, Step, World, at, integrator_id, sender_id},
    random_histories::{bounce, config, contest, history, inviting, publication, some},
};
use ombord::domain::{
    acts::ActState,
    answer::same_answer,
    decision::Verdict,
    explanation::explain,
    ids::{AcceptanceId, ConnectionId, Digest, LedgerId, RecordId},
    ledger::{Event, Private},
    reason::{Code, Severity},
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{ChangeClass, DeadlineFrom, Enforcement},
};
use proptest::{prelude::*, sample::Index};
use uuid::Uuid;

/// Every question at some of the moments from today on, and just before, at and just after one of them.
fn asked(world: &World, turn: Timestamp) -> Vec<(Ask, Timestamp)> {
    let around = [-1, 0, 1].map(|micros| Timestamp::from_micros(turn.micros() + micros).unwrap());
    let moments: Vec<_> = some(world.instants(at(world.today)), 9).into_iter().chain(around).collect();
    Ask::all().flat_map(|ask| moments.iter().map(move |now| (ask, *now)).collect::<Vec<_>>()).collect()
}

fn codes(verdict: &Verdict<'_>, wanted: impl Fn(Code, Severity) -> bool) -> Vec<Code> {
    verdict.reasons().filter(|r| wanted(r.code, r.severity)).map(|r| r.code).collect()
}

/// The numbers of the acceptances that a contest is about; nothing for a contest of a connection.
fn contested(world: &World, contest: &Step) -> Vec<usize> {
    let Step::ContestAcceptance { acceptance } = contest else { return Vec::new() };
    let Some((ids, _, _)) = world.act(*acceptance) else { return Vec::new() };
    (0..world.acceptances.len()).filter(|n| ids.contains(&world.acceptances[*n].0)).collect()
}

/// What the fold knows of a sender but for the revision of its last change.
fn but_the_revision(facts: &SenderFacts) -> SenderFacts {
    SenderFacts { revision: 0, ..facts.clone() }
}

fn all_but_the_revisions(world: &World) -> Vec<SenderFacts> {
    world.senders.values().map(but_the_revision).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_contest_changes_no_answer_before_its_deadline_and_invalidates_then(history in history(), contest in contest()) {
        let world = World::of(&history);
        let mut after = world.clone();
        prop_assume!(after.tell(&contest));
        let until = world.contest_until();
        prop_assert!(until > at(world.today + 5), "less than five days");
        let mut fallen = world.clone();
        for acceptance in contested(&world, &contest) {
            fallen.tell(&Step::Invalidate { acceptance });
        }
        // Coverage that was ended keeps that as its reason.
        let ended = |sender: usize| {
            let acts = world.sender(sender).map(|s| &s.acts[..]).unwrap_or_default();
            let ids = contested(&world, &contest).into_iter().map(|n| world.acceptances[n].0.0);
            ids.into_iter().any(|id| acts.iter().any(|a| a.id == id && a.state == ActState::CoverageEnded))
        };
        for (ask, now) in asked(&after, until) {
            let (before, is) = (world.decide(ask, now), after.decide(ask, now));
            if now < until {
                prop_assert_eq!(before.allows(), is.allows(), "{:?} at {}", ask, now);
                prop_assert_eq!(before.handling(), is.handling());
                let others = |code, _| !matches!(code, Code::Contested | Code::ReacceptanceDue);
                prop_assert_eq!(codes(&before, others), codes(&is, others), "{:?} at {}", ask, now);
                let dues = |code, _| code == Code::ReacceptanceDue;
                prop_assert!(codes(&before, dues).len() <= codes(&is, dues).len(), "a contest takes no deadline away");
                prop_assert!(is.reasons().filter(|r| r.code == Code::Contested).all(|r| r.severity == Severity::Warning));
                if let Some(next) = after.next_change(ask, now).filter(|_| is.allows() && !after.decide(ask, until).allows()) {
                    prop_assert!(next <= until, "{ask:?} at {now}: nobody is told of {until}");
                }
            } else if matches!(contest, Step::ContestConnection { sender, through } if ask.sender == sender && ask.through == through) {
                prop_assert_eq!(is, Verdict::Closed(Code::ConnectionNotConfirmed));
                let explanation = explain(&after.catalogue, &after.question(ask), now);
                prop_assert!(explanation.agreements.is_empty() && explanation.exceptions.is_empty());
            } else {
                let falls = fallen.decide(ask, now);
                prop_assert_eq!(falls.allows(), is.allows(), "{:?} at {}", ask, now);
                prop_assert!(ended(ask.sender) || same_answer(&falls, &is), "{:?} at {}: {:?} or {:?}", ask, now, falls, is);
            }
        }
        // And stays so, whatever ends or is ended later.
        after.today += 30;
        fallen.today += 30;
        for acceptance in contested(&world, &contest) {
            for covered in [ACME, DAUGHTER] {
                after.tell(&Step::EndCoverage { acceptance, covered });
                fallen.tell(&Step::EndCoverage { acceptance, covered });
            }
            let resolved = after.tell(&Step::ResolveContest { acceptance });
            prop_assert!(!resolved, "too late");
        }
        if matches!(contest, Step::ContestAcceptance { .. }) {
            for (ask, now) in asked(&after, at(after.today)) {
                let same = same_answer(&fallen.decide(ask, now), &after.decide(ask, now));
                prop_assert!(same || ended(ask.sender), "{ask:?} at {now}");
            }
        }
    }

    #[test]
    fn a_resolved_contest_is_as_if_it_had_never_been(history in history(), contest in contest(), wait in 0..6i64) {
        let world = World::of(&history);
        let mut after = world.clone();
        // Coverage that was contested before, with another act, is resolved along.
        let named: Vec<_> = contested(&world, &contest).iter().map(|n| world.acceptances[*n].0.0).collect();
        let mut acts = world.senders.values().flat_map(|s| &s.acts).filter(|act| named.contains(&act.id));
        prop_assume!(!acts.any(|act| matches!(act.state, ActState::Contested { .. })));
        prop_assume!(after.tell(&contest));
        after.today += wait;
        let resolving = match contest {
            Step::ContestAcceptance { acceptance } => {
                // Any acceptance of the act that is still there names it.
                let standing: Vec<usize> = after.standing_acceptances().into_iter().map(|(n, _, _)| n).collect();
                let named = contested(&world, &contest).into_iter().find(|n| standing.contains(n));
                Step::ResolveContest { acceptance: named.unwrap_or(acceptance) }
            }
            Step::ContestConnection { sender, through } => Step::ResolveConnectionContest { sender, through },
            _ => unreachable!(),
        };
        prop_assert!(after.tell(&resolving), "{resolving:?}");
        prop_assert_eq!(all_but_the_revisions(&after), all_but_the_revisions(&world));
        for (ask, now) in asked(&after, world.contest_until()) {
            prop_assert!(same_answer(&world.decide(ask, now), &after.decide(ask, now)), "{ask:?} at {now}");
        }
    }

    #[test]
    fn who_was_not_told_runs_into_no_deadline_of_a_notice(history in history(), publish in publication()) {
        let mut untold = World::of(&history);
        untold.tell(&noticed(publish));
        untold.senders.values_mut().for_each(|s| s.notices.clear());
        let mut minor = untold.clone();
        minor.change_agreements(|agreement| {
            for version in agreement.versions.iter_mut().filter(|v| v.deadline_from == DeadlineFrom::Notice) {
                version.change_class = ChangeClass::Minor;
            }
        });
        for (ask, now) in asked(&untold, at(untold.today + 400)) {
            let same = same_answer(&untold.decide(ask, now), &minor.decide(ask, now));
            prop_assert!(same, "{ask:?} at {now}");
        }
    }

    #[test]
    fn a_notice_gives_its_whole_grace_however_late_it_comes(
        history in history(), publish in publication(), sender in 0..SENDERS, wait in 0..30i64, longer in 0..30i64,
    ) {
        let mut world = World::of(&history);
        let publish = noticed(publish);
        prop_assume!(world.tell(&publish) && world.sender(sender).is_some());
        let Step::Publish { agreement, .. } = publish else { unreachable!() };
        let published = world.agreement(agreement).unwrap();
        let version = published.versions.len();
        let notice = Step::Notice { sender, agreement, version };
        let label = crate::support::histories::label(version);
        let place = published.position(&label).unwrap();
        let own = |world: &World| world.sender(sender).unwrap().notices.clone();
        let told = |after: i64| {
            let mut told = world.clone();
            told.today += after;
            assert!(told.tell(&notice));
            told
        };
        let (soon, late) = (told(wait), told(wait + longer));
        let facts = &published.versions[place];
        for world_told in [&soon, &late] {
            let whole = at(world_told.today).max(facts.effective).plus_seconds(i64::from(facts.grace_seconds));
            prop_assert_eq!(facts.deadline(&published.agreement_id, &own(world_told)), Some(whole));
            for position in 0..published.versions.len() {
                let before = published.deadline_after(position, &own(&world));
                let needs = position < place && facts.change_class == ChangeClass::Major;
                let wanted = before.into_iter().chain(needs.then_some(whole)).min();
                prop_assert_eq!(published.deadline_after(position, &own(world_told)), wanted);
            }
        }
        // Who was told later has no less time; nobody else's answer changes, and telling again changes nothing.
        for (ask, now) in asked(&late, at(late.today)) {
            if ask.sender == sender {
                prop_assert!(!soon.decide(ask, now).allows() || late.decide(ask, now).allows(), "{ask:?} at {now}");
            } else {
                prop_assert!(same_answer(&world.decide(ask, now), &late.decide(ask, now)), "{ask:?} at {now}");
            }
        }
        let mut again = soon.clone();
        again.today += longer;
        again.tell(&notice);
        prop_assert_eq!(own(&again), own(&soon));
        let failed = again.tell(&Step::NoticeFailed { sender, agreement, version });
        prop_assert!(failed);
        prop_assert_eq!(own(&again), own(&world), "as if not told");
    }

    #[test]
    fn mail_that_came_back_warns_and_nothing_more(history in history(), bounces in prop::collection::vec(bounce(), 1..4)) {
        let world = World::of(&history);
        let mut after = world.clone();
        let happened = bounces.iter().filter(|step| after.tell(step)).count();
        prop_assume!(happened > 0);
        let others = |code, _| {
            let contact = Code::ContactPointMissing..=Code::ConfirmationUndelivered;
            !contact.contains(&code)
        };
        for (ask, now) in asked(&after, at(after.today)) {
            let (before, is) = (world.decide(ask, now), after.decide(ask, now));
            prop_assert_eq!((before.allows(), before.holds(), before.handling()), (is.allows(), is.holds(), is.handling()));
            prop_assert_eq!(codes(&before, others), codes(&is, others), "{:?} at {}", ask, now);
            let contact = |code, _| matches!(code, Code::ContactPointMissing | Code::ContactPointLooksPersonal | Code::ContactPointBouncing);
            prop_assert!(codes(&is, contact).len() <= 1, "one thing at a time is said of a contact point");
            let bounced = world.sender(ask.sender).is_some() && bounces.contains(&Step::Bounce { sender: ask.sender, through: ask.through });
            let open = world.open(ask.sender, ask.through).is_some() && matches!(is, Verdict::Judged { .. });
            let told = |code| is.reasons().any(|r| r.code == code);
            prop_assert!(!(bounced && open) || told(Code::ContactPointBouncing), "{:?}", ask);
        }
    }

    #[test]
    fn invitations_and_rollbacks_change_no_answer(
        history in history(), invitations in prop::collection::vec(inviting(), 1..6), place in any::<Index>(),
    ) {
        let world = World::of(&history);
        let mut after = world.clone();
        let told = invitations.iter().enumerate().filter(|(n, step)| {
            if *n == place.index(invitations.len()) {
                after.record(rollback());
            }
            after.tell(step)
        });
        prop_assume!(told.count() > 0);
        prop_assert_eq!(all_but_the_revisions(&after), all_but_the_revisions(&world));
        prop_assert_eq!(&after.catalogue, &world.catalogue);
        for (ask, now) in asked(&after, at(after.today)) {
            prop_assert_eq!(world.decide(ask, now), after.decide(ask, now), "{:?} at {}", ask, now);
        }
        // Both readers say whose it is: lists of the ledger are filtered by it.
        for entry in after.entries.iter().skip(world.entries.len()).filter(|e| e.event.name() != "ROLLBACK_ACCEPTED") {
            let through = entry.event.through().unwrap();
            let sender = entry.event.touched().senders[0];
            let known = (0..SENDERS).find(|s| sender_id(*s) == sender).unwrap();
            prop_assert!((0..2).any(|n| integrator_id(n) == *through && after.open(known, n).as_ref() == entry.event.connection()));
        }
    }
}

/// The same publication, with its deadline counted from the notice.
fn noticed(publish: Step) -> Step {
    match publish {
        Step::Publish { agreement, class, effective, grace, .. } => {
            Step::Publish { agreement, class, effective, grace, from: DeadlineFrom::Notice }
        }
        other => other,
    }
}

fn reason() -> Private {
    Private { record_id: RecordId(Uuid::from_u128(1)), commitment: Digest::of(b"why") }
}

fn rollback() -> Event {
    let (former_size, former_root) = (7, Digest::of(b"root"));
    Event::RollbackAccepted {
        former_ledger_id: LedgerId(Uuid::from_u128(2)),
        former_size,
        former_root,
        reason: reason(),
    }
}

#[test]
fn what_contests_nothing_that_is_known_does_not_fit() {
    let mut world = World::on_days(&crate::support::sentences::accepted(Enforcement::Required));
    let told = world.tell(&Step::ContestAcceptance { acceptance: 0 });
    assert!(told);
    let events = || world.entries.iter().map(|entry| (entry.time, entry.event.clone()));
    assert!(World::replay(events()).is_ok());
    let strange = |change: fn(&mut Event)| {
        let mut events: Vec<_> = events().collect();
        change(&mut events.last_mut().unwrap().1);
        World::replay(events).err().map(|misfit| misfit.event)
    };
    let of_nobody = strange(|event| {
        if let Event::AcceptanceContested { acceptance_ids, .. } = event {
            acceptance_ids.iter_mut().for_each(|id| id.0 = Uuid::from_u128(7));
        }
    });
    assert_eq!(of_nobody, Some("ACCEPTANCE_CONTESTED"));
    let resolved = strange(|event| {
        *event = Event::ContestResolved {
            acceptance_ids: vec![AcceptanceId(Uuid::from_u128(7))],
            sender_id: sender_id(ACME),
            covered: Vec::new(),
            reason: reason(),
        };
    });
    assert_eq!(resolved, Some("CONTEST_RESOLVED"));
    let connection = strange(|event| {
        let (connection_id, until) = (ConnectionId(Uuid::from_u128(7)), at(9));
        *event = Event::ConnectionContested { sender_id: sender_id(ACME), connection_id, until, reason: None };
    });
    assert_eq!(connection, Some("CONNECTION_CONTESTED"));
}
