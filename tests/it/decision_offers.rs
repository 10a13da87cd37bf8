//! What a sender's person is asked to accept: by example, and on random histories that accepting it all is enough.

use crate::support::{
    histories::{
        ACME, BUREAU, Day, INTEGRATORS, PAYSLIP, SENDERS, Signed, Step, TERMS, TYPES, VENDOR, World, agreement_id, at,
        integrator_id,
    },
    random_histories::{config, history},
    sentences::{
        History, TODAY, accept, accept_as, accepted, contest, covering, decline, enforce, notice, opened, publish,
        publish_with_notice, signed, with,
    },
};
use ombord::domain::{
    acts::{Act, ActKind},
    agreement::{AgreementFacts, applicable},
    offer::offers,
    reason::Code,
    vocabulary::{
        Assurance::{EidVerified, Imported, SenderConfirmed},
        ChangeClass::{Editorial, Major, Minor},
        ConnectionState, ContentType,
        Enforcement::{Recommended, Required},
    },
};
use proptest::prelude::*;

/// What is offered to a sender: agreement, version, and the day until which what it accepted before goes on counting.
fn offered(world: &World, (sender, through): (usize, usize), types: &[ContentType], day: Day) -> Vec<String> {
    let agreements: Vec<_> = world.catalogue.agreements.iter().cloned().collect();
    let facts = world.sender(sender).unwrap();
    let offers = offers(&agreements, facts, &integrator_id(through), types, at(day));
    let said = offers.iter().map(|offer| {
        let day = |t: ombord::domain::time::Timestamp| (t.micros() - at(0).micros()) / 86_400_000_000;
        let until = offer.deadline.map(|deadline| format!(" until {}", day(deadline))).unwrap_or_default();
        format!("{} {}{until}", offer.agreement.agreement_id, offer.version.label)
    });
    said.collect()
}

/// What happened, the day, what the sender means to send, and what is offered to it.
type Example = (&'static str, History, Day, &'static [ContentType], &'static [&'static str]);

