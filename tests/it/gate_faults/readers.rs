//! Readers of `WatchGate` that take nothing: they are closed, they cost little, and nobody else waits for them.

use super::{PATIENCE, furnished, on_postgres, resume, suspend};
use crate::support::{
    figures,
    process::{OMBORD, Process, command},
    server::{Bearer, Clients, issuer, reason, request_id, settings},
    setting,
    watching::Watcher,
    world::{number, question, registration},
};
use hyper_util::rt::TokioIo;
use ombord::{
    app::System,
    auth::issuer::Grant,
    pb::{self, gate_service_client::GateServiceClient},
    service::{caller::Scopes, ports::Clock},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{net::TcpSocket, task::AbortHandle};
use tonic::{
    Code, Status, Streaming,
    service::interceptor::InterceptedService,
    transport::{Endpoint, Uri},
};
use tower::service_fn;

/// How long the server waits for a reader here.
const SERVERS_PATIENCE: Duration = Duration::from_millis(500);
/// How many readers a normal run has. A longer one also waits until the server has given up their connections.
const READERS: usize = 24;
/// How long the server waits for a connection on which nothing is read: its keepalive.
const KEEPALIVE: Duration = Duration::from_secs(45);
/// More than a snapshot that fits into the window of a reader.
const SENDERS: usize = 1000;
const MIB: u64 = 1 << 20;

type Told = Streaming<pb::WatchGateResponse>;

/// Opens a stream over a connection of its own. `received` is how much the kernel keeps that nobody reads.
async fn open(address: SocketAddr, token: &str, window: u32, received: u32) -> Told {
    let endpoint = Endpoint::new(format!("http://{address}")).unwrap();
    let endpoint = endpoint.initial_stream_window_size(window).initial_connection_window_size(window.max(65_535));
    let connector = service_fn(move |_: Uri| async move {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(received)?;
        Ok::<_, std::io::Error>(TokioIo::new(socket.connect(address).await?))
    });
    let channel = endpoint.connect_with_connector(connector).await.unwrap();
    let mut gate = GateServiceClient::new(InterceptedService::new(channel, Bearer::of(token)));
    gate.watch_gate(pb::WatchGateRequest::default()).await.unwrap().into_inner()
}

async fn end_of(mut told: Told) -> Status {
    let end = async {
        loop {
            match told.message().await {
                Ok(message) => assert!(message.is_some(), "a stream ends with an error"),
                Err(status) => return status,
            }
        }
    };
    tokio::time::timeout(PATIENCE, end).await.expect("a stream of which nothing was taken goes on")
}

/// A reader whose whole process stands still: nothing reads its socket. `thaw` lets it go on, to the end of its stream.
struct Frozen {
    thaw: mpsc::Sender<()>,
    thread: JoinHandle<Status>,
}

impl Frozen {
    fn start(address: SocketAddr, token: String) -> Self {
        let (thaw, thawed) = mpsc::channel();
        let (ready, opened) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let told = runtime.block_on(open(address, &token, (1 << 31) - 1, 8 << 10));
            ready.send(()).unwrap();
            // Nobody drives the runtime meanwhile.
            let _ = thawed.recv();
            runtime.block_on(end_of(told))
        });
        opened.recv().unwrap();
        Self { thaw, thread }
    }

    fn end(self) -> Status {
        self.thaw.send(()).unwrap();
        self.thread.join().unwrap()
    }
}

