//! What a sender's person is asked to accept: one version of each agreement that is still wanting.

use super::{
    agreement::{AgreementFacts, Version, concerns},
    ids::IntegratorId,
    sender::SenderFacts,
    standing::{Outcome, Standing, accepted_ahead, standing},
    time::Timestamp,
    vocabulary::{ChangeClass, ContentType},
};

/// One version to be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Of which agreement.
    pub agreement: &'a AgreementFacts,
    /// Which version.
    pub version: &'a Version,
    /// Until when an earlier acceptance goes on counting.
    pub deadline: Option<Timestamp>,
}

/// What to offer a sender for what it means to send through an integrator: general terms first, then the data processing
/// agreements that apply, as far as nothing that is sure enough counts. Of each the version in force; once that is
/// accepted, a MAJOR version that is published and must follow it; before any is in force, the first to come. What is
/// contested is offered again: whoever contested it by mistake can clear that.
pub fn offers<'a>(
    agreements: &'a [AgreementFacts],
    sender: &SenderFacts,
    integrator: &IntegratorId,
    content_types: &[ContentType],
    now: Timestamp,
) -> Vec<Offer<'a>> {
    let types = if content_types.is_empty() { ContentType::ALL } else { content_types };
    let concerned = agreements.iter().filter(|agreement| concerns(agreement, agreements, types, now));
    let mut wanted: Vec<&AgreementFacts> = concerned.collect();
    wanted.sort_by_key(|agreement| agreement.kind);
    wanted.into_iter().filter_map(|agreement| offer(agreement, sender, integrator, now)).collect()
}

fn offer<'a>(
    agreement: &'a AgreementFacts,
    sender: &SenderFacts,
    integrator: &IntegratorId,
    now: Timestamp,
) -> Option<Offer<'a>> {
    let rule = agreement.enforcement_of(Some(integrator), now);
    let at = |moment| standing(agreement, sender, rule, moment);
    let standing = at(now);
    let ahead = |version: &Version| accepted_ahead(agreement, sender, rule, version);
    match (standing.outcome, agreement.in_force(now)) {
        (Outcome::Accepted, in_force) => {
            let act = standing.act?;
            let contested = act.contested(now).filter(|until| brings_down(*until, standing.deadline, at));
            let follows = follows(agreement, agreement.position(&act.version)?, standing.deadline, now);
            let newer = follows.filter(|version| !ahead(version));
            // One that was accepted ahead of its time is not asked for again.
            let version = newer.or(in_force.filter(|_| contested.is_some()))?;
            Some(Offer { agreement, version, deadline: standing.deadline.into_iter().chain(contested).min() })
        }
        (_, Some(version)) => Some(Offer { agreement, version, deadline: None }),
        (_, None) => {
            let mut to_come = agreement.versions.iter().filter(|version| !version.withdrawn && version.effective > now);
            // Of several that begin together the newest is in force then.
            let version = agreement.in_force(to_come.next()?.effective).filter(|version| !ahead(version))?;
            Some(Offer { agreement, version, deadline: None })
        }
    }
}

/// Whether a contest that lapses at `until` leaves the sender worse off: not where something else is accepted that is as
/// good, and not contested in its turn until it lapses too.
fn brings_down<'a>(until: Timestamp, deadline: Option<Timestamp>, at: impl Fn(Timestamp) -> Standing<'a>) -> bool {
    let mut until = Some(until);
    while let Some(moment) = until {
        let then = at(moment);
        if then.outcome != Outcome::Accepted || then.deadline != deadline {
            return true;
        }
        until = then.act.and_then(|act| act.contested(moment));
    }
    false
}

/// The MAJOR version that must follow the one accepted: the newest that takes effect in time, so that whoever accepts it
/// is covered without a gap. Where another version has taken its place, that one: it alone can be accepted.
fn follows(
    agreement: &AgreementFacts,
    accepted: usize,
    deadline: Option<Timestamp>,
    now: Timestamp,
) -> Option<&Version> {
    let newer = || {
        let newer = agreement.versions.iter().skip(accepted + 1);
        newer.filter(|version| !version.withdrawn && version.change_class == ChangeClass::Major)
    };
    let in_time = deadline.map_or(now, |deadline| deadline.max(now));
    let follows = newer().rfind(|version| version.effective <= in_time).or_else(|| newer().next())?;
    if follows.effective <= now { agreement.in_force(now) } else { Some(follows) }
}
