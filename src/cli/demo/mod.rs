//! `ombord demo`: a story told to a running service over gRPC by everybody who uses it. The table in [`story`] is at once
//! the demo, a test, and the shortest documentation of what the service answers.

mod acts;
mod asked;
mod call;
mod gate;
mod integrator;
mod operator;
mod person;
mod specification;
mod stage;
mod story;
mod words;

pub(crate) use call::{Act, Call, Company, DPA_PAYSLIP, DPA_PAYSLIP_2, GENERAL_TERMS, Question, Sample, Version, Who};
pub(crate) use person::Mailbox;
pub(crate) use stage::Stage;

use stage::Answer;

use crate::domain::time::Timestamp;
use std::{io::Write, net::SocketAddr};

/// One call, and the answer that it must get.
pub(crate) struct Step {
    /// What it shows.
    says: &'static str,
    who: Who,
    call: Call,
    /// What the answer says, line by line.
    expect: &'static [&'static str],
}

/// A part of the story.
pub(crate) struct Chapter {
    title: &'static str,
    steps: &'static [Step],
}

const fn step(says: &'static str, who: Who, call: Call, expect: &'static [&'static str]) -> Step {
    Step { says, who, call, expect }
}

/// Tells the whole story to an empty service at `address`, with tokens from `mint`. True only if every answer was as
/// expected.
pub(crate) async fn tell(
    address: SocketAddr,
    mint: &dyn Fn(Who) -> String,
    out: &mut dyn Write,
    now: Timestamp,
    mailbox: Mailbox,
) -> anyhow::Result<bool> {
    let mut stage = Stage::open(address, mint, now).await?.with(mailbox);
    let (mut told, mut wrong) = (0, 0);
    for chapter in story::STORY {
        writeln!(out, "\n━━ {} ━━", chapter.title)?;
        for step in chapter.steps {
            told += 1;
            let answer = stage.play(step.who, &step.call).await?;
            let right = answer.said == step.expect;
            wrong += usize::from(!right);
            print(out, told, step, &answer, right)?;
        }
    }
    if wrong == 0 {
        writeln!(out, "\nAll {told} answers were as expected.")?;
    } else {
        writeln!(out, "\n{wrong} of {told} answers were not as expected: look for ✗.")?;
    }
    Ok(wrong == 0)
}

fn print(out: &mut dyn Write, number: usize, step: &Step, answer: &Answer, right: bool) -> std::io::Result<()> {
    let (rpc, fields) = asked::asked(&step.call);
    writeln!(out, "\n{number:>2}. {}", step.says)?;
    writeln!(out, "    {} ▸ {rpc}", step.who)?;
    for line in fields.lines() {
        writeln!(out, "        {line}")?;
    }
    let mark = if right { '✓' } else { '✗' };
    for (place, line) in answer.said.iter().enumerate() {
        writeln!(out, "    {} {line}", if place == 0 { mark } else { ' ' })?;
    }
    for line in &answer.more {
        writeln!(out, "      · {line}")?;
    }
    if !right {
        writeln!(out, "    ✗ expected instead:")?;
        for line in step.expect {
            writeln!(out, "      {line}")?;
        }
    }
    Ok(())
}
