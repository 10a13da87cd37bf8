//! `SetEnforcement`.

use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, IntegratorId, LedgerId},
        ledger::Event,
        time::Timestamp,
        vocabulary::{AgreementKind, Assurance, Enforcement},
    },
    service::{
        error::{Error, ErrorReason, Resource, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Changes from a date on how an agreement is enforced (R2).
#[derive(Debug)]
pub struct SetEnforcement {
    /// Which.
    pub agreement_id: AgreementId,
    /// For this integrator's senders only; for all where absent.
    pub integrator_id: Option<IntegratorId>,
    /// Whether a missing acceptance stops sending.
    pub enforcement: Enforcement,
    /// The least assurance that counts.
    pub minimum_assurance: Assurance,
    /// From when on; now where absent.
    pub effective: Option<Timestamp>,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnforcementSet {
    /// Which agreement.
    pub agreement_id: AgreementId,
    /// For which integrator, or for all.
    pub integrator_id: Option<IntegratorId>,
    /// Whether the call changed anything.
    pub changed: bool,
    /// From when on.
    pub effective: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

pub(super) fn general_terms_are_required() -> Error {
    Error::field(ErrorReason::EnforcementTooLoose, "enforcement", "general terms are always REQUIRED")
}

#[async_trait]
impl Mutation for SetEnforcement {
    type Response = EnforcementSet;
    const METHOD: &'static str = "SetEnforcement";

    async fn run(self, write: &mut Write) -> Result<EnforcementSet> {
        let facts = super::load(write.tx.as_mut(), &self.agreement_id).await?;
        if let Some(id) = &self.integrator_id
            && write.tx.integrator(id).await?.is_none()
        {
            return Err(Error::not_found(Resource::Integrator));
        }
        let effective = self.effective.unwrap_or(write.now);
        if effective < write.now {
            return Err(Error::field(
                ErrorReason::InvalidFields,
                "effective_time",
                "must not lie in the past; leave it out for now",
            ));
        }
        self.check(&facts, effective)?;
        if !self.holds(&facts, effective) {
            write
                .record(Event::EnforcementSet {
                    agreement_id: self.agreement_id.clone(),
                    integrator_id: self.integrator_id.clone(),
                    enforcement: self.enforcement,
                    minimum_assurance: self.minimum_assurance,
                    effective,
                })
                .await?;
        }
        Ok(EnforcementSet {
            agreement_id: self.agreement_id,
            integrator_id: self.integrator_id,
            changed: write.changed(),
            effective,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}

impl SetEnforcement {
    /// For one integrator never looser than what holds for all at that time.
    pub(super) fn check(&self, facts: &AgreementFacts, effective: Timestamp) -> Result<()> {
        if facts.kind == AgreementKind::GeneralTerms && self.enforcement != Enforcement::Required {
            return Err(general_terms_are_required());
        }
        if self.integrator_id.is_some() {
            let all = facts.enforcement_of(None, effective);
            if self.enforcement < all.enforcement {
                return Err(too_loose("enforcement"));
            }
            if self.minimum_assurance < all.minimum_assurance {
                return Err(too_loose("minimum_assurance"));
            }
        }
        Ok(())
    }

    /// Whether the newest rule for the same integrators at that time says this already.
    pub(super) fn holds(&self, facts: &AgreementFacts, effective: Timestamp) -> bool {
        let rules =
            facts.enforcement.iter().filter(|rule| rule.integrator_id == self.integrator_id && rule.from <= effective);
        rules.max_by_key(|rule| rule.from).is_some_and(|rule| {
            rule.enforcement == self.enforcement && rule.minimum_assurance == self.minimum_assurance
        })
    }
}

fn too_loose(field: &'static str) -> Error {
    Error::field(
        ErrorReason::EnforcementTooLoose,
        field,
        "must not be looser for one integrator than for all at that time",
    )
}
