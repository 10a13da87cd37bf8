//! What is traced of calls, and that nobody waits for a collector.

use crate::support::{
    collector::{Collector, texts},
    database::{Database, Kind},
    server::{Clients, Server, settings},
};
use ombord::{config::Settings, pb};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tonic::{Code, Request, metadata::AsciiMetadataKey};

/// A caller's trace, and its span in it.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn traced(address: SocketAddr, sample: f64) -> Settings {
    let mut settings = settings();
    settings.traces.endpoint = format!("http://{address}").parse().ok();
    settings.traces.sample = sample;
    settings
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks about a sender that nobody knows, with headers of its own.
async fn ask(mut clients: Clients, headers: &[(&'static str, String)]) -> Result<(), Code> {
    let mut request = Request::new(pb::CheckSendRequest {
        organisation_number: "5560160680".into(),
        integrator_id: "nobody".into(),
        content_type: pb::ContentType::Payslip as i32,
        ..Default::default()
    });
    // Shorter than the service waits for a collector.
    request.set_timeout(Duration::from_millis(2_500));
    for (name, value) in headers {
        request.metadata_mut().append(AsciiMetadataKey::from_static(name), value.parse().unwrap());
    }
    clients.gate.check_send(request).await.map(drop).map_err(|status| status.code())
}

fn parent(flags: &str) -> (&'static str, String) {
    ("traceparent", format!("00-{TRACE}-{PARENT}-{flags}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_of_the_house_decides_whether_its_call_is_traced() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let (collector, address) = Collector::start().await;
    let server = Server::start_with(database.store.clone(), traced(address, 0.0)).await;
    // Only the first is traced: the gateway asks for it. Integrators and strangers ask in vain; the others do not ask.
    let own = [
        ("tracestate", "vendor=qzxwv".to_owned()),
        ("baggage", "who=qzxwv".to_owned()),
        ("x-request-id", "call-1".to_owned()),
    ];
    ask(server.gateway(), &[&own[..], &[parent("01")]].concat()).await.unwrap();
    ask(server.gateway(), &[parent("00")]).await.unwrap();
    ask(server.gateway(), &[]).await.unwrap();
    for nonsense in ["00-nonsense-01", "00-1-1-01", "00-+bf92f3577b34da6a3ce929d0e0e4736-+0f067aa0ba902b7-01"] {
        ask(server.gateway(), &[("traceparent", nonsense.to_owned())]).await.unwrap();
    }
    let mut first = server.integrator("first");
    let mut asking = Request::new(pb::GetSenderRequest::default());
    let (name, value) = parent("01");
    asking.metadata_mut().append(name, value.parse().unwrap());
    assert_eq!(first.senders.get_sender(asking).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(ask(server.with_token(None), &[parent("01")]).await, Err(Code::Unauthenticated));
    assert_eq!(ask(server.with_token(Some("qzxwv")), &[parent("01")]).await, Err(Code::Unauthenticated));
    // The end of the service sends what is left.
    server.stop().await;
    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    let span = &spans[0];
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!((&*span.name, span.kind), ("ombord.v1.GateService/CheckSend", SpanKind::Server as i32));
    assert!(
        span.end_time_unix_nano > span.start_time_unix_nano && span.status.as_ref().is_none_or(|one| one.code == 0)
    );
    let mut told = texts(&span.attributes);
    told.sort();
    let expected = [
        ("ombord.caller", "gateway"),
        ("ombord.request_id", "call-1"),
        ("rpc.method", "ombord.v1.GateService/CheckSend"),
        ("rpc.response.status_code", "OK"),
        ("rpc.system.name", "grpc"),
    ];
    assert_eq!(told, expected.map(|(key, text)| (key.to_owned(), text.to_owned())));
    assert!(collector.resource().contains(&("service.name".into(), "ombord".into())), "{:?}", collector.resource());
    assert!(!String::from_utf8_lossy(&collector.bytes()).contains("qzxwv"), "text of the caller's own");
    database.discard().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_that_is_traced_has_every_kind_of_call_and_end() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let (collector, address) = Collector::start().await;
    let server = Server::start_with(database.store.clone(), traced(address, 1.0)).await;
    ask(server.gateway(), &[]).await.unwrap();
    assert_eq!(ask(server.with_token(None), &[]).await, Err(Code::Unauthenticated));
    let mut first = server.integrator("first");
    let missing = first.senders.get_sender(pb::GetSenderRequest::default()).await.unwrap_err();
    assert_eq!(missing.code(), Code::InvalidArgument);
    let mut watching = server.gateway().gate.watch_gate(pb::WatchGateRequest::default()).await.unwrap().into_inner();
    watching.message().await.unwrap();
    drop(watching);
    // The node must hear of it before it goes down itself.
    let method = |span: &Span| texts(&span.attributes).into_iter().find(|(key, _)| key == "rpc.method");
    let of_the_stream = |span: &Span| method(span).is_some_and(|(_, method)| method.ends_with("WatchGate"));
    let began = Instant::now();
    while !collector.spans().iter().any(of_the_stream) {
        assert!(began.elapsed() < Duration::from_secs(30), "the end of the stream is not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // A caller that says of a call that it is not to be traced is heard.
    ask(server.gateway(), &[parent("00")]).await.unwrap();
    let store = server.stop().await;
    let spans = collector.spans();
    let of = |span: &Span, key: &str| {
        texts(&span.attributes).into_iter().find(|(known, _)| known == key).map(|(_, text)| text)
    };
    let mut ends: Vec<_> = spans
        .iter()
        .map(|span| {
            let texts = ["rpc.method", "rpc.response.status_code", "ombord.caller", "ombord.integrator_id"];
            texts.map(|key| of(span, key).unwrap_or_default()).join(" ")
        })
        .collect();
    ends.sort();
    assert_eq!(
        ends,
        [
            "ombord.v1.GateService/CheckSend OK gateway ",
            "ombord.v1.GateService/CheckSend UNAUTHENTICATED none ",
            "ombord.v1.GateService/WatchGate CANCELLED gateway ",
            "ombord.v1.SenderService/GetSender INVALID_ARGUMENT integrator first",
        ]
    );
    // None of these is the service's fault.
    assert!(spans.iter().all(|span| span.status.as_ref().is_none_or(|one| one.code != StatusCode::Error as i32)));
    drop(store);
    database.discard().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_says_nothing_holds_up_nobody() {
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    // Connections are taken, and nothing is ever read.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start_with(database.store.clone(), traced(listener.local_addr().unwrap(), 1.0)).await;
    let gateway = server.gateway();
    // More than the queue holds, and each answered before the collector is given up.
    for _ in 0..30 {
        let asked = (0..100).map(|_| ask(gateway.clone(), &[]));
        assert!(futures_util::future::join_all(asked).await.iter().all(Result::is_ok));
    }
    listener.set_nonblocking(true).unwrap();
    listener.accept().expect("the collector was called");
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    database.discard().await;
}
