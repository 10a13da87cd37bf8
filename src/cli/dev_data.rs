//! What `serve --dev` starts with: for each reason of the gate one sender that shows it, so that whoever writes a client
//! sees every answer; and how to come to see those that only a person can bring about.

mod table;

use super::demo::{Call, Question, Stage, Who};
use crate::{
    app::System,
    pb::{self, Reason},
    service::ports::Clock,
};
use std::net::SocketAddr;

pub(super) use table::INTEGRATOR;

/// The senders, and what a first acceptance needs to know.
pub(crate) struct DevData {
    /// One for each reason that calls alone can bring about.
    pub(super) senders: Vec<DevSender>,
    /// The other reasons, and what to do to see them.
    pub(super) by_a_person: Vec<(&'static str, &'static str)>,
    /// The general terms' text in Swedish, as an acceptance names it.
    pub(super) terms: Option<pb::AcceptedDocument>,
    /// Why some could not be made: the database was not empty, and holds something else.
    pub(super) trouble: Option<String>,
}

/// A sender that shows a reason.
pub(super) struct DevSender {
    /// The reason. The sender and its reference are named so.
    pub(super) reason: &'static str,
    /// How to ask.
    pub(super) question: Question,
    /// What the gate said.
    pub(super) answer: String,
    /// Whether the reason was among it.
    pub(super) shows: bool,
}

/// Makes the senders over gRPC, unless they are there from an earlier start, and asks the gate about each.
pub(crate) async fn fill(address: SocketAddr, mint: &dyn Fn(Who) -> String) -> anyhow::Result<DevData> {
    let mut stage = Stage::open(address, mint, System.now()).await?;
    let trouble = make(&mut stage).await?;
    let mut senders = Vec::new();
    for ready in table::READY {
        let (reason, question) = (name(ready.reason), ready.question());
        let said = stage.play(Who::Gateway, &Call::Check(question)).await?.said;
        let shows = said.iter().any(|line| line.split([' ', ',']).nth(1) == Some(reason));
        let answer = said.first().and_then(|line| line.split(';').next()).unwrap_or_default().to_owned();
        senders.push(DevSender { reason, question, answer, shows });
    }
    let terms = stage.document(Who::Gateway, "general-terms", "1").await.ok();
    let by_a_person = table::BY_A_PERSON.iter().map(|(reason, how)| (name(*reason), *how)).collect();
    Ok(DevData { senders, by_a_person, terms, trouble })
}

/// Makes them; says what stood in the way, if something did.
async fn make(stage: &mut Stage<'_>) -> anyhow::Result<Option<String>> {
    let each = table::READY.iter().flat_map(|ready| ready.makes.iter().map(|make| ready.call(make)));
    for (place, (who, call)) in table::SETUP.iter().copied().chain(each).enumerate() {
        let answer = stage.play(who, &call).await?;
        let first = answer.said.first().map_or("", String::as_str);
        if place == 0 && first.starts_with("unchanged") {
            return Ok(None);
        }
        if first.starts_with("refused") || first.starts_with("failed") {
            return Ok(Some(format!("{call:?}: {first}: {}", answer.more.join("; "))));
        }
    }
    Ok(None)
}

/// A reason as ready-made senders and their references are named.
fn name(reason: Reason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("REASON_").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organisation_number::OrganisationNumber;
    use std::collections::BTreeSet;

    /// What needs a mail's link, which no call tells.
    const BY_A_PERSON: [Reason; 2] = [Reason::Contested, Reason::ConfirmationUndelivered];

    #[test]
    fn every_reason_has_its_sender_unless_it_takes_a_person() {
        for reason in (1..1000).filter_map(|number| Reason::try_from(number).ok()) {
            let count = table::READY.iter().filter(|ready| ready.reason == reason).count();
            assert_eq!(count, usize::from(!BY_A_PERSON.contains(&reason)), "{reason:?}");
        }
        let told: Vec<_> = table::BY_A_PERSON.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(told, BY_A_PERSON);
        // They are printed as comments, and pasted with what stands around them.
        assert!(table::BY_A_PERSON.iter().all(|(_, how)| !how.contains(['\'', '"', '`'])));
    }

    #[test]
    fn numbers_are_sound_and_each_is_used_once() {
        let numbers: Vec<_> = table::READY.iter().map(|ready| ready.number).collect();
        assert!(numbers.iter().all(|number| OrganisationNumber::parse(number).is_ok()));
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    }
}
