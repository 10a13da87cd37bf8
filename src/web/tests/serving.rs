//! The serving loop: what a bad peer gets, and the way down.

use crate::web::{Bounds, serve};
use axum::{Router, body::Bytes, routing::get};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

const MOMENT: Duration = Duration::from_millis(100);

const BOUNDS: Bounds = Bounds {
    connections: 10,
    each_address: 10,
    patience: MOMENT.saturating_mul(3),
    stalled: Duration::from_secs(3600),
    life: Duration::from_secs(3600),
};
const ASKS: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

async fn served(bounds: Bounds) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let slow = get(|| async {
        sleep(4 * MOMENT).await;
        "slow"
    });
    let router = Router::new()
        .route("/", get(|| async { "here" }).post(|body: Bytes| async move { body }))
        .route("/slow", slow)
        .route("/large", get(|| async { vec![b'x'; 64 << 20] }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let running = tokio::spawn(serve(listener, router, bounds, stop.clone()));
    (address, stop, running)
}

/// A peer that says this.
async fn peer(address: SocketAddr, text: &str) -> TcpStream {
    let mut peer = TcpStream::connect(address).await.unwrap();
    peer.write_all(text.as_bytes()).await.unwrap();
    peer
}

/// What a peer reads until the end.
async fn rest(mut peer: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(50 * MOMENT, peer.read_to_end(&mut answer)).await.expect("the connection is closed");
    read.map(|_| String::from_utf8_lossy(&answer).into_owned()).unwrap_or_default()
}

/// What a peer reads that says this and waits for the end.
async fn said(address: SocketAddr, text: &str) -> String {
    rest(peer(address, text).await).await
}

#[tokio::test]
async fn a_peer_that_does_not_ask_is_closed() {
    let (address, ..) = served(BOUNDS).await;
    for silence in ["", "GET / HTTP/1.1\r\nhost: x\r\nx-a: "] {
        assert!(!said(address, silence).await.contains("here"));
    }
    assert!(said(address, ASKS).await.ends_with("here"));
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_place() {
    let (address, ..) = served(Bounds { connections: 1, ..BOUNDS }).await;
    let first = TcpStream::connect(address).await.unwrap();
    let second = tokio::spawn(said(address, ASKS));
    sleep(MOMENT).await;
    assert!(!second.is_finished());
    drop(first);
    assert!(second.await.unwrap().ends_with("here"));
}

#[tokio::test]
async fn on_the_way_down_what_is_under_way_is_finished() {
    let (address, stop, running) = served(BOUNDS).await;
    let asked = tokio::spawn(said(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"));
    sleep(MOMENT).await;
    stop.cancel();
    assert!(asked.await.unwrap().ends_with("slow"));
    timeout(50 * MOMENT, running).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_loses_its_place() {
    let (address, ..) = served(Bounds { connections: 1, stalled: 3 * MOMENT, ..BOUNDS }).await;
    let deaf = peer(address, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(said(address, ASKS).await.ends_with("here"));
    drop(deaf);
}

#[tokio::test]
async fn who_takes_an_answer_slowly_gets_all_of_it() {
    let (address, ..) = served(Bounds { stalled: 3 * MOMENT, ..BOUNDS }).await;
    let mut slow = peer(address, "GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let (mut taken, mut piece) = (0, vec![0; 8 << 20]);
    loop {
        let read = timeout(50 * MOMENT, slow.read(&mut piece)).await.unwrap().expect("not cut");
        if read == 0 {
            break;
        }
        taken += read;
        sleep(MOMENT / 10).await;
    }
    assert!(taken > 64 << 20, "{taken} bytes");
}

#[tokio::test]
async fn a_body_that_drips_in_loses_its_place() {
    let (address, ..) = served(Bounds { connections: 1, life: 4 * MOMENT, ..BOUNDS }).await;
    let mut drips = peer(address, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n").await;
    let dripping = tokio::spawn(async move {
        while drips.write_all(b"x").await.is_ok() {
            sleep(MOMENT / 2).await;
        }
    });
    assert!(said(address, ASKS).await.ends_with("here"));
    timeout(50 * MOMENT, dripping).await.expect("its connection is cut").unwrap();
}

#[tokio::test]
async fn a_connection_ends_however_busy_and_what_is_under_way_is_finished() {
    let (address, ..) = served(Bounds { life: 6 * MOMENT, ..BOUNDS }).await;
    let mut busy = peer(address, "").await;
    let mut answered = 0;
    while busy.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.is_ok() {
        let read = timeout(50 * MOMENT, busy.read(&mut [0; 4096])).await.unwrap();
        if !read.is_ok_and(|bytes| bytes > 0) {
            break;
        }
        answered += 1;
        assert!(answered < 1000, "for ever");
        sleep(MOMENT / 2).await;
    }
    assert!(answered > 3, "only {answered} answers");
    let mut late = peer(address, "").await;
    sleep(2 * MOMENT).await;
    late.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(2 * MOMENT).await;
    assert!(rest(late).await.ends_with("slow"), "asked within its time, answered after it");
}

#[tokio::test]
async fn one_address_cannot_have_all_places() {
    let (address, ..) = served(Bounds { connections: 4, each_address: 2, patience: 30 * MOMENT, ..BOUNDS }).await;
    let (one, two) = (peer(address, "").await, peer(address, "").await);
    sleep(MOMENT).await;
    assert_eq!(said(address, "").await, "", "the third of one address is hung up on");
    let elsewhere = TcpSocket::new_v4().unwrap();
    elsewhere.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut elsewhere = elsewhere.connect(address).await.unwrap();
    elsewhere.write_all(ASKS.as_bytes()).await.unwrap();
    assert!(rest(elsewhere).await.ends_with("here"));
    drop(one);
    sleep(MOMENT).await;
    assert!(said(address, ASKS).await.ends_with("here"), "a place that is given back can be taken");
    drop(two);
}

#[test]
fn behind_a_proxy_all_readers_share_one_address() {
    let of = |connections, behind_proxy| Bounds::new(connections, MOMENT, behind_proxy).each_address;
    assert_eq!((of(1024, false), of(1024, true)), (64, 1024));
    assert_eq!((of(10, false), of(10, true)), (8, 10));
}
