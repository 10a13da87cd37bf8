//! How long facts may be decided on.

use crate::domain::time::Timestamp;
use std::{sync::Arc, time::Duration};

/// What a follower says when its lease is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenOver {
    /// That it cannot decide: the caller keeps the item and asks again, or asks the server.
    #[default]
    CannotDecide,
    /// DENY, to be held: for a caller that knows no third answer.
    Deny,
}

/// The lease under which facts are decided on. It counts from the time at which the node last knew that it had all of
/// them, so that neither a node without its database nor a message that waited on its way renews it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How long.
    pub length: Duration,
    /// By how much this machine's clock and the node's may differ, either way. It is taken off the lease.
    pub clock_skew: Duration,
    /// What is said when it is over.
    pub when_over: WhenOver,
}

impl Default for Lease {
    /// Ten seconds, clocks within one second, and no decision beyond it.
    fn default() -> Self {
        Self { length: Duration::from_secs(10), clock_skew: Duration::from_secs(1), when_over: WhenOver::default() }
    }
}

impl Lease {
    /// Whether facts that were confirmed then may be decided on now. A time of confirmation that lies further ahead than
    /// clocks may differ says nothing.
    pub fn holds(&self, confirmed: Timestamp, now: Timestamp) -> bool {
        self.term().holds(confirmed, now)
    }

    pub(super) fn term(&self) -> Term {
        let micros = |length: Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        Term { within: micros(self.length.saturating_sub(self.clock_skew)), ahead: micros(self.clock_skew) }
    }
}

/// The lease in microseconds, as it is asked for each decision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    within: i64,
    ahead: i64,
}

impl Term {
    pub fn holds(self, confirmed: Timestamp, now: Timestamp) -> bool {
        // Times lie between the years 1970 and 9999: nothing overflows.
        let age = now.micros() - confirmed.micros();
        age.max(0) < self.within && -age <= self.ahead
    }
}

/// Why a follower does not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotDecide {
    /// It does not have all facts yet, or had to forget them.
    #[error("the follower does not have all facts")]
    NoFacts,
    /// Its facts are too old.
    #[error("the follower's lease is over")]
    LeaseOver,
    /// The server decides by other rules, or tells of what this program does not know: only the server can tell.
    #[error("the server's rules are not this program's: ask the server")]
    OtherRules,
    /// A sole trader's number is not told to followers: only the server can tell.
    #[error("followers know no sole trader's number: ask the server")]
    SoleTrader,
    /// The question names no integrator, or one whose senders are not followed.
    #[error("the question is not about an integrator whose senders are followed: ask the server")]
    NotFollowed,
}

impl CannotDecide {
    /// Whether the server would have to be asked even if all were well.
    pub fn asks_the_server(self) -> bool {
        matches!(self, Self::OtherRules | Self::SoleTrader | Self::NotFollowed)
    }
}

/// The machine's clock, for followers.
pub fn system_clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    #[expect(clippy::disallowed_methods, reason = "the one place where the client reads the clock")]
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).ok()?;
        let micros = seconds.checked_mul(1_000_000)?.checked_add(since.subsec_micros().into())?;
        Timestamp::from_micros(micros).ok()
    };
    Arc::new(move || now().unwrap_or(Timestamp::BEGINNING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lease_counts_from_the_confirmation_and_is_shorter_by_the_skew() {
        let lease = Lease::default();
        let at = |seconds: i64| Timestamp::from_parts(1_800_000_000 + seconds, 0).unwrap();
        for (now, holds) in [(0, true), (8, true), (9, false), (100, false), (-1, true), (-2, false)] {
            assert_eq!(lease.holds(at(0), at(now)), holds, "{now}");
        }
        let hopeless = Lease { clock_skew: Duration::from_secs(20), ..lease };
        assert!(!hopeless.holds(at(0), at(0)) && !hopeless.holds(at(1), at(0)));
    }
}
