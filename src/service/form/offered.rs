//! What is offered for acceptance, with its texts, and the digest that binds what is posted to what was shown (R9).

use super::{
    context::Context,
    view::{Offered, OfferedDocument},
};
use crate::{
    domain::{ids::Digest, ledger::canonical::canonical, offer::Offer, time::Timestamp},
    service::error::{Error, Result},
    store::{DocumentFormat, Reader},
};

/// The digest of everything that is offered, in every language.
pub(super) fn shown(offers: &[Offer<'_>]) -> Result<Digest> {
    let offered: Vec<_> = offers
        .iter()
        .map(|one| {
            let documents: Vec<_> = one.version.documents.iter().map(|d| (d.language, d.sha256)).collect();
            (&one.agreement.agreement_id, &one.version.label, documents, one.version.specification_sha256)
        })
        .collect();
    Ok(Digest::of(canonical(&offered).map_err(Error::internal)?.as_bytes()))
}

/// What is offered, with all texts.
pub(super) async fn offered(reader: &mut dyn Reader, context: &Context, now: Timestamp) -> Result<Vec<Offered>> {
    let mut offered = Vec::new();
    for offer in context.offers(now) {
        let (id, label) = (&offer.agreement.agreement_id, &offer.version.label);
        let mut documents = Vec::new();
        for digest in &offer.version.documents {
            let bytes = reader.document(id, label, digest.language, DocumentFormat::Markdown).await?;
            let bytes = bytes.ok_or_else(|| Error::internal(anyhow::anyhow!("a version without its text")))?;
            let markdown = String::from_utf8(bytes).map_err(Error::internal)?;
            documents.push(OfferedDocument { language: digest.language, markdown, sha256: digest.sha256 });
        }
        let specification = reader.specification(id, label).await?;
        let specification =
            specification.ok_or_else(|| Error::internal(anyhow::anyhow!("a version without its specification")))?;
        offered.push(Offered {
            agreement_id: id.clone(),
            kind: offer.agreement.kind,
            titles: offer.agreement.titles.clone(),
            version: label.clone(),
            effective: offer.version.effective,
            documents,
            accepted_in: context.accepted_in(id),
            specification: serde_json::from_str(&specification).map_err(Error::internal)?,
            specification_sha256: offer.version.specification_sha256,
            deadline: offer.deadline,
        });
    }
    Ok(offered)
}
