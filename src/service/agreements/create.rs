//! `CreateAgreement`.

use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, LedgerId},
        ledger::Event,
        specification::LocalText,
        time::Timestamp,
        vocabulary::{AgreementKind, Assurance, ContentType, Enforcement},
    },
    service::{
        error::{Error, ErrorReason, Result},
        mutation::Mutation,
        write::Write,
    },
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Makes an agreement, without any version.
#[derive(Debug)]
pub struct CreateAgreement {
    /// Its slug.
    pub agreement_id: AgreementId,
    /// What it is.
    pub kind: AgreementKind,
    /// Its title in each language, in the order of the languages.
    pub titles: Vec<LocalText>,
    /// The content types of a DPA, in order; all where empty.
    pub content_types: Vec<ContentType>,
    /// Whether a missing acceptance stops sending (R2).
    pub enforcement: Enforcement,
    /// The least assurance that counts.
    pub minimum_assurance: Assurance,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Created {
    /// Which.
    pub agreement_id: AgreementId,
    /// Whether the call made it.
    pub changed: bool,
    /// When it was made.
    pub created: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for CreateAgreement {
    type Response = Created;
    const METHOD: &'static str = "CreateAgreement";

    /// The same agreement again changes nothing; another one under the same slug is refused.
    async fn run(self, write: &mut Write) -> Result<Created> {
        let id = self.agreement_id.clone();
        if let Some(known) = write.tx.agreement(&id).await? {
            if self.is(&known) {
                return Ok(answer(&known, write));
            }
            return Err(Error::field(
                ErrorReason::AgreementExists,
                "agreement_id",
                "is taken by an agreement with other data; its enforcement is changed with SetEnforcement, nothing else of it ever",
            ));
        }
        self.check(&write.tx.agreements().await?)?;
        write
            .record(Event::AgreementCreated {
                agreement_id: self.agreement_id,
                kind: self.kind,
                titles: self.titles,
                content_types: self.content_types,
                enforcement: self.enforcement,
                minimum_assurance: self.minimum_assurance,
            })
            .await?;
        Ok(answer(&super::load(write.tx.as_mut(), &id).await?, write))
    }
}

fn answer(facts: &AgreementFacts, write: &Write) -> Created {
    Created {
        agreement_id: facts.agreement_id.clone(),
        changed: write.changed(),
        created: facts.created,
        revision: write.revision(),
        ledger_id: write.ledger_id(),
    }
}

impl CreateAgreement {
    /// Whether the agreement is what this call made or would have made.
    fn is(&self, known: &AgreementFacts) -> bool {
        known.kind == self.kind
            && known.titles == self.titles
            && known.content_types == self.content_types
            && known.enforcement.first().is_some_and(|rule| {
                rule.enforcement == self.enforcement && rule.minimum_assurance == self.minimum_assurance
            })
    }

    /// There is one set of general terms, always required (R2); and for each content type one DPA: the one that lists it,
    /// else the one that covers all (R10).
    pub(super) fn check(&self, others: &[AgreementFacts]) -> Result<()> {
        match self.kind {
            AgreementKind::GeneralTerms => {
                if !self.content_types.is_empty() {
                    return Err(Error::field(
                        ErrorReason::InvalidFields,
                        "content_types",
                        "must be empty for general terms, which cover everything",
                    ));
                }
                if self.enforcement != Enforcement::Required {
                    return Err(super::enforce::general_terms_are_required());
                }
                if others.iter().any(|other| other.kind == AgreementKind::GeneralTerms) {
                    return Err(Error::field(
                        ErrorReason::GeneralTermsExist,
                        "kind",
                        "there are general terms already; publish a new version of them",
                    ));
                }
            }
            AgreementKind::Dpa => {
                let overlaps = |other: &&AgreementFacts| match (&self.content_types[..], &other.content_types[..]) {
                    ([], []) => true,
                    (own, other) => own.iter().any(|content_type| other.contains(content_type)),
                };
                let mut others = others.iter().filter(|other| other.kind == AgreementKind::Dpa);
                if let Some(other) = others.find(overlaps) {
                    return Err(Error::field(
                        ErrorReason::AgreementOverlaps,
                        "content_types",
                        format!("agreement {} covers these content types in the same way", other.agreement_id),
                    ));
                }
            }
        }
        Ok(())
    }
}
