//! Agreements, their versions, their enforcement and the deadlines of new versions.

use super::{
    ids::{AgreementId, Digest, IntegratorId, VersionLabel},
    rules::CLOCK_TOLERANCE_SECONDS,
    specification::LocalText,
    time::Timestamp,
    vocabulary::{AgreementKind, Assurance, ChangeClass, ContentType, DeadlineFrom, Enforcement, Language},
};
use serde::{Deserialize, Serialize};

/// The digests of a version's document in one language (R9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDigest {
    /// The language.
    pub language: Language,
    /// Of the Markdown text: what an acceptance binds.
    pub sha256: Digest,
    /// Of the PDF companion, if there is one.
    pub pdf_sha256: Option<Digest>,
}

/// One version of an agreement, immutable once published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its label.
    pub label: VersionLabel,
    /// One for each language.
    pub documents: Vec<DocumentDigest>,
    /// Of the canonical JSON of the specification.
    pub specification_sha256: Digest,
    /// Days an undelivered item is kept, if the sender chose so (R8).
    pub undelivered_retention_days: u32,
    /// Days data is kept after delivery for support (R8).
    pub support_retention_days: u32,
    /// What it asks of those who accepted an earlier one.
    pub change_class: ChangeClass,
    /// From when it is in force; may lie before its publication.
    pub effective: Timestamp,
    /// When it was published.
    pub published: Timestamp,
    /// How long an earlier acceptance goes on counting.
    pub grace_seconds: u32,
    /// Where the grace counts from.
    pub deadline_from: DeadlineFrom,
    /// Whether it was withdrawn before it took effect.
    pub withdrawn: bool,
    /// The revision of its publication, which orders versions of the same effective time.
    pub revision: u64,
}

/// That a new version was mailed to the sender (R19).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Notice {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which version.
    pub version: VersionLabel,
    /// When the mail went out.
    pub time: Timestamp,
}

impl Version {
    /// The end of the time in which earlier acceptances go on counting: max(publication or notice, effective time) +
    /// grace. Where it counts from the notice, a sender that was not told of the version has no deadline.
    pub fn deadline(&self, agreement: &AgreementId, notices: &[Notice]) -> Option<Timestamp> {
        let told = match self.deadline_from {
            DeadlineFrom::Publication => self.published,
            DeadlineFrom::Notice => {
                let about = |notice: &&Notice| notice.version == self.label && notice.agreement_id == *agreement;
                notices.iter().find(about)?.time
            }
        };
        Some(told.max(self.effective).plus_seconds(i64::from(self.grace_seconds)))
    }

    /// The document in one language.
    pub fn document(&self, language: Language) -> Option<&DocumentDigest> {
        self.documents.iter().find(|d| d.language == language)
    }
}

/// From when on which enforcement and least assurance hold, for all or for one integrator (R2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnforcementRule {
    /// The integrator whose senders it is for; all where absent.
    pub integrator_id: Option<IntegratorId>,
    /// From when on.
    pub from: Timestamp,
    /// Whether a missing acceptance stops sending.
    pub enforcement: Enforcement,
    /// The least assurance that counts.
    pub minimum_assurance: Assurance,
    /// The revision that set it.
    pub revision: u64,
}

/// The end of a version that never took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Which version.
    pub version: VersionLabel,
    /// When.
    pub time: Timestamp,
    /// The revision of it.
    pub revision: u64,
}

/// What holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// Whether a missing acceptance stops sending.
    pub enforcement: Enforcement,
    /// The least assurance that counts.
    pub minimum_assurance: Assurance,
}

/// What is known of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementFacts {
    /// Its slug.
    pub agreement_id: AgreementId,
    /// What it is.
    pub kind: AgreementKind,
    /// Its title in each language.
    pub titles: Vec<LocalText>,
    /// The content types of a DPA; all where empty (R10).
    pub content_types: Vec<ContentType>,
    /// In the order they were set.
    pub enforcement: Vec<EnforcementRule>,
    /// In the order of effective time, then of publication; withdrawn ones included.
    pub versions: Vec<Version>,
    /// One for each version that is withdrawn.
    pub withdrawals: Vec<Withdrawal>,
    /// When it was created.
    pub created: Timestamp,
    /// The revision of the last change.
    pub revision: u64,
}

impl AgreementFacts {
    /// The place of a version in the order of versions.
    #[inline]
    pub fn position(&self, label: &VersionLabel) -> Option<usize> {
        self.versions.iter().position(|v| v.label == *label)
    }

    /// The version of a label.
    #[inline]
    pub fn version(&self, label: &VersionLabel) -> Option<&Version> {
        self.versions.iter().find(|v| v.label == *label)
    }

    /// The version in force: the latest effective time that is not after `now`.
    #[inline]
    pub fn in_force(&self, now: Timestamp) -> Option<&Version> {
        self.versions.iter().rev().find(|v| !v.withdrawn && v.effective <= now)
    }

    /// Whether an act at `time` can be about a version: it was in force then, or published for later. Publication is told by
    /// our clock and the act by another, which may be a little behind.
    pub fn open_to_acts(&self, version: &Version, time: Timestamp) -> bool {
        let in_force = self.in_force(time).is_some_and(|in_force| in_force.label == version.label);
        let published = version.published <= time.plus_seconds(CLOCK_TOLERANCE_SECONDS);
        !version.withdrawn && (in_force || (version.effective > time && published))
    }

