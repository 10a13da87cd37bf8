//! `AgreementService`, thin: convert, call the service, convert back.

mod read;
mod show;
mod specification;

use super::convert::{Fields, answer, enums::Paired, open, texts, times};
use crate::{
    pb::{self, agreement_service_server::AgreementService},
    service::{
        Services,
        agreements::{
            get::get_agreement, get_document::get_document, get_version::get_version, list::list_agreements,
            list_versions::list_versions, publish,
        },
        mutation::mutate,
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `AgreementService`.
pub struct Agreements(pub Arc<Services>);

#[tonic::async_trait]
impl AgreementService for Agreements {
    async fn create_agreement(
        &self,
        request: Request<pb::CreateAgreementRequest>,
    ) -> Result<Response<pb::CreateAgreementResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = read::create(message)?;
                let created = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::CreateAgreementResponse {
                    agreement_id: created.agreement_id.to_string(),
                    changed: created.changed,
                    create_time: Some(times::to_pb(created.created)),
                    revision: created.revision,
                    ledger_id: created.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn set_enforcement(
        &self,
        request: Request<pb::SetEnforcementRequest>,
    ) -> Result<Response<pb::SetEnforcementResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = read::enforce(message)?;
                let set = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::SetEnforcementResponse {
                    agreement_id: set.agreement_id.to_string(),
                    integrator_id: set.integrator_id.map(|id| id.to_string()).unwrap_or_default(),
                    changed: set.changed,
                    effective_time: Some(times::to_pb(set.effective)),
                    revision: set.revision,
                    ledger_id: set.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn publish_agreement_version(
        &self,
        request: Request<pb::PublishAgreementVersionRequest>,
    ) -> Result<Response<pb::PublishAgreementVersionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let validate_only = message.validate_only;
                let (stamp, verb) = read::publish(message)?;
                let published = if validate_only {
                    publish::preview(&self.0, &verb).await?
                } else {
                    publish::publish(&self.0, caller, stamp, verb).await?
                };
                Ok(show::published(published))
            }
            .await,
        )
    }

    async fn withdraw_agreement_version(
        &self,
        request: Request<pb::WithdrawAgreementVersionRequest>,
    ) -> Result<Response<pb::WithdrawAgreementVersionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = read::withdraw(message)?;
                let withdrawn = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::WithdrawAgreementVersionResponse {
                    agreement_id: withdrawn.agreement_id.to_string(),
                    version: withdrawn.version.to_string(),
                    state: pb::AgreementVersionState::Withdrawn as i32,
                    changed: withdrawn.changed,
                    withdraw_time: Some(times::to_pb(withdrawn.withdrawn)),
                    revision: withdrawn.revision,
                    ledger_id: withdrawn.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn get_agreement(
        &self,
        request: Request<pb::GetAgreementRequest>,
    ) -> Result<Response<pb::GetAgreementResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let mut fields = Fields::default();
                let id = read::agreement_id(&mut fields, &message.agreement_id);
                let (agreement, revision) = get_agreement(&self.0, &caller, &fields.finish(id)?).await?;
                Ok(pb::GetAgreementResponse { agreement: Some(show::agreement(agreement)), revision })
            }
            .await,
        )
    }

    async fn list_agreements(
        &self,
        request: Request<pb::ListAgreementsRequest>,
    ) -> Result<Response<pb::ListAgreementsResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let page = list_agreements(&self.0, &caller, read::list(message)?).await?;
                Ok(pb::ListAgreementsResponse {
                    agreements: page.items.into_iter().map(show::agreement).collect(),
                    next_page_token: page.next_page_token,
                    revision: page.revision,
                })
            }
            .await,
        )
    }

    async fn get_agreement_version(
        &self,
        request: Request<pb::GetAgreementVersionRequest>,
    ) -> Result<Response<pb::GetAgreementVersionResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let (id, label) = read::version(&message.agreement_id, &message.version)?;
                let found = get_version(&self.0, &id, label.as_ref()).await?;
                Ok(pb::GetAgreementVersionResponse {
                    version: Some(show::version(found.version)),
                    specification: Some(specification::to_pb(&found.specification)),
                    specification_canonical_json: found.canonical,
                    revision: found.revision,
                })
            }
            .await,
        )
    }

    async fn list_agreement_versions(
        &self,
        request: Request<pb::ListAgreementVersionsRequest>,
    ) -> Result<Response<pb::ListAgreementVersionsResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let page = list_versions(&self.0, read::list_versions(message)?).await?;
                Ok(pb::ListAgreementVersionsResponse {
                    versions: page.items.into_iter().map(show::version).collect(),
                    next_page_token: page.next_page_token,
                    revision: page.revision,
                })
            }
            .await,
        )
    }

    async fn get_agreement_document(
        &self,
        request: Request<pb::GetAgreementDocumentRequest>,
    ) -> Result<Response<pb::GetAgreementDocumentResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let (id, label, language) = read::document(&message)?;
                let found = get_document(&self.0, &id, label.as_ref(), language).await?;
                Ok(pb::GetAgreementDocumentResponse {
                    agreement_id: id.to_string(),
                    version: found.version.to_string(),
                    language: texts::language(language).to_owned(),
                    title: found.title,
                    markdown: found.markdown,
                    pdf: found.pdf.unwrap_or_default().into(),
                    document_sha256: found.digest.sha256.to_string(),
                    pdf_sha256: found.digest.pdf_sha256.map(|digest| digest.to_string()).unwrap_or_default(),
                    specification_sha256: found.specification_sha256.to_string(),
                })
            }
            .await,
        )
    }
}
