//! Who would be denied, and when, if a version were published.

use super::{
    agreement::{AgreementFacts, Version},
    decision::{Catalogue, Question, decide},
    reason::{Code, Severity},
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{AgreementKind, ConnectionState, ContentType},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
pub fn of_publication<'a>(
    catalogue: &Catalogue,
    senders: impl Iterator<Item = &'a SenderFacts>,
    agreement: &AgreementFacts,
    version: &Version,
    now: Timestamp,
) -> Impact {
    let mut published = catalogue.clone();
    let mut changed = agreement.clone();
    let place = changed.versions.partition_point(|v| v.effective <= version.effective);
    changed.versions.insert(place, version.clone());
    published.agreements.insert(changed.agreement_id.clone(), changed);

    let scheduled: BTreeSet<Timestamp> = published.agreements.values().flat_map(AgreementFacts::instants).collect();
    let types: Vec<ContentType> = ContentType::ALL
        .iter()
        .copied()
        .filter(|t| agreement.kind == AgreementKind::GeneralTerms || agreement.coverage_of(*t).is_some())
        .collect();

    let mut steps = BTreeMap::<(Timestamp, Code), u64>::new();
    for sender in senders {
        let active = || sender.connections.iter().filter(|c| c.state == ConnectionState::Active);
        let integrators = active().filter_map(|c| catalogue.integrators.get(&c.integrator_id));
        let exceptions = sender.exceptions.iter().chain(integrators.flat_map(|i| &i.exceptions)).map(|e| e.until);
        let mut instants: BTreeSet<Timestamp> = scheduled.iter().copied().chain(exceptions).filter(|t| *t > now).collect();
        instants.insert(now);
        let loses = |time: Timestamp| {
            active().flat_map(|c| types.iter().map(move |t| (c, *t))).find_map(|(connection, content_type)| {
                let question = Question { integrator_id: &connection.integrator_id, sender: Some(sender), content_type };
                if !decide(catalogue, &question, time).allows() {
                    return None;
                }
                let reason = decide(&published, &question, time).reasons().next()?;
                (reason.severity == Severity::Deny).then_some((time, reason.code))
            })
        };
        if let Some(first) = instants.into_iter().find_map(loses) {
            *steps.entry(first).or_default() += 1;
        }
    }
    Impact {
        denied_senders: steps.values().sum(),
        steps: steps.into_iter().map(|((time, reason), newly_denied)| Step { time, reason, newly_denied }).collect(),
    }
}
