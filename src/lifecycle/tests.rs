use super::*;
use crate::config::{Limits, Settings};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

const MOMENT: Duration = Duration::from_millis(100);
const AGES: Duration = Duration::from_secs(10);

fn times(drain: Duration, deadline: Duration) -> Shutdown {
    Shutdown { drain, deadline }
}

fn limits() -> Limits {
    Settings::default().limits
}

/// A server with nothing but health on it.
async fn serve(life: &mut Lifecycle, limits: Limits) -> (SocketAddr, tonic_health::server::HealthReporter) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (reporter, service) = tonic_health::server::health_reporter();
    let stop = life.stopping();
    let incoming = connections(listener, &limits, stop.clone());
    let served = server(&limits, 7).add_service(service).serve_with_incoming_shutdown(incoming, stop.cancelled_owned());
    life.spawn("grpc", async move { served.await.map_err(Into::into) });
    (address, reporter)
}

async fn client(address: SocketAddr) -> HealthClient<Channel> {
    HealthClient::new(Endpoint::new(format!("http://{address}")).unwrap().connect().await.unwrap())
}

async fn health(client: &mut HealthClient<Channel>) -> Result<i32, tonic::Code> {
    let asked = client.check(HealthCheckRequest { service: String::new() }).await;
    asked.map(|answer| answer.into_inner().status).map_err(|status| status.code())
}

const SERVING: i32 = 1;
const NOT_SERVING: i32 = 2;

