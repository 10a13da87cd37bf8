//! The gate while things go wrong around it: revocations at another node, killed and cut off processes, readers that take
//! nothing, a database that stops, hangs, is cut off or comes back without its newest commits. The long forms are run by
//! `.ci/soak`; figures are printed, and held to their bounds with OMBORD_TEST_FIGURES only.

mod followers;
mod outages;
mod promotion;
mod readers;
mod revocations;
mod truth;

use crate::support::{
    database::{Database, Kind},
    server::{Clients, Server, request_id},
    world::{accepted_sender, furnish, number},
};
use ombord::{pb, store::Store};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// How long something may take that only has to come at all, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A company whose payslips may be sent through `first`.
#[derive(Debug, Clone)]
struct Sender {
    number: String,
    id: String,
}

/// Furnishes a world in which nothing happens by itself, with so many senders.
async fn furnished(store: &Arc<dyn Store>, senders: usize) -> Vec<Sender> {
    let server = Server::start(store.clone()).await;
    furnish(&server).await;
    ombord::service::mail::set_paused(store.as_ref(), true).await.unwrap();
    let mut made = Vec::new();
    for n in 1..=senders {
        let id = accepted_sender(&server, &number(n), &format!("K-{n}")).await;
        made.push(Sender { number: number(n), id });
    }
    server.stop().await;
    made
}

/// Revokes what a sender may. The revision, once that is acknowledged.
async fn suspend(operator: &mut Clients, sender_id: &str) -> pb::SuspendSenderResponse {
    let (request_id, sender_id, reason) = (request_id(), sender_id.to_owned(), "Konkurs".to_owned());
    let request = pb::SuspendSenderRequest { request_id, sender_id, reason, ..Default::default() };
    operator.senders.suspend_sender(request).await.unwrap().into_inner()
}

/// Gives it back.
async fn resume(operator: &mut Clients, sender_id: &str) -> pb::ResumeSenderResponse {
    let (request_id, sender_id, reason) = (request_id(), sender_id.to_owned(), "Rekonstruktion".to_owned());
    let request = pb::ResumeSenderRequest { request_id, sender_id, reason, ..Default::default() };
    operator.senders.resume_sender(request).await.unwrap().into_inner()
}

/// A database on PostgreSQL, and where its server listens.
async fn on_postgres() -> Option<(Database, SocketAddr)> {
    let database = Database::make(Kind::Postgres).await?;
    let address = place(&database.url).await;
    Some((database, address))
}

/// Where the server of a database listens.
async fn place(url: &str) -> SocketAddr {
    let (_, rest) = url.split_once('@').unwrap();
    let host = rest.split(['/', '?']).next().unwrap();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
    tokio::net::lookup_host(host).await.unwrap().next().unwrap()
}

/// The same database by another way there.
fn through(url: &str, address: SocketAddr) -> String {
    let (user, rest) = url.split_once('@').unwrap();
    let name = rest.split_once('/').unwrap().1;
    format!("{user}@{address}/{name}")
}

/// What at least so many of a hundred are no more than.
fn percentile(sorted: &[Duration], of_hundred: usize) -> Duration {
    sorted[(sorted.len() * of_hundred).div_ceil(100).clamp(1, sorted.len()) - 1]
}
