//! Each example of the decision has its answer, and each reason an example.

use crate::support::{
    examples::table,
    histories::{Ask, Day, World, at},
};
use ombord::domain::{decision::Verdict, reason::Code, time::Timestamp};
use std::collections::BTreeSet;

fn day(time: Timestamp) -> Day {
    (time.micros() - at(0).micros()) / 86_400_000_000
}

fn answer(world: &World, ask: Ask, now: Timestamp) -> (String, Vec<String>) {
    let verdict = world.decide(ask, now);
    let word = if verdict.allows() {
        "ALLOW"
    } else if verdict.holds() {
        "HOLD"
    } else {
        "REJECT"
    };
    let until = world.next_change(ask, now).map(|next| format!(" until {}", day(next))).unwrap_or_default();
    let reasons = verdict.reasons().map(|r| {
        let agreement = r.agreement_id.map(|id| format!(" {id}")).unwrap_or_default();
        let deadline = r.deadline.map(|deadline| format!(" day {}", day(deadline))).unwrap_or_default();
        format!("{:?} {:?}{agreement}{deadline}: {:?} {:?}", r.severity, r.code, r.remedy.0, r.remedy.1)
    });
    (format!("{word}{until}"), reasons.collect())
}

#[test]
fn each_example_has_its_answer() {
    let mut names = BTreeSet::new();
    for example in table() {
        let world = World::on_days(&example.history);
        let now = at(example.on);
        assert!(names.insert(example.name), "two examples are called {:?}", example.name);
        match example.keeps {
            Some(keeps) => {
                let handling = world.decide(example.ask, now).handling();
                assert_eq!(
                    (handling.undelivered_retention_days, handling.support_retention_days),
                    keeps,
                    "{}",
                    example.name
                );
            }
            None => {
                let (answer, reasons) = answer(&world, example.ask, now);
                assert_eq!(answer, example.answer, "{}: {reasons:?}", example.name);
                assert_eq!(reasons, example.reasons, "{}", example.name);
            }
        }
    }
}

#[test]
fn every_reason_has_an_example() {
    let worlds: Vec<_> = table().into_iter().map(|e| (World::on_days(&e.history), e.ask, e.on)).collect();
    let verdicts = worlds.iter().map(|(world, ask, on)| world.decide(*ask, at(*on)));
    let produced: BTreeSet<Code> =
        verdicts.flat_map(|verdict: Verdict<'_>| verdict.reasons().collect::<Vec<_>>()).map(|r| r.code).collect();
    assert_eq!(produced, Code::ALL.iter().copied().collect());
}
