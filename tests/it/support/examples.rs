//! The decision by example: what happened, what is asked, what is answered. Days count from the history's first.
//! Every reason of the decision stands in this table.

use super::{
    histories::{
        ACME, Ask, BUREAU, DAUGHTER, DPA, Day, PAYSLIP, STRANGER, SUPPORT, Signed, Step, TERMS, TRADER, UNDELIVERED,
        VENDOR, Whom,
    },
    sentences::{
        History, TODAY, accept, accept_as, accepted, choosing_retroactive_delivery, covering, decline, decline_as,
        enforce, opened, publish, signed, with,
    },
};
use ombord::domain::vocabulary::{
    Assurance::{EidVerified, Imported, IntegratorAttested, SenderConfirmed},
    ChangeClass::{Editorial, Major, Minor},
    ContactQuality::{Fine, LooksPersonal, Missing},
    ContentType,
    Enforcement::{Recommended, Required},
};

/// One question to one history.
pub struct Example {
    pub name: &'static str,
    pub history: History,
    pub ask: Ask,
    pub on: Day,
    /// ALLOW, HOLD or REJECT, and the day of the next scheduled change.
    pub answer: &'static str,
    /// Severity, reason, agreement, day of the deadline, who clears it and how.
    pub reasons: &'static [&'static str],
    /// Days that undelivered items and delivered items' data are kept.
    pub keeps: Option<(u32, u32)>,
}

pub(super) const PAYSLIPS: Ask = Ask { sender: ACME, through: BUREAU, content_type: ContentType::Payslip };
const LETTERS: Ask = Ask { content_type: ContentType::Letter, ..PAYSLIPS };
pub(super) const DAUGHTERS: Ask = Ask { sender: DAUGHTER, ..PAYSLIPS };
const TRADERS: Ask = Ask { sender: TRADER, ..PAYSLIPS };
pub(super) const BY_VENDOR: Ask = Ask { through: VENDOR, ..PAYSLIPS };
const BY_STRANGER: Ask = Ask { through: STRANGER, ..PAYSLIPS };

const NOT_VISIBLE: &[&str] = &["Deny SenderNotVisible: Integrator RegisterSender"];
pub(super) const NOT_CONFIRMED: &[&str] = &["Deny ConnectionNotConfirmed: Integrator ConfirmConnection"];
const NOTHING: &[&str] =
    &["Deny AgreementNotAccepted terms: Sender Accept", "Deny AgreementNotAccepted dpa-payslip: Sender Accept"];
pub(super) const TERMS_DECLINED: &[&str] = &["Deny AgreementDeclined terms: Sender Accept"];

