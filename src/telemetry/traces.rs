//! Traces of calls, sent to a collector by OTLP over gRPC. No call waits for that: ended spans stand in a queue of bounded
//! length, from which a thread of its own sends them, and what finds no room there is let go.

use super::TelemetryError;
use crate::config::Traces as Settings;
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithTonicConfig, tonic_types::transport::ClientTlsConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData},
};
use prometheus::{IntCounterVec, Opts, Registry};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// How long the collector may take for one answer.
const ANSWER: Duration = Duration::from_secs(3);
/// How long the last spans may take to leave when the service ends.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Where spans go.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send spans where the settings say so. The connection lives on the threads on which this is called. What
    /// settings do not name follows the variables that all such exporters read, such as `OTEL_EXPORTER_OTLP_HEADERS`,
    /// `OTEL_BSP_MAX_QUEUE_SIZE` and `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn start(settings: &Settings, registry: &Registry) -> Result<Option<Self>, TelemetryError> {
        let Some(endpoint) = &settings.endpoint else { return Ok(None) };
        let mut exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(ANSWER);
        if endpoint.starts_with("https://") {
            exporter = exporter.with_tls_config(ClientTlsConfig::new().with_native_roots());
        }
        let spans = Opts::new("ombord_trace_spans_total", "Spans that were sent to the collector, by outcome.");
        let spans = IntCounterVec::new(spans, &["outcome"])?;
        registry.register(Box::new(spans.clone()))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_resource(Resource::builder().with_service_name("ombord").with_attribute(version).build())
            // A caller that traces its call has it traced here too; of all others, a part.
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample))))
            .with_batch_exporter(Telling { exporter: exporter.build()?, spans, away: AtomicBool::new(false) })
            .build();
        Ok(Some(Self(provider)))
    }

    /// Makes spans.
    pub fn tracer(&self) -> SdkTracer {
        self.0.tracer("ombord")
    }

    /// Sends what is left.
    pub async fn end(self) {
        // It waits for its own thread, which needs those here.
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST_WORD)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans did not leave in time");
        }
    }
}

/// An exporter that tells when the collector takes nothing, and when it does again.
#[derive(Debug)]
struct Telling {
    exporter: SpanExporter,
    spans: IntCounterVec,
    away: AtomicBool,
}

impl opentelemetry_sdk::trace::SpanExporter for Telling {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len() as u64;
        let result = self.exporter.export(batch).await;
        match (&result, self.away.swap(result.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "the collector takes no traces"),
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        self.spans.with_label_values(&[if result.is_ok() { "sent" } else { "failed" }]).inc_by(count);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
