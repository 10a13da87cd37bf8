//! `WithdrawAgreementVersion`.

use super::VersionState;
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, LedgerId, VersionLabel},
        ledger::Event,
        time::Timestamp,
    },
    service::{
        error::{Error, ErrorReason, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Takes a version back that has not taken effect.
#[derive(Debug)]
pub struct WithdrawVersion {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which.
    pub version: VersionLabel,
    /// Why, for operators.
    pub reason: String,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which version.
    pub version: VersionLabel,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When it was withdrawn.
    pub withdrawn: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for WithdrawVersion {
    type Response = Withdrawn;
    const METHOD: &'static str = "WithdrawAgreementVersion";

    async fn run(self, write: &mut Write) -> Result<Withdrawn> {
        let facts = super::load(write.tx.as_mut(), &self.agreement_id).await?;
        let version = super::find(&facts, Some(&self.version), write.now)?;
        let known = facts.withdrawals.iter().find(|known| known.version == self.version).map(|known| known.time);
        let withdrawn = match known {
            Some(time) => time,
            None => {
                check(&facts, VersionState::of(&facts, version, write.now), &self.version)?;
                let reason = write.keep_note(&self.reason).await?;
                let (agreement_id, version) = (self.agreement_id.clone(), self.version.clone());
                write.record(Event::VersionWithdrawn { agreement_id, version, reason }).await?;
                write.now
            }
        };
        Ok(Withdrawn {
            agreement_id: self.agreement_id,
            version: self.version,
            changed: write.changed(),
            withdrawn,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}

/// Senders may rely on what has taken effect; and a later EDITORIAL version may rest on this one's specification.
pub(super) fn check(facts: &AgreementFacts, state: VersionState, label: &VersionLabel) -> Result<()> {
    if state != VersionState::Scheduled {
        return Err(Error::field(
            ErrorReason::VersionInEffect,
            "version",
            "has taken effect and cannot be withdrawn; publish another version after it",
        ));
    }
    if !super::editorial_versions_fit(facts.versions.iter().filter(|version| version.label != *label)) {
        return Err(Error::field(
            ErrorReason::SpecificationChanged,
            "version",
            "is the one whose specification a later EDITORIAL version has; withdraw that one first",
        ));
    }
    Ok(())
}
