//! The one door by which facts enter the gate: what the database says has changed since the state that is known.

use super::{
    Gate,
    state::{Changed, State},
};
use crate::{
    domain::{
        catalogue::Catalogue,
        ids::IntegratorId,
        ledger::{Entry, entry::Unreadable, tree::Frontier},
        profile::Profiles,
        time::Timestamp,
    },
    store::{Changes, Head, Reader as Transaction, Store, StoreError},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::{JoinError, JoinHandle, spawn_blocking},
};

/// How many senders are read at once at the start.
const PAGE: u32 = 256;
/// How many such pages may wait to be put in.
const PAGES: usize = 4;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Reads the database into the gate. A commit on this node wakes it, one on another node hints at it; polling is the
/// truth.
pub struct Reader {
    gate: Arc<Gate>,
    store: Arc<dyn Store>,
    now: Now,
    interval: Duration,
    /// The head of the state that the gate has; nothing before the first load.
    known: Option<Head>,
    profiles: Profiles,
}

/// Why the gate is not at the head.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The database is away: the state goes on answering.
    #[error("the database is away")]
    Away(#[source] StoreError),
    /// The database answers, but not with what goes on from the state: it lost entries, is not this ledger's, or has rows
    /// that cannot be read. Whoever cannot tell what changed must not say ALLOW.
    #[error("{0}")]
    Lost(String),
    /// It has an entry that this program does not know, and never will.
    #[error("{0}")]
    Unknown(String),
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Away(error),
            StoreError::TooNew { .. } => Self::Unknown(error.to_string()),
            StoreError::Corrupt { .. } | StoreError::Fault(_) => {
                Self::Lost(format!("{:#}", anyhow::Error::from(error)))
            }
        }
    }
}

fn unreadable(revision: u64, why: &Unreadable) -> Broken {
    Broken::Unknown(format!("revision {revision}: {why}"))
}

fn unfinished(error: JoinError) -> Broken {
    Broken::Lost(format!("the facts could not be put together: {error}"))
}

impl Reader {
    /// A reader that polls at an interval.
    pub fn new(gate: Arc<Gate>, store: Arc<dyn Store>, now: Now, interval: Duration) -> Self {
        Self { gate, store, now, interval, known: None, profiles: Profiles::default() }
    }

    /// Loads all facts at one revision, the state from which the changes go on.
    pub async fn load(&mut self) -> Result<(), Broken> {
        let started = (self.now)();
        let mut read = self.store.read().await?;
        let head = read.head().clone();
        // Facts that rest on an entry which this program cannot read are not facts to answer from.
        if let Some(newest) = read.entry(head.revision).await? {
            Entry::read(&newest.canonical).map_err(|why| unreadable(newest.revision, &why))?;
        }
        let state = State::new(head.ledger_id, head.revision, head.frontier.root(), catalogue(read.as_mut()).await?);
        // Pages are fetched, read and put in at the same time, each by another thread where there are several.
        let (pages, mut arriving) = mpsc::channel::<JoinHandle<Result<Vec<_>, StoreError>>>(PAGES);
        let threads = Handle::current();
        let build = spawn_blocking(move || {
            let (mut state, mut profiles) = (state, Profiles::default());
            while let Some(page) = arriving.blocking_recv() {
                let senders = threads.block_on(page).map_err(unfinished)??;
                state.change(Changed { senders, ..Changed::default() }, &mut profiles);
            }
            state.settle();
            Ok::<_, Broken>((state, profiles))
        });
        let mut after = None;
        loop {
            let page = read.numbered_after(after, PAGE).await?;
            after = page.last();
            if after.is_none() || pages.send(spawn_blocking(|| page.read())).await.is_err() {
                break;
            }
        }
        drop((pages, read));
        let (state, profiles) = build.await.map_err(unfinished)??;
        tracing::info!(revision = state.revision, profiles = profiles.count(), "the gate has loaded its facts");
        self.profiles = profiles;
        self.known = Some(head);
        self.gate.publish(Arc::new(state), started);
        Ok(())
    }

