//! What is asked, ready to be sent, and what must come back.

use crate::{
    bench::{
        fill::{CONTENT_TYPE, INTEGRATOR},
        numbers::{self, Dice},
    },
    pb,
    wire::enums::Paired,
};
use anyhow::{Context, bail};
use bytes::Bytes;
use prost::Message;

/// A gRPC frame's head: not compressed, and the length.
pub const HEAD: usize = 5;

/// What an answer must say, looked at without decoding it.
type Judge = fn(message: &[u8], questions: usize) -> anyhow::Result<()>;

/// The same question about another sender each time.
#[derive(Debug, Clone)]
pub struct Questions {
    template: Vec<u8>,
    /// Where the senders' numbers stand in it.
    places: Vec<usize>,
    /// Among how many senders is chosen.
    senders: u32,
    judge: Judge,
}

impl Questions {
    /// `CheckSend` about one of the first `senders` of a filled database.
    pub fn check(senders: u32) -> anyhow::Result<Self> {
        let message = pb::CheckSendRequest {
            organisation_number: mark(0),
            integrator_id: INTEGRATOR.to_owned(),
            content_type: CONTENT_TYPE.to_pb(),
            ..Default::default()
        };
        Self::new(&message, 1, senders, allowed)
    }

    /// `BatchCheckSend` about `items` of the first `senders` of a filled database.
    pub fn batch(senders: u32, items: usize) -> anyhow::Result<Self> {
        let item = |at| pb::BatchCheckSendItem { organisation_number: mark(at), ..Default::default() };
        let message = pb::BatchCheckSendRequest {
            items: (0..items).map(item).collect(),
            integrator_id: INTEGRATOR.to_owned(),
            content_type: CONTENT_TYPE.to_pb(),
            ..Default::default()
        };
        Self::new(&message, items, senders, all_allowed)
    }

    /// A message with a [`mark`] for each sender.
    pub fn new(message: &impl Message, items: usize, senders: u32, judge: Judge) -> anyhow::Result<Self> {
        if items == 0 || senders == 0 || senders > numbers::MOST {
            bail!("there must be something to ask, about 1 to {} senders", numbers::MOST);
        }
        let template = frame(message);
        let mut places = Vec::with_capacity(items);
        let mut from = 0;
        for at in 0..items {
            let mark = mark(at);
            let found = template[from..].windows(mark.len()).position(|window| window == mark.as_bytes());
            from += found.context("a question without its sender")?;
            places.push(from);
        }
        Ok(Self { template, places, senders, judge })
    }

    /// The frame, with marks for senders.
    pub fn template(&self) -> &[u8] {
        &self.template
    }

    /// How many senders one call asks about.
    pub fn items(&self) -> usize {
        self.places.len()
    }

    /// Writes other senders into a copy of the template.
    pub fn fill(&self, question: &mut [u8], dice: &mut Dice) -> Bytes {
        self.write(question, || dice.below(self.senders))
    }

    /// The question about the last of the senders.
    pub fn about_the_last(&self) -> Bytes {
        self.write(&mut self.template.clone(), || self.senders - 1)
    }

    fn write(&self, question: &mut [u8], mut sender: impl FnMut() -> u32) -> Bytes {
        for place in &self.places {
            question[*place..place + 10].copy_from_slice(&numbers::digits(sender()));
        }
        Bytes::copy_from_slice(question)
    }

    /// An error where the answer's frame is another than expected.
    pub fn judge(&self, answer: &[u8]) -> anyhow::Result<()> {
        let message = answer.get(HEAD..).context("the answer has no message")?;
        (self.judge)(message, self.items())
    }
}

/// A message in its frame.
pub fn frame(message: &impl Message) -> Vec<u8> {
    let body = message.encode_to_vec();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&[0], &length.to_be_bytes()[..], &body].concat()
}

/// What stands for the sender at a place until a number does: as long as one, and like nothing else.
pub fn mark(at: usize) -> String {
    format!("#{at:08}#")
}

/// The field `decision`, which both answers begin with, saying ALLOW.
const ALLOW: [u8; 2] = [1 << 3, pb::Decision::Allow as u8];

fn allowed(message: &[u8], _: usize) -> anyhow::Result<()> {
    if message.starts_with(&ALLOW) {
        return Ok(());
    }
    bail!("the answer is not ALLOW: {:?}", pb::CheckSendResponse::decode(message)?)
}

fn all_allowed(message: &[u8], questions: usize) -> anyhow::Result<()> {
    let (mut rest, mut count) = (message, 0);
    // Results come first: field 1, each with a length below 128, so one byte of it.
    while let [0x0a, length @ 0..128, after @ ..] = rest {
        if !after.starts_with(&ALLOW) {
            break;
        }
        count += 1;
        rest = after.get(usize::from(*length)..).unwrap_or_default();
    }
    if count == questions {
        return Ok(());
    }
    let told = pb::BatchCheckSendResponse::decode(message)?;
    let other = told.results.iter().find(|result| result.decision() != pb::Decision::Allow);
    bail!("{count} of {questions} answers are ALLOW: {other:?} {:?}", told.errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_question_is_the_one_that_was_meant() {
        let questions = Questions::batch(1_000, 3).unwrap();
        let mut question = questions.template().to_vec();
        let frame = questions.fill(&mut question, &mut Dice::new(7));
        let read = pb::BatchCheckSendRequest::decode(&frame[HEAD..]).unwrap();
        let mut dice = Dice::new(7);
        for item in read.items {
            assert_eq!(item.organisation_number.as_bytes(), numbers::digits(dice.below(1_000)));
        }
        assert_eq!(usize::from(frame[4]), frame.len() - HEAD);
    }

    #[test]
    fn one_denial_among_many_answers_is_seen() {
        let one = |decision: pb::Decision| pb::BatchCheckSendResult {
            decision: decision as i32,
            handling: Some(pb::HandlingTerms { undelivered_retention_days: 0, support_retention_days: 90 }),
            ..Default::default()
        };
        let mut answer = pb::BatchCheckSendResponse {
            results: vec![one(pb::Decision::Allow); 5],
            revision: 7,
            ..Default::default()
        };
        let questions = Questions::batch(10, 5).unwrap();
        assert!(questions.judge(&frame(&answer)).is_ok());
        answer.results[3] = one(pb::Decision::Deny);
        assert!(questions.judge(&frame(&answer)).is_err());
        answer.results.pop();
        assert!(questions.judge(&frame(&answer)).is_err());
        let check = Questions::check(10).unwrap();
        assert!(check.judge(&frame(&pb::CheckSendResponse::default())).is_err());
        assert!(check.judge(b"").is_err());
    }
}
