//! A handler that panics answers INTERNAL. Without this its caller would see CANCELLED, as if it had hung up itself.

use crate::grpc::status;
use futures_util::FutureExt;
use http::Response;
use std::{convert::Infallible, panic::AssertUnwindSafe};
use tonic::{Status, body::Body};

/// A handler's answer; its panic is told to whoever counts, logged (where it was, not what it said) and becomes INTERNAL.
pub async fn caught(
    called: impl Future<Output = Result<Response<Body>, Infallible>>,
    count: impl FnOnce(),
) -> Result<Response<Body>, Status> {
    match AssertUnwindSafe(called).catch_unwind().await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(never)) => match never {},
        Err(_) => {
            count();
            tracing::error!("a handler panicked");
            Err(status::internal())
        }
    }
}
