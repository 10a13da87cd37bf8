//! The process from its first task to its exit.
//!
//! The way down has two stages. A signal turns health to NOT_SERVING while calls are still taken, so that whoever
//! balances load has time to look away; after the drain time no new calls are taken and those under way are finished;
//! at the deadline whatever is left is ended. A task that ends by itself ends the process too, with an exit
//! code that tells.

mod connections;
mod health;
mod server;
mod threads;

pub use connections::{Connection, connections};
pub use health::Health;
pub use server::server;
pub use threads::{beside_the_gate, stand_behind};

use crate::config::Shutdown;
use std::{collections::HashMap, io, process::ExitCode};
use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

/// What a task ends with.
pub type TaskResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// How the process ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// As asked, or at the deadline.
    Asked,
    /// Because this task ended by itself, failed or panicked.
    TaskDied(&'static str),
}

impl End {
    /// 0 if it was asked for.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Asked => ExitCode::SUCCESS,
            Self::TaskDied(_) => ExitCode::FAILURE,
        }
    }
}

/// The tasks of a process and its way down.
#[derive(Debug, Default)]
pub struct Lifecycle {
    stopping: CancellationToken,
    tasks: JoinSet<TaskResult>,
    names: HashMap<Id, &'static str>,
}

impl Lifecycle {
    /// A process without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when no new work is to be taken. Tasks end soon after, and not before.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Starts a task that is to run until [`Self::stopping`].
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = TaskResult> + Send + 'static) {
        self.spawn_on(&Handle::current(), name, task);
    }

    /// The same on other threads than this one's.
    pub fn spawn_on(
        &mut self,
        threads: &Handle,
        name: &'static str,
        task: impl Future<Output = TaskResult> + Send + 'static,
    ) {
        let id = self.tasks.spawn_on(task, threads).id();
        self.names.insert(id, name);
    }

    /// Runs until a signal comes or a task dies, then goes down. `not_serving` turns the health.
    pub async fn run(
        mut self,
        times: Shutdown,
        mut signals: mpsc::Receiver<&'static str>,
        not_serving: impl Future<Output = ()>,
    ) -> End {
        let mut end = tokio::select! {
            Some(signal) = signals.recv() => {
                tracing::info!(signal, "going down");
                End::Asked
            }
            Some(died) = self.next() => self.died(died),
        };
        let began = now();
        not_serving.await;
        if end == End::Asked {
            // A second signal cuts the waiting short; so does a task that dies.
            tokio::select! {
                () = sleep_until(began + times.drain) => {}
                Some(_) = signals.recv() => {}
                Some(died) = self.next() => end = self.died(died),
            }
        }
        self.stopping.cancel();
        let finished = timeout_at(began + times.deadline, async {
            while let Some(ended) = self.next().await {
                if !matches!(ended, (_, Ok(Ok(())))) && end == End::Asked {
                    end = self.died(ended);
                }
            }
        });
        match finished.await {
            Ok(()) => tracing::info!("down"),
            Err(_) => tracing::warn!(tasks = self.tasks.len(), "down at the deadline, with work under way"),
        }
        end
    }

    async fn next(&mut self) -> Option<(Id, Result<TaskResult, JoinError>)> {
        match self.tasks.join_next_with_id().await? {
            Ok((id, result)) => Some((id, Ok(result))),
            Err(error) => Some((error.id(), Err(error))),
        }
    }

    fn died(&self, (id, ended): (Id, Result<TaskResult, JoinError>)) -> End {
        let task = self.names.get(&id).copied().unwrap_or("unnamed");
        match ended {
            Ok(Ok(())) => tracing::error!(task, "a task ended before it was asked to"),
            Ok(Err(error)) => tracing::error!(task, error, "a task failed"),
            Err(_) => tracing::error!(task, "a task panicked"),
        }
        End::TaskDied(task)
    }
}

/// The signals that ask a process to end, SIGTERM and SIGINT, as they come.
pub fn signals() -> io::Result<mpsc::Receiver<&'static str>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (sender, signals) = mpsc::channel(4);
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                Some(()) = terminate.recv() => "SIGTERM",
                Some(()) = interrupt.recv() => "SIGINT",
            };
            if sender.send(name).await.is_err() {
                return;
            }
        }
    });
    Ok(signals)
}

#[expect(clippy::disallowed_methods, reason = "measures the way down; no decision of the service depends on it")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
