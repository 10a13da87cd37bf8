//! The facts of the gate in memory. They enter by one door, the feed; every answer reads one immutable state of one
//! revision; no reader waits for the writer and no write path touches a state.

pub mod feed;
pub mod shards;
pub mod state;

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

/// The current state, and how to wait for a newer one.
#[derive(Debug)]
pub struct Gate {
    current: ArcSwapOption<State>,
    confirmed: AtomicI64,
    blocked: ArcSwap<Option<String>>,
    revision: watch::Sender<u64>,
    wake: Notify,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            current: ArcSwapOption::empty(),
            confirmed: AtomicI64::new(0),
            blocked: ArcSwap::from_pointee(None),
            revision: watch::Sender::new(0),
            wake: Notify::new(),
        }
    }
}

impl Gate {
    /// The state to answer from; nothing before the first load, or after an event this program does not know: whoever
    /// does not know all facts must not say ALLOW.
    pub fn state(&self) -> Option<Arc<State>> {
        if self.blocked.load().is_some() { None } else { self.current.load_full() }
    }

    /// The start of the last successful read of the database. To be read before the state, which is then no older.
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

    /// Why the gate stopped answering, if it did.
    pub fn blocked(&self) -> Option<String> {
        (**self.blocked.load()).clone()
    }
}
