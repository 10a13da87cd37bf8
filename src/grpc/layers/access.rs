//! One line in the log for each call, written when its answer is sent or its caller has hung up. Never a token, never a
//! body, never text of the caller's but the request id.

use super::{CallId, route::Route};
use crate::{domain::ids::IntegratorId, grpc::status::code_name, service::caller::Caller};
use bytes::Bytes;
use http::{HeaderMap, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub struct Tally {
    answered: AtomicU64,
    cancelled: AtomicU64,
    panicked: AtomicU64,
    shed: AtomicU64,
}

impl Tally {
    /// Calls that were answered, whatever the answer.
    pub fn answered_calls(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Calls whose caller hung up before the end of the answer.
    pub fn cancelled_calls(&self) -> u64 {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Handlers that panicked.
    pub fn panics(&self) -> u64 {
        self.panicked.load(Ordering::Relaxed)
    }

    /// Calls turned away because too many were under way.
    pub fn shed_calls(&self) -> u64 {
        self.shed.load(Ordering::Relaxed)
    }

    pub(super) fn panicked(&self) {
        self.panicked.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
    }
}

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
    call_id: CallId,
    arrived: Instant,
    caller: &'static str,
    integrator: Option<IntegratorId>,
    tally: Arc<Tally>,
    closed: bool,
}

impl Record {
    pub fn open(route: Route, call_id: CallId, arrived: Instant, tally: Arc<Tally>) -> Self {
        Self { route, call_id, arrived, caller: "none", integrator: None, tally, closed: false }
    }

    pub fn caller(&mut self, caller: &Caller) {
        self.caller = caller.kind_name();
        self.integrator = caller.integrator().cloned();
    }

    /// Goes with the answer to its end.
    pub fn follow(mut self, response: Response<Body>) -> Response<Body> {
        if let Some(code) = code_in(response.headers()) {
            self.close(code);
            return response;
        }
        response.map(|body| Body::new(Followed { body, record: self }))
    }

    fn close(&mut self, code: Code) {
        if !std::mem::replace(&mut self.closed, true) {
            self.tally.answered.fetch_add(1, Ordering::Relaxed);
            self.write(code_name(code));
        }
    }

    fn write(&self, code: &'static str) {
        let method = self.route.name();
        let request_id = self.call_id.as_str();
        let duration_ms = since(self.arrived).as_secs_f64() * 1000.0;
        let (caller, integrator) = (self.caller, self.integrator.as_ref().map(IntegratorId::as_str));
        match self.route {
            Route::Open(_) => tracing::debug!(method, code, duration_ms, request_id, "call"),
            _ => tracing::info!(method, code, duration_ms, request_id, caller, integrator, "call"),
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.closed {
            self.tally.cancelled.fetch_add(1, Ordering::Relaxed);
            self.write("cancelled by the caller");
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
