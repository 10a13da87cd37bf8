//! What the server's layers do for a call's answer, for a server that has no callers to tell apart: a request that is no
//! message is the caller's fault, and a handler that panics answers INTERNAL.

use crate::grpc::layers::{blame, caught};
use http::{Request, Response};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

/// The layer.
#[derive(Clone)]
pub(super) struct Guard;

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded(inner)
    }
}

/// A service with the layer around it.
#[derive(Clone)]
pub(super) struct Guarded<S>(S);

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let called = self.0.call(request);
        Box::pin(async move { Ok(caught(called, || ()).await.map_or_else(Status::into_http, blame)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;
    use tonic_types::StatusExt;

    /// What the guard makes of an answer: its code and reason.
    async fn guarded(answer: impl Fn(&Request<Body>) -> Response<Body> + Clone + Send + 'static) -> (Code, String) {
        let service = tower::service_fn(move |request: Request<Body>| {
            let answer = answer.clone();
            async move { Ok::<_, Infallible>(answer(&request)) }
        });
        let answered = Guard.layer(service).call(Request::new(Body::empty())).await.unwrap();
        let status = Status::from_header_map(answered.headers()).unwrap();
        let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
        (status.code(), reason)
    }

    #[tokio::test]
    async fn what_no_handler_answered_is_the_callers_fault_and_a_panic_is_ours() {
        let malformed = guarded(|_| Status::internal("failed to decode Protobuf message: x").into_http()).await;
        assert_eq!(malformed, (Code::InvalidArgument, "MALFORMED_MESSAGE".to_owned()));
        let large = guarded(|_| Status::out_of_range("Error, decoded message length too large").into_http()).await;
        assert_eq!(large, (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()));
        let unknown = guarded(|_| Status::unimplemented("").into_http()).await;
        assert_eq!(unknown.0, Code::Unimplemented);
        let ours = guarded(|_| Status::internal("ours").into_http());
        assert_eq!(ours.await.0, Code::Internal);
        assert_eq!(guarded(|_| panic!("as ordered")).await, (Code::Internal, "INTERNAL".to_owned()));
    }
}
