//! Messages of `WatchGate` into a state. What was told since the last checkpoint is no state yet, and is lost with its
//! stream.

use crate::{
    domain::{
        catalogue::Catalogue,
        ids::{Digest, IntegratorId},
        profile::Profiles,
        rules::RULES_VERSION,
        time::Timestamp,
    },
    gate::state::State,
    pb::{WatchCheckpoint, WatchGateResponse, WatchReset, WatchResetReason, watch_gate_response::Message},
    wire::{facts::take_in, times::from_pb},
};
use std::sync::Arc;

/// All facts of one revision, and when they were known to be all.
#[derive(Debug)]
pub struct Held {
    /// The facts.
    pub state: Arc<State>,
    /// The start of the node's read of the database that last found nothing newer.
    pub confirmed: Timestamp,
    /// The integrator of whose connections they are; all senders where absent.
    pub scope: Option<IntegratorId>,
    /// Whether this program decides by the same rules as the server.
    pub same_rules: bool,
}

/// A message that this program does not understand: there may be facts in it that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server tells what this program does not understand: {0}")]
pub struct NotUnderstood(String);

/// What a message has brought.
#[derive(Debug)]
pub enum Taken {
    /// Nothing that is whole.
    Part,
    /// What was known must not be decided on any more.
    Void,
    /// All facts of a revision.
    Whole(Held),
}

/// What was told.
#[derive(Debug, Default)]
pub struct Taking {
    /// The last checkpoint, with the state there.
    whole: Option<(WatchCheckpoint, Arc<State>)>,
    /// That state with what was told since.
    working: Option<State>,
    profiles: Profiles,
}

impl Taking {
    /// Before a new stream: from where it is to go on.
    pub fn begin(&mut self) -> Option<WatchCheckpoint> {
        let (checkpoint, state) = self.whole.as_ref()?;
        self.working = Some(State::clone(state));
        Some(checkpoint.clone())
    }

    /// Takes a message in. After one that is not understood nothing is known any more.
    pub fn take(&mut self, message: WatchGateResponse) -> Result<Taken, NotUnderstood> {
        let taken = match message.message {
            Some(Message::Reset(reset)) => self.reset(&reset),
            Some(Message::Facts(facts)) => match &mut self.working {
                Some(working) => take_in(working, &mut self.profiles, facts)
                    .map(|()| Taken::Part)
                    .map_err(|faulty| NotUnderstood(faulty.to_string())),
                None => Err(NotUnderstood("facts without a beginning".to_owned())),
            },
            Some(Message::Checkpoint(checkpoint)) => self.checkpoint(checkpoint),
            None => Err(NotUnderstood("a message of a new kind".to_owned())),
        };
        if taken.is_err() {
            (self.whole, self.working) = (None, None);
        }
        taken
    }

    fn reset(&mut self, reset: &WatchReset) -> Result<Taken, NotUnderstood> {
        let ledger_id = reset.ledger_id.parse().map_err(|_| NotUnderstood("the reset's ledger".to_owned()))?;
        let known = self.whole.take();
        let own = known.as_ref().is_some_and(|(last, _)| !last.integrator_id.is_empty());
        self.working = Some(State::new(ledger_id, 0, Digest([0; 32]), Catalogue::default()));
        // What was told to the same integrator is as true as it was: its own lease says for how long.
        let void = !(own && reset.reason() == WatchResetReason::OtherScope);
        if void && known.is_some() {
            tracing::warn!(reason = ?reset.reason(), "the facts that were known are void: the server begins anew");
        }
        Ok(if void { Taken::Void } else { Taken::Part })
    }

