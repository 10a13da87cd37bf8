//! What the process tells of itself while it runs: the log, and the traces of calls. What is counted is shown by `admin`.

mod log;
mod traces;

pub use log::start;
pub use traces::Traces;

/// Something cannot be told as configured.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one.
    #[error("log.filter cannot be read")]
    Filter,
    /// A log is set up already.
    #[error("the log is set up twice")]
    Twice,
    /// The machine's certificate authorities cannot be used for the collector.
    #[error("traces.endpoint: TLS cannot be set up")]
    Tls(#[from] tonic::transport::Error),
    /// The exporter of traces cannot be made.
    #[error("traces cannot be sent to traces.endpoint")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Counts cannot be shown.
    #[error("the counts of traces cannot be shown")]
    Counts(#[from] prometheus::Error),
}
