//! The facts of the gate in memory. They enter by one door, the feed; every answer reads one immutable state of one
//! revision; no reader waits for the writer and no write path touches a state.

pub mod feed;
pub mod record;
pub mod state;
pub mod table;

use crate::domain::time::Timestamp;
use arc_swap::{ArcSwap, ArcSwapOption};
use state::State;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// The current state, how old it may be, and how to wait for a newer one.
#[derive(Debug)]
pub struct Gate {
    current: ArcSwapOption<State>,
    confirmed: AtomicI64,
    blocked: ArcSwap<Option<String>>,
    revision: watch::Sender<u64>,
    wake: Notify,
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
            blocked: ArcSwap::from_pointee(None),
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
        let in_time = i64::try_from(self.max_staleness.as_micros()).is_ok_and(|bound| age <= bound);
        in_time.then_some(Fresh { state, confirmed })
    }

    /// The state, however old.
    pub fn state(&self) -> Option<Arc<State>> {
        if self.blocked.load().is_some() { None } else { self.newest() }
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

    /// Tells the feed that there may be something new.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    fn newest(&self) -> Option<Arc<State>> {
        self.current.load_full()
    }

    fn publish(&self, state: Arc<State>, confirmed: Timestamp) {
        let revision = state.revision;
        self.current.store(Some(state));
        self.confirm(confirmed);
        self.revision.send_replace(revision);
    }

    fn confirm(&self, at: Timestamp) {
        self.confirmed.fetch_max(at.micros(), Ordering::AcqRel);
    }

    fn block(&self, why: String) {
        self.blocked.store(Arc::new(Some(why)));
    }

    fn unblock(&self) {
        if self.blocked.load().is_some() {
            self.blocked.store(Arc::new(None));
        }
    }

    /// Why the gate stopped answering, if it did.
    pub fn blocked(&self) -> Option<String> {
        (**self.blocked.load()).clone()
    }
}
