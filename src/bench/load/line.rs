//! One HTTP/2 connection and the gRPC calls on it, by hand: what goes out is ready, and what comes in is only gathered.

use super::Target;
use anyhow::{Context, bail};
use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderValue, Method, Request, Version, header};
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpStream;

/// Room for answers on their way, so that nobody waits for leave to send.
const WINDOW: u32 = 16 << 20;
/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection.
#[derive(Clone)]
pub struct Line {
    send: SendRequest<Bytes>,
    head: Request<()>,
}

/// One call.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The message with its frame's head.
    pub frame: Bytes,
    /// Where the answer's message goes, with its frame's head.
    pub answer: &'a mut Vec<u8>,
}

impl Line {
    /// Connects, within the current `LocalSet`.
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let nothing = || format!("nothing answers at {}", target.address);
        let stream = tokio::time::timeout(CONNECT, TcpStream::connect(target.address)).await;
        let stream = stream.with_context(nothing)?.with_context(nothing)?;
        stream.set_nodelay(true)?;
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW).max_header_list_size(64 << 10);
        let (send, connection) = builder.handshake(stream).await.with_context(nothing)?;
        tokio::task::spawn_local(async move {
            // Whoever calls over it learns what became of it.
            let _ = connection.await;
        });
        Ok(Self { send, head: head(target.address, target.path, target.token.as_deref())? })
    }

    /// Calls, and gathers the answer. An error where the status is another than OK.
    pub async fn call(&mut self, Asked { frame, answer }: Asked<'_>) -> anyhow::Result<()> {
        answer.clear();
        let mut send = self.send.clone().ready().await?;
        let (response, mut stream) = send.send_request(self.head.clone(), false)?;
        stream.send_data(frame, true)?;
        let (head, mut body) = response.await?.into_parts();
        if head.status != http::StatusCode::OK {
            bail!("the server answers HTTP {}", head.status);
        }
        while let Some(chunk) = body.data().await {
            let chunk = chunk?;
            body.flow_control().release_capacity(chunk.len())?;
            answer.extend_from_slice(&chunk);
        }
        match body.trailers().await? {
            Some(trailers) => status(&trailers),
            None => status(&head.headers),
        }
    }
}

fn head(address: SocketAddr, path: &str, token: Option<&str>) -> anyhow::Result<Request<()>> {
    let mut head = Request::builder()
        .version(Version::HTTP_2)
        .method(Method::POST)
        .uri(format!("http://{address}{path}"))
        .header(header::TE, "trailers")
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::USER_AGENT, "ombord-bench");
    if let Some(token) = token {
        // Not marked as sensitive, so that HPACK sends it once in a connection, as most clients in other languages do.
        let value = HeaderValue::from_str(&format!("Bearer {}", token.trim()));
        head = head.header(header::AUTHORIZATION, value.context("the token holds characters that no token has")?);
    }
    Ok(head.body(())?)
}

fn status(headers: &HeaderMap) -> anyhow::Result<()> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match text("grpc-status") {
        Some("0") => Ok(()),
        Some(code) => bail!("the server answers gRPC status {code}: {}", text("grpc-message").unwrap_or_default()),
        None => bail!("the server's answer has no gRPC status"),
    }
}
