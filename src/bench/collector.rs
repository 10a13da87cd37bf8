//! A collector of traces that counts them and keeps none.

use super::{processes::Pinning, rounds::beside_the_load};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A collector that runs until this process ends.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Where it listens.
    pub address: SocketAddr,
    spans: Arc<AtomicU64>,
}

impl Collector {
    /// Starts it beside the load.
    pub fn start(pinning: Option<Pinning>) -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let collector = Self { address: listener.local_addr()?, spans: Arc::default() };
        let counting = Counting(collector.spans.clone());
        beside_the_load("collector", pinning, async move || {
            let connections = TcpListenerStream::new(TcpListener::from_std(listener)?);
            let service = TraceServiceServer::new(counting);
            Ok(Server::builder().add_service(service).serve_with_incoming(connections).await?)
        })?;
        Ok(collector)
    }

    /// How many spans came so far.
    pub fn spans(&self) -> u64 {
        self.spans.load(Ordering::Relaxed)
    }
}

struct Counting(Arc<AtomicU64>);

#[tonic::async_trait]
impl TraceService for Counting {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.get_ref().resource_spans.iter();
        let spans: usize = resources.flat_map(|one| &one.scope_spans).map(|scope| scope.spans.len()).sum();
        self.0.fetch_add(spans as u64, Ordering::Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
