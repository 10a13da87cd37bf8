//! `ExceptionService`, thin: convert, call the service, convert back.

use super::convert::{Fields, answer, filter_digest, open, times};
use crate::{
    domain::{ids::SenderId, text},
    pb::{self, exception_service_server::ExceptionService},
    service::{
        Services, error,
        exceptions::{
            State,
            approve::ApproveException,
            end::EndException,
            list::{ExceptionView, ListExceptions, list_exceptions},
            propose::{Beneficiary, ProposeException},
        },
        mutation::{Stamp, mutate},
    },
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The RPCs of `ExceptionService`.
pub struct Exceptions(pub Arc<Services>);

fn propose(message: pb::ProposeExceptionRequest) -> error::Result<(Stamp, ProposeException)> {
    let mut fields = Fields::default();
    let stamp = fields.stamp(&message.request_id, &message);
    let beneficiary = beneficiary(&mut fields, &message);
    let until = fields.time("until", message.until);
    if message.until.is_none() {
        fields.fault("until", "must be given");
    }
    let reason = fields.take("reason", text::one_line(&message.reason, 1000));
    let read = || Some((stamp?, ProposeException { beneficiary: beneficiary?, until: until?, reason: reason? }));
    fields.finish(read())
}

/// A sender by its id, or by an integrator's reference; or an integrator alone.
fn beneficiary(fields: &mut Fields, message: &pb::ProposeExceptionRequest) -> Option<Beneficiary> {
    let (sender, reference, integrator) = (&message.sender_id, &message.external_reference, &message.integrator_id);
    match (sender.is_empty(), reference.is_empty(), integrator.is_empty()) {
        (true, true, false) => fields.named_integrator(integrator).map(Beneficiary::Integrator),
        (false, true, true) | (true, false, false) => {
            fields.sender_name(integrator, sender, reference).map(Beneficiary::Sender)
        }
        _ => {
            fields.fault("sender_id", "must be given alone, or integrator_id alone or with external_reference");
            None
        }
    }
}

fn list(mut message: pb::ListExceptionsRequest) -> error::Result<ListExceptions> {
    let mut fields = Fields::default();
    let mut states = Vec::new();
    for (place, state) in message.states.iter().enumerate().take(64) {
        match pb::ExceptionState::try_from(*state) {
            Ok(pb::ExceptionState::Proposed) => states.push(State::Proposed),
            Ok(pb::ExceptionState::Active) => states.push(State::Active),
            Ok(pb::ExceptionState::Ended) => states.push(State::Ended),
            Ok(pb::ExceptionState::Expired) => states.push(State::Expired),
            Ok(pb::ExceptionState::Unspecified) | Err(_) => {
                fields.fault(
                    &format!("states[{place}]"),
                    "must be one of the values of its enumeration, not UNSPECIFIED",
                );
            }
        }
    }
    if message.states.len() > 64 {
        fields.fault("states", "must have at most 64 values");
    }
    let sender_id = fields.take_unless_empty("sender_id", &message.sender_id, str::parse::<SenderId>);
    let integrator_id = fields.named_integrator(&message.integrator_id);
    let (page_size, page_token) = (std::mem::take(&mut message.page_size), std::mem::take(&mut message.page_token));
    let filter = filter_digest(&message);
    fields.finish(Some(ListExceptions { page_size, page_token, filter, states, sender_id, integrator_id }))
}

fn state(state: State) -> i32 {
    let state = match state {
        State::Proposed => pb::ExceptionState::Proposed,
        State::Active => pb::ExceptionState::Active,
        State::Ended => pb::ExceptionState::Ended,
        State::Expired => pb::ExceptionState::Expired,
    };
    state as i32
}

fn text_of(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn view(view: ExceptionView) -> pb::SendException {
    let ExceptionView { row, state: stands, reason } = view;
    pb::SendException {
        exception_id: row.exception.exception_id.to_string(),
        state: state(stands),
        sender_id: text_of(row.sender_id),
        integrator_id: text_of(row.integrator_id),
        until: Some(times::to_pb(row.exception.until)),
        reason: reason.unwrap_or_default(),
        proposer_actor_id: row.exception.proposed_by.to_string(),
        approver_actor_id: text_of(row.approved_by),
        propose_time: Some(times::to_pb(row.created)),
        approve_time: row.approved.map(times::to_pb),
        end_time: row.ended.map(times::to_pb),
        revision: row.revision,
    }
}

#[tonic::async_trait]
impl ExceptionService for Exceptions {
    async fn propose_exception(
        &self,
        request: Request<pb::ProposeExceptionRequest>,
    ) -> Result<Response<pb::ProposeExceptionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let (stamp, verb) = propose(message)?;
                let proposed = mutate(&self.0, caller, stamp, verb).await?;
                Ok(pb::ProposeExceptionResponse {
                    exception_id: proposed.exception_id.to_string(),
                    state: state(proposed.state),
                    sender_id: text_of(proposed.sender_id),
                    external_reference: proposed.external_reference.unwrap_or_default(),
                    integrator_id: text_of(proposed.integrator_id),
                    until: Some(times::to_pb(proposed.until)),
                    propose_time: Some(times::to_pb(proposed.proposed)),
                    revision: proposed.revision,
                    ledger_id: proposed.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn approve_exception(
        &self,
        request: Request<pb::ApproveExceptionRequest>,
    ) -> Result<Response<pb::ApproveExceptionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let mut fields = Fields::default();
                let stamp = fields.stamp(&message.request_id, &message);
                let exception_id = fields.take("exception_id", message.exception_id.parse());
                let (stamp, exception_id) = fields.finish(stamp.zip(exception_id))?;
                let approved = mutate(&self.0, caller, stamp, ApproveException { exception_id }).await?;
                Ok(pb::ApproveExceptionResponse {
                    exception_id: approved.exception_id.to_string(),
                    state: state(approved.state),
                    changed: true,
                    until: Some(times::to_pb(approved.until)),
                    approve_time: Some(times::to_pb(approved.approved)),
                    revision: approved.revision,
                    ledger_id: approved.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn end_exception(
        &self,
        request: Request<pb::EndExceptionRequest>,
    ) -> Result<Response<pb::EndExceptionResponse>, Status> {
        let (caller, message) = open(request)?;
        answer(
            async {
                let mut fields = Fields::default();
                let stamp = fields.stamp(&message.request_id, &message);
                let exception_id = fields.take("exception_id", message.exception_id.parse());
                let (stamp, exception_id) = fields.finish(stamp.zip(exception_id))?;
                let ended = mutate(&self.0, caller, stamp, EndException { exception_id }).await?;
                Ok(pb::EndExceptionResponse {
                    exception_id: ended.exception_id.to_string(),
                    state: state(ended.state),
                    changed: ended.changed,
                    end_time: ended.ended.map(times::to_pb),
                    revision: ended.revision,
                    ledger_id: ended.ledger_id.to_string(),
                })
            }
            .await,
        )
    }

    async fn list_exceptions(
        &self,
        request: Request<pb::ListExceptionsRequest>,
    ) -> Result<Response<pb::ListExceptionsResponse>, Status> {
        let (_, message) = open(request)?;
        answer(
            async {
                let page = list_exceptions(&self.0, list(message)?).await?;
                Ok(pb::ListExceptionsResponse {
                    exceptions: page.items.into_iter().map(view).collect(),
                    next_page_token: page.next_page_token,
                    revision: page.revision,
                })
            }
            .await,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: &str = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

    fn asked(sender_id: &str, external_reference: &str, integrator_id: &str) -> Result<Beneficiary, Vec<String>> {
        let request = pb::ProposeExceptionRequest {
            request_id: SENDER.into(),
            sender_id: sender_id.into(),
            external_reference: external_reference.into(),
            integrator_id: integrator_id.into(),
            until: Some(prost_types::Timestamp { seconds: 1_767_225_600, nanos: 0 }),
            reason: "pay day".into(),
        };
        let fields = |error: error::Error| error.violations.into_iter().map(|violation| violation.field).collect();
        propose(request).map(|(_, verb)| verb.beneficiary).map_err(fields)
    }

    #[test]
    fn an_exception_is_for_one_sender_or_one_integrator() {
        assert!(matches!(asked(SENDER, "", ""), Ok(Beneficiary::Sender(_))));
        assert!(matches!(asked("", "K-1", "lonebyran"), Ok(Beneficiary::Sender(_))));
        assert!(matches!(asked("", "", "lonebyran"), Ok(Beneficiary::Integrator(_))));
        for (sender, reference, integrator) in [
            ("", "", ""),
            (SENDER, "", "lonebyran"),
            (SENDER, "K-1", ""),
            ("", "K-1", ""),
            (SENDER, "K-1", "lonebyran"),
        ] {
            assert_eq!(asked(sender, reference, integrator), Err(vec!["sender_id".to_owned()]));
        }
    }

    #[test]
    fn all_violations_come_at_once() {
        let error = propose(pb::ProposeExceptionRequest::default()).unwrap_err();
        let fields: Vec<String> = error.violations.into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["request_id", "sender_id", "until", "reason"]);
    }
}