/// The table.
#[rustfmt::skip]
pub fn table() -> Vec<Example> {
    let mut table = super::examples_of_mail::table();
    let mut example = |name, history, (ask, on), answer, reasons: &'static [&'static str]| {
        table.push(Example { name, history, ask, on, answer, reasons, keeps: None });
    };

    // Connections.
    example("an unknown sender", vec![], (PAYSLIPS, 1), "REJECT", NOT_VISIBLE);
    example("an unknown integrator", accepted(Required), (BY_STRANGER, 2), "REJECT", NOT_VISIBLE);
    example("an integrator that never registered the sender", accepted(Required), (BY_VENDOR, 2), "REJECT", NOT_VISIBLE);
    example("a second integrator is a stranger until the sender acts through it",
        with(accepted(Required), [(2, Step::Register { sender: ACME, through: VENDOR, contact: Missing }), (2, Step::SuspendSender(ACME))]),
        (BY_VENDOR, 3), "HOLD", NOT_CONFIRMED);
    example("an acceptance confirms the connection it comes through, and counts for all",
        with(accepted(Required), [
            (2, Step::Register { sender: ACME, through: VENDOR, contact: Fine }),
            (3, accept_as(Signed { through: VENDOR, ..signed(ACME, IntegratorAttested, TODAY) }, &[(TERMS, 1)])),
        ]),
        (BY_VENDOR, 3), "ALLOW", &[]);
    example("a decline confirms the connection too",
        with(accepted(Required), [
            (2, Step::Register { sender: ACME, through: VENDOR, contact: Fine }),
            (3, decline_as(Signed { through: VENDOR, ..signed(ACME, IntegratorAttested, TODAY) }, TERMS, 1)),
        ]),
        (BY_VENDOR, 3), "REJECT", TERMS_DECLINED);
    example("an ended connection",
        with(accepted(Required), [(2, Step::EndConnection { sender: ACME, through: BUREAU })]),
        (PAYSLIPS, 2), "REJECT", &["Deny ConnectionEnded: Integrator RegisterSender"]);
    example("after the end, a registration begins anew",
        with(accepted(Required), [
            (2, Step::EndConnection { sender: ACME, through: BUREAU }),
            (3, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
        ]),
        (PAYSLIPS, 3), "HOLD", NOT_CONFIRMED);
    example("and what the sender accepted still stands",
        with(accepted(Required), [
            (2, Step::EndConnection { sender: ACME, through: BUREAU }),
            (3, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
            (4, Step::Confirm { sender: ACME, through: BUREAU }),
        ]),
        (PAYSLIPS, 4), "ALLOW", &[]);

    // Suspensions.
    example("all reasons are told, in order",
        with(opened(Required), [(1, Step::SuspendSender(ACME)), (1, Step::SuspendIntegrator(BUREAU))]),
        (PAYSLIPS, 1), "HOLD", &[
            "Deny IntegratorSuspended: Operator ResumeIntegrator",
            "Deny SenderSuspended: Operator ResumeSender",
            "Deny AgreementNotAccepted terms: Sender Accept",
            "Deny AgreementNotAccepted dpa-payslip: Sender Accept",
        ]);
    example("acts of a suspended sender are recorded and count when it is resumed",
        with(opened(Required), [
            (1, Step::SuspendSender(ACME)), (2, accept(&[(TERMS, 1), (PAYSLIP, 1)])), (3, Step::ResumeSender(ACME)),
        ]),
        (PAYSLIPS, 3), "ALLOW", &[]);
    example("a resumed integrator sends again",
        with(accepted(Required), [(2, Step::SuspendIntegrator(BUREAU)), (3, Step::ResumeIntegrator(BUREAU))]),
        (PAYSLIPS, 3), "ALLOW", &[]);

    // Nothing accepted yet.
    example("nothing accepted, all required", opened(Required), (PAYSLIPS, 1), "HOLD", NOTHING);
    example("a recommended DPA is a warning, general terms are a must",
        opened(Recommended), (PAYSLIPS, 1), "HOLD", &[
            "Deny AgreementNotAccepted terms: Sender Accept",
            "Warning AgreementNotAccepted dpa-payslip: Sender Accept",
        ]);
    example("general terms accepted, the DPA only recommended",
        with(opened(Recommended), [(1, accept(&[(TERMS, 1)]))]),
        (PAYSLIPS, 1), "ALLOW", &["Warning AgreementNotAccepted dpa-payslip: Sender Accept"]);
    example("general terms are required, whatever was set",
        with(opened(Required), [
            (1, accept(&[(PAYSLIP, 1)])), (1, enforce(TERMS, None, Recommended, Imported, 1)),
        ]),
        (PAYSLIPS, 1), "HOLD", &["Deny AgreementNotAccepted terms: Sender Accept"]);
    example("no general terms exist: the operator has to publish some",
        vec![
            (0, Step::Create { agreement: DPA, enforcement: Recommended, minimum: Imported }),
            (0, publish(DPA, Major, 0, 0)),
            (0, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
            (0, accept(&[(DPA, 1)])),
        ],
        (PAYSLIPS, 0), "HOLD", &["Deny AgreementNotAccepted: Operator PublishAgreement"]);
    example("general terms without a version: the same",
        vec![
            (0, Step::Create { agreement: TERMS, enforcement: Required, minimum: Imported }),
            (0, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
            (0, Step::Confirm { sender: ACME, through: BUREAU }),
        ],
        (PAYSLIPS, 0), "REJECT", &[
            "Deny AgreementNotAccepted terms: Operator PublishAgreement",
            "Deny NoAgreementForContentType: Operator PublishAgreement",
        ]);
    let ahead = || vec![
        (0, Step::Create { agreement: TERMS, enforcement: Required, minimum: Imported }),
        (0, Step::Create { agreement: DPA, enforcement: Recommended, minimum: Imported }),
        (0, publish(TERMS, Major, 10, 0)),
        (0, publish(DPA, Major, 0, 0)),
        (0, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
        (0, accept(&[(TERMS, 1), (DPA, 1)])),
    ];
    example("an acceptance of a version to come waits for it",
        ahead(), (PAYSLIPS, 1), "HOLD until 10", &["Deny AgreementNotAccepted terms day 10: Time WaitForEffect"]);
    example("and counts from that day on", ahead(), (PAYSLIPS, 10), "ALLOW", &[]);
    example("one that is not sure enough does not help by waiting",
        with(ahead(), [(1, enforce(TERMS, None, Required, EidVerified, 1))]),
        (PAYSLIPS, 1), "HOLD until 10", &["Deny AgreementNotAccepted terms: Sender Accept"]);

    // Which DPA.
    example("no DPA covers letters", accepted(Required), (LETTERS, 2), "REJECT",
        &["Deny NoAgreementForContentType: Operator PublishAgreement"]);
    let taking_over = || vec![
        (0, Step::Create { agreement: TERMS, enforcement: Required, minimum: Imported }),
        (0, Step::Create { agreement: DPA, enforcement: Required, minimum: Imported }),
        (0, Step::Create { agreement: PAYSLIP, enforcement: Required, minimum: Imported }),
        (0, publish(TERMS, Major, 0, 0)), (0, publish(DPA, Major, 0, 0)), (0, publish(PAYSLIP, Major, 20, 0)),
        (0, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
        (0, accept(&[(TERMS, 1), (DPA, 1)])),
    ];
    example("a DPA that covers all goes on until the listing one begins", taking_over(), (PAYSLIPS, 19), "ALLOW until 20", &[]);
    example("then the listing one applies", taking_over(), (PAYSLIPS, 20), "HOLD",
        &["Deny AgreementNotAccepted dpa-payslip: Sender Accept"]);
    example("but not to what it does not list", taking_over(), (LETTERS, 20), "ALLOW", &[]);

    // New versions.
    example("a MAJOR version has to be accepted by its effective time and grace",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 30))]),
        (PAYSLIPS, 2), "ALLOW until 40", &["Warning ReacceptanceDue terms day 40: Sender Accept"]);
    example("at the deadline it is too late",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 30))]),
        (PAYSLIPS, 40), "HOLD", &["Deny AgreementReacceptanceOverdue terms day 40: Sender Accept"]);
    example("recommended, too late is a warning",
        with(accepted(Recommended), [(2, publish(PAYSLIP, Major, 10, 30))]),
        (PAYSLIPS, 40), "ALLOW", &["Warning AgreementReacceptanceOverdue dpa-payslip day 40: Sender Accept"]);
    example("a version of the past counts from its publication",
        with(accepted(Required), [(5, publish(TERMS, Major, -50, 30))]),
        (PAYSLIPS, 5), "ALLOW until 35", &["Warning ReacceptanceDue terms day 35: Sender Accept"]);
    example("in a chain the first MAJOR version not accepted sets the deadline",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 30)), (3, publish(TERMS, Major, 20, 90))]),
        (PAYSLIPS, 3), "ALLOW until 40", &["Warning ReacceptanceDue terms day 40: Sender Accept"]);
    example("a later publication can only bring the deadline forward",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 30)), (3, publish(TERMS, Major, 20, 5))]),
        (PAYSLIPS, 3), "ALLOW until 25", &["Warning ReacceptanceDue terms day 25: Sender Accept"]);
    example("who accepted the first of the chain waits for the next",
        with(accepted(Required), [
            (2, publish(TERMS, Major, 10, 30)), (3, publish(TERMS, Major, 20, 90)), (11, accept(&[(TERMS, 2)])),
        ]),
        (PAYSLIPS, 11), "ALLOW until 110", &["Warning ReacceptanceDue terms day 110: Sender Accept"]);
    example("a MAJOR version accepted ahead of its time is no longer due",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 30)), (3, accept(&[(TERMS, 2)]))]),
        (PAYSLIPS, 3), "ALLOW", &[]);
    example("EDITORIAL and MINOR versions ask for nothing",
        with(accepted(Required), [(2, publish(TERMS, Editorial, 3, 0)), (2, publish(TERMS, Minor, 4, 0))]),
        (PAYSLIPS, 9), "ALLOW", &[]);
    example("a withdrawn version asks for nothing any more",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 0)), (3, Step::Withdraw { agreement: TERMS, version: 2 })]),
        (PAYSLIPS, 20), "ALLOW", &[]);
    example("its acceptance is void",
        with(opened(Required), [
            (1, publish(TERMS, Major, 10, 0)), (1, accept(&[(TERMS, 2), (PAYSLIP, 1)])),
            (3, Step::Withdraw { agreement: TERMS, version: 2 }),
        ]),
        (PAYSLIPS, 20), "HOLD", &["Deny AgreementNotAccepted terms: Sender Accept"]);
    example("of two versions of one effective time the one published later is newer",
        with(opened(Required), [
            (1, publish(TERMS, Major, -100, 0)), (2, accept(&[(TERMS, 1), (PAYSLIP, 1)])),
        ]),
        (PAYSLIPS, 2), "HOLD", &["Deny AgreementReacceptanceOverdue terms day 1: Sender Accept"]);

    // Declines.
    example("a no denies at once where nothing earlier counts, recommended or not",
        with(opened(Recommended), [(1, accept(&[(TERMS, 1)])), (1, decline(PAYSLIP, 1))]),
        (PAYSLIPS, 1), "REJECT", &["Deny AgreementDeclined dpa-payslip: Sender Accept"]);
    example("the primary reason is the first, the advice that of the worst",
        with(opened(Required), [(1, decline(PAYSLIP, 1))]),
        (PAYSLIPS, 1), "REJECT", &[
            "Deny AgreementNotAccepted terms: Sender Accept",
            "Deny AgreementDeclined dpa-payslip: Sender Accept",
        ]);
    let declined_ahead = || with(accepted(Recommended), [(2, publish(PAYSLIP, Major, 10, 30)), (3, decline(PAYSLIP, 2))]);
    example("a no to a new version changes nothing until it is needed", declined_ahead(), (PAYSLIPS, 39), "ALLOW until 40",
        &["Warning ReacceptanceDue dpa-payslip day 40: Sender Accept"]);
    example("then it is a no", declined_ahead(), (PAYSLIPS, 40), "REJECT", &["Deny AgreementDeclined dpa-payslip: Sender Accept"]);
    example("a no to a MINOR version is never needed",
        with(accepted(Required), [(2, publish(TERMS, Minor, 3, 0)), (4, decline(TERMS, 2))]),
        (PAYSLIPS, 400), "ALLOW", &[]);
    example("a no takes back an earlier yes that is no surer",
        with(accepted(Required), [(2, decline(TERMS, 1))]), (PAYSLIPS, 2), "REJECT", TERMS_DECLINED);
    example("a yes that is surer stands",
        with(accepted(Required), [(2, decline_as(signed(ACME, Imported, TODAY), TERMS, 1))]), (PAYSLIPS, 2), "ALLOW", &[]);
    example("acts are ordered by when they happened: this no came before the yes",
        with(opened(Required), [
            (5, accept_as(signed(ACME, IntegratorAttested, 4), &[(TERMS, 1), (PAYSLIP, 1)])),
            (6, decline_as(signed(ACME, IntegratorAttested, 3), TERMS, 1)),
        ]),
        (PAYSLIPS, 6), "ALLOW", &[]);
    example("and this yes before the no",
        with(opened(Required), [
            (5, decline_as(signed(ACME, IntegratorAttested, 4), TERMS, 1)),
            (6, accept_as(signed(ACME, IntegratorAttested, 3), &[(TERMS, 1), (PAYSLIP, 1)])),
        ]),
        (PAYSLIPS, 6), "REJECT", TERMS_DECLINED);
    example("at the same time, what was recorded later",
        with(opened(Required), [
            (5, decline_as(signed(ACME, IntegratorAttested, 3), TERMS, 1)),
            (6, accept_as(signed(ACME, IntegratorAttested, 3), &[(TERMS, 1), (PAYSLIP, 1)])),
        ]),
        (PAYSLIPS, 6), "ALLOW", &[]);
    example("a later yes overrules the no",
        with(accepted(Required), [(2, decline(TERMS, 1)), (3, accept(&[(TERMS, 1)]))]), (PAYSLIPS, 3), "ALLOW", &[]);
    let firm_no = || with(accepted(Required), [
        (2, decline_as(signed(ACME, SenderConfirmed, TODAY), TERMS, 1)),
        (3, publish(TERMS, Major, 10, 0)),
        (11, accept(&[(TERMS, 2)])),
    ]);
    example("a less sure yes does not overrule it, nor one to a newer version", firm_no(), (PAYSLIPS, 11), "REJECT", TERMS_DECLINED);
    example("a no that a surer yes overruled stands in nobody's way",
        with(firm_no(), [(12, accept_as(signed(ACME, SenderConfirmed, TODAY), &[(TERMS, 1)]))]), (PAYSLIPS, 12), "ALLOW", &[]);
    example("a later yes to the old version is none to the new one",
        with(accepted(Required), [(2, publish(TERMS, Major, 10, 30)), (3, decline(TERMS, 2)), (4, accept(&[(TERMS, 1)]))]),
        (PAYSLIPS, 40), "REJECT", TERMS_DECLINED);
    example("a yes to come overrules the no when it takes effect, not before",
        with(accepted(Required), [(2, decline(TERMS, 1)), (3, publish(TERMS, Minor, 10, 0)), (4, accept(&[(TERMS, 2)]))]),
        (PAYSLIPS, 4), "REJECT until 10", TERMS_DECLINED);

    // Assurance and enforcement.
    let surer = |enforcement| with(accepted(enforcement), [(2, enforce(PAYSLIP, None, enforcement, SenderConfirmed, 10))]);
    example("enforcement changes from its day on", surer(Required), (PAYSLIPS, 9), "ALLOW until 10", &[]);
    example("not sure enough", surer(Required), (PAYSLIPS, 10), "HOLD",
        &["Deny AgreementAssuranceTooLow dpa-payslip: Sender AcceptWithMoreAssurance"]);
    example("recommended, not sure enough is a warning", surer(Recommended), (PAYSLIPS, 10), "ALLOW",
        &["Warning AgreementAssuranceTooLow dpa-payslip: Sender AcceptWithMoreAssurance"]);
    example("the best acceptance counts, not the latest",
        with(opened(Required), [
            (1, accept_as(signed(ACME, EidVerified, TODAY), &[(TERMS, 1), (PAYSLIP, 1)])),
            (2, accept_as(signed(ACME, Imported, TODAY), &[(TERMS, 1), (PAYSLIP, 1)])),
            (2, enforce(TERMS, None, Required, SenderConfirmed, 2)),
        ]),
        (PAYSLIPS, 3), "ALLOW", &[]);
    example("for one integrator it can be stricter",
        with(opened(Recommended), [(1, accept(&[(TERMS, 1)])), (2, enforce(PAYSLIP, Some(BUREAU), Required, Imported, 2))]),
        (PAYSLIPS, 2), "HOLD", &["Deny AgreementNotAccepted dpa-payslip: Sender Accept"]);
    example("which is nothing to another one",
        with(opened(Recommended), [(1, accept(&[(TERMS, 1)])), (2, enforce(PAYSLIP, Some(VENDOR), Required, Imported, 2))]),
        (PAYSLIPS, 2), "ALLOW", &["Warning AgreementNotAccepted dpa-payslip: Sender Accept"]);
    example("but never looser",
        with(opened(Required), [(1, accept(&[(TERMS, 1)])), (2, enforce(PAYSLIP, Some(BUREAU), Recommended, Imported, 2))]),
        (PAYSLIPS, 2), "HOLD", &["Deny AgreementNotAccepted dpa-payslip: Sender Accept"]);

    // Invalidation and coverage.
    example("an invalidated acceptance",
        with(accepted(Required), [(2, Step::Invalidate { acceptance: 0 })]),
        (PAYSLIPS, 2), "HOLD", &["Deny AgreementInvalidated terms: Sender Accept"]);
    example("what remains is judged anew",
        with(accepted(Required), [(2, accept(&[(TERMS, 1)])), (3, Step::Invalidate { acceptance: 2 })]),
        (PAYSLIPS, 3), "ALLOW", &[]);
    example("a no whose overruling is invalid is a no again",
        with(accepted(Required), [(2, decline(TERMS, 1)), (3, accept(&[(TERMS, 1)])), (4, Step::Invalidate { acceptance: 2 })]),
        (PAYSLIPS, 4), "REJECT", TERMS_DECLINED);
    let covered = || with(opened(Required), [(1, covering(&[DAUGHTER, TRADER], &[(TERMS, 1), (PAYSLIP, 1)]))]);
    example("a covered company", covered(), (DAUGHTERS, 1), "ALLOW", &[]);
    example("a sole trader cannot be covered", covered(), (TRADERS, 1), "HOLD", NOTHING);
    example("coverage confirms no connection",
        with(covered(), [(2, Step::Register { sender: DAUGHTER, through: VENDOR, contact: Fine })]),
        (Ask { through: VENDOR, ..DAUGHTERS }, 2), "HOLD", NOT_CONFIRMED);
    example("a company may be covered before anyone registers it",
        vec![
            (0, Step::Create { agreement: TERMS, enforcement: Required, minimum: Imported }),
            (0, Step::Create { agreement: DPA, enforcement: Required, minimum: Imported }),
            (0, publish(TERMS, Major, 0, 0)), (0, publish(DPA, Major, 0, 0)),
            (0, Step::Register { sender: ACME, through: BUREAU, contact: Fine }),
            (0, covering(&[DAUGHTER], &[(TERMS, 1), (DPA, 1)])),
            (1, Step::Register { sender: DAUGHTER, through: VENDOR, contact: Fine }),
            (1, Step::Confirm { sender: DAUGHTER, through: VENDOR }),
        ],
        (Ask { through: VENDOR, ..DAUGHTERS }, 1), "ALLOW", &[]);
    example("coverage that was ended",
        with(covered(), [(2, Step::EndCoverage { acceptance: 0, covered: DAUGHTER })]),
        (DAUGHTERS, 2), "HOLD", &["Deny AgreementCoverageEnded terms: Sender Accept"]);
    example("leaves who covered alone",
        with(covered(), [(2, Step::EndCoverage { acceptance: 0, covered: DAUGHTER })]), (PAYSLIPS, 2), "ALLOW", &[]);
    example("invalidation takes coverage along",
        with(covered(), [(2, Step::Invalidate { acceptance: 0 })]),
        (DAUGHTERS, 2), "HOLD", &["Deny AgreementInvalidated terms: Sender Accept"]);
    example("and is final: ending the coverage afterwards makes nothing of it",
        with(covered(), [(2, Step::Invalidate { acceptance: 0 }), (3, Step::EndCoverage { acceptance: 0, covered: DAUGHTER })]),
        (DAUGHTERS, 3), "HOLD", &["Deny AgreementInvalidated terms: Sender Accept"]);
    example("the own no beats coverage, even coverage that comes later and surer",
        with(opened(Required), [
            (1, decline_as(signed(DAUGHTER, Imported, TODAY), TERMS, 1)),
            (2, covering(&[DAUGHTER], &[(TERMS, 1), (PAYSLIP, 1)])),
        ]),
        (DAUGHTERS, 2), "REJECT", TERMS_DECLINED);
    example("but a no to a new version leaves coverage of the old one until it is needed",
        with(covered(), [(2, publish(TERMS, Major, 10, 10)), (3, decline_as(signed(DAUGHTER, IntegratorAttested, TODAY), TERMS, 2))]),
        (DAUGHTERS, 3), "ALLOW until 20", &["Warning ReacceptanceDue terms day 20: Sender Accept"]);

    // Exceptions.
    let proposed = |whom| with(opened(Required), [(1, Step::Propose { whom, until: 4 })]);
    let excepted = |whom| with(proposed(whom), [(1, Step::Approve(0))]);
    const LIFTED: &[&str] = &[
        "Warning AgreementNotAccepted terms: Sender Accept",
        "Warning AgreementNotAccepted dpa-payslip: Sender Accept",
        "Warning AllowedByException day 4: Sender Accept",
    ];
    example("an exception that waits for a second operator does nothing", proposed(Whom::Sender(ACME)), (PAYSLIPS, 1), "HOLD", NOTHING);
    example("an exception lifts", excepted(Whom::Sender(ACME)), (PAYSLIPS, 1), "ALLOW until 4", LIFTED);
    example("until its end", excepted(Whom::Sender(ACME)), (PAYSLIPS, 4), "HOLD", NOTHING);
    example("for that sender only", excepted(Whom::Sender(ACME)), (DAUGHTERS, 1), "HOLD", NOTHING);
    example("or for all of an integrator", excepted(Whom::Integrator(BUREAU)), (DAUGHTERS, 1), "ALLOW until 4", LIFTED);
    example("unless an operator ends it",
        with(excepted(Whom::Integrator(BUREAU)), [(2, Step::EndException(0))]), (PAYSLIPS, 2), "HOLD", NOTHING);
    example("where all is accepted it makes no difference and is not told",
        with(excepted(Whom::Sender(ACME)), [(2, accept(&[(TERMS, 1), (PAYSLIP, 1)]))]), (PAYSLIPS, 2), "ALLOW", &[]);
    example("it lifts no decline",
        with(excepted(Whom::Sender(ACME)), [(2, decline(TERMS, 1)), (2, accept(&[(PAYSLIP, 1)]))]),
        (PAYSLIPS, 2), "REJECT", TERMS_DECLINED);
    example("no missing DPA and no suspension",
        with(excepted(Whom::Sender(ACME)), [(2, accept(&[(TERMS, 1)])), (2, Step::SuspendSender(ACME)), (2, Step::SuspendIntegrator(BUREAU))]),
        (LETTERS, 2), "REJECT", &[
            "Deny IntegratorSuspended: Operator ResumeIntegrator",
            "Deny SenderSuspended: Operator ResumeSender",
            "Deny NoAgreementForContentType: Operator PublishAgreement",
        ]);

    // Contact points.
    let contact = |contact| with(accepted(Required), [(2, Step::Contact { sender: ACME, through: BUREAU, contact })]);
    example("no contact point", contact(Missing), (PAYSLIPS, 2), "ALLOW", &["Warning ContactPointMissing: Integrator SetContactPoint"]);
    example("a contact point that looks like a person's", contact(LooksPersonal), (PAYSLIPS, 2), "ALLOW",
        &["Warning ContactPointLooksPersonal: Integrator SetContactPoint"]);

    // Handling terms. Version n keeps 300 + n and 60 + n days.
    let mut keeps = |name, history, on, keeps| {
        table.push(Example { name, history, ask: PAYSLIPS, on, answer: "", reasons: &[], keeps: Some(keeps) });
    };
    let choose = |version, choice| choosing_retroactive_delivery(accept(&[(PAYSLIP, version)]), choice);
    let two = || with(opened(Required), [(1, publish(PAYSLIP, Minor, 5, 0))]);
    keeps("where nothing is accepted: of the version in force, nothing undelivered", two(), 4, (0, SUPPORT + 1));
    keeps("which changes with it", two(), 5, (0, SUPPORT + 2));
    keeps("of the version accepted, nothing undelivered unless chosen", with(two(), [(2, choose(1, false))]), 6, (0, SUPPORT + 1));
    keeps("undelivered items too where that was chosen", with(two(), [(2, choose(1, true))]), 6, (UNDELIVERED + 1, SUPPORT + 1));
    keeps("accepting again changes the choice", with(two(), [(2, choose(1, true)), (3, choose(1, false))]), 6, (0, SUPPORT + 1));
    keeps("accepting the new version brings its terms", with(two(), [(2, choose(1, true)), (6, choose(2, true))]), 6, (UNDELIVERED + 2, SUPPORT + 2));
    keeps("a version to come not before it takes effect", with(two(), [(2, choose(1, true)), (3, choose(2, true))]), 4, (UNDELIVERED + 1, SUPPORT + 1));
    keeps("a decline chooses nothing", with(two(), [(2, choose(1, true)), (3, decline(PAYSLIP, 1))]), 4, (0, SUPPORT + 1));
    keeps("an unconfirmed connection keeps nothing", vec![(0, Step::Register { sender: ACME, through: BUREAU, contact: Fine })], 1, (0, 0));
    table
}
