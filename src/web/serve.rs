//! Serves the pages over HTTP/1.1 and HTTP/2 with limits: connections at once, in all and of one address; the time until a
//! peer says something, until its headers are complete, and in which it takes nothing of an answer; and how long a
//! connection lasts at all. On the way down no new connections are taken and those under way are finished.

use super::places::Places;
use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use std::{net::SocketAddr, pin::pin, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// What one process takes on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Connections, at most; the next waits in the kernel's queue.
    pub connections: usize,
    /// Those of one address, at most; the next is hung up on.
    pub each_address: usize,
    /// How long a peer may say nothing, and how long it may take over its headers.
    pub patience: Duration,
    /// How long a peer may take nothing of what it is sent.
    pub stalled: Duration,
    /// After how long a connection takes no further requests; after as long again it is cut.
    pub life: Duration,
}

impl Bounds {
    /// So many connections and so much patience. One address has a sixteenth of the connections, and as many as a browser
    /// opens in any case; behind a proxy all readers come from one.
    pub fn new(connections: usize, patience: Duration, behind_proxy: bool) -> Self {
        let each_address = if behind_proxy { connections } else { (connections / 16).max(8) };
        Self { connections, each_address, patience, stalled: Duration::from_secs(20), life: Duration::from_secs(60) }
    }
}

/// How long accepting rests when the machine is out of file descriptors or memory.
const REST: Duration = Duration::from_millis(50);
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 64;
/// Bytes of the headers of one request.
const HEADER_BYTES: u32 = 16 * 1024;

/// Serves until `stop`, and then to the end of what is under way.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, stop: CancellationToken) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(bounds.patience).max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES)
        .keep_alive_interval(Duration::from_secs(20));
    let (peers, places) = (TaskTracker::new(), Places::new(bounds.connections, bounds.each_address));
    loop {
        let next = async {
            let place = places.next().await?;
            listener.accept().await.map(|(stream, peer)| (stream, peer, place))
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = next => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let Some(share) = places.share(peer.ip()) else { continue };
                let (builder, router, stop) = (builder.clone(), router.clone(), stop.clone());
                peers.spawn(async move {
                    let _held = (place, share);
                    if stop.run_until_cancelled(speaks(&stream, bounds.patience)).await == Some(true) {
                        converse(&builder, router, (stream, peer), bounds, &stop).await;
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(REST).await;
            }
        }
    }
    drop(listener);
    peers.close();
    peers.wait().await;
}

/// Neither hyper's header timeout nor HTTP/2's keep-alive runs before the first byte.
async fn speaks(stream: &TcpStream, patience: Duration) -> bool {
    let _ = stream.set_nodelay(true);
    timeout(patience, stream.peek(&mut [0])).await.is_ok_and(|read| read.is_ok_and(|bytes| bytes > 0))
}

/// Answers a peer until it goes, or its time is over. How a connection ends is its peer's business.
async fn converse(
    builder: &auto::Builder<TokioExecutor>,
    router: Router,
    (stream, peer): (TcpStream, SocketAddr),
    bounds: Bounds,
    stop: &CancellationToken,
) {
    let service = TowerToHyperService::new(router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }));
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.stalled));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.run_until_cancelled(sleep(bounds.life)) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(bounds.life, connection).await;
}
