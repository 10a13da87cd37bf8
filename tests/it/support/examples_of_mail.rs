//! The examples of contests, notices and mail that came back. Day 2 is the Saturday 3 January: what is contested on it counts
//! to and including Monday 12 January, since Tuesday 6 January is a holiday: until midnight in Sweden, late on day 11 in UTC.

use super::{
    examples::{BY_VENDOR, DAUGHTERS, Example, NOT_CONFIRMED, PAYSLIPS, TERMS_DECLINED},
    histories::{ACME, BUREAU, DAUGHTER, PAYSLIP, Step, TERMS, VENDOR},
    sentences::{
        TODAY, accept, accept_as, accepted, contest, covering, decline, notice, opened, publish_with_notice, signed,
        with,
    },
};
use ombord::domain::vocabulary::{
    Assurance::{IntegratorAttested, SenderConfirmed},
    ContactQuality::{Fine, LooksPersonal, Missing},
    Enforcement::{Recommended, Required},
};

const CONTESTED: &[&str] = &[
    "Warning Contested terms day 11: Operator ResolveContest",
    "Warning Contested dpa-payslip day 11: Operator ResolveContest",
];
const INVALIDATED: &[&str] =
    &["Deny AgreementInvalidated terms: Sender Accept", "Deny AgreementInvalidated dpa-payslip: Sender Accept"];
const CONNECTION_CONTESTED: &[&str] = &["Warning Contested day 11: Operator ResolveContest"];
const DUE_40: &[&str] = &["Warning ReacceptanceDue terms day 40: Sender Accept"];

