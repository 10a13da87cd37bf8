//! What the standard health service tells. Whoever watches it is told of changes only.

use std::{fmt::Display, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use tonic_health::{ServingStatus, server::HealthReporter};

/// How often it is looked whether a service can answer.
const LOOK: Duration = Duration::from_millis(200);

/// The health of a process' services.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
    names: Arc<[&'static str]>,
    /// Whether the process goes down: then nothing is healthy any more.
    down: Arc<Mutex<bool>>,
}

impl Health {
    /// The health of the process as a whole and of services with these names.
    pub fn new(reporter: HealthReporter, services: &[&'static str]) -> Self {
        let names = services.iter().copied().chain([""]).collect();
        Self { reporter, names, down: Arc::default() }
    }

    /// Tells that all serve.
    pub async fn up(&self) {
        for name in self.names.iter() {
            self.tell(name, true).await;
        }
    }

    /// Tells that none serves any more.
    pub async fn down(&self) {
        let mut down = self.down.lock().await;
        *down = true;
        for name in self.names.iter() {
            self.reporter.set_service_status(*name, ServingStatus::NotServing).await;
        }
    }

    /// Lets the health of these services follow whether they can answer, or why they cannot. Ends when it is dropped.
    pub async fn follow<Why: Display>(self, names: &'static [&'static str], answers: impl Fn() -> Result<(), Why>) {
        let mut told = None;
        loop {
            let now = answers();
            if told != Some(now.is_ok()) {
                match (told, &now) {
                    (_, Ok(())) => tracing::info!(services = ?names, "can answer"),
                    (Some(_), Err(why)) => tracing::warn!(services = ?names, %why, "cannot answer any more"),
                    (None, Err(_)) => {}
                }
                told = Some(now.is_ok());
                for name in names {
                    self.tell(name, now.is_ok()).await;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn tell(&self, name: &str, serves: bool) {
        let down = self.down.lock().await;
        if !*down {
            let status = if serves { ServingStatus::Serving } else { ServingStatus::NotServing };
            self.reporter.set_service_status(name, status).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tonic_health::pb::{HealthCheckRequest, health_server::Health as _};

    #[tokio::test]
    async fn a_watcher_hears_of_changes_only_and_of_the_end() {
        let (reporter, _) = tonic_health::server::health_reporter();
        let service = tonic_health::server::HealthService::from_health_reporter(reporter.clone());
        let health = Health::new(reporter, &["gate"]);
        health.up().await;
        let answers = Arc::new(AtomicBool::new(true));
        let follows = {
            let answers = answers.clone();
            health.clone().follow(&["gate"], move || answers.load(Ordering::Relaxed).then_some(()).ok_or("no facts"))
        };
        let following = tokio::spawn(follows);
        // Its first look tells what is told already.
        tokio::time::sleep(LOOK).await;
        let watch = service.watch(tonic::Request::new(HealthCheckRequest { service: "gate".into() })).await.unwrap();
        let mut heard = watch.into_inner();
        let mut next = async || {
            let told = tokio::time::timeout(LOOK * 4, heard.next()).await.ok()?;
            Some(told.unwrap().unwrap().status)
        };
        let (serving, not_serving) = (ServingStatus::Serving as i32, ServingStatus::NotServing as i32);
        assert_eq!(next().await, Some(serving));
        assert_eq!(next().await, None, "nothing changes");
        answers.store(false, Ordering::Relaxed);
        assert_eq!(next().await, Some(not_serving));
        answers.store(true, Ordering::Relaxed);
        assert_eq!(next().await, Some(serving));
        health.down().await;
        assert_eq!(next().await, Some(not_serving));
        answers.store(false, Ordering::Relaxed);
        tokio::time::sleep(LOOK * 2).await;
        answers.store(true, Ordering::Relaxed);
        assert_eq!(next().await, None, "who goes down does not come back");
        following.abort();
    }
}