#[test]
fn each_is_offered_what_is_wanting() {
    let payslips: &'static [ContentType] = &[ContentType::Payslip];
    let two = || with(accepted(Required), [(2, publish(TERMS, Major, 10, 30))]);
    let far = || with(two(), [(2, publish(TERMS, Major, 90, 30))]);
    let examples: Vec<Example> = vec![
        ("nothing accepted: terms first", opened(Required), 1, payslips, &["terms 1", "dpa-payslip 1"]),
        ("a recommended one too", opened(Recommended), 1, payslips, &["terms 1", "dpa-payslip 1"]),
        ("what it sends decides which DPA", opened(Required), 1, &[ContentType::Letter], &["terms 1"]),
        ("where that is not known, all that apply", opened(Required), 1, &[], &["terms 1", "dpa-payslip 1"]),
        ("all accepted", accepted(Required), 2, payslips, &[]),
        (
            "what a group company's acceptance covers is not asked for",
            with(opened(Required), [(1, covering(&[1], &[(TERMS, 1)]))]),
            1,
            payslips,
            &["dpa-payslip 1"],
        ),
        ("a MAJOR version to come, while the old one counts", two(), 3, payslips, &["terms 2 until 40"]),
        ("and when it is overdue", two(), 40, payslips, &["terms 2"]),
        ("accepted ahead of its time", with(two(), [(3, accept(&[(TERMS, 2)]))]), 4, payslips, &[]),
        (
            "but declined after that",
            with(two(), [(3, accept(&[(TERMS, 2)])), (4, decline(TERMS, 2))]),
            4,
            payslips,
            &["terms 2 until 40"],
        ),
        ("of several to come the one that is needed first", far(), 3, payslips, &["terms 2 until 40"]),
        ("then the next", with(far(), [(3, accept(&[(TERMS, 2)]))]), 3, payslips, &["terms 3 until 120"]),
        (
            "one that takes effect in time stands for those before it",
            with(two(), [(2, publish(TERMS, Major, 20, 30))]),
            3,
            payslips,
            &["terms 3 until 40"],
        ),
        (
            "MINOR and EDITORIAL ones are not asked for",
            with(accepted(Required), [(2, publish(TERMS, Minor, 3, 0)), (2, publish(TERMS, Editorial, 4, 0))]),
            9,
            payslips,
            &[],
        ),
        (
            "but one that took a MAJOR one's place is, since that cannot be accepted any more",
            with(accepted(Required), [(2, publish(TERMS, Major, 3, 30)), (2, publish(TERMS, Minor, 5, 0))]),
            9,
            payslips,
            &["terms 3 until 33"],
        ),
        (
            "a withdrawn one is not",
            with(two(), [(3, Step::Withdraw { agreement: TERMS, version: 2 })]),
            4,
            payslips,
            &[],
        ),
        (
            "one that the sender was not told of yet",
            with(accepted(Required), [(2, publish_with_notice(TERMS, 10, 30))]),
            90,
            payslips,
            &["terms 2"],
        ),
        (
            "one that it was told of",
            with(accepted(Required), [(2, publish_with_notice(TERMS, 10, 30)), (20, notice(TERMS, 2))]),
            21,
            payslips,
            &["terms 2 until 50"],
        ),
        (
            "what is not sure enough",
            with(accepted(Required), [(2, enforce(PAYSLIP, None, Required, SenderConfirmed, 2))]),
            2,
            payslips,
            &["dpa-payslip 1"],
        ),
        ("what was declined", with(accepted(Required), [(2, decline(TERMS, 1))]), 2, payslips, &["terms 1"]),
        (
            "what was invalidated",
            with(accepted(Required), [(2, Step::Invalidate { acceptance: 0 })]),
            2,
            payslips,
            &["terms 1"],
        ),
        (
            "what is contested can be accepted again",
            with(accepted(Required), [(2, contest(0))]),
            2,
            payslips,
            &["terms 1 until 11", "dpa-payslip 1 until 11"],
        ),
        (
            "in the newest version at that",
            with(two(), [(2, contest(0))]),
            3,
            payslips,
            &["terms 2 until 11", "dpa-payslip 1 until 11"],
        ),
        (
            "and what a contest brought down",
            with(accepted(Required), [(2, contest(0))]),
            12,
            payslips,
            &["terms 1", "dpa-payslip 1"],
        ),
        (
            "unless something else that is as good is accepted",
            with(accepted(Required), [(2, accept(&[(TERMS, 1), (PAYSLIP, 1)])), (2, contest(2))]),
            2,
            payslips,
            &[],
        ),
        (
            "and not contested itself",
            with(accepted(Required), [(2, accept(&[(TERMS, 1), (PAYSLIP, 1)])), (2, contest(0)), (5, contest(2))]),
            5,
            payslips,
            &["terms 1 until 12", "dpa-payslip 1 until 12"],
        ),
        (
            "it need not be, once the operator has resolved the contest",
            with(accepted(Required), [(2, contest(0)), (3, Step::ResolveContest { acceptance: 0 })]),
            3,
            payslips,
            &[],
        ),
    ];
    for (name, history, day, types, wanted) in examples {
        let sender = if name.starts_with("what a group") { 1 } else { ACME };
        assert_eq!(offered(&World::on_days(&history), (sender, BUREAU), types, day), wanted, "{name}");
    }
}

