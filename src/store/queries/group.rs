//! Writers that wait for one another share one database transaction and one commit.
//!
//! The turn is a fair lock. Whoever has it decides on the latest state: the database under the locked head row, overlaid
//! by what earlier writers of the group have written. A writer that commits hands the turn on and queues a task that ends
//! the group; being last in the queue, it comes after all who waited already. So a lone writer waits for nobody, and many
//! writers share the syncing to disk. Nobody is told of success before the shared commit is durable.
//!
//! Where the database refuses the rows of one writer, those before it are committed without it. Those after it decided
//! on what it wrote, so they fail too, with an error that a retry may help.

use super::{
    ANNOUNCE, BEGIN_WRITE, Db, head_and_entries, send,
    session::{self, Session},
};
use crate::store::{
    Head, StoreError,
    failure::{unavailable, within},
    pending::{Layer, Member},
};
use sqlx::Pool;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How many writers share a commit at most.
pub(super) const MOST_MEMBERS: usize = 64;

/// The turn to write, and the open group if there is one.
pub(super) type Turn = Arc<Mutex<Place>>;
/// Whose turn it is.
pub(super) type Held = OwnedMutexGuard<Place>;

/// What the turn guards.
#[derive(Default)]
pub(super) struct Place {
    group: Option<Group>,
    opened: u64,
}

impl Place {
    /// The open group; without one it opens one, and waits at the head row for writers of other nodes.
    pub(super) async fn open(&mut self, pool: &Pool<Db>, limit: Duration) -> Result<&mut Group, StoreError> {
        if let Some(mut group) = self.group.take() {
            match group.ready().await {
                Ok(()) => return Ok(self.group.insert(group)),
                Err(error) => group.fail(&error),
            }
        }
        let mut session = Session::begin(pool, BEGIN_WRITE, limit).await?;
        let before = within(limit, head_and_entries::lock_head(session.connection()?)).await?;
        self.opened += 1;
        let group = Group { session, before, members: Vec::new(), broken: None, undo: false, number: self.opened };
        Ok(self.group.insert(group))
    }

    /// The group that a writer of it has its turn in.
    pub(super) fn group(&mut self) -> Result<&mut Group, StoreError> {
        self.group.as_mut().ok_or_else(|| unavailable("the shared transaction has ended"))
    }

    /// Ends the open group.
    pub(super) async fn close(&mut self) {
        if let Some(group) = self.group.take() {
            group.finish().await;
        }
    }
}

/// An open database transaction and the writers that have had their turn in it.
pub(super) struct Group {
    pub(super) session: Session,
    before: Head,
    pub(super) members: Vec<Member>,
    /// Why nothing of it can be committed.
    broken: Option<StoreError>,
    /// Whether the last writer left rows in the database that it did not commit.
    undo: bool,
    number: u64,
}

impl Group {
    /// The head after the writers so far.
    pub(super) fn head(&self) -> &Head {
        self.members.last().map_or(&self.before, |member| &member.after)
    }

