//! What happens to every call before and after its handler. One tower layer; the order of its steps stands in
//! `answer` and nowhere else.
//!
//! A handler finds whom the token names ([`Verified`](crate::auth::Verified)) in its request's extensions. A call that runs out of time or whose caller hangs up is dropped where it waits: what must run to its
//! end once begun belongs in a task of its own.

mod access;
mod authorise;
mod call_id;
mod deadline;
mod decode;
mod in_flight;
mod panic;
mod route;
mod tally;

use crate::{auth::Authenticator, domain::time::Timestamp};
use access::Record;
use call_id::{CallId, CallIds};
use deadline::Deadline;
pub use decode::blame;
use http::{Request, Response};
use in_flight::InFlight;
pub use panic::caught;
use route::Route;
use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
pub use tally::Tally;
use tokio::time::Instant;
use tonic::{Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument;

/// What the layers need from the composition root.
pub struct Parts {
    /// Tokens to callers.
    pub authenticator: Authenticator,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A random number, which the ids of calls that bring none begin with.
    pub process: u64,
    /// Calls of GateService under way, at most.
    pub in_flight_gate: usize,
    /// Calls of the other services under way, at most.
    pub in_flight_other: usize,
    /// The longest time for one call.
    pub max_deadline: Duration,
    /// What is counted.
    pub tally: Tally,
}

/// The layers, for `tonic::transport::Server::layer`. Clones share their limits and counts.
#[derive(Clone)]
pub struct Stack(Arc<Shared>);

struct Shared {
    authenticator: Authenticator,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    call_ids: CallIds,
    in_flight: InFlight,
    max_deadline: Duration,
    tally: Tally,
}

/// All layers, in their order.
pub fn stack(parts: Parts) -> Stack {
    Stack(Arc::new(Shared {
        authenticator: parts.authenticator,
        now: parts.now,
        call_ids: CallIds::new(parts.process),
        in_flight: InFlight::new(parts.in_flight_gate, parts.in_flight_other),
        max_deadline: parts.max_deadline,
        tally: parts.tally,
    }))
}

#[cfg(test)]
impl Stack {
    fn tally(&self) -> &Tally {
        &self.0.tally
    }
}

impl<S> Layer<S> for Stack {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { shared: Arc::clone(&self.0), inner }
    }
}

/// Services with the layers around them.
#[derive(Clone)]
pub struct Guarded<S> {
    shared: Arc<Shared>,
    inner: S,
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // Taken here and not in the future: tonic's own timer for `grpc-timeout`, which answers CANCELLED, starts right
        // after this call, so ours is never later.
        let arrived = access::arrival();
        let next = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, next);
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { Ok(record(shared, inner, request, arrived).await) })
    }
}

/// Every call leaves one record. An answer carries the id of its call, if its caller or the log knows it.
async fn record<S>(shared: Arc<Shared>, inner: S, request: Request<Body>, arrived: Instant) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send,
    S::Future: Send,
{
    let route = Route::of(request.uri().path());
    let mut record = Record::open(route, CallId::given(request.headers()), arrived, Arc::clone(&shared));
    let answered = if route.is_quiet() {
        answer(&shared, inner, request, route, arrived, &mut record).await
    } else {
        let span = tracing::info_span!("rpc", request_id = record.call_id().as_str(), method = route.name());
        answer(&shared, inner, request, route, arrived, &mut record).instrument(span).await
    };
    record.follow(answered.unwrap_or_else(Status::into_http))
}

/// The order of the layers.
async fn answer<S>(
    shared: &Shared,
    inner: S,
    mut request: Request<Body>,
    route: Route,
    arrived: Instant,
    record: &mut Record,
) -> Result<Response<Body>, Status>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send,
    S::Future: Send,
{
    let row = match route {
        Route::Ours(row) => row,
        Route::Open(_) => return panic::caught(inner, request, || shared.tally.panicked()).await,
        Route::Unknown => return Err(Status::unimplemented("there is no such method")),
    };
    let deadline = Deadline::of(request.headers(), arrived, shared.max_deadline)?;
    let work = async {
        let _place = shared.in_flight.enter(row.pool).inspect_err(|_| shared.tally.shed())?;
        let authenticator = &shared.authenticator;
        let verified = authorise::caller(request.headers_mut(), row, authenticator, (shared.now)()).await?;
        record.caller(&verified);
        request.extensions_mut().insert(verified);
        panic::caught(inner, request, || shared.tally.panicked()).await.map(decode::blame)
    };
    deadline.limit(work).await
}

#[cfg(test)]
mod tests;
