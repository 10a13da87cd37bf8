//! The one door by which facts enter the gate: the ledger, read from the database entry by entry.

use super::{
    Gate,
    state::{Refused, State},
};
use crate::{
    domain::{ledger::Entry, time::Timestamp},
    store::{Store, StoreError},
};
use std::{sync::Arc, time::Duration};

/// How many entries are read at once.
const BATCH: u32 = 1000;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Reads the ledger into the gate. A commit on this node wakes it; polling is the truth.
pub struct Reader {
    gate: Arc<Gate>,
    store: Arc<dyn Store>,
    now: Now,
    interval: Duration,
}

impl Reader {
    /// A reader that polls at an interval.
    pub fn new(gate: Arc<Gate>, store: Arc<dyn Store>, now: Now, interval: Duration) -> Self {
        Self { gate, store, now, interval }
    }

    /// Loads all facts at one revision, the state from which the entries go on.
    pub async fn load(&self) -> Result<(), StoreError> {
        let started = (self.now)();
        let mut reader = self.store.read().await?;
        let snapshot = reader.snapshot().await?;
        // Facts that rest on an entry which this program cannot read are not facts to answer from.
        if let Some(newest) = reader.entry(snapshot.head.revision).await? {
            Entry::read(&newest.canonical).map_err(|error| StoreError::Fault(error.into()))?;
        }
        drop(reader);
        let state = tokio::task::spawn_blocking(move || State::of(snapshot));
        let state = state.await.map_err(|error| StoreError::Fault(error.into()))?;
        self.gate.publish(Arc::new(state), started);
        Ok(())
    }

    /// Reads on until `stop`. A database that is away leaves the state as it is; an entry that cannot be read, or does
    /// not follow, blocks the gate for good.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut away = false;
        loop {
            match self.step().await {
                Ok(true) => continue,
                Ok(false) if away => {
                    away = false;
                    tracing::info!("the gate reads the ledger again");
                }
                Ok(false) => {}
                Err(Broken::Away(error)) => {
                    if !away {
                        away = true;
                        tracing::warn!(
                            error = format!("{error:#}"),
                            "the gate cannot read the ledger and answers from memory"
                        );
                    }
                }
                Err(Broken::Unknown(why)) => {
                    tracing::error!(why, "the gate stops answering: an entry of the ledger cannot be applied");
                    self.gate.block(why);
                    return stop.await;
                }
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.gate.wake.notified() => {}
                () = tokio::time::sleep(self.interval) => {}
            }
        }
    }

    /// Reads and applies what is new. Whether there may be more.
    async fn step(&self) -> Result<bool, Broken> {
        let started = (self.now)();
        let Some(before) = self.gate.current.load_full() else {
            self.load().await.map_err(|error| Broken::Away(error.into()))?;
            return Ok(true);
        };
        // The newest entry that is known is read again: where the database was restored from a copy it is gone, or that of
        // another ledger.
        let known = before.revision.saturating_sub(1);
        let rows = self.store.feed(known, BATCH).await.map_err(|error| Broken::Away(error.into()))?;
        let more = rows.len() == BATCH as usize;
        let mut rows = rows.into_iter().peekable();
        if before.revision > 0 {
            let gone = || Broken::Unknown(format!("revision {}: the ledger ends before it", before.revision));
            let (again, _) = rows.next().ok_or_else(gone)?;
            let of = Entry::read(&again.canonical).map(|entry| (entry.revision, entry.ledger_id));
            if of.ok() != Some((before.revision, before.ledger_id)) {
                return Err(Broken::Unknown(format!("revision {}: of another ledger", before.revision)));
            }
        }
        if rows.peek().is_none() {
            self.gate.confirm(started);
            return Ok(false);
        }
        let mut state = State::clone(&before);
        for (row, number) in rows {
            let entry = Entry::read(&row.canonical)
                .map_err(|error| Broken::Unknown(format!("revision {}: {error}", row.revision)))?;
            if entry.ledger_id != state.ledger_id {
                return Err(Broken::Unknown(format!("revision {}: another ledger", row.revision)));
            }
            state.apply(&entry, number).map_err(|refused: Refused| Broken::Unknown(refused.to_string()))?;
        }
        self.gate.publish(Arc::new(state), started);
        Ok(more)
    }
}

enum Broken {
    Away(anyhow::Error),
    Unknown(String),
}
