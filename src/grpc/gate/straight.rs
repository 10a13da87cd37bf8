//! The way to the gate. A check costs little more than the call around it, and a good part of that is the router that
//! finds the service among others: what is for the gate goes there straight.

use super::GateApi;
use crate::pb::gate_service_server::{GateServiceServer, SERVICE_NAME};
use http::{Request, Response};
use std::{
    convert::Infallible,
    task::{Context, Poll},
};
use tonic::body::Body;
use tower::{Layer, Service};

/// The layer, with the gate.
#[derive(Clone)]
pub struct Straight(pub GateServiceServer<GateApi>);

impl<S> Layer<S> for Straight {
    type Service = GateFirst<S>;

    fn layer(&self, others: S) -> GateFirst<S> {
        GateFirst { gate: self.0.clone(), others }
    }
}

/// The gate before all other services.
#[derive(Clone)]
pub struct GateFirst<S> {
    gate: GateServiceServer<GateApi>,
    others: S,
}

impl<S> Service<Request<Body>> for GateFirst<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    /// In a box, as the gate's own is: what the others' would take is not carried along with every check.
    type Future = <GateServiceServer<GateApi> as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.others.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().strip_prefix('/').and_then(|path| path.strip_prefix(SERVICE_NAME));
        match method {
            Some(method) if method.starts_with('/') => self.gate.call(request),
            _ => Box::pin(self.others.call(request)),
        }
    }
}
