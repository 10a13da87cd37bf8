//! Traces of calls, sent to a collector by OTLP over gRPC. No call waits for that: ended spans stand in a queue of bounded
//! length, from which a thread of its own sends them, and what finds no room there is dropped.

use super::TelemetryError;
use crate::config::Traces as Settings;
use http::uri::Scheme;
use opentelemetry::{Context, KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use prometheus::{IntCounter, IntCounterVec, Opts, Registry};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tonic::transport::{ClientTlsConfig, Endpoint};

/// How long the collector may take to be reached, and how long for one answer.
const ANSWER: Duration = Duration::from_secs(3);
/// How long the last spans may take to leave when the service ends.
const FLUSH: Duration = Duration::from_secs(2);

/// Where spans go.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send spans where the settings say so. The connection lives on the threads on which this is called.
    /// The variables `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_RESOURCE_ATTRIBUTES` mean what they mean to every program that
    /// OpenTelemetry's library traces. Fails where TLS, the exporter or the counts cannot be set up; a collector
    /// that is away is no failure.
    pub fn start(settings: &Settings, registry: &Registry) -> Result<Option<Self>, TelemetryError> {
        let Some(endpoint) = &settings.endpoint else { return Ok(None) };
        let mut endpoint = Endpoint::from(endpoint.clone()).connect_timeout(ANSWER).timeout(ANSWER);
        if endpoint.uri().scheme() == Some(&Scheme::HTTPS) {
            endpoint = endpoint.tls_config(ClientTlsConfig::new().with_native_roots())?;
        }
        let exporter = SpanExporter::builder().with_tonic().with_channel(endpoint.connect_lazy()).with_timeout(ANSWER);
        let made = IntCounter::new("ombord_trace_spans_total", "Spans that were made for the collector.")?;
        let exported = Opts::new(
            "ombord_trace_spans_exported_total",
            "Spans that the collector answered for (sent; it may have refused some), or did not (failed). What is missing from \
             ombord_trace_spans_total waits in the queue, or was dropped because that was full.",
        );
        let exported = IntCounterVec::new(exported, &["outcome"])?;
        registry.register(Box::new(made.clone()))?;
        registry.register(Box::new(exported.clone()))?;
        let exporter = Telling { exporter: exporter.build()?, exported, away: AtomicBool::new(false) };
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_resource(Resource::builder().with_service_name("ombord").with_attribute(version).build())
            // A parent is given only where the caller may decide that its call is traced; of all other calls it is a share.
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample))))
            .with_span_processor(Counting { next: BatchSpanProcessor::builder(exporter).build(), made })
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
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans did not leave in time");
        }
    }
}

/// Counts spans before they stand in the queue.
#[derive(Debug)]
struct Counting {
    next: BatchSpanProcessor,
    made: IntCounter,
}

impl SpanProcessor for Counting {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.made.inc();
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

/// An exporter that tells when the collector takes nothing, and when it does again.
#[derive(Debug)]
struct Telling {
    exporter: SpanExporter,
    exported: IntCounterVec,
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
        self.exported.with_label_values(&[if result.is_ok() { "sent" } else { "failed" }]).inc_by(count);
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