    /// Reads on until `stop`. A database that is away leaves the state as it is. One that lost what the state has seen, or
    /// cannot be read, blocks the gate until it goes on from there again, or is declared another ledger; an entry that is
    /// not known blocks it for good.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut away = false;
        let store = self.store.clone();
        let mut hint = store.hint();
        loop {
            match self.step().await {
                Ok(()) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("the gate reads the ledger again");
                    }
                    self.gate.unblock();
                }
                Err(Broken::Away(error)) => {
                    if !std::mem::replace(&mut away, true) {
                        let error = format!("{:#}", anyhow::Error::from(error));
                        tracing::warn!(error, "the gate cannot read the ledger and answers from memory");
                    }
                }
                Err(Broken::Lost(why)) => {
                    if self.gate.blocked().is_none() {
                        tracing::error!(
                            why,
                            "the gate stops answering: the database does not say what goes on from what it was"
                        );
                    }
                    self.gate.block(why);
                }
                Err(Broken::Unknown(why)) => {
                    tracing::error!(why, "the gate stops answering: an entry of the ledger cannot be read");
                    self.gate.block(why);
                    return stop.await;
                }
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.gate.wake.notified() => {}
                () = &mut hint => hint = store.hint(),
                () = tokio::time::sleep(self.interval) => {}
            }
        }
    }

    /// Reads and puts in what is new.
    async fn step(&mut self) -> Result<(), Broken> {
        let started = (self.now)();
        let (Some(before), Some(known)) = (self.gate.newest(), &self.known) else {
            return self.load().await;
        };
        let changes = self.store.changes(known).await?;
        if changes.head == *known {
            self.gate.confirm(started);
            return Ok(());
        }
        if changes.head.ledger_id != known.ledger_id {
            // The operator accepted a loss: the ledger goes on under a new id, from less than what is known here.
            return self.load().await;
        }
        goes_on(known, &changes)?;
        let head = changes.head.clone();
        let state = forward(&before, changes, &mut self.profiles)?;
        self.known = Some(head);
        self.gate.publish(Arc::new(state), started);
        self.profiles.tidy();
        Ok(())
    }
}

/// A state brought up to the head of what changed since. The one way in which facts go on, for the gate itself and for who
/// must look ahead of it.
pub fn forward(before: &State, changes: Changes, profiles: &mut Profiles) -> Result<State, Broken> {
    readable(&changes)?;
    let Changes { head, integrators, agreements, senders, .. } = changes;
    let mut state = before.clone();
    state.change(Changed { integrators, agreements, senders }, profiles);
    (state.revision, state.history) = (head.revision, head.frontier.root());
    Ok(state)
}

/// Whether all that changed is known.
fn readable(changes: &Changes) -> Result<(), Broken> {
    match &changes.unreadable {
        Some((revision, why)) => Err(unreadable(*revision, why)),
        None => Ok(()),
    }
}

/// Whether the entries lead from the known head to the new one: then nothing of what was known is lost.
fn goes_on(known: &Head, changes: &Changes) -> Result<(), Broken> {
    readable(changes)?;
    let mut tree: Frontier = known.frontier.clone();
    for (entry, leaf_hash) in &changes.entries {
        if entry.ledger_id != known.ledger_id {
            return Err(Broken::Unknown(format!("revision {}: another ledger", entry.revision)));
        }
        tree.push(*leaf_hash);
    }
    if tree != changes.head.frontier {
        let (known, found) = (known.revision, changes.head.revision);
        return Err(Broken::Lost(format!("revision {found} does not go on from revision {known}")));
    }
    Ok(())
}

async fn catalogue(read: &mut dyn Transaction) -> Result<Catalogue, StoreError> {
    let agreements = read.agreements().await?.into_iter().collect();
    let mut catalogue = Catalogue { agreements, ..Catalogue::default() };
    let mut after: Option<IntegratorId> = None;
    loop {
        let page = read.integrators(after.as_ref(), 1_000).await?;
        let Some(last) = page.last() else { return Ok(catalogue) };
        after = Some(last.integrator_id.clone());
        catalogue.integrators.extend(page.into_iter().map(|one| (one.integrator_id.clone(), one)));
    }
}
