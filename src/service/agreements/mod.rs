//! Agreements and their versions: operators write, everyone reads (R2, R3, R9, R10).

pub mod create;
pub mod enforce;
pub mod get;
pub mod get_document;
pub mod get_version;
mod impact;
pub mod list;
pub mod list_versions;
pub mod public;
pub mod publish;
pub mod withdraw;

use super::error::{Error, Resource, Result};
use crate::{
    domain::{
        agreement::{AgreementFacts, Version},
        ids::{AgreementId, VersionLabel},
        time::Timestamp,
        vocabulary::ChangeClass,
    },
    store::Reader,
};
use serde::{Deserialize, Serialize};

/// Where a version stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionState {
    /// Takes effect later.
    Scheduled,
    /// In force.
    InForce,
    /// A later one is in force.
    Superseded,
    /// Withdrawn before it took effect.
    Withdrawn,
}

impl VersionState {
    /// The state of one of the agreement's versions at `now`.
    pub fn of(facts: &AgreementFacts, version: &Version, now: Timestamp) -> Self {
        if version.withdrawn {
            Self::Withdrawn
        } else if version.effective > now {
            Self::Scheduled
        } else if facts.in_force(now).is_some_and(|current| current.label == version.label) {
            Self::InForce
        } else {
            Self::Superseded
        }
    }
}

async fn load(reader: &mut dyn Reader, id: &AgreementId) -> Result<AgreementFacts> {
    reader.agreement(id).await?.ok_or_else(|| Error::not_found(Resource::Agreement))
}

/// The version of a label, or the one in force where none is given.
fn find<'a>(facts: &'a AgreementFacts, label: Option<&VersionLabel>, now: Timestamp) -> Result<&'a Version> {
    let version = match label {
        Some(label) => facts.version(label),
        None => facts.in_force(now),
    };
    version.ok_or_else(|| Error::not_found(Resource::Version))
}

/// By when those who accepted an earlier version must accept again; only MAJOR ones have that, and only where it is the
/// same for all senders.
pub fn deadline(agreement: &AgreementId, version: &Version) -> Option<Timestamp> {
    let major = version.change_class == ChangeClass::Major;
    major.then(|| version.deadline(agreement, &[])).flatten()
}

/// Whether every EDITORIAL version has the specification of the version before it. Publishing a version between two
/// others, or withdrawing one, can break that for the version after it as well.
fn editorial_versions_fit<'a>(versions: impl Iterator<Item = &'a Version>) -> bool {
    let mut before: Option<&Version> = None;
    for version in versions.filter(|version| !version.withdrawn) {
        let same = before.is_some_and(|before| before.specification_sha256 == version.specification_sha256);
        if version.change_class == ChangeClass::Editorial && !same {
            return false;
        }
        before = Some(version);
    }
    true
}

#[cfg(test)]
mod tests;
