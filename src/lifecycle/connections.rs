//! Connections, capped before they are accepted, and begun only with those who speak HTTP/2: a peer that says nothing
//! would otherwise hold its connection, and a graceful stop, for ever.

use crate::config::Limits;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

/// What every HTTP/2 client says first.
const HELLO: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long accepting rests when the machine is out of file descriptors or memory.
const REST: Duration = Duration::from_millis(50);
/// Connections whose hello was heard and that the server has not taken yet.
const WAITING: usize = 64;

/// A connection whose hello was heard; gives its place back when it is dropped.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// How much of the hello the server has read so far.
    replayed: usize,
    _place: OwnedSemaphorePermit,
}

/// Accepts connections until `stop`, at most as many at once as the limits say. The next ones wait in the kernel's
/// queue.
pub fn connections(
    listener: TcpListener,
    limits: &Limits,
    stop: CancellationToken,
) -> ReceiverStream<io::Result<Connection>> {
    let (sender, incoming) = mpsc::channel(WAITING);
    let places = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let hello_deadline = limits.hello_deadline;
    tokio::spawn(async move {
        loop {
            let next = async {
                // The semaphore is never closed.
                let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
                listener.accept().await.map(|(stream, _)| (stream, place))
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = next => accepted,
            };
            match accepted {
                Ok((stream, place)) => {
                    let sender = sender.clone();
                    tokio::spawn(async move {
                        if let Ok(Ok(connection)) = timeout(hello_deadline, hear(stream, place)).await {
                            let _ = sender.send(Ok(connection)).await;
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(REST).await;
                }
            }
        }
    });
    ReceiverStream::new(incoming)
}

async fn hear(mut stream: TcpStream, place: OwnedSemaphorePermit) -> io::Result<Connection> {
    stream.set_nodelay(true)?;
    let mut hello = [0; HELLO.len()];
    stream.read_exact(&mut hello).await?;
    if hello == *HELLO {
        Ok(Connection { stream, replayed: 0, _place: place })
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let rest = &HELLO[self.replayed..];
        if rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, into);
        }
        let fits = rest.len().min(into.remaining());
        into.put_slice(&rest[..fits]);
        self.replayed += fits;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