#[test]
fn before_anything_is_in_force_the_first_to_come_is_offered_once() {
    let history = vec![
        (0, Step::Create { agreement: TERMS, enforcement: Required, minimum: Imported }),
        (0, publish(TERMS, Major, 10, 0)),
        (0, publish(TERMS, Major, 20, 0)),
        (
            0,
            Step::Register { sender: ACME, through: BUREAU, contact: ombord::domain::vocabulary::ContactQuality::Fine },
        ),
    ];
    let mut world = World::on_days(&history);
    let said = |world: &World| offered(world, (ACME, BUREAU), &[], 1);
    assert_eq!(said(&world), ["terms 1"]);
    world.tell(&accept_as(signed(ACME, Imported, TODAY), &[(TERMS, 1)]));
    assert_eq!(said(&world), Vec::<String>::new(), "it waits for its version");
    let mut surer = world.clone();
    surer.tell(&enforce(TERMS, Some(VENDOR), Required, SenderConfirmed, 0));
    assert_eq!(said(&surer), Vec::<String>::new(), "that is another integrator's");
    surer.tell(&enforce(TERMS, None, Required, SenderConfirmed, 0));
    assert_eq!(said(&surer), ["terms 1"], "it would not be sure enough");
    assert_eq!(offered(&world, (ACME, BUREAU), &[], 10), ["terms 2 until 20"]);
    let mut together = World::on_days(&history);
    together.tell(&publish(TERMS, Minor, 10, 0));
    assert_eq!(said(&together), ["terms 3"], "the newest of those that begin together");
}

/// Whether a sender's own declines or the enforcement ask for more than a mailed form can give; or the enforcement will
/// ask for more than it does today, when less was sure enough.
fn beyond_the_form(world: &World, sender: usize, agreement: &AgreementFacts) -> bool {
    let surer = |act: &Act| act.kind == ActKind::Decline && act.assurance > SenderConfirmed;
    let acts = &world.sender(sender).unwrap().acts;
    let later = |from| from > at(world.today);
    agreement.enforcement.iter().any(|rule| rule.minimum_assurance == EidVerified || later(rule.from))
        || acts.iter().any(|act| act.agreement_id == agreement.agreement_id && surer(act))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn who_accepts_all_that_is_offered_has_nothing_left_to_accept(history in history(), sender in 0..SENDERS, through in 0..INTEGRATORS) {
        let mut world = World::of(&history);
        let active = world.sender(sender).and_then(|s| s.connection(&integrator_id(through)));
        let now = at(world.today);
        prop_assume!(active.is_some_and(|c| c.state_at(now) == ConnectionState::Active));
        let mut rounds = 0;
        loop {
            let agreements: Vec<_> = world.catalogue.agreements.iter().cloned().collect();
            let offers = offers(&agreements, world.sender(sender).unwrap(), &integrator_id(through), &TYPES, now);
            let within = offers.iter().filter(|offer| !beyond_the_form(&world, sender, offer.agreement));
            let versions: Vec<(usize, usize)> = within
                .map(|offer| {
                    let agreement = (0..3).find(|n| agreement_id(*n) == offer.agreement.agreement_id).unwrap();
                    (agreement, offer.version.label.as_str().parse().unwrap())
                })
                .collect();
            if versions.is_empty() {
                break;
            }
            rounds += 1;
            prop_assert!(rounds < 12, "there is no end of it: {versions:?}");
            let act = Signed { sender, through, assurance: SenderConfirmed, on: Day::MAX };
            let told = world.tell(&accept_as(act, &versions));
            prop_assert!(told);
        }
        // From now on nothing published so far is wanting, whatever takes effect meanwhile.
        let applies = |agreement: &AgreementFacts| {
            TYPES.iter().any(|one| {
                let all = world.catalogue.agreements.iter();
                let (terms, dpa) = applicable(all, *one, now);
                [terms, dpa].into_iter().flatten().any(|known| known.agreement_id == agreement.agreement_id)
            })
        };
        for moment in world.instants(now) {
            for content_type in TYPES {
                let ask = crate::support::histories::Ask { sender, through, content_type };
                for reason in world.decide(ask, moment).reasons() {
                    let Some(agreement) = reason.agreement_id.and_then(|id| world.catalogue.agreements.get(id)) else { continue };
                    let to_come = agreement.in_force(now).is_none() || !applies(agreement);
                    let stands = matches!(reason.code, Code::AllowedByException | Code::Contested);
                    prop_assert!(
                        stands || to_come || beyond_the_form(&world, sender, agreement),
                        "{ask:?} at {moment}: {reason:?}"
                    );
                }
            }
        }
    }
}
