//! Writers beside the checks: each registers one sender after the other, as fast as the service lets it.

use super::{clock, fill::CONTENT_TYPE, numbers, processes::Pinning, rounds::beside_the_load};
use crate::{app::System, client::Client, pb, service::ports::Entropy, wire::enums::Paired};
use anyhow::{Context, bail};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::Instant,
};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;

/// Who writes, and where.
#[derive(Clone)]
pub struct Writers {
    /// Where the service listens.
    pub address: SocketAddr,
    /// The integrator's token.
    pub token: String,
    /// How many write at once, each over a connection of its own.
    pub count: u16,
    /// How many senders share a call.
    pub at_once: u16,
    /// How many senders there are that are asked about.
    pub senders: u32,
}

/// Writers at work.
pub struct AtWork {
    written: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
    began: Instant,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Writers {
    /// Begins to write, beside the load.
    pub fn start(&self, pinning: Option<Pinning>) -> anyhow::Result<AtWork> {
        let (written, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (own, count, until) = (self.clone(), written.clone(), stop.clone());
        let thread = beside_the_load("writers", pinning, async move || own.write(count, until).await)?;
        Ok(AtWork { written, stop, began: clock::now(), thread })
    }

    async fn write(self, written: Arc<AtomicU32>, stop: Arc<AtomicBool>) -> anyhow::Result<()> {
        // Nobody knows what earlier writers left: senders beyond those that are asked about, from anywhere on.
        let room = numbers::MOST.saturating_sub(self.senders);
        let random = u32::from_be_bytes(System.secret().first_chunk().copied().unwrap_or_default());
        let next = Arc::new(AtomicU32::new(random % room.max(1)));
        let mut tasks = JoinSet::new();
        for _ in 0..self.count {
            let endpoint = Endpoint::from_shared(format!("http://{}", self.address))?;
            let token = self.token.clone();
            let client = Client::new(endpoint.connect().await?, Arc::new(move || token.clone()));
            let (own, next, written, stop) = (self.clone(), next.clone(), written.clone(), stop.clone());
            tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let first = next.fetch_add(own.at_once.into(), Ordering::Relaxed);
                    let places = (first..first + u32::from(own.at_once)).map(|place| own.senders + place % room.max(1));
                    let created = own.register(&client, places).await?;
                    written.fetch_add(created, Ordering::Relaxed);
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// How many were not there yet.
    async fn register(&self, client: &Client, places: impl Iterator<Item = u32>) -> anyhow::Result<u32> {
        let request = |place| {
            let number = numbers::number(place).context("no senders are left to write")?;
            anyhow::Ok(pb::RegisterSenderRequest {
                organisation_number: number.to_string(),
                legal_name: format!("Företag {place} AB"),
                external_reference: format!("B-{place}"),
                content_types: vec![CONTENT_TYPE.to_pb()],
                ..Default::default()
            })
        };
        let request = pb::BatchRegisterSendersRequest {
            request_id: System.uuid_v4().to_string(),
            requests: places.map(request).collect::<anyhow::Result<_>>()?,
            ..Default::default()
        };
        let response = client.senders().batch_register_senders(request).await.context("a writer's call")?.into_inner();
        let mut created = 0;
        for result in response.results {
            match result.result {
                Some(pb::batch_register_senders_result::Result::Response(response)) => {
                    created += u32::from(response.outcome() == pb::RegistrationOutcome::Created);
                }
                refused => bail!("a sender was not registered: {refused:?}"),
            }
        }
        Ok(created)
    }
}

impl AtWork {
    /// Ends the writing; how many senders were written in a second.
    pub fn stop(self) -> anyhow::Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        let seconds = clock::now().duration_since(self.began).as_secs_f64();
        let written = self.written.load(Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("a writer panicked"))??;
        if written == 0 {
            bail!("the writers wrote nothing");
        }
        Ok(f64::from(written) / seconds)
    }
}
