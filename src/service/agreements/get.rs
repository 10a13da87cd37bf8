//! `GetAgreement`.

use crate::{
    domain::{
        agreement::{AgreementFacts, InForce},
        ids::{AgreementId, VersionLabel},
        time::Timestamp,
    },
    service::{
        Services,
        caller::{Caller, Reach},
        error::Result,
    },
};

/// An agreement as one caller sees it: what is set for other integrators is not there.
#[derive(Debug)]
pub struct AgreementView {
    /// Its facts, with the rules that the caller may see, by when they begin.
    pub facts: AgreementFacts,
    /// How it is enforced now: for an integrator, for it; else for all.
    pub enforced: InForce,
    /// The version in force.
    pub version_in_force: Option<VersionLabel>,
    /// The last version in order that is not withdrawn.
    pub latest_version: Option<VersionLabel>,
    /// The revision of the last change that the caller may see.
    pub revision: u64,
}

impl AgreementView {
    /// The agreement for a caller at `now`.
    pub fn of(mut facts: AgreementFacts, caller: &Caller, now: Timestamp) -> Self {
        let enforced = facts.enforcement_of(caller.integrator(), now);
        if let Reach::Own(own) = caller.reach() {
            facts.enforcement.retain(|rule| rule.integrator_id.as_ref().is_none_or(|for_whom| for_whom == own));
        }
        for rule in &mut facts.enforcement {
            // The first rule holds since always, so that acts before the agreement's creation are judged too.
            rule.from = rule.from.max(facts.created);
        }
        facts.enforcement.sort_by_key(|rule| (rule.from, rule.revision));
        let rules = facts.enforcement.iter().map(|rule| rule.revision);
        let versions = facts.versions.iter().map(|version| version.revision);
        let withdrawals = facts.withdrawals.iter().map(|withdrawal| withdrawal.revision);
        let revision = rules.chain(versions).chain(withdrawals).max().unwrap_or(facts.revision);
        let latest = facts.versions.iter().rev().find(|version| !version.withdrawn);
        Self {
            enforced,
            version_in_force: facts.in_force(now).map(|version| version.label.clone()),
            latest_version: latest.map(|version| version.label.clone()),
            revision,
            facts,
        }
    }
}

/// Reads one agreement, and the revision it was read at.
pub async fn get_agreement(services: &Services, caller: &Caller, id: &AgreementId) -> Result<(AgreementView, u64)> {
    let mut reader = services.store.read().await?;
    let facts = super::load(reader.as_mut(), id).await?;
    Ok((AgreementView::of(facts, caller, services.clock.now()), reader.head().revision))
}
