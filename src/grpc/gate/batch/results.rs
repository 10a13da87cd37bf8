//! What a batch says about its items. Most senders share their rulings with thousands of others: what was said of a ruling is
//! said again as the bytes that it was.

use crate::{
    domain::{
        answer::Ruling,
        ids::AgreementId,
        reason::{Action, Actor, Code, Reason, Severity},
    },
    grpc::{
        convert::{reasons, times},
        gate::{decision, handling},
    },
    pb,
    service::checks::Answer,
};
use prost::Message;
use std::{borrow::Cow, ptr};

/// How many rulings are kept as they were told.
const KNOWN: usize = 64;
/// The bytes of a usual result.
const USUAL: usize = 24;

/// All that a reason says but its deadline.
type Text = (Code, Severity, Option<AgreementId>, (Actor, Action));

/// What reasons say, each once.
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

/// A ruling as it was told. At one place is one ruling, which stands until one time: the moment outlives its batch.
type Told<'a> = (&'a Ruling, Box<[u8]>);

/// Where a ruling is kept. Multiplied, since addresses go up in equal steps.
fn place(ruling: &Ruling) -> usize {
    ptr::from_ref(ruling).addr().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - KNOWN.ilog2())
}

/// A result as it stands in the answer: messages of which one follows the other are one message, with all that they repeat.
fn bytes(result: pb::BatchCheckSendResult) -> Vec<u8> {
    pb::BatchCheckSendResponse { results: vec![result], ..Default::default() }.encode_to_vec()
}

/// The results of a batch, in the order of its items.
pub struct Results<'a> {
    bytes: Vec<u8>,
    /// Where each begins.
    begin: Vec<usize>,
    texts: Texts,
    known: Box<[Option<Told<'a>>; KNOWN]>,
}

impl<'a> Results<'a> {
    /// None yet, of so many.
    pub fn of(items: usize) -> Self {
        let known = Box::new([const { None }; KNOWN]);
        let (bytes, begin) = (Vec::with_capacity(items * USUAL), Vec::with_capacity(items));
        Self { bytes, begin, texts: Texts::default(), known }
    }

    /// Tells an answer.
    pub fn tell(&mut self, answer: &Answer<'a>) {
        self.begin.push(self.bytes.len());
        // One of its own is no other sender's.
        let Cow::Borrowed(ruling) = answer.ruling else {
            let told = bytes(result(answer, &mut self.texts));
            return self.bytes.extend_from_slice(&told);
        };
        let known = &mut self.known[place(ruling)];
        let told = match known {
            Some((known, told)) if ptr::eq(*known, ruling) => told,
            _ => &known.insert((ruling, bytes(result(answer, &mut self.texts)).into())).1,
        };
        self.bytes.extend_from_slice(told);
    }

    /// Tells what was told of an earlier item.
    pub fn tell_again(&mut self, place: usize) {
        let here = self.bytes.len();
        let end = self.begin.get(place + 1).copied().unwrap_or(here);
        self.bytes.extend_from_within(self.begin[place]..end);
        self.begin.push(here);
    }

    /// Tells that instead of an answer there is an error.
    pub fn refuse(&mut self, error_index: u32) {
        self.begin.push(self.bytes.len());
        self.bytes.extend(bytes(pb::BatchCheckSendResult {
            decision: pb::Decision::Deny as i32,
            advice: pb::Advice::Reject as i32,
            error_index: Some(error_index),
            ..Default::default()
        }));
    }

    /// The results as they stand in the answer, and the texts that they point to.
    pub fn into_parts(self) -> (Vec<u8>, Vec<pb::BatchReason>) {
        (self.bytes, self.texts.reasons)
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
