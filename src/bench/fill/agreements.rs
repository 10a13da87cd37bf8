//! The operator's part: general terms and one data processing agreement, in force.

use super::{CONTENT_TYPE, Desk, plain, stamp};
use crate::{
    domain::{
        ids::{AgreementId, Digest, VersionLabel},
        specification::{LocalText, Specification},
        time::Timestamp,
        vocabulary::{AgreementKind, Assurance, ChangeClass, DeadlineFrom, Enforcement, Language},
    },
    service::agreements::{
        create::CreateAgreement,
        publish::{Document, PublishVersion, publish as publish_version},
    },
};
use anyhow::Context;

/// A published version, as an acceptance names it.
#[derive(Debug, Clone)]
pub(super) struct InForce {
    pub(super) agreement_id: AgreementId,
    pub(super) version: VersionLabel,
    pub(super) document_sha256: Digest,
    pub(super) specification_sha256: Digest,
}

/// Makes and publishes both.
pub(super) async fn publish(desk: &Desk) -> anyhow::Result<Vec<InForce>> {
    let terms = one(desk, "general-terms", AgreementKind::GeneralTerms).await?;
    let dpa = one(desk, "dpa-payslip", AgreementKind::Dpa).await?;
    Ok(vec![terms, dpa])
}

async fn one(desk: &Desk, slug: &str, kind: AgreementKind) -> anyhow::Result<InForce> {
    let agreement_id = AgreementId::parse(slug)?;
    let text = |text: &str| vec![LocalText { language: Language::Sv, text: text.to_owned() }];
    let creation = CreateAgreement {
        agreement_id: agreement_id.clone(),
        kind,
        titles: text(slug),
        content_types: if kind == AgreementKind::Dpa { vec![CONTENT_TYPE] } else { Vec::new() },
        enforcement: Enforcement::Required,
        minimum_assurance: Assurance::IntegratorAttested,
    };
    desk.act_as(creation, &desk.operator).await?;
    let specification = Specification {
        purpose: text("mätning"),
        undelivered_retention_days: 30,
        support_retention_days: 90,
        ..Specification::default()
    };
    let publication = PublishVersion {
        agreement_id: agreement_id.clone(),
        version: VersionLabel::parse("1")?,
        documents: vec![Document { language: Language::Sv, markdown: format!("# {slug}\n\nMätning.\n"), pdf: None }],
        specification: (kind == AgreementKind::Dpa).then_some(specification),
        change_class: ChangeClass::Minor,
        effective: Some("2018-05-25T00:00:00Z".parse::<Timestamp>()?),
        grace_seconds: 0,
        deadline_from: DeadlineFrom::Publication,
        acknowledged_denials: 0,
    };
    let published = publish_version(&desk.services, desk.operator.clone(), stamp(), publication).await;
    let published = published.map_err(plain)?;
    let document = published.documents.first().context("the version has no document")?;
    Ok(InForce {
        agreement_id,
        version: published.version,
        document_sha256: document.sha256,
        specification_sha256: published.specification_sha256,
    })
}
