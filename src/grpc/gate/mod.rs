//! `GateService`: checks are answered from memory.

mod batch;
mod explanation;
mod questions;

use super::convert::{answer, open, reasons, times};
use crate::{
    pb::{self, gate_service_server::GateService},
    service::{
        Services,
        checks::{
            self, Answer,
            explain::explain_send,
            moment::{At, moment},
        },
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `GateService`.
pub struct GateApi(pub Arc<Services>);

/// The words that a verdict comes down to.
pub(super) fn decision(answer: &Answer<'_>) -> (pb::Decision, pb::Advice) {
    if answer.verdict.allows() {
        (pb::Decision::Allow, pb::Advice::Unspecified)
    } else if answer.verdict.holds() {
        (pb::Decision::Deny, pb::Advice::Hold)
    } else {
        (pb::Decision::Deny, pb::Advice::Reject)
    }
}

/// The handling terms; absent where the question was closed early.
fn handling(answer: &Answer<'_>) -> Option<pb::HandlingTerms> {
    let closed = matches!(answer.verdict, crate::domain::decision::Verdict::Closed(_));
    let terms = answer.verdict.handling();
    (!closed).then_some(pb::HandlingTerms {
        undelivered_retention_days: terms.undelivered_retention_days,
        support_retention_days: terms.support_retention_days,
    })
}

fn response(at: &At, answer: &Answer<'_>) -> pb::CheckSendResponse {
    let (decision, advice) = decision(answer);
    pb::CheckSendResponse {
        decision: decision as i32,
        advice: advice as i32,
        reasons: answer.verdict.reasons().map(|reason| reasons::to_pb(&reason)).collect(),
        handling: handling(answer),
        next_scheduled_change_time: answer.next_change.map(times::to_pb),
        revision: at.revision,
        ledger_id: at.ledger_id.to_string(),
        evaluate_time: Some(times::to_pb(at.evaluate)),
        confirmed_time: Some(times::to_pb(at.confirmed)),
    }
}

#[tonic::async_trait]
impl GateService for GateApi {
    async fn check_send(
        &self,
        request: Request<pb::CheckSendRequest>,
    ) -> Result<Response<pb::CheckSendResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (ask, when) = questions::check(message)?;
                let moment = moment(&self.0, &when).await?;
                let answer = checks::check(&moment, &caller, &ask)?;
                Ok(response(&moment.at, &answer))
            }
            .await,
        )
    }

    async fn batch_check_send(
        &self,
        request: Request<pb::BatchCheckSendRequest>,
    ) -> Result<Response<pb::BatchCheckSendResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let when = questions::batch(&message)?;
                let moment = moment(&self.0, &when).await?;
                Ok(batch::response(&moment, &caller, message).await)
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
                let (ask, when) = questions::explain(message)?;
                let explained = explain_send(&self.0, &caller, ask, &when).await?;
                Ok(explanation::response(&caller, &explained))
            }
            .await,
        )
    }
}