    /// The deadline of those who accepted the version at `position`: of the MAJOR versions after it, the first to
    /// fall due. The minimum, so that no later publication extends it and no newer acceptance shortens it.
    #[inline]
    pub fn deadline_after(&self, position: usize, notices: &[Notice]) -> Option<Timestamp> {
        self.versions[position.saturating_add(1).min(self.versions.len())..]
            .iter()
            .filter(|v| !v.withdrawn && v.change_class == ChangeClass::Major)
            .filter_map(|version| version.deadline(&self.agreement_id, notices))
            .min()
    }

    /// The enforcement at `now`. For one integrator it can be made stricter, never looser; where none is named, what holds
    /// for all. General terms are always required (R2).
    #[inline]
    pub fn enforcement_of(&self, integrator: Option<&IntegratorId>, now: Timestamp) -> InForce {
        let (mut of_all, mut own): (Option<&EnforcementRule>, Option<&EnforcementRule>) = (None, None);
        for rule in self.enforcement.iter().filter(|rule| rule.from <= now) {
            let latest = match &rule.integrator_id {
                None => &mut of_all,
                Some(whose) if integrator == Some(whose) => &mut own,
                Some(_) => continue,
            };
            // Of two from the same time on, the one that was set later.
            if latest.is_none_or(|before| before.from <= rule.from) {
                *latest = Some(rule);
            }
        }
        let floor = match self.kind {
            AgreementKind::GeneralTerms => Enforcement::Required,
            AgreementKind::Dpa => Enforcement::Recommended,
        };
        [of_all, own].into_iter().flatten().fold(
            InForce { enforcement: floor, minimum_assurance: Assurance::Imported },
            |strictest, rule| InForce {
                enforcement: strictest.enforcement.max(rule.enforcement),
                minimum_assurance: strictest.minimum_assurance.max(rule.minimum_assurance),
            },
        )
    }

    /// What an integrator is told of it: nothing of how it is enforced for others.
    #[must_use]
    pub fn seen_by(&self, integrator: &IntegratorId) -> Self {
        let mut seen = self.clone();
        seen.enforcement.retain(|rule| rule.integrator_id.as_ref().is_none_or(|whose| whose == integrator));
        seen
    }

    /// How narrowly a DPA covers a content type: listing it beats covering all (R10).
    #[inline]
    pub fn coverage_of(&self, content_type: ContentType) -> Option<Narrowness> {
        match self.kind {
            AgreementKind::GeneralTerms => None,
            AgreementKind::Dpa if self.content_types.is_empty() => Some(Narrowness::All),
            AgreementKind::Dpa => self.content_types.contains(&content_type).then_some(Narrowness::Listed),
        }
    }

    /// The instants at which something of this agreement changes by itself for all senders; what counts from a notice is
    /// among [`super::sender::SenderFacts::instants`].
    pub fn instants(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let versions = self.versions.iter().filter(|v| !v.withdrawn).flat_map(|v| {
            let deadline =
                (v.change_class == ChangeClass::Major).then(|| v.deadline(&self.agreement_id, &[])).flatten();
            [Some(v.effective), deadline].into_iter().flatten()
        });
        versions.chain(self.enforcement.iter().map(|rule| rule.from))
    }
}

/// How narrowly a DPA covers a content type; the greater wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Narrowness {
    /// It covers all content types.
    All,
    /// It lists this one.
    Listed,
}

/// Whether an agreement concerns who sends these content types at `now`: general terms do, and a DPA where it is the one
/// that applies to one of them.
pub fn concerns(
    agreement: &AgreementFacts,
    among: &[AgreementFacts],
    content_types: &[ContentType],
    now: Timestamp,
) -> bool {
    agreement.kind == AgreementKind::GeneralTerms
        || content_types.iter().any(|one| {
            let dpa = applicable(among.iter(), *one, now).1;
            dpa.is_some_and(|dpa| dpa.agreement_id == agreement.agreement_id)
        })
}

/// The general terms, and the one DPA that applies to a content type at `now`: an agreement applies from the effective
/// time of its first version on, so that a new DPA takes over from a covering one at a known time (R10).
#[inline]
pub fn applicable<'a>(
    agreements: impl Iterator<Item = &'a AgreementFacts>,
    content_type: ContentType,
    now: Timestamp,
) -> (Option<&'a AgreementFacts>, Option<&'a AgreementFacts>) {
    let (mut terms, mut dpa): (Option<&AgreementFacts>, Option<(Narrowness, &AgreementFacts)>) = (None, None);
    for agreement in agreements {
        match (agreement.kind, agreement.coverage_of(content_type)) {
            (AgreementKind::GeneralTerms, _) => terms = terms.or(Some(agreement)),
            // Of equals the last.
            (AgreementKind::Dpa, Some(narrowness))
                if dpa.is_none_or(|(narrowest, _)| narrowest <= narrowness) && agreement.in_force(now).is_some() =>
            {
                dpa = Some((narrowness, agreement));
            }
            (AgreementKind::Dpa, _) => {}
        }
    }
    (terms, dpa.map(|(_, agreement)| agreement))
}
