//! `GetAgreementDocument`.

use crate::{
    domain::{
        agreement::DocumentDigest,
        ids::{AgreementId, Digest, VersionLabel},
        vocabulary::Language,
    },
    service::{
        Services,
        error::{Error, Resource, Result},
    },
    store::{DocumentFormat, Reader},
};

/// A text with all that an acceptance of it states (R9).
#[derive(Debug)]
pub struct DocumentView {
    /// Which version it is of.
    pub version: VersionLabel,
    /// The agreement's title in this language, else in the first one it has.
    pub title: String,
    /// The text.
    pub markdown: String,
    /// The PDF companion.
    pub pdf: Option<Vec<u8>>,
    /// The digests of both, and the language.
    pub digest: DocumentDigest,
    /// The digest of the version's specification.
    pub specification_sha256: Digest,
}

/// Reads the text of one version, the one in force where no label is given, in one language.
pub async fn get_document(
    services: &Services,
    id: &AgreementId,
    label: Option<&VersionLabel>,
    language: Language,
) -> Result<DocumentView> {
    let mut reader = services.store.read().await?;
    let facts = super::load(reader.as_mut(), id).await?;
    let version = super::find(&facts, label, services.clock.now())?;
    let digest = version.document(language).ok_or_else(|| Error::not_found(Resource::Document))?;
    let mut stored = async |format, sha256| {
        let bytes = bytes(reader.as_mut(), (id, &version.label, language, format)).await?;
        check(&bytes, sha256).map(|()| bytes)
    };
    let markdown = stored(DocumentFormat::Markdown, digest.sha256).await?;
    let pdf = match digest.pdf_sha256 {
        Some(sha256) => Some(stored(DocumentFormat::Pdf, sha256).await?),
        None => None,
    };
    let title = facts.titles.iter().find(|title| title.language == language).or(facts.titles.first());
    Ok(DocumentView {
        version: version.label.clone(),
        title: title.map(|title| title.text.clone()).unwrap_or_default(),
        markdown: String::from_utf8(markdown).map_err(Error::internal)?,
        pdf,
        digest: digest.clone(),
        specification_sha256: version.specification_sha256,
    })
}

async fn bytes(
    reader: &mut dyn Reader,
    (id, label, language, format): (&AgreementId, &VersionLabel, Language, DocumentFormat),
) -> Result<Vec<u8>> {
    let bytes = reader.document(id, label, language, format).await?;
    bytes.ok_or_else(|| Error::internal(anyhow::anyhow!("version {label} of {id} has no {format:?} in {language:?}")))
}

/// What people accept must be what was published: stored bytes of another digest are never shown.
pub(super) fn check(bytes: &[u8], sha256: Digest) -> Result<()> {
    if Digest::of(bytes) == sha256 {
        Ok(())
    } else {
        Err(Error::internal(anyhow::anyhow!("stored bytes have another digest than {sha256}")))
    }
}
