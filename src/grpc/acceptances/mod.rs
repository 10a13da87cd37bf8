//! `AcceptanceService`, thin: convert, call the service, convert back.

mod answers;
pub mod invitations;
mod requests;

use super::convert::{answer, open, times};
use crate::{
    pb::{self, acceptance_service_server::AcceptanceService},
    service::{
        Services,
        acceptances::{get::get_acceptance, list::list_acceptances, receipt::get_receipt, status::get_status},
        caller::{Caller, OperatorRight},
        error::{Error, ErrorReason, Result},
        invitations::{get::get_invitation, list::list_invitations},
        mutation::mutate,
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `AcceptanceService`.
pub struct Acceptances(pub Arc<Services>);

/// The scope table lets nobody else get here; if it ever does, the call is refused.
fn operator(caller: &Caller) -> Result<OperatorRight<'_>> {
    caller.operator().ok_or_else(|| Error::new(ErrorReason::ScopeMissing, "this call is for the operator"))
}

#[tonic::async_trait]
impl AcceptanceService for Acceptances {
    async fn record_acceptance(
        &self,
        request: Request<pb::RecordAcceptanceRequest>,
    ) -> std::result::Result<Response<pb::RecordAcceptanceResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::record(message)?;
                Ok(answers::recorded(mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn batch_record_acceptances(
        &self,
        request: Request<pb::BatchRecordAcceptancesRequest>,
    ) -> std::result::Result<Response<pb::BatchRecordAcceptancesResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::batch_record(message)?;
                Ok(answers::batch(mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn record_decline(
        &self,
        request: Request<pb::RecordDeclineRequest>,
    ) -> std::result::Result<Response<pb::RecordDeclineResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::decline(message)?;
                Ok(answers::declined(mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn end_group_coverage(
        &self,
        request: Request<pb::EndGroupCoverageRequest>,
    ) -> std::result::Result<Response<pb::EndGroupCoverageResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::end_coverage(&message)?;
                let ended = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::EndGroupCoverageResponse {
                    acceptance_id: ended.acceptance_id.to_string(),
                    changed: ended.changed,
                    end_time: Some(times::to_pb(ended.end_time)),
                    revision: ended.revision,
                    ledger_id: ended.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn invalidate_acceptance(
        &self,
        request: Request<pb::InvalidateAcceptanceRequest>,
    ) -> std::result::Result<Response<pb::InvalidateAcceptanceResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::invalidate(&message, operator(&caller)?)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::InvalidateAcceptanceResponse {
                    acceptance_id: done.acceptance_id.to_string(),
                    state: answers::state(true),
                    changed: done.changed,
                    invalidate_time: Some(times::to_pb(done.time)),
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn get_acceptance(
        &self,
        request: Request<pb::GetAcceptanceRequest>,
    ) -> std::result::Result<Response<pb::GetAcceptanceResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (view, revision) = get_acceptance(&self.0, &caller, requests::get(&message)?).await?;
                Ok(pb::GetAcceptanceResponse { acceptance: Some(answers::acceptance(view)), revision })
            }
            .await,
        )
    }

    async fn get_receipt(
        &self,
        request: Request<pb::GetReceiptRequest>,
    ) -> std::result::Result<Response<pb::GetReceiptResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let receipt = get_receipt(&self.0, &caller, requests::receipt(&message)?).await?;
                Ok(pb::GetReceiptResponse {
                    file_name: receipt.file_name,
                    receipt: receipt.text,
                    verifying_key: receipt.key,
                    revision: receipt.revision,
                })
            }
            .await,
        )
    }

    async fn list_acceptances(
        &self,
        request: Request<pb::ListAcceptancesRequest>,
    ) -> std::result::Result<Response<pb::ListAcceptancesResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let page = list_acceptances(&self.0, &caller, requests::list(message)?).await?;
                Ok(answers::page(page))
            }
            .await,
        )
    }

    async fn get_acceptance_status(
        &self,
        request: Request<pb::GetAcceptanceStatusRequest>,
    ) -> std::result::Result<Response<pb::GetAcceptanceStatusResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (name, evaluate_time) = requests::status(&message)?;
                Ok(answers::status(get_status(&self.0, &caller, &name, evaluate_time).await?))
            }
            .await,
        )
    }

    async fn create_invitation(
        &self,
        request: Request<pb::CreateInvitationRequest>,
    ) -> std::result::Result<Response<pb::CreateInvitationResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = invitations::create(&message)?;
                Ok(invitations::made(mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn get_invitation(
        &self,
        request: Request<pb::GetInvitationRequest>,
    ) -> std::result::Result<Response<pb::GetInvitationResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (view, revision) = get_invitation(&self.0, &caller, invitations::get(&message)?).await?;
                Ok(pb::GetInvitationResponse { invitation: Some(invitations::invitation(view)), revision })
            }
            .await,
        )
    }

    async fn list_invitations(
        &self,
        request: Request<pb::ListInvitationsRequest>,
    ) -> std::result::Result<Response<pb::ListInvitationsResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let page = list_invitations(&self.0, &caller, invitations::list(message)?).await?;
                Ok(invitations::page(page))
            }
            .await,
        )
    }

    async fn cancel_invitation(
        &self,
        request: Request<pb::CancelInvitationRequest>,
    ) -> std::result::Result<Response<pb::CancelInvitationResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = invitations::cancel(&message)?;
                Ok(invitations::cancelled(&mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn resolve_contest(
        &self,
        request: Request<pb::ResolveContestRequest>,
    ) -> std::result::Result<Response<pb::ResolveContestResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = invitations::resolve(&message, operator(&caller)?)?;
                Ok(invitations::resolved(&mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }
}
