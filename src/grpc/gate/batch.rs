//! The answer to a batch: each text and each error stands in it once, so that 10,000 denials stay below 4 MiB.

use super::{decision, handling, questions};
use crate::{
    domain::{
        answer::Ruling,
        ids::{AgreementId, IntegratorId},
        reason::{Action, Actor, Code, Reason, Severity},
    },
    grpc::{
        convert::{reasons, times},
        status,
    },
    pb,
    service::{
        caller::Caller,
        checks::{Answer, check_each, moment::Moment},
    },
};
use prost::Message;
use std::{borrow::Cow, collections::HashMap, ptr};

/// How many items are answered before others get their turn: for about a tenth of a millisecond.
const PACE: usize = 256;

/// How many rulings are kept as they were told.
const KNOWN: usize = 64;

/// All that a reason says but its deadline.
type Text = (Code, Severity, Option<AgreementId>, (Actor, Action));

#[derive(Default)]
struct Texts {
    /// So few that to look at each is cheaper than to look one up.
    known: Vec<Text>,
    reasons: Vec<pb::BatchReason>,
}

impl Texts {
    fn place(&mut self, reason: &Reason<'_>) -> u32 {
        let Reason { code, severity, agreement_id, remedy, .. } = *reason;
        let same = |text: &Text| (text.0, text.1, text.2.as_ref(), text.3) == (code, severity, agreement_id, remedy);
        let place = self.known.iter().position(same).unwrap_or_else(|| {
            self.known.push((code, severity, agreement_id.cloned(), remedy));
            self.reasons.push(pb::BatchReason {
                code: reasons::code(code) as i32,
                severity: reasons::severity(severity) as i32,
                agreement_id: agreement_id.map(ToString::to_string).unwrap_or_default(),
                remedy: Some(reasons::remedy(remedy)),
                message: reasons::message(code, remedy.1).to_owned(),
            });
            self.known.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

#[derive(Default)]
struct Errors {
    places: HashMap<Vec<u8>, u32>,
    errors: Vec<tonic_types::pb::Status>,
}

impl Errors {
    fn place(&mut self, error: tonic_types::pb::Status) -> u32 {
        *self.places.entry(error.encode_to_vec()).or_insert_with(|| {
            self.errors.push(error);
            u32::try_from(self.errors.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// A ruling as it was told. At one place is one ruling, which stands until one time: the moment outlives its batch.
type Told<'a> = (&'a Ruling, pb::BatchCheckSendResult);

/// Where a ruling is kept. Multiplied, since addresses go up in equal steps.
fn place(ruling: &Ruling) -> usize {
    ptr::from_ref(ruling).addr().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - KNOWN.ilog2())
}

/// Results. Most senders share their rulings with thousands of others, so most results are copies.
struct Results<'a> {
    texts: Texts,
    known: Box<[Option<Told<'a>>; KNOWN]>,
}

impl<'a> Results<'a> {
    fn new() -> Self {
        Self { texts: Texts::default(), known: Box::new([const { None }; KNOWN]) }
    }

    fn of(&mut self, answer: &Answer<'a>) -> pb::BatchCheckSendResult {
        // One of its own is no other sender's.
        let Cow::Borrowed(ruling) = answer.ruling else { return result(answer, &mut self.texts) };
        let place = &mut self.known[place(ruling)];
        match place {
            Some((known, told)) if ptr::eq(*known, ruling) => told.clone(),
            _ => {
                let told = result(answer, &mut self.texts);
                *place = Some((ruling, told.clone()));
                told
            }
        }
    }
}

fn result(answer: &Answer<'_>, texts: &mut Texts) -> pb::BatchCheckSendResult {
    let (decision, advice) = decision(answer);
    let code = |reason: Reason<'_>| pb::BatchReasonCode {
        code: reasons::code(reason.code) as i32,
        reason_index: texts.place(&reason),
        deadline: reason.deadline.map(times::to_pb),
    };
    pb::BatchCheckSendResult {
        decision: decision as i32,
        advice: advice as i32,
        reasons: answer.ruling.reasons().map(code).collect(),
        handling: handling(answer),
        next_scheduled_change_time: answer.next_change.map(times::to_pb),
        error_index: None,
    }
}

/// Answers every item, in order, at one moment; `integrator_id` is that of the items which name none.
pub async fn response(
    moment: &Moment,
    caller: &Caller,
    integrator_id: Option<&IntegratorId>,
    message: pb::BatchCheckSendRequest,
) -> pb::BatchCheckSendResponse {
    let (mut told, mut errors) = (Results::new(), Errors::default());
    let mut results = Vec::with_capacity(message.items.len());
    for (turn, items) in message.items.chunks(PACE).enumerate() {
        // So that a large batch holds up nobody else, and its own deadline can end it.
        if turn > 0 {
            tokio::task::yield_now().await;
        }
        let mut refused = |error| errors.place(status::row(&error));
        let ask = |item| questions::item(item, integrator_id, message.content_type).map_err(&mut refused);
        let asks: Vec<_> = items.iter().map(ask).collect();
        results.extend(check_each(moment, caller, &asks, &mut refused).map(|answer| match answer {
            Ok(answer) => told.of(&answer),
            Err(place) => pb::BatchCheckSendResult {
                decision: pb::Decision::Deny as i32,
                advice: pb::Advice::Reject as i32,
                error_index: Some(place),
                ..Default::default()
            },
        }));
    }
    pb::BatchCheckSendResponse {
        results,
        reasons: told.texts.reasons,
        errors: errors.errors,
        revision: moment.at.revision,
        ledger_id: moment.at.ledger_id.to_string(),
        evaluate_time: Some(times::to_pb(moment.at.evaluate)),
        confirmed_time: Some(times::to_pb(moment.at.confirmed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shared_only_by_reasons_that_say_the_same() {
        let agreements = ["terms", "dpa"].map(|id| AgreementId::parse(id).unwrap());
        let mut texts = Texts::default();
        let mut told = Vec::new();
        for agreement_id in [None, Some(&agreements[0]), Some(&agreements[1])] {
            for code in [Code::ContactPointBouncing, Code::Contested] {
                for severity in [Severity::Deny, Severity::Warning] {
                    for actor in [Actor::Integrator, Actor::Sender, Actor::Operator, Actor::Time] {
                        for action in [Action::SetContactPoint, Action::ResolveContest] {
                            let remedy = (actor, action);
                            told.push(Reason { code, severity, agreement_id, deadline: None, remedy });
                        }
                    }
                }
            }
        }
        let places: Vec<u32> = told.iter().chain(&told).map(|reason| texts.place(reason)).collect();
        assert_eq!(texts.reasons.len(), told.len(), "each once");
        for (place, reason) in places.into_iter().zip(told.iter().chain(&told)) {
            let shared = &texts.reasons[usize::try_from(place).unwrap()];
            let alone = reasons::to_pb(reason);
            assert_eq!(
                (shared.code, shared.severity, &shared.agreement_id, shared.remedy, &shared.message),
                (alone.code, alone.severity, &alone.agreement_id, alone.remedy, &alone.message)
            );
        }
    }
}
