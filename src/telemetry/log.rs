//! The log. One line an event on standard error, as JSON or for people; fields to query by, no personal data: values
//! of requests are not logged, and the libraries below are held to levels at which they tell nothing of a call.

use super::TelemetryError;
use crate::config::{Log, LogFormat};
use std::{io, panic::PanicHookInfo};
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, fmt, fmt::MakeWriter, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

/// What libraries may tell at most, whatever the filter says: below these levels some of them write headers, and with
/// them tokens, or the bytes of a message.
const CEILINGS: [&str; 8] = [
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    "rustls=info",
    "sqlx=warn",
    "tokio_util=info",
    "tonic=info",
    "tower=info",
];

/// Sets up the log of this process, panics included.
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let filter = filter(&log.filter)?;
    // Not a filter of the layer's own: one that was asked and then told nothing takes the next event for refused.
    let registry = tracing_subscriber::registry().with(filter).with(lines(log.format, io::stderr));
    registry.try_init().map_err(|_| TelemetryError::Twice)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    let filter = EnvFilter::builder().parse(text).map_err(|_| TelemetryError::Filter)?;
    CEILINGS.into_iter().try_fold(filter, |filter, ceiling| {
        Ok(filter.add_directive(ceiling.parse().map_err(|_| TelemetryError::Filter)?))
    })
}

fn lines<S, W>(format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    match format {
        LogFormat::Json => Box::new(fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer)),
        LogFormat::Text => Box::new(fmt::layer().with_ansi(false).with_writer(writer)),
    }
}

/// Where it panicked, not what it said: a panic's text may hold any value.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panic");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, text: &str, events: impl FnOnce()) -> String {
        let written = Lines::default();
        let writer = written.clone();
        let registry = tracing_subscriber::registry().with(filter(text).unwrap());
        tracing::subscriber::with_default(registry.with(lines(format, move || writer.clone())), events);
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_is_one_object_a_line_with_the_calls_id() {
        let text = logged(LogFormat::Json, "info", || {
            let _call = tracing::info_span!("rpc", request_id = "r1").entered();
            tracing::info!(code = "OK", "call\n{{");
        });
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&line["message"], &line["code"], &line["span"]["request_id"]),
            (&"call\n{".into(), &"OK".into(), &"r1".into())
        );
    }

    #[test]
    fn libraries_are_held_down_whatever_the_filter_says() {
        for filter in ["trace", "trace,h2=trace,hyper=debug"] {
            let text = logged(LogFormat::Text, filter, || {
                tracing::trace!(target: "h2::codec", "a header");
                tracing::debug!(target: "hyper::proto", "a header");
                tracing::info!(target: "sqlx::query", "a value");
                tracing::trace!(target: "ombord::gate", "ours");
            });
            assert!(text.contains("ours") && !text.contains("a header") && !text.contains("a value"), "{text}");
        }
        assert!(super::filter("info,,=x").is_err());
    }

    #[test]
    fn a_panic_says_where_and_not_what() {
        let text = logged(LogFormat::Text, "info", || {
            let hook = std::panic::take_hook();
            std::panic::set_hook(Box::new(log_panic));
            let _ = std::panic::catch_unwind(|| panic!("anna@example.com"));
            std::panic::set_hook(hook);
        });
        assert!(text.contains("log.rs") && !text.contains("anna"), "{text}");
    }
}