    /// Which group it is.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Notes what a statement said: after an error of the database nothing of the group can be committed.
    pub(super) fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error @ (StoreError::Unavailable(_) | StoreError::Fault(_))) = &result {
            self.broken.get_or_insert_with(|| session::shared(error));
        }
        result
    }

    /// Marks the time in which a cancelled caller would leave the database's state unknown.
    pub(super) fn writing(&mut self) {
        self.broken.get_or_insert_with(|| unavailable("a caller went away while rows were sent"));
    }

    /// Ends that time.
    pub(super) fn written(&mut self) {
        self.broken = None;
    }

    /// Takes back what a writer sent and did not commit.
    pub(super) fn undo(&mut self) {
        self.undo = true;
    }

    /// Prepares it for the next writer.
    async fn ready(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        if self.undo {
            self.writing();
            self.session.run("ROLLBACK TO SAVEPOINT own").await?;
            self.written();
            self.undo = false;
        }
        Ok(())
    }

    /// Sends what the earlier writers wrote, and then, under a savepoint, what `own` has written so far: for reads that
    /// only the database can answer.
    pub(super) async fn settle(&mut self, own: &mut Member) -> Result<(), StoreError> {
        self.writing();
        let limit = self.session.limit;
        let earlier: Vec<&Layer> = waiting(&self.members).collect();
        within(limit, send::send(self.session.connection()?, &earlier)).await?;
        mark_sent(&mut self.members);
        if !own.savepoint {
            self.session.run("SAVEPOINT own").await?;
            own.savepoint = true;
        }
        let layers: Vec<&Layer> = own.layers.iter().filter(|layer| layer.waits()).collect();
        within(limit, send::send(self.session.connection()?, &layers)).await?;
        own.layers.iter_mut().for_each(|layer| layer.sent = true);
        self.written();
        Ok(())
    }

    /// Commits and tells every writer.
    async fn finish(mut self) {
        let refused = match self.ready().await {
            Ok(()) => self.send().await,
            Err(error) => Err(error),
        };
        let refused = match refused {
            Ok(refused) => refused,
            Err(error) => return self.fail(&error),
        };
        let kept = refused.as_ref().map_or(self.members.len(), |(place, _)| *place);
        let committed = if self.members[..kept].iter().any(Member::wrote) {
            let head = self.members[kept - 1].after.clone();
            commit(self.session, &head).await
        } else {
            Ok(())
        };
        let mut culprit = refused.map(|(_, error)| error);
        for (place, member) in self.members.into_iter().enumerate() {
            let outcome = match (&committed, place >= kept) {
                (Err(error), _) => Err(session::shared(error)),
                (Ok(()), false) => Ok(()),
                (Ok(()), true) => Err(culprit
                    .take()
                    .unwrap_or_else(|| unavailable("an earlier write, on which this one was decided, failed"))),
            };
            member.tell(outcome);
        }
    }

    /// Sends all rows. Where the database refuses those of a writer, it tells which, and the database has those before.
    async fn send(&mut self) -> Result<Option<(usize, StoreError)>, StoreError> {
        let limit = self.session.limit;
        let layers: Vec<&Layer> = waiting(&self.members).collect();
        if layers.is_empty() {
            return Ok(None);
        }
        let alone = self.members.len() == 1 && !self.members[0].savepoint;
        if !alone {
            self.session.run("SAVEPOINT part").await?;
        }
        match within(limit, send::send(self.session.connection()?, &layers)).await {
            Ok(()) => return Ok(None),
            Err(StoreError::Unavailable(error)) => return Err(StoreError::Unavailable(error)),
            Err(error) if alone => return Ok(Some((0, error))),
            Err(_) => self.session.run("ROLLBACK TO SAVEPOINT part").await?,
        }
        for (place, member) in self.members.iter().enumerate() {
            self.session.run("SAVEPOINT part").await?;
            for layer in member.layers.iter().filter(|layer| layer.waits()) {
                match within(limit, send::send(self.session.connection()?, &[layer])).await {
                    Ok(()) => {}
                    Err(StoreError::Unavailable(error)) => return Err(StoreError::Unavailable(error)),
                    Err(error) => {
                        let own =
                            if member.savepoint { "ROLLBACK TO SAVEPOINT own" } else { "ROLLBACK TO SAVEPOINT part" };
                        self.session.run(own).await?;
                        return Ok(Some((place, error)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Tells every writer that nothing was done.
    fn fail(mut self, error: &StoreError) {
        self.session.abandon();
        for member in self.members {
            member.tell(Err(session::shared(error)));
        }
    }
}

async fn commit(mut session: Session, head: &Head) -> Result<(), StoreError> {
    let limit = session.limit;
    within(limit, head_and_entries::put_head(session.connection()?, head)).await?;
    if let Some(announce) = ANNOUNCE {
        session.run(announce).await?;
    }
    session.commit().await
}

fn waiting(members: &[Member]) -> impl Iterator<Item = &Layer> {
    members.iter().flat_map(|member| &member.layers).filter(|layer| layer.waits())
}

fn mark_sent(members: &mut [Member]) {
    members.iter_mut().flat_map(|member| &mut member.layers).for_each(|layer| layer.sent = true);
}

/// Ends the group of this number after all who wait for their turn already, unless somebody else has ended it.
pub(super) fn close_later(turn: Turn, number: u64) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    runtime.spawn(async move {
        let mut place = turn.lock_owned().await;
        if place.group.as_ref().is_some_and(|group| group.number == number) {
            place.close().await;
        }
    });
}

/// Ends the group at once.
pub(super) fn close_now(mut place: Held) {
    tokio::spawn(async move { place.close().await });
}
