//! A span for each call that is traced, made when the call is over. It tells what the line in the log tells, in the words of
//! OpenTelemetry's conventions for RPC.

use super::{ended::Ended, route::Route};
use crate::{domain::time::Timestamp, grpc::status::code_name};
use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    propagation::{Extractor, TextMapPropagator},
    trace::{Span, SpanBuilder, SpanKind, Status, TraceId, Tracer},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracer};
use std::time::SystemTime;
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
    let told = headers.get(PARENT)?.as_bytes();
    // The library takes shorter numbers for ids, and those with a sign.
    let fits = |(place, byte): (usize, &u8)| match place {
        2 | 35 | 52 => *byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    let well_formed = told.len() >= 55 && told[..55].iter().enumerate().all(fits);
    well_formed.then(|| TraceContextPropagator::new().extract_with_context(&Context::new(), &OnlyParent(headers)))
}

/// Makes the span of a call that ended `now`. The gateway, operators and auditors decide by their own span whether there is
/// one, and it goes on from theirs; of all other calls, whose callers could fill the collector, a share has one. The id of the
/// trace, if the call is traced.
pub(super) fn tell(tracer: &SdkTracer, parent: Option<&Context>, call: &Ended<'_>, now: Timestamp) -> Option<TraceId> {
    let Route::Ours(row) = call.route else { return None };
    let name = row.path.trim_start_matches('/');
    let of_the_house = call.caller.is_some_and(|caller| caller.integrator().is_none());
    let parent = parent.filter(|_| of_the_house).cloned().unwrap_or_default();
    let end = SystemTime::UNIX_EPOCH + now.since(Timestamp::BEGINNING);
    let span = SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_start_time(end - call.took);
    let mut span = tracer.build_with_context(span, &parent);
    if !span.is_recording() {
        return None;
    }
    let code = code_name(call.code);
    span.set_attribute(KeyValue::new("rpc.system.name", "grpc"));
    span.set_attribute(KeyValue::new("rpc.method", name));
    span.set_attribute(KeyValue::new("rpc.response.status_code", code));
    span.set_attribute(KeyValue::new("ombord.caller", call.caller_kind()));
    let texts = [("ombord.integrator_id", call.integrator()), ("ombord.request_id", call.request_id)];
    for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text?))) {
        span.set_attribute(KeyValue::new(key, text.to_owned()));
    }
    if is_ours(call.code, name) {
        span.set_attribute(KeyValue::new("error.type", code));
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(end);
    Some(span.span_context().trace_id())
}

/// Whether the service and not the caller is at fault, as OpenTelemetry's conventions for gRPC servers have it. A stream of
/// the gate's ends with UNAVAILABLE when it has lasted its time, when the node goes down and when the node cannot decide; the
/// code does not tell these apart, so none is marked.
fn is_ours(code: Code, name: &str) -> bool {
    match code {
        Code::Unavailable => !name.ends_with("/WatchGate"),
        Code::Unknown | Code::DeadlineExceeded | Code::Unimplemented | Code::Internal | Code::DataLoss => true,
        _ => false,
    }
}
