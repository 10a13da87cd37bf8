//! `GateService`: checks are answered from memory.

pub mod batch;
mod explanation;
pub mod questions;
pub mod server;
mod straight;
pub mod watch;

pub use straight::{GateFirst, Straight};

use super::convert::{answer, open, open_shared, reasons, times};
use crate::{
    pb,
    service::{
        Services,
        caller::Caller,
        checks::{
            self, Answer, Ask,
            explain::explain_send,
            moment::{At, Moment, moment},
            watch::watch_gate,
        },
        error::Result as Answered,
    },
};
use server::gate_service_server::GateService;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `GateService`.
#[derive(Clone)]
pub struct GateApi(pub Arc<Services>);

/// The words that an answer comes down to.
pub(super) fn decision(answer: &Answer<'_>) -> (pb::Decision, pb::Advice) {
    if answer.ruling.allows {
        (pb::Decision::Allow, pb::Advice::Unspecified)
    } else if answer.ruling.holds {
        (pb::Decision::Deny, pb::Advice::Hold)
    } else {
        (pb::Decision::Deny, pb::Advice::Reject)
    }
}

/// The handling terms; absent where the question was closed early.
fn handling(answer: &Answer<'_>) -> Option<pb::HandlingTerms> {
    answer.ruling.handling.map(|terms| pb::HandlingTerms {
        undelivered_retention_days: terms.undelivered_retention_days,
        support_retention_days: terms.support_retention_days,
    })
}

fn response(at: &At, answer: &Answer<'_>) -> pb::CheckSendResponse {
    let (decision, advice) = decision(answer);
    pb::CheckSendResponse {
        decision: decision as i32,
        advice: advice as i32,
        reasons: answer.ruling.reasons().map(|reason| reasons::to_pb(&reason)).collect(),
        handling: handling(answer),
        next_scheduled_change_time: answer.next_change.map(times::to_pb),
        revision: at.revision,
        ledger_id: at.ledger_id.to_string(),
        evaluate_time: Some(times::to_pb(at.evaluate)),
        confirmed_time: Some(times::to_pb(at.confirmed)),
    }
}

/// The answer to one question at one moment.
pub fn check_response(moment: &Moment, caller: &Caller, ask: Ask<'_>) -> Answered<pb::CheckSendResponse> {
    Ok(response(&moment.at, &checks::check(moment, caller, ask)?))
}

#[tonic::async_trait]
impl GateService for GateApi {
    async fn check_send(
        &self,
        request: Request<pb::CheckSendRequest>,
    ) -> Result<Response<pb::CheckSendResponse>, Status> {
        let (verified, message) = open_shared(request)?;
        answer(
            async {
                let (question, when) = questions::check(message)?;
                let moment = moment(&self.0, &when).await?;
                check_response(&moment, &verified.caller, question.ask())
            }
            .await,
        )
    }

    async fn batch_check_send(&self, request: Request<batch::Asked>) -> Result<Response<batch::Encoded>, Status> {
        let (verified, asked) = open_shared(request)?;
        answer(
            async {
                let (integrator_id, when) = asked.of_all()?;
                let moment = moment(&self.0, &when).await?;
                Ok(batch::response(&moment, &verified.caller, integrator_id.as_ref(), &asked).await)
            }
            .await,
        )
    }

    async fn explain_send(
        &self,
        request: Request<pb::ExplainSendRequest>,
    ) -> Result<Response<pb::ExplainSendResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (question, when) = questions::explain(message)?;
                let explained = explain_send(&self.0, &caller, question.ask(), &when).await?;
                Ok(explanation::response(&caller, &explained))
            }
            .await,
        )
    }

    type WatchGateStream = watch::Messages;

    async fn watch_gate(
        &self,
        request: Request<pb::WatchGateRequest>,
    ) -> Result<Response<Self::WatchGateStream>, Status> {
        let (verified, message) = open_shared(request)?;
        answer(
            async {
                let (watching, place) = watch_gate(&self.0, &verified.caller, watch::cursor(message)?).await?;
                let left = verified.until().since(self.0.clock.now());
                Ok(watch::messages(watching, place, left))
            }
            .await,
        )
    }
}