/// Somebody who reads all the time, up to which revision, and how long the longest silence was.
struct Reader {
    revision: Arc<AtomicU64>,
    silence: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Reader {
    async fn start(gateway: Clients) -> Self {
        let mut watcher = Watcher::begin(gateway).await.unwrap();
        let (revision, silence): (Arc<AtomicU64>, Arc<AtomicU64>) = Default::default();
        let (seen, longest) = (revision.clone(), silence.clone());
        let task = tokio::spawn(async move {
            loop {
                let began = Instant::now();
                let checkpoint = watcher.checkpoint().await.unwrap();
                watcher.told.clear();
                longest.fetch_max(u64::try_from(began.elapsed().as_millis()).unwrap(), Ordering::Relaxed);
                seen.store(checkpoint.revision, Ordering::Relaxed);
            }
        });
        Self { revision, silence, task: task.abort_handle() }
    }

    async fn reaches(&self, revision: u64) {
        let began = Instant::now();
        while self.revision.load(Ordering::Relaxed) < revision {
            assert!(!self.task.is_finished(), "the stream of one who reads ended");
            assert!(began.elapsed() < PATIENCE, "one who reads is not told");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Registers companies, with references that take some room.
async fn register(clients: &mut Clients, numbers: std::ops::Range<usize>) {
    let row = |n: usize| pb::RegisterSenderRequest {
        request_id: String::new(),
        ..registration(&number(n), &format!("R-{n}-{}", "x".repeat(80)))
    };
    let requests = numbers.map(row).collect();
    let batch = pb::BatchRegisterSendersRequest { request_id: request_id(), requests, ..Default::default() };
    clients.senders.batch_register_senders(batch).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_take_nothing_hold_up_nobody() {
    let Some((database, _)) = on_postgres().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let sender = furnished(&database.store, 1).await.remove(0);
    let many = setting("OMBORD_TEST_READERS", READERS);
    let mut command = command(OMBORD, &["serve"], folder.path(), &database.url);
    command.env("OMBORD_GATE_WATCH_PATIENCE", format!("{}ms", SERVERS_PATIENCE.as_millis()));
    command.env("OMBORD_LIMITS_WATCH_STREAMS", (4 * many).to_string());
    let server = Process::spawn(command);
    let (mut first, mut operator) = (server.integrator(), server.operator());
    register(&mut first, 1000..1000 + SENDERS).await;
    let reader = Reader::start(server.gateway()).await;
    let mut next = 500_000;
    // Some changes, each of which one who reads is told.
    let mut changes = async || {
        for _ in 0..5 {
            register(&mut first, next..next + 10).await;
            next += 10;
            suspend(&mut operator, &sender.id).await;
            reader.reaches(resume(&mut operator, &sender.id).await.revision).await;
        }
    };
    changes().await;
    let before = server.resident();

    // A window that stays shut, and a socket that nobody reads.
    let grant =
        Grant { subject: "gateway".into(), integrator: None, scopes: Scopes::GATE_CHECK, lifetime_seconds: 3600 };
    let token = issuer().mint(&grant, &settings().auth.rules, System.now()).unwrap();
    let (mut unread, mut frozen) = (Vec::new(), Vec::new());
    for n in 0..many {
        match n % 3 {
            0 => unread.push(open(server.address, &token, 16 << 10, 64 << 10).await),
            1 => unread.push(open(server.address, &token, 65_535, 64 << 10).await),
            _ => {
                let (address, token) = (server.address, token.clone());
                frozen.push(tokio::task::spawn_blocking(move || Frozen::start(address, token)).await.unwrap());
            }
        }
    }
    let mut most = server.resident();
    let lasting = if many > READERS { KEEPALIVE } else { 3 * SERVERS_PATIENCE };
    let began = Instant::now();
    while began.elapsed() < lasting {
        changes().await;
        most = most.max(server.resident());
    }
    let grown = most.saturating_sub(before);
    assert!(grown < (16 + many as u64) * MIB, "{many} readers that take nothing cost {grown} bytes");

    let answer = server.gateway().gate.check_send(question(&sender.number, "first")).await.unwrap().into_inner();
    assert_eq!(answer.decision(), pb::Decision::Allow);
    let windows = unread.len();
    for told in unread {
        let ended = end_of(told).await;
        assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Aborted, "READER_TOO_SLOW"));
    }
    let sockets = frozen.len();
    let mut ends = Vec::new();
    if many > READERS {
        for one in frozen {
            ends.push(tokio::task::spawn_blocking(move || one.end()).await.unwrap().code());
        }
        ends.dedup();
    }
    let silence = Duration::from_millis(reader.silence.load(Ordering::Relaxed));
    println!(
        "{windows} windows shut and {sockets} sockets unread cost at most {} KiB of {} MiB; {} senders were made \
         meanwhile; the longest silence of one who reads was {silence:?}; the unread sockets ended with {ends:?}",
        grown >> 10,
        before / MIB,
        next - 500_000,
    );
    if figures() {
        assert!(silence < Duration::from_secs(1), "a checkpoint each second, {silence:?}");
    }
    reader.task.abort();
}
