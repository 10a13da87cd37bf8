//! A handler that panics answers INTERNAL. Without this its caller would see CANCELLED, as if it had hung up itself.

use crate::grpc::status;
use futures_util::FutureExt;
use http::{Request, Response};
use std::{convert::Infallible, panic::AssertUnwindSafe};
use tonic::{Status, body::Body};
use tower::Service;

/// Calls the service; its panic is told to whoever counts, logged (where it was, not what it said) and becomes INTERNAL.
pub async fn caught<S>(mut inner: S, request: Request<Body>, count: impl FnOnce()) -> Result<Response<Body>, Status>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let called = AssertUnwindSafe(async { inner.call(request).await }).catch_unwind().await;
    match called {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(never)) => match never {},
        Err(_) => {
            count();
            tracing::error!("a handler panicked");
            Err(status::internal())
        }
    }
}
