//! `PublishAgreementVersion`.

use super::{
    VersionState, deadline,
    impact::{self, Reckoned},
};
use crate::{
    domain::{
        agreement::{AgreementFacts, DocumentDigest, Version},
        ids::{AgreementId, Digest, LedgerId, VersionLabel},
        impact::Impact,
        ledger::{Event, canonical::canonical},
        specification::Specification,
        time::Timestamp,
        vocabulary::{AgreementKind, ChangeClass, DeadlineFrom, Language},
    },
    gate::Gate,
    service::{
        Services,
        caller::Caller,
        error::{Error, ErrorReason, Result},
        mutation::{Mutation, Stamp, mutate},
        write::Write,
    },
    store::{CampaignRow, DocumentFormat, Head},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The text of a version in one language.
#[derive(Debug)]
pub struct Document {
    /// The language.
    pub language: Language,
    /// The text, whose UTF-8 bytes an acceptance binds (R9).
    pub markdown: String,
    /// A PDF of the same text.
    pub pdf: Option<Vec<u8>>,
}

impl Document {
    fn digest(&self) -> DocumentDigest {
        DocumentDigest {
            language: self.language,
            sha256: Digest::of(self.markdown.as_bytes()),
            pdf_sha256: self.pdf.as_deref().map(Digest::of),
        }
    }
}

/// Publishes a version, for good.
#[derive(Debug)]
pub struct PublishVersion {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Its label.
    pub version: VersionLabel,
    /// One for each language, in the order of the languages.
    pub documents: Vec<Document>,
    /// The annex; only general terms may leave it out.
    pub specification: Option<Specification>,
    /// What it asks of those who accepted an earlier one.
    pub change_class: ChangeClass,
    /// From when it is in force; from its publication where absent.
    pub effective: Option<Timestamp>,
    /// With MAJOR, how long earlier acceptances go on counting; 0 otherwise.
    pub grace_seconds: u32,
    /// Where the grace counts from.
    pub deadline_from: DeadlineFrom,
    /// How many senders the caller knows will be denied.
    pub acknowledged_denials: u32,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Published {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// The label.
    pub version: VersionLabel,
    /// Whether the call changed anything; of a preview, whether the real call would.
    pub changed: bool,
    /// Where the version stands; absent of a preview.
    pub state: Option<VersionState>,
    /// When it was published.
    pub published: Timestamp,
    /// From when on it is in force.
    pub effective: Timestamp,
    /// With MAJOR, by when senders must accept again.
    pub deadline: Option<Timestamp>,
    /// The digests of its documents.
    pub documents: Vec<DocumentDigest>,
    /// The digest of its specification.
    pub specification_sha256: Digest,
    /// Who is denied by it; nobody where nothing changed.
    pub impact: Impact,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

/// Checks everything and shows the impact, without waiting for a turn to write and without making anybody wait.
pub async fn preview(services: &Services, wanted: &PublishVersion) -> Result<Published> {
    let Foreseen { prepared, reckoned, head } = foresee(services, wanted).await?;
    let changed = matches!(prepared, Prepared::New(..));
    let (Prepared::Known(version) | Prepared::New(version, _)) = prepared;
    let impact = reckoned.map(|reckoned| reckoned.impact).unwrap_or_default();
    Ok(wanted.answer(version, None, impact, changed, (head.revision, head.ledger_id)))
}

/// Publishes.
pub async fn publish(
    services: &Arc<Services>,
    caller: Caller,
    stamp: Stamp,
    wanted: PublishVersion,
) -> Result<Published> {
    // Whatever stands in the way is found again, and told, when it is this call's turn to write.
    let reckoned = foresee(services, &wanted).await.ok().and_then(|foreseen| foreseen.reckoned);
    let gate = services.gate.clone();
    mutate(services, caller, stamp, Publication { wanted, gate, reckoned }).await
}

/// What publishing comes down to.
pub(super) enum Prepared {
    /// The same version was published before.
    Known(Version),
    /// A new one, with the canonical text of its specification.
    New(Version, String),
}

/// What publishing would come down to at a revision, and the impact of a new version.
struct Foreseen {
    prepared: Prepared,
    reckoned: Option<Reckoned>,
    head: Head,
}

async fn foresee(services: &Services, wanted: &PublishVersion) -> Result<Foreseen> {
    let now = services.clock.now();
    let mut reader = services.store.read().await?;
    let head = reader.head().clone();
    let facts = super::load(reader.as_mut(), &wanted.agreement_id).await?;
    let prepared = wanted.prepare(&facts, now, head.revision + 1)?;
    let Prepared::New(version, _) = &prepared else { return Ok(Foreseen { prepared, reckoned: None, head }) };
    let state = impact::state(&services.gate, reader.as_mut()).await?;
    drop(reader);
    let reckoned = impact::reckon(state, wanted.agreement_id.clone(), version.clone(), now).await?;
    Ok(Foreseen { prepared, reckoned: Some(reckoned), head })
}

struct Publication {
    wanted: PublishVersion,
    gate: Arc<Gate>,
    reckoned: Option<Reckoned>,
}

#[async_trait]
impl Mutation for Publication {
    type Response = Published;
    const METHOD: &'static str = "PublishAgreementVersion";

    async fn run(self, write: &mut Write) -> Result<Published> {
        let Self { wanted, gate, reckoned } = self;
        let id = wanted.agreement_id.clone();
        let facts = super::load(write.tx.as_mut(), &id).await?;
        if wanted.deadline_from == DeadlineFrom::Notice && !write.has_form {
            return Err(Error::field(
                ErrorReason::InvitationsNotOffered,
                "deadline_from",
                "cannot be NOTICE: this service has no public address and sends no notices",
            ));
        }
        let state = impact::state(&gate, write.tx.as_mut()).await?;
        let reckoned = reckoned.filter(|reckoned| reckoned.fits(&state));
        // The version counts as published at the moment that its impact was reckoned for.
        let now = reckoned.as_ref().map_or(write.now, |reckoned| reckoned.now);
        let (version, annex) = match wanted.prepare(&facts, now, write.revision() + 1)? {
            Prepared::New(version, annex) => (version, annex),
            Prepared::Known(version) => {
                let state = VersionState::of(&facts, &version, write.now);
                let at = (write.revision(), write.ledger_id());
                return Ok(wanted.answer(version, Some(state), Impact::default(), false, at));
            }
        };
        let impact = match reckoned {
            Some(reckoned) => reckoned.corrected(state, id.clone(), version.clone()).await?,
            None => impact::reckon(state, id.clone(), version.clone(), now).await?.impact,
        };
        wanted.check_acknowledged(&impact)?;
        for document in &wanted.documents {
            let markdown = document.markdown.as_bytes();
            write.tx.put_document(&id, &version.label, document.language, DocumentFormat::Markdown, markdown).await?;
            if let Some(pdf) = &document.pdf {
                write.tx.put_document(&id, &version.label, document.language, DocumentFormat::Pdf, pdf).await?;
            }
        }
        write.tx.put_specification(&id, &version.label, &annex).await?;
        write.record(Event::VersionPublished { agreement_id: id.clone(), version: version.clone() }).await?;
        if write.has_form && version.change_class != ChangeClass::Editorial {
            let campaign = CampaignRow {
                agreement_id: id.clone(),
                version: version.label.clone(),
                after: None,
                created: write.now,
                finished: None,
            };
            write.tx.put_campaign(&campaign).await?;
        }
        let facts = super::load(write.tx.as_mut(), &id).await?;
        let state = VersionState::of(&facts, &version, write.now);
        let at = (write.revision(), write.ledger_id());
        Ok(wanted.answer(version, Some(state), impact, true, at))
    }
}

impl PublishVersion {
    /// The version that the call makes, or the same one that is there.
    pub(super) fn prepare(&self, facts: &AgreementFacts, now: Timestamp, revision: u64) -> Result<Prepared> {
        let specification = match (&self.specification, facts.kind) {
            (Some(specification), _) => specification.clone(),
            (None, AgreementKind::GeneralTerms) => Specification::default(),
            (None, AgreementKind::Dpa) => {
                return Err(Error::field(
                    ErrorReason::InvalidFields,
                    "specification",
                    "must be given for a data processing agreement",
                ));
            }
        };
        let annex = canonical(&specification).map_err(Error::internal)?;
        let version = Version {
            label: self.version.clone(),
            documents: self.documents.iter().map(Document::digest).collect(),
            specification_sha256: Digest::of(annex.as_bytes()),
            undelivered_retention_days: specification.undelivered_retention_days,
            support_retention_days: specification.support_retention_days,
            change_class: self.change_class,
            effective: self.effective.unwrap_or(now),
            published: now,
            grace_seconds: self.grace_seconds,
            deadline_from: self.deadline_from,
            withdrawn: false,
            revision,
        };
        if let Some(known) = facts.version(&self.version) {
            return self.same(known, &version).map(Prepared::Known);
        }
        check_place(facts, &version)?;
        Ok(Prepared::New(version, annex))
    }

    /// The known version of the same label, if it is this one to the byte. A withdrawn one is never published again.
    fn same(&self, known: &Version, wanted: &Version) -> Result<Version> {
        if known.withdrawn {
            return Err(Error::field(
                ErrorReason::VersionWithdrawn,
                "version",
                "is that of a withdrawn version; publish under another label",
            ));
        }
        let again = Version {
            effective: self.effective.unwrap_or(known.published),
            published: known.published,
            revision: known.revision,
            ..wanted.clone()
        };
        if again == *known {
            return Ok(again);
        }
        Err(Error::field(
            ErrorReason::VersionExists,
            "version",
            "is that of a published version with other content or terms; a version never changes",
        ))
    }

    pub(super) fn check_acknowledged(&self, impact: &Impact) -> Result<()> {
        if impact.denied_senders <= u64::from(self.acknowledged_denials) {
            return Ok(());
        }
        let error = Error::field(
            ErrorReason::ImpactLargerThanAcknowledged,
            "acknowledged_denials",
            format!(
                "is less than the {} senders that would be denied; see when with validate_only",
                impact.denied_senders
            ),
        );
        Err(error.with("denied_senders_total", impact.denied_senders))
    }

    fn answer(
        &self,
        version: Version,
        state: Option<VersionState>,
        impact: Impact,
        changed: bool,
        (revision, ledger_id): (u64, LedgerId),
    ) -> Published {
        Published {
            agreement_id: self.agreement_id.clone(),
            changed,
            state,
            published: version.published,
            effective: version.effective,
            deadline: deadline(&self.agreement_id, &version),
            specification_sha256: version.specification_sha256,
            version: version.label,
            documents: version.documents,
            impact,
            revision,
            ledger_id,
        }
    }
}

/// Whether the version fits between those before and after it in the order of versions.
fn check_place(facts: &AgreementFacts, new: &Version) -> Result<()> {
    let place = facts.versions.partition_point(|version| version.effective <= new.effective);
    let (before, after) = facts.versions.split_at(place);
    let versions = before.iter().chain(std::iter::once(new)).chain(after);
    if super::editorial_versions_fit(versions) {
        return Ok(());
    }
    Err(Error::field(
        ErrorReason::SpecificationChanged,
        "specification",
        "must be the same to the byte for an EDITORIAL version as that of the version before it in order of effective time",
    ))
}
