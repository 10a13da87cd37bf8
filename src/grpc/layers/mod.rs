//! What happens to every call before and after its handler. One tower layer; the order of its steps stands in
//! `begin` and nowhere else.
//!
//! A handler finds whom the token names ([`Verified`]) in its request's extensions. A call that runs out of time or whose
//! caller hangs up is dropped where it waits: what must run to its end once begun belongs in a task of its own.

mod access;
mod authorise;
mod call_id;
mod deadline;
mod decode;
mod ended;
mod in_flight;
mod panic;
mod route;
mod tally;
mod trace;

use crate::{
    auth::{Authenticator, Verified},
    domain::time::Timestamp,
};
use access::Record;
use authorise::Credentials;
use call_id::CallIds;
use deadline::Deadline;
pub use decode::blame;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use in_flight::{InFlight, Place};
use opentelemetry_sdk::trace::SdkTracer;
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
    /// Makes spans of calls, where they are traced.
    pub tracer: Option<SdkTracer>,
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
    tracer: Option<SdkTracer>,
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
        tracer: parts.tracer,
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
        let route = Route::of(request.uri().path());
        let mut record = Record::open(route, request.headers(), arrived, Arc::clone(&self.shared));
        if route.is_quiet() {
            let begun = begin(&self.shared, inner, request, route, arrived, &mut record);
            return Box::pin(async move {
                let answered = answered(begun, &mut record).await;
                Ok(record.follow(answered.unwrap_or_else(Status::into_http)))
            });
        }
        let span = tracing::info_span!("rpc", request_id = record.call_id().as_str(), method = route.name());
        let begun = span.in_scope(|| begin(&self.shared, inner, request, route, arrived, &mut record));
        Box::pin(async move {
            let answered = answered(begun, &mut record).instrument(span).await;
            Ok(record.follow(answered.unwrap_or_else(Status::into_http)))
        })
    }
}

/// The answer, or why there is none.
async fn answered<F>(begun: Result<Begun<F>, Status>, record: &mut Record) -> Result<Response<Body>, Status>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    begun?.answer(record).await
}

/// The order of the layers, as far as a call gets without waiting: for nearly all, to the handler. What waits is a future
/// of its own, so that the others' are small.
fn begin<S>(
    shared: &Arc<Shared>,
    mut inner: S,
    mut request: Request<Body>,
    route: Route,
    arrived: Instant,
    record: &mut Record,
) -> Result<Begun<S::Future>, Status>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
    S::Future: Send,
{
    let row = match route {
        Route::Ours(row) => row,
        Route::Open(_) => return Ok(Begun::Open(inner.call(request))),
        Route::Unknown => return Err(Status::unimplemented("there is no such method")),
    };
    let deadline = Deadline::of(request.headers(), arrived, shared.max_deadline)?;
    let mut place = shared.in_flight.enter(row.pool).inspect_err(|_| shared.tally.shed())?;
    let now = (shared.now)();
    let turn = match authorise::credentials(request.headers_mut(), row, &shared.authenticator, now)? {
        Credentials::Known(verified) => {
            record.caller(&verified);
            place.counts_for(&verified.caller).inspect_err(|_| shared.tally.shed())?;
            request.extensions_mut().insert(verified);
            Turn::Come(inner.call(request))
        }
        Credentials::New(credentials) => {
            let shared = Arc::clone(shared);
            Turn::Waits(Box::pin(async move {
                let verified = authorise::verified(&credentials, row, &shared.authenticator, now).await?;
                request.extensions_mut().insert(Arc::clone(&verified));
                Ok((verified, inner.call(request)))
            }))
        }
    };
    Ok(Begun::Ours { deadline, place, turn })
}

/// A call that was not refused at once.
enum Begun<F> {
    /// Health and reflection, of which nothing is asked.
    Open(F),
    /// An RPC of ours.
    Ours { deadline: Deadline, place: Place, turn: Turn<F> },
}

/// The handler's turn.
enum Turn<F> {
    /// The handler is called.
    Come(F),
    /// It is called when the caller's token is verified.
    Waits(BoxFuture<'static, Result<(Arc<Verified>, F), Status>>),
}

impl<F: Future<Output = Result<Response<Body>, Infallible>>> Begun<F> {
    async fn answer(self, record: &mut Record) -> Result<Response<Body>, Status> {
        let shared = Arc::clone(record.shared());
        let panicked = || shared.tally.panicked();
        let (deadline, place, turn) = match self {
            Self::Open(handler) => return caught(handler, panicked).await,
            Self::Ours { deadline, place, turn } => (deadline, place, turn),
        };
        let work = async {
            let mut place = place;
            let handler = match turn {
                Turn::Come(handler) => handler,
                Turn::Waits(verifying) => {
                    let (verified, handler) = verifying.await?;
                    record.caller(&verified);
                    place.counts_for(&verified.caller).inspect_err(|_| shared.tally.shed())?;
                    handler
                }
            };
            caught(handler, panicked).await.map(decode::blame)
        };
        deadline.limit(work).await
    }
}

#[cfg(test)]
mod tests;
