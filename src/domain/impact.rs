//! Who would be denied, and when, if a version were published.

use super::{
    agreement::{AgreementFacts, Version},
    catalogue::Catalogue,
    decision::{Question, decide},
    reason::Code,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{AgreementKind, ConnectionState, ContentType, DeadlineFrom},
};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// At one time and for one reason, how many senders lose the right to send something they could otherwise send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// From when on.
    pub time: Timestamp,
    /// Why: the first reason of the denial.
    pub reason: Code,
    /// How many senders are denied then that were not at the step before.
    pub newly_denied: u64,
}

/// The impact of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Impact {
    /// How many different senders lose something at some time.
    pub denied_senders: u64,
    /// When, in order; steps without a loss are left out.
    pub steps: Vec<Step>,
}

/// Compares all answers with and without the version, for every active connection and every content type that the
/// agreement covers, at every moment from `now` on at which an answer can change by itself. The version's own times alone
/// would not do: enforcement that becomes stricter later, or an exception that ends, lets it bite later still.
///
/// The senders come as facts with how many senders those hold for.
pub fn of_publication<'a>(
    catalogue: &Catalogue,
    senders: impl Iterator<Item = (&'a SenderFacts, u64)>,
    agreement: &AgreementFacts,
    version: &Version,
    now: Timestamp,
) -> Impact {
    let mut published = catalogue.clone();
    let mut changed = agreement.clone();
    // Where the deadline counts from the notice: as if every sender were told at once, which is the earliest.
    let version = &Version { deadline_from: DeadlineFrom::Publication, ..version.clone() };
    let place = changed.versions.partition_point(|v| v.effective <= version.effective);
    changed.versions.insert(place, version.clone());
    published.agreements.put(changed);

    let scheduled = published.agreements.iter().flat_map(AgreementFacts::instants).filter(|t| *t > now);
    let scheduled: BTreeSet<Timestamp> = scheduled.chain([now]).collect();
    let types: Vec<ContentType> = ContentType::ALL
        .iter()
        .copied()
        .filter(|t| agreement.kind == AgreementKind::GeneralTerms || agreement.coverage_of(*t).is_some())
        .collect();

    let mut steps = BTreeMap::<(Timestamp, Code), u64>::new();
    for (sender, how_many) in senders {
        let active = || sender.connections.iter().filter(|c| c.state == ConnectionState::Active);
        let integrators = active().filter_map(|c| catalogue.integrators.get(&c.integrator_id));
        let exceptions = sender.exceptions.iter().chain(integrators.flat_map(|i| &i.exceptions)).map(|e| e.until);
        let mut instants = Cow::Borrowed(&scheduled);
        let own = sender.instants(catalogue.agreements.iter());
        for end in exceptions.chain(own).filter(|end| *end > now) {
            instants.to_mut().insert(end);
        }
        let loses = |time: Timestamp| {
            active().flat_map(|c| types.iter().map(move |t| (c, *t))).find_map(|(connection, content_type)| {
                let integrator = catalogue.integrators.get(&connection.integrator_id);
                let question = Question { integrator, sender: Some(sender), content_type };
                let after = decide(&published, &question, time);
                if after.allows() || !decide(catalogue, &question, time).allows() {
                    return None;
                }
                after.reasons().next().map(|reason| (time, reason.code))
            })
        };
        if let Some(first) = instants.iter().copied().find_map(loses) {
            *steps.entry(first).or_default() += how_many;
        }
    }
    Impact::of(steps)
}

impl Impact {
    fn of(steps: BTreeMap<(Timestamp, Code), u64>) -> Self {
        Self {
            denied_senders: steps.values().sum(),
            steps: steps
                .into_iter()
                .map(|((time, reason), newly_denied)| Step { time, reason, newly_denied })
                .collect(),
        }
    }

    /// This impact after some senders changed: what they had a part in `before` is taken out, `after` put in.
    #[must_use]
    pub fn corrected(&self, before: &Self, after: &Self) -> Self {
        let mut steps = BTreeMap::<(Timestamp, Code), u64>::new();
        for step in self.steps.iter().chain(&after.steps) {
            *steps.entry((step.time, step.reason)).or_default() += step.newly_denied;
        }
        for step in &before.steps {
            let denied = steps.entry((step.time, step.reason)).or_default();
            *denied = denied.saturating_sub(step.newly_denied);
        }
        steps.retain(|_, denied| *denied > 0);
        Self::of(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_takes_out_what_was_and_puts_in_what_is() {
        let time = |seconds| Timestamp::from_parts(seconds, 0).unwrap_or(Timestamp::BEGINNING);
        let impact = |steps: &[(i64, Code, u64)]| {
            Impact::of(steps.iter().map(|(at, reason, denied)| ((time(*at), *reason), *denied)).collect())
        };
        let (overdue, declined) = (Code::AgreementReacceptanceOverdue, Code::AgreementDeclined);
        let known = impact(&[(1, overdue, 5), (2, overdue, 1)]);
        let corrected = known
            .corrected(&impact(&[(1, overdue, 2), (2, overdue, 1)]), &impact(&[(1, declined, 1), (3, overdue, 2)]));
        assert_eq!(corrected, impact(&[(1, declined, 1), (1, overdue, 3), (3, overdue, 2)]));
        assert_eq!(corrected.denied_senders, 6);
        assert_eq!(known.corrected(&Impact::default(), &Impact::default()), known);
    }
}
