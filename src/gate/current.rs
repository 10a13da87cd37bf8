//! The current state of a server, kept up to date by its feed.

use super::state::State;
use crate::domain::time::Timestamp;
use arc_swap::{ArcSwap, ArcSwapOption};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// By how many microseconds a clock may be set back without a pause in the answers.
const CLOCK_STEP: i64 = 1_000_000;

/// The current state, how old it may be, and how to wait for a newer one.
#[derive(Debug)]
pub struct Gate {
    current: ArcSwapOption<State>,
    confirmed: AtomicI64,
    /// Whether it must not answer; why, stands in `why`.
    blocked: AtomicBool,
    why: ArcSwap<Option<String>>,
    revision: watch::Sender<u64>,
    pub(super) wake: Notify,
    max_staleness: Duration,
}

/// A state with the time up to which it is known to be the newest.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// The facts.
    pub state: Arc<State>,
    /// The start of the last successful read of the database.
    pub confirmed: Timestamp,
}

impl Gate {
    /// A gate without facts, which answers from none that were last confirmed longer ago than this.
    pub fn new(max_staleness: Duration) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            confirmed: AtomicI64::new(0),
            blocked: AtomicBool::new(false),
            why: ArcSwap::from_pointee(None),
            revision: watch::Sender::new(0),
            wake: Notify::new(),
            max_staleness,
        }
    }

    /// The state to answer from at `now`. Nothing before the first load; after an event this program does not know, or
    /// where the database lost entries, for whoever does not know all facts must not say ALLOW; and beyond the bound on
    /// staleness.
    pub fn fresh(&self, now: Timestamp) -> Option<Fresh> {
        // The order matters: a state that is read after the time of confirmation is no older than it.
        let confirmed = self.confirmed();
        let state = self.state()?;
        let age = now.micros().saturating_sub(confirmed.micros());
        // A clock that was set back makes old facts look new: what was confirmed later than now says nothing.
        let in_time =
            i64::try_from(self.max_staleness.as_micros()).is_ok_and(|bound| (-CLOCK_STEP..=bound).contains(&age));
        in_time.then_some(Fresh { state, confirmed })
    }

    /// The state, however old.
    pub fn state(&self) -> Option<Arc<State>> {
        // Read before the state: whoever unblocks has put the new state in its place first.
        if self.blocked.load(Ordering::Acquire) { None } else { self.newest() }
    }

    /// The start of the last successful read of the database.
    pub fn confirmed(&self) -> Timestamp {
        Timestamp::from_micros(self.confirmed.load(Ordering::Acquire)).unwrap_or(Timestamp::BEGINNING)
    }

    /// Waits until the state has the revision, at most for `patience`. Whether it has.
    pub async fn reaches(&self, revision: u64, patience: Duration) -> bool {
        let mut seen = self.revision.subscribe();
        if *seen.borrow_and_update() >= revision {
            return true;
        }
        self.wake();
        tokio::time::timeout(patience, seen.wait_for(|newest| *newest >= revision)).await.is_ok_and(|r| r.is_ok())
    }

    /// Tells of each new revision.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Tells the feed that there may be something new.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) fn newest(&self) -> Option<Arc<State>> {
        self.current.load_full()
    }

    pub(super) fn publish(&self, state: Arc<State>, confirmed: Timestamp) {
        let revision = state.revision;
        self.current.store(Some(state));
        self.confirm(confirmed);
        self.revision.send_replace(revision);
    }

    pub(super) fn confirm(&self, at: Timestamp) {
        // As the clock has it now, even if that is less than before: it may have been wrong then.
        self.confirmed.store(at.micros(), Ordering::Release);
    }

    pub(super) fn block(&self, why: String) {
        self.why.store(Arc::new(Some(why)));
        self.blocked.store(true, Ordering::Release);
    }

    pub(super) fn unblock(&self) {
        if self.blocked.swap(false, Ordering::AcqRel) {
            self.why.store(Arc::new(None));
        }
    }

    /// Why the gate stopped answering, if it did.
    pub fn blocked(&self) -> Option<String> {
        (**self.why.load()).clone()
    }
}
