//! A call from its arrival to its end, which is when its answer is sent or its caller has hung up: then it is counted, traced
//! and logged.

use super::{Shared, call_id::CallId, ended::Ended, route::Route, trace};
use crate::auth::Verified;
use bytes::Bytes;
use http::{HeaderMap, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use opentelemetry::Context as Trace;
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
        self.end(code, false);
    }

    /// Counts the call, traces it if it is one of those, and writes its line; once.
    fn end(&mut self, code: Code, hung_up: bool) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let took = since(self.arrived);
        if hung_up {
            self.shared.tally.cancelled();
        } else {
            self.shared.tally.answered(self.route, code, took);
        }
        // Who looks for the cause of an error has an id to look for.
        if code != Code::Ok {
            self.call_id();
        }
        let ended = Ended {
            route: self.route,
            code,
            hung_up,
            took,
            caller: self.caller.as_ref().map(|known| &known.caller),
            request_id: self.call_id.as_ref().map(CallId::as_str),
        };
        let tracer = self.shared.tracer.as_ref();
        let trace = tracer.and_then(|tracer| trace::tell(tracer, self.parent.as_ref(), &ended, (self.shared.now)()));
        ended.log(trace);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.end(Code::Cancelled, true);
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
