//! A span for each call that is traced, made when the call is over. It tells what the line in the log tells.

use crate::domain::time::Timestamp;
use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    propagation::{Extractor, TextMapPropagator},
    trace::{Span, SpanBuilder, SpanKind, Status, TraceId, Tracer},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracer};
use std::time::{Duration, SystemTime};
use tonic::Code;

/// The one header of a caller's trace that is looked at: what else it may send along is text of its own.
const PARENT: &str = "traceparent";

struct OnlyParent<'a>(&'a HeaderMap);

impl Extractor for OnlyParent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).filter(|_| key == PARENT)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        vec![PARENT]
    }
}

/// The caller's own span, where it tells of one.
pub(super) fn parent(headers: &HeaderMap) -> Option<Context> {
    headers
        .contains_key(PARENT)
        .then(|| TraceContextPropagator::new().extract_with_context(&Context::new(), &OnlyParent(headers)))
}

/// A call that is over.
pub(super) struct Over<'a> {
    /// `/` service `/` method.
    pub path: &'static str,
    /// How it ended.
    pub code: Code,
    /// How long it took.
    pub took: Duration,
    /// The kind of the caller, and its slug where it is an integrator.
    pub caller: &'static str,
    pub integrator: Option<&'a str>,
    /// The call's id, where somebody has seen it.
    pub request_id: Option<&'a str>,
}

/// Tells of a call that ended `now`, under the caller's span if there is one. The id of the trace, if it is traced.
pub(super) fn tell(tracer: &SdkTracer, parent: Option<Context>, call: &Over<'_>, now: Timestamp) -> Option<TraceId> {
    let name = call.path.trim_start_matches('/');
    let end = SystemTime::UNIX_EPOCH + now.since(Timestamp::BEGINNING);
    let span = SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_start_time(end - call.took);
    let mut span = tracer.build_with_context(span, &parent.unwrap_or_default());
    if !span.is_recording() {
        return None;
    }
    let (service, method) = name.split_once('/').unwrap_or((name, ""));
    span.set_attribute(KeyValue::new("rpc.system", "grpc"));
    span.set_attribute(KeyValue::new("rpc.service", service));
    span.set_attribute(KeyValue::new("rpc.method", method));
    span.set_attribute(KeyValue::new("rpc.grpc.status_code", i64::from(i32::from(call.code))));
    span.set_attribute(KeyValue::new("ombord.caller", call.caller));
    let texts = [("ombord.integrator_id", call.integrator), ("ombord.request_id", call.request_id)];
    for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text?))) {
        span.set_attribute(KeyValue::new(key, text.to_owned()));
    }
    if is_ours(call.code, method) {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(end);
    Some(span.span_context().trace_id())
}

/// Whether the service and not the caller is at fault, as OpenTelemetry's conventions for gRPC servers have it. A stream of
/// the gate's that has lasted its time ends with UNAVAILABLE and is no fault.
fn is_ours(code: Code, method: &str) -> bool {
    match code {
        Code::Unavailable => method != "WatchGate",
        Code::Unknown | Code::DeadlineExceeded | Code::Unimplemented | Code::Internal | Code::DataLoss => true,
        _ => false,
    }
}
