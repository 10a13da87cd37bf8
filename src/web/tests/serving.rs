//! The serving loop: what a bad peer gets, and the way down.

use crate::web::{Bounds, serve};
use axum::{Router, routing::get};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

const MOMENT: Duration = Duration::from_millis(100);

async fn served(connections: usize) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let slow = get(|| async {
        sleep(4 * MOMENT).await;
        "slow"
    });
    let router = Router::new().route("/", get(|| async { "here" })).route("/slow", slow);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let bounds = Bounds { connections, patience: 3 * MOMENT };
    let running = tokio::spawn(serve(listener, router, bounds, stop.clone()));
    (address, stop, running)
}

/// What a peer reads that says this and waits for the end.
async fn said(address: SocketAddr, text: &str) -> String {
    let mut peer = TcpStream::connect(address).await.unwrap();
    peer.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(50 * MOMENT, peer.read_to_end(&mut answer)).await.expect("the connection is closed");
    read.map(|_| String::from_utf8_lossy(&answer).into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_peer_that_does_not_ask_is_closed() {
    let (address, ..) = served(10).await;
    for silence in ["", "GET / HTTP/1.1\r\nhost: x\r\nx-a: "] {
        assert!(!said(address, silence).await.contains("here"));
    }
    assert!(said(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ends_with("here"));
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_place() {
    let (address, ..) = served(1).await;
    let first = TcpStream::connect(address).await.unwrap();
    let second = tokio::spawn(said(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    sleep(MOMENT).await;
    assert!(!second.is_finished());
    drop(first);
    assert!(second.await.unwrap().ends_with("here"));
}

#[tokio::test]
async fn on_the_way_down_what_is_under_way_is_finished() {
    let (address, stop, running) = served(10).await;
    let asked = tokio::spawn(said(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"));
    sleep(MOMENT).await;
    stop.cancel();
    assert!(asked.await.unwrap().ends_with("slow"));
    timeout(50 * MOMENT, running).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
