//! Calls by path and bytes, and answers to the byte: for what no generated client could send or would show.

use super::wire::SCHEMA;
use bytes::{Buf, BufMut};
use http::uri::PathAndQuery;
use ombord::pb;
use prost::Message;
use std::net::SocketAddr;
use tonic::{
    Code, Request, Response, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::{Ascii, KeyAndValueRef, MetadataMap, MetadataValue},
    transport::{Channel, Endpoint},
};

/// All that a caller can tell one answer from another by, but for the call's own id and the time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The canonical code.
    pub code: Code,
    /// The status message.
    pub message: String,
    /// The encoded details of a refusal.
    pub details: Vec<u8>,
    /// Headers and trailers, in the order of their names.
    pub metadata: Vec<(String, Vec<u8>)>,
    /// The encoded message of an answer.
    pub body: Vec<u8>,
}

impl Answer {
    /// `OK`, or the reason of the refusal.
    pub fn outcome(&self) -> String {
        match self.code {
            Code::Ok => "OK".to_owned(),
            code => super::server::reason(&Status::with_details(code, &*self.message, self.details.clone().into())),
        }
    }
}

/// A caller that sends whatever it is given.
pub struct Raw {
    grpc: Grpc<Channel>,
    bearer: Option<MetadataValue<Ascii>>,
}

impl Raw {
    /// A caller with this token, or none, on a connection of its own.
    pub fn new(address: SocketAddr, token: Option<&str>) -> Self {
        let channel = Endpoint::new(format!("http://{address}")).unwrap().connect_lazy();
        Self { grpc: Grpc::new(channel), bearer: token.map(|token| format!("Bearer {token}").parse().unwrap()) }
    }

    /// Calls `/package.Service/Method` with the bytes of a message, or with any others.
    pub async fn call(&self, path: &str, body: Vec<u8>) -> Answer {
        let mut request = Request::new(body);
        if let Some(bearer) = &self.bearer {
            request.metadata_mut().insert("authorization", bearer.clone());
        }
        let mut grpc = self.grpc.clone();
        grpc.ready().await.unwrap();
        if SCHEMA.streams(path) {
            let answer = grpc.server_streaming(request, PathAndQuery::try_from(path).unwrap(), Bytes).await;
            return match answer {
                Ok(response) => beginning(response).await,
                Err(status) => refusal(&status),
            };
        }
        match grpc.unary(request, PathAndQuery::try_from(path).unwrap(), Bytes).await {
            Ok(response) => Answer {
                code: Code::Ok,
                message: String::new(),
                details: Vec::new(),
                metadata: shown(response.metadata()),
                body: response.into_inner(),
            },
            Err(status) => refusal(&status),
        }
    }
}

fn refusal(status: &Status) -> Answer {
    Answer {
        code: status.code(),
        message: status.message().to_owned(),
        details: status.details().to_vec(),
        metadata: shown(status.metadata()),
        body: Vec::new(),
    }
}

/// A stream up to its first checkpoint; it would go on for ever.
async fn beginning(response: Response<Streaming<Vec<u8>>>) -> Answer {
    let metadata = shown(response.metadata());
    let (mut messages, mut body) = (response.into_inner(), Vec::new());
    loop {
        match messages.message().await {
            Err(status) => return refusal(&status),
            Ok(message) => {
                let message = message.expect("a stream ends with an error");
                body.extend_from_slice(&message);
                if is_checkpoint(&message) {
                    return Answer { code: Code::Ok, message: String::new(), details: Vec::new(), metadata, body };
                }
            }
        }
    }
}

/// Whether a message of `WatchGate` is a checkpoint.
pub fn is_checkpoint(message: &[u8]) -> bool {
    let message = pb::WatchGateResponse::decode(message).unwrap().message;
    matches!(message, Some(pb::watch_gate_response::Message::Checkpoint(_)))
}

fn shown(metadata: &MetadataMap) -> Vec<(String, Vec<u8>)> {
    let text = |entry: KeyAndValueRef<'_>| match entry {
        KeyAndValueRef::Ascii(key, value) => (key.to_string(), value.as_encoded_bytes().to_vec()),
        KeyAndValueRef::Binary(key, value) => (key.to_string(), value.as_encoded_bytes().to_vec()),
    };
    let mut all: Vec<_> = metadata.iter().map(text).collect();
    all.retain(|(key, _)| key != "x-request-id" && key != "date");
    all.sort();
    all
}

/// The codec of bytes that are left as they are.
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
