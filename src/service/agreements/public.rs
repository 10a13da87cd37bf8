//! What everybody may read of the agreements, without a token.

use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{AgreementId, VersionLabel},
        specification::Specification,
        vocabulary::Language,
    },
    service::{
        Services,
        error::{Error, Result},
    },
    store::DocumentFormat,
};

/// One version of an agreement with all that is public of it.
pub struct PublicVersion {
    /// The agreement.
    pub facts: AgreementFacts,
    /// Which version; it is among those of the facts.
    pub label: VersionLabel,
    /// The texts: Markdown.
    pub documents: Vec<(Language, String)>,
    /// The specification.
    pub specification: Specification,
    /// Its canonical JSON, to the byte what the digest is of.
    pub canonical: String,
}

/// Every agreement.
pub async fn agreements(services: &Services) -> Result<Vec<AgreementFacts>> {
    Ok(services.store.read().await?.agreements().await?)
}

/// A version; nothing where it does not exist.
pub async fn version(services: &Services, id: &AgreementId, label: &VersionLabel) -> Result<Option<PublicVersion>> {
    let mut reader = services.store.read().await?;
    let Some(facts) = reader.agreement(id).await? else { return Ok(None) };
    let Some(version) = facts.version(label) else { return Ok(None) };
    let missing = |what: &'static str| Error::internal(anyhow::anyhow!("a version without its {what}"));
    let mut documents = Vec::new();
    for digest in &version.documents {
        let bytes = reader.document(id, label, digest.language, DocumentFormat::Markdown).await?;
        let text = String::from_utf8(bytes.ok_or_else(|| missing("text"))?).map_err(Error::internal)?;
        documents.push((digest.language, text));
    }
    let canonical = reader.specification(id, label).await?.ok_or_else(|| missing("specification"))?;
    let specification = serde_json::from_str(&canonical).map_err(Error::internal)?;
    Ok(Some(PublicVersion { facts, label: label.clone(), documents, specification, canonical }))
}
