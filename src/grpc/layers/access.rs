//! One line in the log for each call, written when its answer is sent or its caller has hung up, but for those that are
//! only counted when they were answered well. Never a token, never a body, never text of the caller's but the request id.

use super::{
    Shared,
    call_id::CallId,
    route::Route,
    trace::{self, Over},
};
use crate::{auth::Verified, domain::ids::IntegratorId, grpc::status::code_name};
use bytes::Bytes;
use http::{HeaderMap, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use opentelemetry::{Context as Trace, trace::TraceId};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};

#[expect(clippy::disallowed_methods, reason = "how long a call takes is measured, nothing is decided by it")]
pub(super) fn arrival() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "how long a call takes is measured, nothing is decided by it")]
fn since(arrived: Instant) -> Duration {
    arrived.elapsed()
}

/// A call under way. Whoever drops it before its answer is complete counts it as cancelled.
pub(super) struct Record {
    route: Route,
    call_id: Option<CallId>,
    arrived: Instant,
    caller: Option<Arc<Verified>>,
    /// The caller's span, where calls are traced and it tells of one.
    parent: Option<Trace>,
    shared: Arc<Shared>,
    closed: bool,
}

impl Record {
    pub fn open(route: Route, headers: &HeaderMap, arrived: Instant, shared: Arc<Shared>) -> Self {
        let parent = shared.tracer.as_ref().and_then(|_| trace::parent(headers));
        Self { route, call_id: CallId::given(headers), arrived, caller: None, parent, shared, closed: false }
    }

    /// The call's id, made now if it has none.
    pub fn call_id(&mut self) -> &CallId {
        self.call_id.get_or_insert_with(|| self.shared.call_ids.make())
    }

    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub fn caller(&mut self, caller: &Arc<Verified>) {
        self.caller = Some(Arc::clone(caller));
    }

    /// Goes with the answer to its end.
    pub fn follow(mut self, mut response: Response<Body>) -> Response<Body> {
        let ended = code_in(response.headers());
        if ended.is_some_and(|code| code != Code::Ok) {
            self.call_id();
        }
        if let Some(call_id) = &self.call_id {
            call_id.echo(response.headers_mut());
        }
        // The answer to a check is whole when its handler has made it; to watch it go out would cost more than to make it.
        if let Some(code) = ended.or_else(|| self.route.is_check().then_some(Code::Ok)) {
            self.close(code);
            return response;
        }
        response.map(|body| Body::new(Followed { body, record: self }))
    }

    fn close(&mut self, code: Code) {
        if !std::mem::replace(&mut self.closed, true) {
            let took = since(self.arrived);
            self.shared.tally.answered(self.route, code, took);
            let trace = self.trace(code, took);
            self.write(code_name(code), code == Code::Ok, took, trace);
        }
    }

    /// Traces it, if calls are traced and this is one of them.
    fn trace(&mut self, code: Code, took: Duration) -> Option<TraceId> {
        if code != Code::Ok {
            self.call_id();
        }
        let (Some(tracer), Route::Ours(row)) = (&self.shared.tracer, self.route) else { return None };
        let known = self.caller.as_ref().map(|known| &known.caller);
        let call = Over {
            path: row.path,
            code,
            took,
            caller: known.map_or("none", |caller| caller.kind_name()),
            integrator: known.and_then(|caller| caller.integrator()).map(IntegratorId::as_str),
            request_id: self.call_id.as_ref().map(CallId::as_str),
        };
        // Only who is of the operator's own house decides what is traced.
        let parent = self.parent.take().filter(|_| known.is_some_and(|caller| caller.integrator().is_none()));
        trace::tell(tracer, parent, &call, (self.shared.now)())
    }

    fn write(&mut self, code: &'static str, well: bool, took: Duration, trace: Option<TraceId>) {
        let quiet = self.route.is_quiet() && (well || matches!(self.route, Route::Open(_)));
        if quiet && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let method = self.route.name();
        let duration_ms = took.as_secs_f64() * 1000.0;
        let trace_id = trace.map(tracing::field::display);
        let known = self.caller.clone();
        let caller = known.as_ref().map_or("none", |known| known.caller.kind_name());
        let integrator = known.as_ref().and_then(|known| known.caller.integrator()).map(IntegratorId::as_str);
        let request_id = self.call_id().as_str();
        if quiet {
            tracing::debug!(method, code, duration_ms, request_id, caller, integrator, trace_id, "call");
        } else {
            tracing::info!(method, code, duration_ms, request_id, caller, integrator, trace_id, "call");
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.closed {
            self.shared.tally.cancelled();
            let took = since(self.arrived);
            let trace = self.trace(Code::Cancelled, took);
            self.write("cancelled by the caller", false, took, trace);
        }
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|code| Code::from_bytes(code.as_bytes()))
}

/// An answer's body, watched for the status in its trailers.
struct Followed {
    body: Body,
    record: Record,
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.record.close(code_in(trailers).unwrap_or(Code::Unknown));
                }
            }
            Some(Err(status)) => self.record.close(status.code()),
            None => self.record.close(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
