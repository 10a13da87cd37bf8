//! Serves the pages over HTTP/1.1 and HTTP/2 with limits: connections at once, the time until a peer says something, the
//! time until its headers are complete. On the way down no new connections are taken and those under way are finished.

use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What one process takes on at once.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections, at most; the next waits in the kernel's queue.
    pub connections: usize,
    /// How long a peer may say nothing, and how long it may take over its headers.
    pub patience: Duration,
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
    let (graceful, places) =
        (GracefulShutdown::new(), Arc::new(Semaphore::new(bounds.connections.min(Semaphore::MAX_PERMITS))));
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.map_err(std::io::Error::other)?;
            listener.accept().await.map(|(stream, peer)| (stream, peer, place))
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = next => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let (builder, watcher, router) = (builder.clone(), graceful.watcher(), router.clone());
                tokio::spawn(async move {
                    if speaks(&stream, bounds.patience).await {
                        let service =
                            TowerToHyperService::new(router.map_request(move |mut request: Request<Incoming>| {
                                request.extensions_mut().insert(ConnectInfo(peer));
                                request
                            }));
                        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
                        // How a connection ends is its peer's business.
                        let _ = watcher.watch(connection).await;
                    }
                    drop::<OwnedSemaphorePermit>(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(REST).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Neither hyper's header timeout nor HTTP/2's keep-alive runs before the first byte.
async fn speaks(stream: &TcpStream, patience: Duration) -> bool {
    let _ = stream.set_nodelay(true);
    timeout(patience, stream.peek(&mut [0])).await.is_ok_and(|read| read.is_ok_and(|bytes| bytes > 0))
}
