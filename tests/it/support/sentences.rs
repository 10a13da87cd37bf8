//! Short ways to say what happens in an example.

use super::histories::{ACME, BUREAU, DAUGHTER, Day, PAYSLIP, Signed, Step, TERMS, TRADER};
use ombord::domain::vocabulary::{
    Assurance::{self, Imported, IntegratorAttested},
    ChangeClass::{self, Major},
    ContactQuality::Fine,
    DeadlineFrom,
    Enforcement::{self, Required},
};

/// Steps with their days.
pub type History = Vec<(Day, Step)>;

/// Agreements with their first versions in force for long, and three senders registered and confirmed with the bureau.
pub fn opened(enforcement: Enforcement) -> History {
    let mut history = vec![
        (0, Step::Create { agreement: TERMS, enforcement: Required, minimum: Imported }),
        (0, Step::Create { agreement: PAYSLIP, enforcement, minimum: Imported }),
        (0, publish(TERMS, Major, -100, 0)),
        (0, publish(PAYSLIP, Major, -100, 0)),
    ];
    for sender in [ACME, DAUGHTER, TRADER] {
        history.push((0, Step::Register { sender, through: BUREAU, contact: Fine }));
        history.push((0, Step::Confirm { sender, through: BUREAU }));
    }
    history
}

/// The same, with both agreements accepted on day 1.
pub fn accepted(enforcement: Enforcement) -> History {
    with(opened(enforcement), [(1, accept(&[(TERMS, 1), (PAYSLIP, 1)]))])
}

pub fn with<const N: usize>(mut history: History, steps: [(Day, Step); N]) -> History {
    history.extend(steps);
    history
}

pub fn publish(agreement: usize, class: ChangeClass, effective: Day, grace: u32) -> Step {
    Step::Publish { agreement, class, effective, grace, from: DeadlineFrom::Publication }
}

/// A MAJOR version whose deadline counts from the notice to each sender.
pub fn publish_with_notice(agreement: usize, effective: Day, grace: u32) -> Step {
    Step::Publish { agreement, class: Major, effective, grace, from: DeadlineFrom::Notice }
}

/// Contests the act of the nth acceptance.
pub fn contest(acceptance: usize) -> Step {
    Step::ContestAcceptance { acceptance }
}

/// Mails a version to Acme.
pub fn notice(agreement: usize, version: usize) -> Step {
    Step::Notice { sender: ACME, agreement, version }
}

/// Of the day it is recorded.
pub const TODAY: Day = Day::MAX;

pub fn signed(sender: usize, assurance: Assurance, on: Day) -> Signed {
    Signed { sender, through: BUREAU, assurance, on }
}

pub fn accept(versions: &[(usize, usize)]) -> Step {
    accept_as(signed(ACME, IntegratorAttested, TODAY), versions)
}

pub fn accept_as(act: Signed, versions: &[(usize, usize)]) -> Step {
    Step::Accept { act, versions: versions.to_vec(), retroactive: false, covered: vec![], contact: None }
}

pub fn choosing_retroactive_delivery(accept: Step, choice: bool) -> Step {
    match accept {
        Step::Accept { act, versions, covered, contact, .. } => {
            Step::Accept { act, versions, retroactive: choice, covered, contact }
        }
        other => other,
    }
}

pub fn covering(companies: &[usize], versions: &[(usize, usize)]) -> Step {
    let act = signed(ACME, IntegratorAttested, TODAY);
    Step::Accept { act, versions: versions.to_vec(), retroactive: false, covered: companies.to_vec(), contact: None }
}

pub fn decline(agreement: usize, version: usize) -> Step {
    decline_as(signed(ACME, IntegratorAttested, TODAY), agreement, version)
}

pub fn decline_as(act: Signed, agreement: usize, version: usize) -> Step {
    Step::Decline { act, agreement, version }
}

pub fn enforce(
    agreement: usize,
    integrator: Option<usize>,
    enforcement: Enforcement,
    minimum: Assurance,
    from: Day,
) -> Step {
    Step::Enforce { agreement, integrator, enforcement, minimum, from }
}