    fn checkpoint(&mut self, checkpoint: WatchCheckpoint) -> Result<Taken, NotUnderstood> {
        let odd = |what: &str| NotUnderstood(format!("the checkpoint's {what}"));
        let first = self.whole.is_none();
        let working = self.working.as_mut().ok_or_else(|| odd("place: nothing came before it"))?;
        if checkpoint.ledger_id.parse() != Ok(working.ledger_id) {
            return Err(odd("ledger"));
        }
        let confirmed = checkpoint.confirmed_time.and_then(|time| from_pb(time).ok());
        let confirmed = confirmed.ok_or_else(|| odd("time"))?;
        let history = <[u8; 32]>::try_from(&checkpoint.history[..]).map_err(|_| odd("history"))?;
        let scope = Some(checkpoint.integrator_id.as_str()).filter(|slug| !slug.is_empty());
        let scope = scope.map(IntegratorId::parse).transpose().map_err(|_| odd("integrator"))?;
        (working.revision, working.history) = (checkpoint.revision, Digest(history));
        if first {
            working.settle();
        }
        let same_rules = checkpoint.rules_version == RULES_VERSION;
        let state = Arc::new(working.clone());
        self.whole = Some((checkpoint, state.clone()));
        let held = Held { state, confirmed, scope, same_rules };
        self.profiles.tidy();
        Ok(Taken::Whole(held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::{WatchFacts, WatchedIntegrator, WatchedProfile, WatchedSender};

    const LEDGER: &str = "018f0000-0000-7000-8000-000000000000";
    const SENDER: &str = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

    fn reset(reason: WatchResetReason) -> WatchGateResponse {
        let reset = WatchReset { ledger_id: LEDGER.into(), reason: reason as i32 };
        WatchGateResponse { message: Some(Message::Reset(reset)) }
    }

    fn facts(facts: WatchFacts) -> WatchGateResponse {
        WatchGateResponse { message: Some(Message::Facts(facts)) }
    }

    fn sender() -> WatchFacts {
        let sender = WatchedSender { sender_id: SENDER.into(), ..Default::default() };
        WatchFacts { profiles: vec![WatchedProfile::default()], senders: vec![sender], ..Default::default() }
    }

    fn mark(revision: u64) -> WatchCheckpoint {
        WatchCheckpoint {
            revision,
            ledger_id: LEDGER.into(),
            rules_version: RULES_VERSION,
            confirmed_time: Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 }),
            integrator_id: String::new(),
            history: vec![7; 32].into(),
        }
    }

    fn checkpoint(mark: WatchCheckpoint) -> WatchGateResponse {
        WatchGateResponse { message: Some(Message::Checkpoint(mark)) }
    }

    fn whole(taken: Result<Taken, NotUnderstood>) -> Held {
        match taken {
            Ok(Taken::Whole(held)) => held,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_checkpoint_makes_facts_of_what_was_told() {
        let mut taking = Taking::default();
        assert_eq!(taking.begin(), None);
        assert!(matches!(taking.take(reset(WatchResetReason::Beginning)), Ok(Taken::Void)));
        let held = whole(taking.take(checkpoint(mark(1))));
        assert_eq!((held.state.revision, held.state.senders().count(), held.same_rules), (1, 0, true));
        assert!(matches!(taking.take(facts(sender())), Ok(Taken::Part)));
        // The stream breaks: what was told since is told again.
        assert_eq!(taking.begin(), Some(mark(1)));
        assert_eq!(whole(taking.take(checkpoint(mark(1)))).state.senders().count(), 0);
        assert!(matches!(taking.take(facts(sender())), Ok(Taken::Part)));
        assert_eq!(whole(taking.take(checkpoint(mark(2)))).state.senders().count(), 1);
        assert_eq!(taking.begin(), Some(mark(2)));
        assert!(matches!(taking.take(reset(WatchResetReason::OtherScope)), Ok(Taken::Void)));
        assert_eq!(taking.begin(), None);
        // An integrator, who is always told anew, decides on what it knew as long as its lease says.
        let own = WatchCheckpoint { integrator_id: "first".into(), ..mark(3) };
        whole(taking.take(checkpoint(own)));
        assert!(matches!(taking.take(reset(WatchResetReason::OtherScope)), Ok(Taken::Part)));
        whole(taking.take(checkpoint(WatchCheckpoint { integrator_id: "first".into(), ..mark(3) })));
        assert!(matches!(taking.take(reset(WatchResetReason::OtherLedger)), Ok(Taken::Void)));
    }

    #[test]
    fn what_is_not_understood_is_not_decided_on() {
        let odd_state = WatchFacts {
            profiles: vec![WatchedProfile {
                connections: vec![crate::pb::WatchedConnection {
                    integrator_id: "first".into(),
                    state: 9,
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let odd_integrator = WatchFacts { integrators: vec![WatchedIntegrator::default()], ..Default::default() };
        let lost = WatchFacts { profiles: Vec::new(), ..sender() };
        let cases = [
            WatchGateResponse { message: None },
            facts(odd_state),
            facts(odd_integrator),
            facts(lost),
            checkpoint(WatchCheckpoint { history: vec![1].into(), ..mark(2) }),
            checkpoint(WatchCheckpoint { confirmed_time: None, ..mark(2) }),
            checkpoint(WatchCheckpoint { ledger_id: SENDER.into(), ..mark(2) }),
        ];
        for odd in cases {
            let mut taking = Taking::default();
            taking.take(reset(WatchResetReason::Beginning)).unwrap();
            whole(taking.take(checkpoint(mark(1))));
            assert!(taking.take(odd.clone()).is_err(), "{odd:?}");
            assert_eq!(taking.begin(), None, "{odd:?}");
        }
        let mut taking = Taking::default();
        assert!(taking.take(checkpoint(mark(1))).is_err(), "a checkpoint of nothing");
        taking.take(reset(WatchResetReason::Beginning)).unwrap();
        let newer = checkpoint(WatchCheckpoint { rules_version: RULES_VERSION + 1, ..mark(1) });
        assert!(!whole(taking.take(newer)).same_rules);
    }
}
