//! Calls frame by frame, below every gRPC client: whatever a caller may put on the wire.

use super::{raw::is_checkpoint, wire::SCHEMA};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use std::net::SocketAddr;
use tonic::{
    Code, Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::ServiceExt;

/// An answer as the wire has it.
#[derive(Debug)]
pub struct Answer {
    /// How the call ended.
    pub status: Status,
    /// The message, without the five bytes before it; empty where there is none.
    pub message: Bytes,
}

/// A connection of one caller's own.
#[derive(Clone)]
pub struct Wire {
    channel: Channel,
    bearer: String,
}

/// A message as gRPC frames it.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[0], &length.to_be_bytes()[..], message].concat()
}

/// A request with these bytes as its body, framed or not.
pub fn request(path: &str, body: Vec<u8>) -> http::Request<Body> {
    http::Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::new(Bytes::from(body))))
        .unwrap()
}

/// A stream up to its first checkpoint; it would go on for ever.
async fn beginning(mut body: Body) -> Result<Answer, String> {
    let (mut read, mut message) = (Vec::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("a broken answer: {error:?}"))?;
        let Ok(data) = frame.into_data() else { break };
        read.extend_from_slice(&data);
        while let Some((head, rest)) = read.split_at_checked(5) {
            let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
            let Some((one, rest)) = rest.split_at_checked(length) else { break };
            message.extend_from_slice(one);
            if is_checkpoint(one) {
                return Ok(Answer { status: Status::ok(""), message: message.into() });
            }
            read = rest.to_vec();
        }
    }
    Err("a stream that ended before its first checkpoint".to_owned())
}

impl Wire {
    /// A caller that shows this token.
    pub fn new(address: SocketAddr, token: &str) -> Self {
        let channel = Endpoint::new(format!("http://{address}")).unwrap().connect_lazy();
        Self { channel, bearer: format!("Bearer {token}") }
    }

    /// Calls an RPC. `Err` is what is no answer of gRPC's at all.
    pub async fn send(&self, mut request: http::Request<Body>) -> Result<Answer, String> {
        request.headers_mut().insert("authorization", self.bearer.parse().unwrap());
        let streams = SCHEMA.streams(request.uri().path());
        let response = self.channel.clone().oneshot(request).await.map_err(|error| format!("no answer: {error:?}"))?;
        let (parts, body) = response.into_parts();
        if streams && !parts.headers.contains_key("grpc-status") {
            return beginning(body).await;
        }
        let body = body.collect().await.map_err(|error| format!("a broken answer: {error:?}"))?;
        let trailers = body.trailers().and_then(Status::from_header_map);
        let status = Status::from_header_map(&parts.headers).or(trailers);
        let status = status.ok_or_else(|| format!("an answer of HTTP alone: {}", parts.status))?;
        let bytes = body.to_bytes();
        let message = if status.code() == Code::Ok { bytes.slice(5.min(bytes.len())..) } else { Bytes::new() };
        Ok(Answer { status, message })
    }

    /// Calls an RPC with a message.
    pub async fn call(&self, path: &str, message: &[u8]) -> Result<Answer, String> {
        self.send(request(path, frame(message))).await
    }
}
