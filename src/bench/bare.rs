//! A tonic server that does nothing: it reads each question and gives back one answer that was captured from a real server.
//! What it costs is what any gRPC server in this language costs.

use crate::pb::{
    self,
    gate_service_server::{GateService, GateServiceServer},
};
use anyhow::Context;
use prost::Message;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::{Request, Response, Status, transport::Server};

/// Either answer, without its frame's head.
#[derive(Debug, Clone, Default)]
struct Bare {
    check: pb::CheckSendResponse,
    batch: pb::BatchCheckSendResponse,
}

/// Serves until it is killed. `told` is given the address; `reply` is an answer to a batch or to one question.
pub async fn serve(batch: bool, reply: &[u8], told: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let mut bare = Bare::default();
    match batch {
        true => bare.batch = pb::BatchCheckSendResponse::decode(reply).context("the reply")?,
        false => bare.check = pb::CheckSendResponse::decode(reply).context("the reply")?,
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    told(listener.local_addr()?);
    let connections = TcpListenerStream::new(listener).map(|connection| {
        let connection = connection?;
        connection.set_nodelay(true)?;
        Ok::<_, std::io::Error>(connection)
    });
    let service = GateServiceServer::new(bare).max_decoding_message_size(2 << 20);
    Ok(Server::builder().add_service(service).serve_with_incoming(connections).await?)
}

#[tonic::async_trait]
impl GateService for Bare {
    async fn check_send(&self, _: Request<pb::CheckSendRequest>) -> Result<Response<pb::CheckSendResponse>, Status> {
        Ok(Response::new(self.check.clone()))
    }

    async fn batch_check_send(
        &self,
        _: Request<pb::BatchCheckSendRequest>,
    ) -> Result<Response<pb::BatchCheckSendResponse>, Status> {
        Ok(Response::new(self.batch.clone()))
    }

    async fn explain_send(
        &self,
        _: Request<pb::ExplainSendRequest>,
    ) -> Result<Response<pb::ExplainSendResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    type WatchGateStream = tokio_stream::Empty<Result<pb::WatchGateResponse, Status>>;

    async fn watch_gate(&self, _: Request<pb::WatchGateRequest>) -> Result<Response<Self::WatchGateStream>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}
