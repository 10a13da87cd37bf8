//! The listener for whoever runs the service: counts to scrape, whether the process lives, whether it can answer. It is
//! for the inside: nothing here asks who is there.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::{StatusCode, header::CONTENT_TYPE};
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the listener shows.
#[derive(Clone)]
pub struct Shown {
    /// All counts.
    pub registry: Registry,
    /// Brings those up to date that are read from something else.
    pub refresh: Arc<dyn Fn() + Send + Sync>,
    /// Whether the process can answer.
    pub ready: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Serves `/metrics`, `/live` and `/ready` until `stop`.
pub async fn serve(listener: TcpListener, shown: Shown, stop: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route("/metrics", get(metrics))
        // No look at anything else: a process whose database is away must not be ended for it.
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(ready))
        .with_state(shown);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn metrics(State(shown): State<Shown>) -> impl IntoResponse {
    (shown.refresh)();
    match TextEncoder::new().encode_to_string(&shown.registry.gather()) {
        Ok(text) => Ok(([(CONTENT_TYPE, TEXT_FORMAT)], text)),
        Err(error) => {
            tracing::error!(%error, "the counts cannot be written");
            Err(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

async fn ready(State(shown): State<Shown>) -> (StatusCode, &'static str) {
    if (shown.ready)() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") }
}