/// The table.
#[rustfmt::skip]
pub(super) fn table() -> Vec<Example> {
    let mut table = Vec::new();
    let mut example = |name, history, (ask, on), answer, reasons: &'static [&'static str]| {
        table.push(Example { name, history, ask, on, answer, reasons, keeps: None });
    };
    let by_form = |versions: &[(usize, usize)]| accept_as(signed(ACME, SenderConfirmed, TODAY), versions);

    // Contested acceptances.
    let contested = || with(accepted(Required), [(2, contest(0))]);
    example("a contested acceptance counts for five business days", contested(), (PAYSLIPS, 2), "ALLOW until 11", CONTESTED);
    example("to their end", contested(), (PAYSLIPS, 11), "ALLOW until 11", CONTESTED);
    example("then it counts no more", contested(), (PAYSLIPS, 12), "HOLD", INVALIDATED);
    example("one acceptance names the whole act",
        with(accepted(Required), [(2, contest(1))]), (PAYSLIPS, 12), "HOLD", INVALIDATED);
    example("where it is only recommended that is a warning",
        with(opened(Recommended), [(1, accept(&[(TERMS, 1)])), (1, accept(&[(PAYSLIP, 1)])), (2, contest(1))]),
        (PAYSLIPS, 12), "ALLOW", &["Warning AgreementInvalidated dpa-payslip: Sender Accept"]);
    example("a contest that the operator resolves leaves nothing",
        with(contested(), [(5, Step::ResolveContest { acceptance: 1 })]), (PAYSLIPS, 5), "ALLOW", &[]);
    example("nor at its deadline",
        with(contested(), [(5, Step::ResolveContest { acceptance: 0 })]), (PAYSLIPS, 12), "ALLOW", &[]);
    example("it may be contested once more",
        with(contested(), [(2, Step::ResolveContest { acceptance: 0 }), (3, contest(0))]),
        (PAYSLIPS, 3), "ALLOW until 11", CONTESTED);
    example("an invalidation does not wait for the deadline",
        with(contested(), [(5, Step::Invalidate { acceptance: 0 })]), (PAYSLIPS, 5), "HOLD until 11", &[
            "Deny AgreementInvalidated terms: Sender Accept",
            "Warning Contested dpa-payslip day 11: Operator ResolveContest",
        ]);
    example("and is final: resolving the contest leaves it",
        with(contested(), [(5, Step::Invalidate { acceptance: 0 }), (6, Step::ResolveContest { acceptance: 1 })]),
        (PAYSLIPS, 6), "HOLD", &["Deny AgreementInvalidated terms: Sender Accept"]);
    let twice = || with(accepted(Required), [(2, accept(&[(TERMS, 1), (PAYSLIP, 1)])), (2, contest(2))]);
    example("what was accepted besides goes on counting", twice(), (PAYSLIPS, 12), "ALLOW", &[]);
    example("the sender's own person accepts, and the contest is nobody's trouble any more",
        with(contested(), [(4, by_form(&[(TERMS, 1), (PAYSLIP, 1)]))]), (PAYSLIPS, 4), "ALLOW", &[]);
    let again = || with(contested(), [(4, accept(&[(TERMS, 1), (PAYSLIP, 1)]))]);
    example("an integrator's new record is under the same contest", again(), (PAYSLIPS, 4), "ALLOW until 11", CONTESTED);
    example("and falls with it", again(), (PAYSLIPS, 12), "HOLD", INVALIDATED);
    example("and stands with it",
        with(again(), [(5, Step::ResolveContest { acceptance: 0 })]), (PAYSLIPS, 12), "ALLOW", &[]);
    example("nor does a later record bring back what a contest brought down",
        with(contested(), [(13, accept(&[(TERMS, 1), (PAYSLIP, 1)]))]), (PAYSLIPS, 13), "HOLD", INVALIDATED);
    example("the sender's own person does",
        with(contested(), [(13, by_form(&[(TERMS, 1), (PAYSLIP, 1)]))]), (PAYSLIPS, 13), "ALLOW", &[]);
    let overruling = || with(accepted(Required), [(2, decline(TERMS, 1)), (2, accept(&[(TERMS, 1)])), (2, contest(2))]);
    example("a contested yes overrules the no", overruling(), (PAYSLIPS, 2), "ALLOW until 11", &CONTESTED_TERMS);
    example("until its deadline", overruling(), (PAYSLIPS, 12), "REJECT", TERMS_DECLINED);
    let covered = || with(opened(Required), [(1, covering(&[DAUGHTER], &[(TERMS, 1), (PAYSLIP, 1)])), (2, contest(0))]);
    example("coverage is contested along", covered(), (DAUGHTERS, 2), "ALLOW until 11", CONTESTED);
    example("and falls along", covered(), (DAUGHTERS, 12), "HOLD", INVALIDATED);
    example("and stands along",
        with(covered(), [(5, Step::ResolveContest { acceptance: 0 })]), (DAUGHTERS, 12), "ALLOW", &[]);
    example("coverage that is ended meanwhile stays ended",
        with(covered(), [(3, Step::EndCoverage { acceptance: 0, covered: DAUGHTER }), (5, Step::ResolveContest { acceptance: 0 })]),
        (DAUGHTERS, 5), "HOLD", &["Deny AgreementCoverageEnded terms: Sender Accept"]);
    example("coverage that fell is not ended afterwards",
        with(covered(), [(13, Step::EndCoverage { acceptance: 0, covered: DAUGHTER })]), (DAUGHTERS, 13), "HOLD", INVALIDATED);

    // Contested connections.
    let stranger = || with(accepted(Required), [(2, Step::ContestConnection { sender: ACME, through: BUREAU })]);
    let confirm = Step::Confirm { sender: ACME, through: BUREAU };
    let resolve = Step::ResolveConnectionContest { sender: ACME, through: BUREAU };
    example("a contested connection holds for five business days",
        stranger(), (PAYSLIPS, 2), "ALLOW until 11", CONNECTION_CONTESTED);
    example("then it counts as unconfirmed", stranger(), (PAYSLIPS, 12), "HOLD", NOT_CONFIRMED);
    example("another integrator's is not meant",
        with(accepted(Required), [
            (2, Step::Register { sender: ACME, through: VENDOR, contact: Fine }),
            (2, Step::Confirm { sender: ACME, through: VENDOR }),
            (2, Step::ContestConnection { sender: ACME, through: BUREAU }),
        ]),
        (BY_VENDOR, 12), "ALLOW", &[]);
    example("the integrator's word does not clear it",
        with(stranger(), [(13, confirm), (13, accept(&[(TERMS, 1)]))]), (PAYSLIPS, 13), "HOLD", NOT_CONFIRMED);
    example("nor does a new connection",
        with(stranger(), [
            (3, Step::EndConnection { sender: ACME, through: BUREAU }),
            (4, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
            (4, Step::Confirm { sender: ACME, through: BUREAU }),
        ]),
        (PAYSLIPS, 12), "HOLD", NOT_CONFIRMED);
    example("the operator does", with(stranger(), [(5, resolve.clone())]), (PAYSLIPS, 12), "ALLOW", &[]);
    example("even after the deadline", with(stranger(), [(20, resolve)]), (PAYSLIPS, 20), "ALLOW", &[]);
    example("or the sender's own person",
        with(stranger(), [(5, by_form(&[(TERMS, 1)]))]), (PAYSLIPS, 5), "ALLOW", &[]);
    example("at any time", with(stranger(), [(20, by_form(&[(TERMS, 1)]))]), (PAYSLIPS, 20), "ALLOW", &[]);
    example("a contested connection that is ended is ended",
        with(stranger(), [(3, Step::EndConnection { sender: ACME, through: BUREAU })]),
        (PAYSLIPS, 3), "REJECT", &["Deny ConnectionEnded: Integrator RegisterSender"]);

    // Notices.
    let published = || with(accepted(Required), [(2, publish_with_notice(TERMS, 10, 30))]);
    let failed = Step::NoticeFailed { sender: ACME, agreement: TERMS, version: 2 };
    example("a sender that was not told has no deadline", published(), (PAYSLIPS, 400), "ALLOW", &[]);
    example("one that was told before the version takes effect has the grace from then on",
        with(published(), [(5, notice(TERMS, 2))]), (PAYSLIPS, 5), "ALLOW until 40", DUE_40);
    example("and then it is too late",
        with(published(), [(5, notice(TERMS, 2))]), (PAYSLIPS, 40), "HOLD",
        &["Deny AgreementReacceptanceOverdue terms day 40: Sender Accept"]);
    example("one that was told later has it from the notice on",
        with(published(), [(25, notice(TERMS, 2))]), (PAYSLIPS, 25), "ALLOW until 55",
        &["Warning ReacceptanceDue terms day 55: Sender Accept"]);
    example("telling again gives no more time",
        with(published(), [(5, notice(TERMS, 2)), (25, notice(TERMS, 2))]), (PAYSLIPS, 25), "ALLOW until 40", DUE_40);
    example("a notice that came back was none",
        with(published(), [(5, notice(TERMS, 2)), (6, failed.clone())]), (PAYSLIPS, 400), "ALLOW", &[]);
    example("the one that arrives counts",
        with(published(), [(5, notice(TERMS, 2)), (6, failed), (25, notice(TERMS, 2))]), (PAYSLIPS, 54), "ALLOW until 55",
        &["Warning ReacceptanceDue terms day 55: Sender Accept"]);
    example("a notice is for one sender",
        with(published(), [
            (3, accept_as(signed(DAUGHTER, IntegratorAttested, TODAY), &[(TERMS, 1), (PAYSLIP, 1)])), (5, notice(TERMS, 2)),
        ]),
        (DAUGHTERS, 400), "ALLOW", &[]);
    example("who accepts the new version needs no notice",
        with(published(), [(5, notice(TERMS, 2)), (6, accept(&[(TERMS, 2)]))]), (PAYSLIPS, 40), "ALLOW", &[]);

    // Mail that came back.
    let bounce = Step::Bounce { sender: ACME, through: BUREAU };
    let contact = |contact| Step::Contact { sender: ACME, through: BUREAU, contact };
    const BOUNCING: &[&str] = &["Warning ContactPointBouncing: Integrator SetContactPoint"];
    example("a contact point that mail comes back from", with(accepted(Required), [(2, bounce.clone())]), (PAYSLIPS, 2), "ALLOW", BOUNCING);
    example("that is said before that it looks personal",
        with(accepted(Required), [(2, contact(LooksPersonal)), (3, bounce.clone())]), (PAYSLIPS, 3), "ALLOW", BOUNCING);
    example("another contact point clears it",
        with(accepted(Required), [(2, bounce.clone()), (3, contact(Fine))]), (PAYSLIPS, 3), "ALLOW", &[]);
    example("one over another connection does not",
        with(accepted(Required), [(2, bounce), (3, Step::Register { sender: ACME, through: VENDOR, contact: Fine })]),
        (PAYSLIPS, 3), "ALLOW", BOUNCING);
    let unconfirmed = || with(accepted(Required), [(2, Step::BounceConfirmation { acceptance: 0 })]);
    example("a confirmation that did not arrive", unconfirmed(), (PAYSLIPS, 2), "ALLOW",
        &["Warning ConfirmationUndelivered: Integrator SetContactPoint"]);
    example("is sent again to a contact point that is set anew",
        with(unconfirmed(), [(3, contact(Fine))]), (PAYSLIPS, 3), "ALLOW", &[]);
    example("but not to none", with(unconfirmed(), [(3, contact(Missing))]), (PAYSLIPS, 3), "ALLOW",
        &["Warning ContactPointMissing: Integrator SetContactPoint", "Warning ConfirmationUndelivered: Integrator SetContactPoint"]);
    example("nor to one over another connection",
        with(unconfirmed(), [
            (3, Step::Register { sender: ACME, through: VENDOR, contact: Missing }),
            (3, Step::Confirm { sender: ACME, through: VENDOR }),
            (4, Step::Contact { sender: ACME, through: VENDOR, contact: Fine }),
        ]),
        (PAYSLIPS, 4), "ALLOW", &["Warning ConfirmationUndelivered: Integrator SetContactPoint"]);
    example("and that one can come back too",
        with(unconfirmed(), [(3, contact(Fine)), (4, Step::BounceConfirmation { acceptance: 0 })]), (PAYSLIPS, 4), "ALLOW",
        &["Warning ConfirmationUndelivered: Integrator SetContactPoint"]);
    example("is of no interest once another acceptance counts",
        with(unconfirmed(), [(3, accept(&[(TERMS, 1), (PAYSLIP, 1)]))]), (PAYSLIPS, 3), "ALLOW", &[]);
    table
}

const CONTESTED_TERMS: [&str; 1] = [CONTESTED[0]];
