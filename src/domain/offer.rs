//! What a sender's person is asked to accept: one version of each agreement that is still wanting.

use super::{
    agreement::{AgreementFacts, Version, applicable},
    ids::IntegratorId,
    sender::SenderFacts,
    standing::{Outcome, standing},
    time::Timestamp,
    vocabulary::{AgreementKind, ChangeClass, ContentType},
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
/// accepted, a MAJOR version that is published and must follow it; before any is in force, the first to come.
pub fn offers<'a>(
    agreements: &'a [AgreementFacts],
    sender: &SenderFacts,
    integrator: &IntegratorId,
    content_types: &[ContentType],
    now: Timestamp,
) -> Vec<Offer<'a>> {
    let types = if content_types.is_empty() { ContentType::ALL } else { content_types };
    let applies = |agreement: &AgreementFacts| match agreement.kind {
        AgreementKind::GeneralTerms => true,
        AgreementKind::Dpa => types.iter().any(|one| {
            let dpa = applicable(agreements.iter(), *one, now).1;
            dpa.is_some_and(|dpa| dpa.agreement_id == agreement.agreement_id)
        }),
    };
    let mut wanted: Vec<&AgreementFacts> = agreements.iter().filter(|agreement| applies(agreement)).collect();
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
    let standing = standing(agreement, &sender.acts, &sender.notices, rule, now);
    let in_force = agreement.in_force(now);
    let to_come = || agreement.versions.iter().find(|version| !version.withdrawn && version.effective > now);
    match (standing.outcome, in_force) {
        (Outcome::Accepted, _) => {
            let accepted = agreement.position(&standing.act?.version)?;
            let newer = agreement.versions.iter().skip(accepted + 1);
            let version = newer.rev().find(|v| !v.withdrawn && v.change_class == ChangeClass::Major)?;
            // One that was accepted ahead of its time is not asked for again.
            let ahead = sender.acts.iter().any(|act| {
                act.agreement_id == agreement.agreement_id
                    && act.version == version.label
                    && act.kind != super::acts::ActKind::Decline
                    && act.stands(now)
            });
            (!ahead).then_some(Offer { agreement, version, deadline: standing.deadline })
        }
        (_, Some(version)) => Some(Offer { agreement, version, deadline: None }),
        (_, None) => to_come().map(|version| Offer { agreement, version, deadline: None }),
    }
}
