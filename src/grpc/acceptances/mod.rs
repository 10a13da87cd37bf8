//! `AcceptanceService`, thin: convert, call the service, convert back.

mod answers;
mod requests;

use super::convert::{answer, open, times};
use crate::{
    pb::{self, acceptance_service_server::AcceptanceService},
    service::{
        Services,
        acceptances::{get::get_acceptance, list::list_acceptances, status::get_status},
        caller::{Caller, OperatorRight},
        error::{Error, ErrorReason, Result},
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
}
