//! Where a sender stands with one agreement: one pure function, used by the gate, status calls, lists and reminders.
//!
//! The best valid acceptance counts, never merely the latest. A decline takes effect when no acceptance is current any more.

use super::{
    acts::{Act, ActKind, ActState},
    agreement::{AgreementFacts, InForce, Version},
    sender::SenderFacts,
    time::Timestamp,
    weighing::{Weighing, Worth},
};

/// The one outcome for (sender, agreement, now).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted, surely enough.
    Accepted,
    /// Accepted, but not surely enough.
    AssuranceTooLow,
    /// Declined, and nothing accepted is current.
    Declined,
    /// A newer version had to be accepted by now.
    ReacceptanceOverdue,
    /// The acceptance there was is invalid.
    Invalidated,
    /// Another company's acceptance covered this sender, and no longer does.
    CoverageEnded,
    /// Nothing was ever accepted.
    NotAccepted,
}

/// The outcome with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The outcome.
    pub outcome: Outcome,
    /// By when a newer version must be accepted, or had to be. One that was accepted ahead of its time is no such.
    pub deadline: Option<Timestamp>,
    /// The act that decided: the acceptance that counts, or the decline.
    pub act: Option<&'a Act>,
}

/// The standing of a sender with an agreement at `now`.
// Into what is judged, for the same reason as `judge_agreement`.
#[inline(always)]
pub fn standing<'a>(
    agreement: &AgreementFacts,
    sender: &'a SenderFacts,
    in_force: InForce,
    now: Timestamp,
) -> Standing<'a> {
    let weighing = Weighing::of(agreement, sender, now);
    let mut best: Option<Candidate<'a>> = None;
    for act in sender.acts_about(&agreement.agreement_id) {
        let (outcome, deadline) = match weighing.worth(act) {
            Worth::Current(deadline) if act.assurance >= in_force.minimum_assurance => (Outcome::Accepted, deadline),
            Worth::Current(deadline) => (Outcome::AssuranceTooLow, deadline),
            Worth::Declines => (Outcome::Declined, None),
            Worth::Overdue(deadline) => (Outcome::ReacceptanceOverdue, Some(deadline)),
            Worth::Invalidated => (Outcome::Invalidated, None),
            Worth::CoverageEnded => (Outcome::CoverageEnded, None),
            Worth::NotYetEffective | Worth::Void | Worth::Displaced | Worth::Blocked | Worth::Overruled => continue,
        };
        let one = Candidate { outcome, deadline, act };
        if best.is_none_or(|best| one.rank(agreement) > best.rank(agreement)) {
            best = Some(one);
        }
    }
    let Some(Candidate { outcome, deadline, act }) = best else {
        return Standing { outcome: Outcome::NotAccepted, deadline: None, act: None };
    };
    let deadline = match (outcome, deadline) {
        (Outcome::Accepted, Some(deadline)) => carried_on(agreement, sender, in_force, deadline, now),
        _ => deadline,
    };
    Standing { outcome, deadline, act: Some(act) }
}

/// From when on an acceptance that waits for its version counts, surely enough; the first of them.
#[cold]
pub fn waits_until(
    agreement: &AgreementFacts,
    sender: &SenderFacts,
    in_force: InForce,
    now: Timestamp,
) -> Option<Timestamp> {
    waiting(agreement, sender, in_force, now).map(|(from, _)| from).min()
}

/// Whether a version is accepted that is not in force yet, surely enough and uncontested: it counts from its effective
/// time on.
pub fn accepted_ahead(agreement: &AgreementFacts, sender: &SenderFacts, in_force: InForce, version: &Version) -> bool {
    let weighing = Weighing::of(agreement, sender, version.effective);
    sender.acts_about(&agreement.agreement_id).any(|act| {
        act.version == version.label
            && act.assurance >= in_force.minimum_assurance
            && act.state == ActState::Valid
            && matches!(weighing.worth(act), Worth::Current(_))
    })
}

/// The sure acceptances that wait for their versions: from when on each counts, and by when a newer one is needed then.
fn waiting<'a>(
    agreement: &'a AgreementFacts,
    sender: &'a SenderFacts,
    in_force: InForce,
    now: Timestamp,
) -> impl Iterator<Item = (Timestamp, Option<Timestamp>)> + 'a {
    let ahead = agreement.versions.iter().filter(move |version| !version.withdrawn && version.effective > now);
    ahead.flat_map(move |version| {
        let weighing = Weighing::of(agreement, sender, version.effective);
        let of_it = sender.acts_about(&agreement.agreement_id).filter(move |act| act.version == version.label);
        of_it.filter_map(move |act| match weighing.worth(act) {
            Worth::Current(deadline) if act.assurance >= in_force.minimum_assurance => {
                Some((version.effective, deadline))
            }
            _ => None,
        })
    })
}

/// The deadline, unless an acceptance that waits for its version takes over in time: then that one's, and so on.
#[cold]
fn carried_on(
    agreement: &AgreementFacts,
    sender: &SenderFacts,
    in_force: InForce,
    deadline: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let mut reached = deadline;
    loop {
        let in_time = waiting(agreement, sender, in_force, now).filter(|(from, _)| *from <= reached);
        match in_time.map(|(_, next)| next).max_by_key(|next| (next.is_none(), *next)) {
            Some(None) => return None,
            Some(Some(next)) if next > reached => reached = next,
            _ => return Some(reached),
        }
    }
}

/// What an act would make of the standing.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    outcome: Outcome,
    deadline: Option<Timestamp>,
    act: &'a Act,
}

impl Candidate<'_> {
    /// What is better for the sender is greater: the outcome, the later deadline, its own act, the surer, the newer
    /// version. Of equals the later, so that a sender can change its choice of handling terms by accepting again.
    fn rank(&self, agreement: &AgreementFacts) -> impl Ord + use<> {
        let class = match self.outcome {
            Outcome::Accepted => 6,
            Outcome::AssuranceTooLow => 5,
            Outcome::Declined => 4,
            Outcome::ReacceptanceOverdue => 3,
            Outcome::Invalidated => 2,
            Outcome::CoverageEnded => 1,
            Outcome::NotAccepted => 0,
        };
        let own = self.act.kind != ActKind::Coverage;
        let version = agreement.position(&self.act.version);
        (class, self.deadline.is_none(), self.deadline, own, self.act.assurance, version, self.act.order())
    }
}