#[tokio::test]
async fn a_signal_turns_health_then_drains_then_stops() {
    let mut life = Lifecycle::new();
    let (address, reporter) = serve(&mut life, limits()).await;
    let (signal, signals) = mpsc::channel(1);
    let mut early = client(address).await;
    assert_eq!(health(&mut early).await, Ok(SERVING));
    let not_serving = async move { reporter.set_service_status("", tonic_health::ServingStatus::NotServing).await };
    let running = tokio::spawn(life.run(times(3 * MOMENT, AGES), signals, not_serving));
    signal.send("test").await.unwrap();
    sleep(MOMENT).await;
    assert_eq!(health(&mut client(address).await).await, Ok(NOT_SERVING), "new connections too");
    assert!(!running.is_finished());
    drop(early);
    assert_eq!(timeout(50 * MOMENT, running).await.unwrap().unwrap(), End::Asked);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_second_signal_cuts_the_drain_and_the_deadline_everything() {
    let mut life = Lifecycle::new();
    life.spawn("stuck", std::future::pending());
    let (signal, signals) = mpsc::channel(2);
    for _ in 0..2 {
        signal.send("test").await.unwrap();
    }
    let ended = timeout(50 * MOMENT, life.run(times(AGES, 2 * MOMENT), signals, async {})).await.unwrap();
    assert_eq!(ended, End::Asked);
    assert_eq!(ended.exit_code(), ExitCode::SUCCESS);
}

#[tokio::test]
async fn an_open_watch_does_not_hold_the_process() {
    let mut life = Lifecycle::new();
    let (address, _reporter) = serve(&mut life, limits()).await;
    let watching = client(address).await.watch(HealthCheckRequest { service: String::new() }).await.unwrap();
    let (signal, signals) = mpsc::channel(1);
    signal.send("test").await.unwrap();
    let ended = timeout(50 * MOMENT, life.run(times(Duration::ZERO, 3 * MOMENT), signals, async {})).await;
    assert_eq!(ended.unwrap(), End::Asked);
    drop(watching);
}

#[tokio::test]
async fn a_task_that_ends_by_itself_ends_the_process_and_tells() {
    async fn task(how: &'static str) -> TaskResult {
        sleep(MOMENT).await;
        match how {
            "fails" => Err("no".into()),
            "panics" => panic!("as ordered"),
            _ => Ok(()),
        }
    }
    for how in ["ends", "fails", "panics"] {
        let mut life = Lifecycle::new();
        let (stop, stopped, turned) =
            (life.stopping(), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (stops, turns) = (Arc::clone(&stopped), Arc::clone(&turned));
        life.spawn("other", async move {
            stop.cancelled().await;
            stops.store(true, Ordering::SeqCst);
            Ok(())
        });
        life.spawn(how, task(how));
        let (_signal, signals) = mpsc::channel(1);
        let turn = async move { turns.store(true, Ordering::SeqCst) };
        let ended = timeout(50 * MOMENT, life.run(times(AGES, AGES), signals, turn)).await.unwrap();
        assert_eq!(ended, End::TaskDied(how));
        assert_eq!(ended.exit_code(), ExitCode::FAILURE);
        assert!(stopped.load(Ordering::SeqCst) && turned.load(Ordering::SeqCst), "the others went down in order");
    }
    // Also one that fails while it goes down.
    let mut life = Lifecycle::new();
    let stop = life.stopping();
    life.spawn("late", async move {
        stop.cancelled().await;
        Err("no".into())
    });
    let (signal, signals) = mpsc::channel(1);
    signal.send("test").await.unwrap();
    assert_eq!(life.run(times(Duration::ZERO, AGES), signals, async {}).await, End::TaskDied("late"));
}

/// How long the server keeps a connection on which this is said and then nothing.
async fn kept(address: SocketAddr, said: &[u8]) -> Option<Duration> {
    let mut peer = TcpStream::connect(address).await.unwrap();
    let _ = peer.write_all(said).await;
    let began = now();
    let closed = async { while peer.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {} };
    timeout(50 * MOMENT, closed).await.ok().map(|()| now() - began)
}

#[tokio::test]
async fn a_peer_that_does_not_speak_http2_is_closed() {
    let mut life = Lifecycle::new();
    let (address, _reporter) = serve(&mut life, Limits { hello_deadline: 5 * MOMENT, ..limits() }).await;
    for said in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
        let kept = kept(address, said).await.expect("closed at the hello deadline");
        assert!(kept >= 4 * MOMENT, "{said:?}");
    }
    let kept = kept(address, b"GET / HTTP/1.1\r\nhost:x\r\n\0\0\0\x04\0\0\0\0\0").await.expect("closed at once");
    assert!(kept < 4 * MOMENT);
    assert_eq!(health(&mut client(address).await).await, Ok(SERVING));
    // The hello in two pieces.
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    sleep(MOMENT).await;
    slow.write_all(b"\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    timeout(50 * MOMENT, slow.read_exact(&mut frame)).await.unwrap().unwrap();
    assert_eq!(frame[3], 4, "the server's settings");
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_place() {
    let mut life = Lifecycle::new();
    let (address, _reporter) = serve(&mut life, Limits { max_connections: 2, ..limits() }).await;
    let (mut one, mut two) = (client(address).await, client(address).await);
    assert_eq!((health(&mut one).await, health(&mut two).await), (Ok(SERVING), Ok(SERVING)));
    let third = tokio::spawn(async move { health(&mut client(address).await).await });
    sleep(2 * MOMENT).await;
    assert!(!third.is_finished(), "there is no place for it");
    drop(one);
    assert_eq!(timeout(50 * MOMENT, third).await.unwrap().unwrap(), Ok(SERVING));
    assert_eq!(health(&mut two).await, Ok(SERVING));
}

#[tokio::test]
async fn an_old_connection_is_told_to_reconnect_and_no_call_is_lost() {
    let mut life = Lifecycle::new();
    let (address, _reporter) = serve(&mut life, Limits { max_connection_age: 2 * MOMENT, ..limits() }).await;
    let mut client = client(address).await;
    for _ in 0..50 {
        // A call that meets the goodbye on its way may fail at the client; with one retry none does.
        let answer = match health(&mut client).await {
            Ok(status) => Ok(status),
            Err(_) => health(&mut client).await,
        };
        assert_eq!(answer, Ok(SERVING));
        sleep(MOMENT / 10).await;
    }
}
