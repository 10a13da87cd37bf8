//! `GetAgreementVersion`.

use super::VersionState;
use crate::{
    domain::{
        agreement::{AgreementFacts, Version},
        ids::{AgreementId, VersionLabel},
        specification::Specification,
        time::Timestamp,
    },
    service::{
        Services,
        error::{Error, Result},
    },
};

/// A version at a moment.
#[derive(Debug)]
pub struct VersionView {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// What was published.
    pub version: Version,
    /// Where it stands.
    pub state: VersionState,
    /// When it was withdrawn, if it was.
    pub withdrawn: Option<Timestamp>,
    /// The revision of its last change.
    pub revision: u64,
}

impl VersionView {
    /// One of the agreement's versions at `now`.
    pub fn of(facts: &AgreementFacts, version: &Version, now: Timestamp) -> Self {
        let withdrawal = facts.withdrawals.iter().find(|withdrawal| withdrawal.version == version.label);
        Self {
            agreement_id: facts.agreement_id.clone(),
            version: version.clone(),
            state: VersionState::of(facts, version, now),
            withdrawn: withdrawal.map(|withdrawal| withdrawal.time),
            revision: withdrawal.map_or(version.revision, |withdrawal| withdrawal.revision),
        }
    }
}

/// A version with its annex.
#[derive(Debug)]
pub struct WithSpecification {
    /// The version.
    pub version: VersionView,
    /// The annex.
    pub specification: Specification,
    /// The text of the annex that its digest is of.
    pub canonical: String,
    /// The revision that it was read at.
    pub revision: u64,
}

/// Reads one version; the one in force where no label is given.
pub async fn get_version(
    services: &Services,
    id: &AgreementId,
    label: Option<&VersionLabel>,
) -> Result<WithSpecification> {
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let facts = super::load(reader.as_mut(), id).await?;
    let version = super::find(&facts, label, now)?;
    let text = reader.specification(id, &version.label).await?;
    let canonical =
        text.ok_or_else(|| Error::internal(anyhow::anyhow!("version {} of {id} has no specification", version.label)))?;
    super::get_document::check(canonical.as_bytes(), version.specification_sha256)?;
    Ok(WithSpecification {
        version: VersionView::of(&facts, version, now),
        specification: serde_json::from_str(&canonical).map_err(Error::internal)?,
        canonical,
        revision: reader.head().revision,
    })
}
