//! The way to the gate. A check costs little more than the call around it, and a good part of that is the router that
//! finds the service among others: a check goes to the gate straight. Everything else is worked on by other threads, so that no
//! check waits behind it: also the gate's own streams and explanations, which read the database.

use super::{
    GateApi,
    server::gate_service_server::{GateServiceServer, SERVICE_NAME},
};
use crate::grpc::status;
use http::{Request, Response};
use std::{
    convert::Infallible,
    panic::resume_unwind,
    task::{Context, Poll},
};
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument;

/// The methods that are checks, as the table of scopes has them: to look there for each call would cost more.
const CHECKS: [&str; 2] = ["/CheckSend", "/BatchCheckSend"];

/// The layer.
#[derive(Clone)]
pub struct Straight {
    /// The gate.
    pub gate: GateServiceServer<GateApi>,
    /// The threads for all other work.
    pub others: Handle,
}

impl<S> Layer<S> for Straight {
    type Service = GateFirst<S>;

    fn layer(&self, others: S) -> GateFirst<S> {
        GateFirst { gate: self.gate.clone(), others, threads: self.others.clone() }
    }
}

/// The gate before all other services.
#[derive(Clone)]
pub struct GateFirst<S> {
    gate: GateServiceServer<GateApi>,
    others: S,
    threads: Handle,
}

type Answering = <GateServiceServer<GateApi> as Service<Request<Body>>>::Future;

/// Works on a call on other threads, for as long as somebody waits for it.
fn elsewhere(
    threads: &Handle,
    call: impl Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
) -> Answering {
    let task = AbortOnDropHandle::new(threads.spawn(call.in_current_span()));
    Box::pin(async {
        task.await.unwrap_or_else(|error| match error.try_into_panic() {
            // It goes on here, where it is answered.
            Ok(panic) => resume_unwind(panic),
            // The threads are going down.
            Err(_) => Ok(status::internal().into_http()),
        })
    })
}

impl<S> Service<Request<Body>> for GateFirst<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    /// In a box, as the gate's own is: what the others' would take is not carried along with every check.
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.others.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().strip_prefix('/').and_then(|path| path.strip_prefix(SERVICE_NAME));
        match method {
            Some(check) if CHECKS.contains(&check) => self.gate.call(request),
            Some(method) if method.starts_with('/') => elsewhere(&self.threads, self.gate.call(request)),
            _ => elsewhere(&self.threads, self.others.call(request)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::table::TABLE;
    use futures_util::FutureExt;
    use std::{panic::AssertUnwindSafe, thread, time::Duration};
    use tokio::{sync::oneshot, time::timeout};

    #[test]
    fn the_checks_are_those_of_the_table() {
        let checks = TABLE.iter().filter(|row| row.check).map(|row| row.path.to_owned());
        assert_eq!(checks.collect::<Vec<_>>(), CHECKS.map(|method| format!("/{SERVICE_NAME}{method}")));
    }

    #[tokio::test]
    async fn a_call_is_worked_on_by_other_threads_and_no_longer_than_somebody_waits() {
        let others = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let here = thread::current().id();
        let (told, worked) = oneshot::channel();
        let call = async move {
            told.send(thread::current().id()).unwrap();
            Ok(Response::new(Body::empty()))
        };
        elsewhere(others.handle(), call).await.unwrap();
        assert_ne!(worked.await.unwrap(), here);

        let panicking = elsewhere(others.handle(), async { panic!("as ordered") });
        assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err(), "the panic goes on where it is answered");

        let (held, dropped) = oneshot::channel::<()>();
        let endless = async move {
            let _held = held;
            std::future::pending().await
        };
        let waited = timeout(Duration::from_millis(50), elsewhere(others.handle(), endless)).await;
        assert!(waited.is_err());
        timeout(Duration::from_secs(10), dropped).await.unwrap().unwrap_err();
        others.shutdown_background();
    }
}
