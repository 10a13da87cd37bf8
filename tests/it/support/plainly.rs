//! The standing said once more, as slowly and plainly as the rules are written, to hold the real one against.

use ombord::domain::{
    acts::{Act, ActKind, ActState},
    agreement::{AgreementFacts, Notice, Version},
    standing::Outcome,
    time::Timestamp,
    vocabulary::{Assurance, ChangeClass, DeadlineFrom},
};

/// The outcome for a sender with these acts that was told of these versions.
pub fn outcome(
    agreement: &AgreementFacts,
    acts: &[Act],
    notices: &[Notice],
    minimum: Assurance,
    now: Timestamp,
) -> Outcome {
    let about: Vec<&Act> = acts.iter().filter(|a| a.agreement_id == agreement.agreement_id).collect();
    let version = |act: &Act| agreement.versions.iter().find(|v| v.label == act.version).filter(|v| !v.withdrawn);
    // The order of versions: by effective time, then by publication.
    let newer = |one: &Version, other: &Version| (one.effective, one.revision) > (other.effective, other.revision);
    let later = |one: &Act, other: &Act| (one.time, one.revision) > (other.time, other.revision);

    // A contest that nobody resolved in time is an invalidation.
    let state = |act: &Act| match act.state {
        ActState::Contested { until, .. } if until > now => ActState::Valid,
        ActState::Contested { .. } => ActState::Invalidated,
        state => state,
    };
    let valid: Vec<(&Act, &Version)> =
        about.iter().filter(|a| state(a) == ActState::Valid).filter_map(|a| Some((*a, version(a)?))).collect();
    let of = |kind: ActKind| valid.iter().copied().filter(move |(act, _)| act.kind == kind);

    // A decline stands until a later own acceptance of the same or a newer version that is no less sure.
    let declines: Vec<_> = of(ActKind::Decline).collect();
    let standing: Vec<_> = declines
        .iter()
        .filter(|(decline, declined)| {
            !of(ActKind::Acceptance).any(|(acceptance, accepted)| {
                accepted.effective <= now
                    && later(acceptance, decline)
                    && acceptance.assurance >= decline.assurance
                    && !newer(declined, accepted)
            })
        })
        .collect();

    // An acceptance counts from its version's effective time on, unless a later decline of the same version that is no
    // less sure displaced it, or an earlier, surer decline that stands forbids it. Coverage yields to every own decline.
    let counting: Vec<_> = valid
        .iter()
        .filter(|(act, accepted)| {
            let displaced = declines.iter().any(|(decline, declined)| {
                declined.label == accepted.label && later(decline, act) && decline.assurance >= act.assurance
            });
            let forbidden = standing.iter().any(|(decline, declined)| {
                !newer(declined, accepted)
                    && (act.kind == ActKind::Coverage || (later(act, decline) && decline.assurance > act.assurance))
            });
            let held = forbidden || (act.kind == ActKind::Acceptance && displaced);
            act.kind != ActKind::Decline && accepted.effective <= now && !held
        })
        .collect();

    // It stays current until the first deadline of a newer MAJOR version. Where that counts from the notice, there is none
    // before the sender was told.
    let told = |v: &Version| match v.deadline_from {
        DeadlineFrom::Publication => Some(v.published),
        DeadlineFrom::Notice => {
            let of_it = |n: &&Notice| n.agreement_id == agreement.agreement_id && n.version == v.label;
            notices.iter().find(of_it).map(|n| n.time)
        }
    };
    let major = || agreement.versions.iter().filter(|v| !v.withdrawn && v.change_class == ChangeClass::Major);
    let overdue = |accepted: &Version| {
        major().any(|v| {
            let deadline = |told: Timestamp| told.max(v.effective).micros() + i64::from(v.grace_seconds) * 1_000_000;
            newer(v, accepted) && told(v).is_some_and(|told| now.micros() >= deadline(told))
        })
    };
    let current: Vec<_> = counting.iter().filter(|(_, accepted)| !overdue(accepted)).collect();

    if current.iter().any(|(act, _)| act.assurance >= minimum) {
        Outcome::Accepted
    } else if !current.is_empty() {
        Outcome::AssuranceTooLow
    } else if !standing.is_empty() {
        Outcome::Declined
    } else if !counting.is_empty() {
        Outcome::ReacceptanceOverdue
    } else if about.iter().any(|a| state(a) == ActState::Invalidated) {
        Outcome::Invalidated
    } else if about.iter().any(|a| state(a) == ActState::CoverageEnded) {
        Outcome::CoverageEnded
    } else {
        Outcome::NotAccepted
    }
}
