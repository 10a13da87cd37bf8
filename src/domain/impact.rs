//! Who would be denied, and when, if a version were published.

use super::{
    agreement::{AgreementFacts, Version},
    decision::{Catalogue, Question, decide},
    ids::SenderId,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{AgreementKind, ChangeClass, ConnectionState, ContentType},
};
use std::collections::BTreeSet;

/// At one time, how many senders lose the right to send something they could otherwise send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From when on.
    pub time: Timestamp,
    /// How many senders are denied then that were not at the step before.
    pub newly_denied: u64,
}

/// The impact of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// How many different senders lose something at some time.
    pub denied_senders: u64,
    /// When, in order; steps without a loss are left out.
    pub steps: Vec<Step>,
}

/// Compares all answers with and without the version, at the moments the version brings: now, its effective time and
/// its deadline, for every active connection and every content type that the agreement covers.
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

    let mut instants = BTreeSet::from([now, version.effective.max(now)]);
    if version.change_class == ChangeClass::Major {
        instants.insert(version.deadline().max(now));
    }
    let types: Vec<ContentType> = ContentType::ALL
        .iter()
        .copied()
        .filter(|t| agreement.kind == AgreementKind::GeneralTerms || agreement.coverage_of(*t).is_some())
        .collect();

    let mut counts = vec![0u64; instants.len()];
    let mut denied = BTreeSet::<SenderId>::new();
    for sender in senders {
        let loses = |time: Timestamp| {
            let active = sender.connections.iter().filter(|c| c.state == ConnectionState::Active);
            active.flat_map(|c| types.iter().map(move |t| (c, *t))).any(|(connection, content_type)| {
                let question = Question { integrator_id: &connection.integrator_id, sender: Some(sender), content_type };
                decide(catalogue, &question, time).allows() && !decide(&published, &question, time).allows()
            })
        };
        if let Some(first) = instants.iter().position(|instant| loses(*instant)) {
            counts[first] += 1;
            denied.insert(sender.sender_id);
        }
    }
    let steps = instants.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    Impact {
        denied_senders: u64::try_from(denied.len()).unwrap_or(u64::MAX),
        steps: steps.map(|(time, newly_denied)| Step { time, newly_denied }).collect(),
    }
}
