//! `SenderService`, thin: convert, call the service, convert back.

mod answers;
mod requests;

use super::convert::{answer, enums::Paired, open, senders::contact_warnings, times};
use crate::{
    domain::vocabulary::ConnectionState,
    pb::{self, sender_service_server::SenderService},
    service::{
        Services,
        caller::{Caller, OperatorRight},
        error::{Error, ErrorReason, Result},
        mutation::mutate,
        senders::{get::get_sender, list::list_senders},
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `SenderService`.
pub struct Senders(pub Arc<Services>);

/// The scope table lets nobody else get here; if it ever does, the call is refused.
fn operator(caller: &Caller) -> Result<OperatorRight<'_>> {
    caller.operator().ok_or_else(|| Error::new(ErrorReason::ScopeMissing, "this call is for the operator"))
}

#[tonic::async_trait]
impl SenderService for Senders {
    async fn register_sender(
        &self,
        request: Request<pb::RegisterSenderRequest>,
    ) -> std::result::Result<Response<pb::RegisterSenderResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::register(message)?;
                Ok(answers::registered(mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn batch_register_senders(
        &self,
        request: Request<pb::BatchRegisterSendersRequest>,
    ) -> std::result::Result<Response<pb::BatchRegisterSendersResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::batch_register(message)?;
                Ok(answers::batch(mutate(&self.0, caller, stamp, verb).await?))
            }
            .await,
        )
    }

    async fn confirm_connection(
        &self,
        request: Request<pb::ConfirmConnectionRequest>,
    ) -> std::result::Result<Response<pb::ConfirmConnectionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::confirm(message)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                let state = if done.counts { ConnectionState::Active } else { ConnectionState::Unconfirmed };
                Ok(pb::ConfirmConnectionResponse {
                    sender_id: done.sender_id.to_string(),
                    connection_id: done.connection_id.to_string(),
                    external_reference: done.external_reference,
                    connection_state: state.to_pb(),
                    changed: done.changed,
                    confirm_time: done.confirmed.map(times::to_pb),
                    etag: done.etag,
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn get_sender(
        &self,
        request: Request<pb::GetSenderRequest>,
    ) -> std::result::Result<Response<pb::GetSenderResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (view, revision) = get_sender(&self.0, &caller, &requests::get(&message)?).await?;
                Ok(pb::GetSenderResponse { sender: Some(answers::sender(view)), revision })
            }
            .await,
        )
    }

    async fn list_senders(
        &self,
        request: Request<pb::ListSendersRequest>,
    ) -> std::result::Result<Response<pb::ListSendersResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let page = list_senders(&self.0, &caller, requests::list(message)?).await?;
                Ok(answers::page(page))
            }
            .await,
        )
    }

    async fn update_sender(
        &self,
        request: Request<pb::UpdateSenderRequest>,
    ) -> std::result::Result<Response<pb::UpdateSenderResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::update(message)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::UpdateSenderResponse {
                    sender_id: done.sender_id.to_string(),
                    connection_id: done.connection_id.to_string(),
                    external_reference: done.external_reference,
                    connection_state: done.state.to_pb(),
                    changed: done.changed,
                    update_time: Some(times::to_pb(done.updated)),
                    etag: done.etag,
                    warnings: contact_warnings(done.contact_quality, done.contact_of_integrator),
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn end_connection(
        &self,
        request: Request<pb::EndConnectionRequest>,
    ) -> std::result::Result<Response<pb::EndConnectionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::end(&message)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::EndConnectionResponse {
                    sender_id: done.sender_id.to_string(),
                    connection_id: done.connection_id.to_string(),
                    external_reference: done.external_reference,
                    connection_state: ConnectionState::Ended.to_pb(),
                    changed: done.changed,
                    end_time: done.ended.map(times::to_pb),
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn suspend_sender(
        &self,
        request: Request<pb::SuspendSenderRequest>,
    ) -> std::result::Result<Response<pb::SuspendSenderResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::suspend(&message, operator(&caller)?)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::SuspendSenderResponse {
                    sender_id: done.sender_id.to_string(),
                    external_reference: done.external_reference,
                    state: answers::state(true),
                    changed: done.changed,
                    suspend_time: done.time.map(times::to_pb),
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn resume_sender(
        &self,
        request: Request<pb::ResumeSenderRequest>,
    ) -> std::result::Result<Response<pb::ResumeSenderResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = requests::resume(&message, operator(&caller)?)?;
                let done = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::ResumeSenderResponse {
                    sender_id: done.sender_id.to_string(),
                    external_reference: done.external_reference,
                    state: answers::state(false),
                    changed: done.changed,
                    resume_time: done.time.map(times::to_pb),
                    revision: done.revision,
                    ledger_id: done.ledger_id.to_string(),
                })
            }
            .await,
        )
    }
}
