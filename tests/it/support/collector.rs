//! A collector of traces that keeps all it gets.

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A collector that runs as long as the test.
#[derive(Clone, Default)]
pub struct Collector {
    got: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.got.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Starts it, and tells where it listens.
    pub async fn start() -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (collector, address) = (Self::default(), listener.local_addr().unwrap());
        let service = TraceServiceServer::new(collector.clone());
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)));
        (collector, address)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Span> {
        let got = self.got.lock().unwrap();
        let scopes = got.iter().flat_map(|one| &one.resource_spans).flat_map(|one| &one.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// What is said of those who made them.
    pub fn resource(&self) -> Vec<(String, String)> {
        let got = self.got.lock().unwrap();
        let resources = got.iter().flat_map(|one| &one.resource_spans).filter_map(|one| one.resource.as_ref());
        resources.take(1).flat_map(|one| texts(&one.attributes)).collect()
    }

    /// Waits until none came for a second, at most 20 s. The service must send more often than that
    /// (`OTEL_BSP_SCHEDULE_DELAY`).
    pub async fn settled(&self) {
        let mut before = 0;
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.spans().len();
            if now > 0 && now == std::mem::replace(&mut before, now) {
                break;
            }
        }
    }

    /// All bytes so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.got.lock().unwrap().iter().flat_map(Message::encode_to_vec).collect()
    }
}

/// Attributes as texts.
pub fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |one: &KeyValue| match one.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|one| (one.key.clone(), text(one))).collect()
}
