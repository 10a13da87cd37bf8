use super::*;
use crate::{
    auth::{
        Verified,
        claims::{ClaimNames, TokenRules},
        issuer::{Grant, Issuer},
        ring::{KeyRing, KeySource},
    },
    domain::ids::IntegratorId,
    grpc::status,
    service::{caller::Scopes, error::ErrorReason},
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use std::sync::atomic::{AtomicUsize, Ordering};
use tonic::{Code, server::Grpc};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;
use tower::ServiceExt;

const CHECK: &str = "/ombord.v1.GateService/CheckSend";
const REGISTER: &str = "/ombord.v1.SenderService/RegisterSender";
const PUBLISH: &str = "/ombord.v1.AgreementService/PublishAgreementVersion";

fn now() -> Timestamp {
    Timestamp::from_parts(1_800_000_000, 0).unwrap()
}

fn rules() -> TokenRules {
    TokenRules {
        issuer: "i".into(),
        audience: "a".into(),
        names: ClaimNames::default(),
        max_lifetime_seconds: 3600,
        leeway_seconds: 0,
    }
}

fn token(scopes: Scopes, integrator: Option<&str>, lifetime_seconds: i64) -> String {
    let integrator = integrator.map(|id| IntegratorId::parse(id).unwrap());
    let grant = Grant { subject: "anna".into(), integrator, scopes, lifetime_seconds };
    Issuer::from_seed([1; 32]).unwrap().mint(&grant, &rules(), now().plus_seconds(-1)).unwrap()
}

async fn layers(places: usize, max_deadline: Duration) -> Stack {
    let keys = Issuer::from_seed([1; 32]).unwrap().public_keys().to_owned();
    stack(Parts {
        authenticator: Authenticator::new(KeyRing::open(KeySource::Fixed(keys)).await.unwrap(), rules()),
        now: Arc::new(now),
        process: 7,
        in_flight_gate: places,
        in_flight_other: places,
        max_deadline,
        tally: Tally::new(&prometheus::Registry::new()).unwrap(),
        tracer: None,
    })
}

/// What the handler of a test does with its message, a `Timestamp` whose seconds are an order.
#[derive(Clone)]
struct Handler(Arc<AtomicUsize>);

impl tonic::server::UnaryService<prost_types::Timestamp> for Handler {
    type Response = prost_types::Timestamp;
    type Future = BoxFuture<'static, Result<tonic::Response<Self::Response>, Status>>;

    fn call(&mut self, request: tonic::Request<prost_types::Timestamp>) -> Self::Future {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            assert!(request.metadata().get("authorization").is_none(), "the token goes no further");
            let extensions = request.extensions();
            assert!(extensions.get::<Arc<Verified>>().is_some());
            match request.get_ref().seconds {
                1 => panic!("as ordered"),
                2 => tokio::time::sleep(Duration::from_secs(60)).await,
                3 => {
                    return Err(status::of(ErrorReason::SenderNotFound, "no such sender"));
                }
                4 => return Err(Status::internal("secret cause")),
                5 => {
                    return Err(status::of(ErrorReason::Internal, "failed to decode Protobuf message: ours"));
                }
                _ => {}
            }
            Ok(tonic::Response::new(*request.get_ref()))
        })
    }
}

type Tested = tower::util::BoxCloneService<Request<Body>, Response<Body>, Infallible>;

fn around(stack: &Stack, handled: &Arc<AtomicUsize>) -> Tested {
    let handler = Handler(Arc::clone(handled));
    let service = tower::service_fn(move |request: Request<Body>| {
        let handler = handler.clone();
        async move {
            let codec = ProstCodec::<prost_types::Timestamp, prost_types::Timestamp>::default();
            let mut grpc = Grpc::new(codec).max_decoding_message_size(1024);
            Ok::<_, Infallible>(grpc.unary(handler, request).await)
        }
    });
    stack.layer(service).boxed_clone()
}

/// A gRPC frame around some bytes.
fn framed(bytes: &[u8]) -> Vec<u8> {
    [&[0][..], &u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn ordered(seconds: u8) -> Vec<u8> {
    framed(&[8, seconds])
}

/// A body that never comes.
fn endless() -> Body {
    Body::new(StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>()))
}

fn request(path: &str, token: Option<&str>, body: Vec<u8>) -> Request<Body> {
    with_body(path, token, Body::new(Full::from(body)))
}

fn with_body(path: &str, token: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/grpc");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

/// Code, reason, and message of the answer.
async fn ask(service: &Tested, request: Request<Body>) -> (Code, String, String) {
    let response = service.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.unwrap();
    let status = Status::from_header_map(&parts.headers)
        .or_else(|| Status::from_header_map(collected.trailers().unwrap()))
        .unwrap();
    let reason = status.get_details_error_info().map(|info| {
        assert_eq!(info.domain, "ombord");
        info.reason
    });
    (status.code(), reason.unwrap_or_default(), status.message().to_owned())
}

async fn usual() -> (Stack, Tested, Arc<AtomicUsize>) {
    let stack = layers(8, Duration::from_secs(5)).await;
    let handled = Arc::default();
    let service = around(&stack, &handled);
    (stack, service, handled)
}

#[tokio::test]
async fn tokens_and_scopes_are_judged_before_the_body() {
    let (_, service, handled) = usual().await;
    let reader = token(Scopes::SENDERS_READ, Some("lonebyran"), 60);
    let operator = token(Scopes::OPERATOR, None, 60);
    let nobody = token(Scopes::SENDERS_READ, None, 60);
    let expired = token(Scopes::OPERATOR, None, 1);
    let garbage = vec![0xff; 100];
    for (path, token, expected) in [
        (CHECK, None, (Code::Unauthenticated, "TOKEN_MISSING")),
        (CHECK, Some("x.y.z"), (Code::Unauthenticated, "TOKEN_INVALID")),
        (CHECK, Some(""), (Code::Unauthenticated, "TOKEN_INVALID")),
        (CHECK, Some(&*expired), (Code::Unauthenticated, "TOKEN_EXPIRED")),
        (REGISTER, Some(&reader), (Code::PermissionDenied, "SCOPE_MISSING")),
        (PUBLISH, Some(&reader), (Code::PermissionDenied, "SCOPE_MISSING")),
        (CHECK, Some(&nobody), (Code::PermissionDenied, "SCOPE_MISSING")),
        ("/ombord.v1.LedgerService/ListEntries", Some(&operator), (Code::PermissionDenied, "SCOPE_MISSING")),
        ("/ombord.v1.GateService/Nothing", Some(&operator), (Code::Unimplemented, "")),
        ("/other.v1.Service/Method", None, (Code::Unimplemented, "")),
        ("/", None, (Code::Unimplemented, "")),
    ] {
        let (code, reason, message) = ask(&service, request(path, token, garbage.clone())).await;
        assert_eq!((code, &*reason), expected, "{path}: {message}");
    }
    assert_eq!(handled.load(Ordering::SeqCst), 0);
    assert_eq!(ask(&service, request(CHECK, Some(&reader), ordered(0))).await.0, Code::Ok);
    assert_eq!(ask(&service, request(PUBLISH, Some(&operator), ordered(0))).await.0, Code::Ok);
    assert_eq!(handled.load(Ordering::SeqCst), 2);

    let mut twice = request(CHECK, Some(&reader), ordered(0));
    twice.headers_mut().append("authorization", format!("Bearer {operator}").parse().unwrap());
    assert_eq!(ask(&service, twice).await.1, "TOKEN_INVALID");
    let mut basic = request(CHECK, None, ordered(0));
    basic.headers_mut().insert("authorization", "Basic YTpi".parse().unwrap());
    assert_eq!(ask(&service, basic).await.1, "TOKEN_INVALID");
    let mut small = request(CHECK, None, ordered(0));
    small.headers_mut().insert("authorization", format!("bearer {reader}").parse().unwrap());
    assert_eq!(ask(&service, small).await.0, Code::Ok);
}

#[tokio::test]
async fn health_and_reflection_need_no_token() {
    let (stack, _, _) = usual().await;
    let inner = tower::service_fn(|_: Request<Body>| async { Ok::<_, Infallible>(Status::ok("").into_http()) });
    let service = stack.layer(inner).boxed_clone();
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        assert_eq!(ask(&service, request(path, None, vec![])).await.0, Code::Ok, "{path}");
    }
    assert_eq!(ask(&service, request("/grpc.health.v1.Healthy/Check", None, vec![])).await.0, Code::Unimplemented);
    assert_eq!(ask(&service, request(CHECK, None, vec![])).await.0, Code::Unauthenticated);
}

#[tokio::test]
async fn internal_means_our_own_fault() {
    let (stack, service, handled) = usual().await;
    let token = token(Scopes::GATE_CHECK, None, 60);
    let send = async |body: Vec<u8>| ask(&service, request(CHECK, Some(&token), body)).await;
    let malformed = (
        Code::InvalidArgument,
        "MALFORMED_MESSAGE".to_owned(),
        "the request is not the message that the method takes".to_owned(),
    );
    for body in [
        vec![],
        vec![0],
        vec![0, 0, 0, 0, 9, 1],
        vec![2, 0, 0, 0, 0],
        vec![1, 0, 0, 0, 0],
        framed(&[0xff]),
        framed(&[8]),
        framed(&[0x0b]),
        framed(&[7; 1024]),
    ] {
        assert_eq!(send(body.clone()).await, malformed, "{body:?}");
    }
    let large = (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned());
    let (code, reason, _) = send(framed(&[0; 1025])).await;
    assert_eq!((code, reason), large);
    let (code, reason, _) = send(vec![0, 0xff, 0xff, 0xff, 0xff]).await;
    assert_eq!((code, reason), large);
    let mut compressed = request(CHECK, Some(&token), ordered(0));
    compressed.headers_mut().insert("grpc-encoding", "snappy".parse().unwrap());
    let (code, _, message) = ask(&service, compressed).await;
    assert_eq!((code, &*message), (Code::Unimplemented, "the request's compression is not one that this server takes"));
    assert_eq!(handled.load(Ordering::SeqCst), 0);

    let (code, reason, message) = send(ordered(1)).await;
    assert_eq!((code, &*reason), (Code::Internal, "INTERNAL"));
    assert!(!message.contains("ordered"), "{message}");
    assert_eq!(stack.tally().panics(), 1);
    let (code, reason, message) = send(ordered(4)).await;
    assert_eq!((code, &*reason), (Code::Internal, "INTERNAL"));
    assert!(!message.contains("secret"), "{message}");
    assert_eq!(send(ordered(5)).await.0, Code::Internal, "a handler's own answer is not reworded");
    assert_eq!(send(ordered(3)).await, (Code::NotFound, "SENDER_NOT_FOUND".into(), "no such sender".into()));
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_says_so() {
    let stack = layers(8, Duration::from_millis(500)).await;
    let handled = Arc::default();
    let service = around(&stack, &handled);
    let token = token(Scopes::GATE_CHECK, None, 60);
    let exceeded = (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned());
    for (timeout, longest) in [(Some("50m"), 450), (Some("1H"), 5000), (None, 5000), (Some("soon"), 5000)] {
        let mut slow = request(CHECK, Some(&token), ordered(2));
        if let Some(timeout) = timeout {
            slow.headers_mut().insert("grpc-timeout", timeout.parse().unwrap());
        }
        let asked = tokio::time::timeout(Duration::from_millis(longest), ask(&service, slow));
        let (code, reason, _) = asked.await.expect("within the shorter of the two");
        assert_eq!((code, reason), exceeded);
    }
    let begun = handled.load(Ordering::SeqCst);
    let mut late = request(CHECK, Some(&token), ordered(0));
    late.headers_mut().insert("grpc-timeout", "100u".parse().unwrap());
    assert_eq!(ask(&service, late).await.0, Code::DeadlineExceeded);
    assert_eq!(handled.load(Ordering::SeqCst), begun, "nothing is begun with too little time left");
    // A body that never comes is ended by the same clock.
    let mute = with_body(CHECK, Some(&token), endless());
    assert_eq!(ask(&service, mute).await.0, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_full_pool_turns_away_and_the_other_goes_on() {
    let stack = layers(2, Duration::from_secs(5)).await;
    let handled = Arc::default();
    let service = around(&stack, &handled);
    let token = token(Scopes::GATE_CHECK.or(Scopes::OPERATOR), None, 60);
    let slow: Vec<_> =
        (0..2).map(|_| tokio::spawn(service.clone().oneshot(request(CHECK, Some(&token), ordered(2))))).collect();
    while handled.load(Ordering::SeqCst) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let response = service.clone().oneshot(request(CHECK, Some(&token), ordered(0))).await.unwrap();
    let shed = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(shed.code(), Code::ResourceExhausted);
    assert_eq!(shed.get_details_error_info().unwrap().reason, "OVERLOADED");
    assert!(shed.get_details_retry_info().unwrap().retry_delay.is_some());
    assert_eq!(stack.tally().shed_calls(), 1);
    assert_eq!(ask(&service, request(PUBLISH, Some(&token), ordered(0))).await.0, Code::Ok);
    slow.iter().for_each(tokio::task::JoinHandle::abort);
    for call in slow {
        let _ = call.await;
    }
    assert_eq!(stack.tally().cancelled_calls(), 2, "they hung up");
    assert_eq!(ask(&service, request(CHECK, Some(&token), ordered(0))).await.0, Code::Ok, "their places are free");
}

#[tokio::test]
async fn integrators_whose_messages_never_come_leave_places_to_others() {
    let (stack, service, _) = usual().await;
    let of = |integrator| token(Scopes::GATE_CHECK, integrator, 60);
    let mute = |integrator| Box::pin(service.clone().oneshot(with_body(CHECK, Some(&of(Some(integrator))), endless())));
    let mut held = Vec::new();
    // Of eight places, one integrator has two and all together four.
    for integrator in ["alfa", "beta"] {
        for _ in 0..2 {
            let mut call = mute(integrator);
            tokio::time::timeout(Duration::from_millis(20), &mut call).await.unwrap_err();
            held.push(call);
        }
        assert_eq!(ask(&service, request(CHECK, Some(&of(Some(integrator))), ordered(0))).await.1, "OVERLOADED");
    }
    assert_eq!(ask(&service, request(CHECK, Some(&of(Some("gamma"))), ordered(0))).await.1, "OVERLOADED");
    assert_eq!(stack.tally().shed_calls(), 3);
    assert_eq!(ask(&service, request(CHECK, Some(&of(None)), ordered(0))).await.0, Code::Ok, "a gateway");
    held.truncate(3);
    assert_eq!(ask(&service, request(CHECK, Some(&of(Some("gamma"))), ordered(0))).await.0, Code::Ok);
    assert_eq!(ask(&service, request(CHECK, Some(&of(Some("alfa"))), ordered(0))).await.1, "OVERLOADED");
}

#[tokio::test]
async fn each_answer_carries_the_id_of_its_call() {
    let (_, service, _) = usual().await;
    let id = async |given: Option<&str>| {
        let mut request = request(CHECK, None, vec![]);
        if let Some(given) = given {
            request.headers_mut().insert("x-request-id", given.parse().unwrap());
        }
        let response = service.clone().oneshot(request).await.unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id(Some("abc-1.2_3")).await, "abc-1.2_3");
    for odd in [None, Some(""), Some("a b"), Some("a\"b"), Some(&*"x".repeat(65))] {
        assert!(id(odd).await.starts_with("0000000000000007-"), "{odd:?}");
    }
}

#[tokio::test]
async fn a_call_is_answered_or_cancelled_and_never_both() {
    let (stack, service, _) = usual().await;
    let token = token(Scopes::GATE_CHECK.or(Scopes::OPERATOR), None, 60);
    ask(&service, request(CHECK, Some(&token), ordered(0))).await;
    ask(&service, request(PUBLISH, Some(&token), ordered(3))).await;
    assert_eq!((stack.tally().answered_calls(), stack.tally().cancelled_calls()), (2, 0));
    // Hung up after the head of the answer, before its body.
    drop(service.clone().oneshot(request(PUBLISH, Some(&token), ordered(0))).await);
    assert_eq!((stack.tally().answered_calls(), stack.tally().cancelled_calls()), (2, 1));
    // A check is answered when its handler has answered.
    drop(service.clone().oneshot(request(CHECK, Some(&token), ordered(0))).await);
    assert_eq!((stack.tally().answered_calls(), stack.tally().cancelled_calls()), (3, 1));
}

/// The handler as a service that a real server can carry.
#[derive(Clone)]
struct Served(Handler);

impl tonic::server::NamedService for Served {
    const NAME: &'static str = "ombord.v1.GateService";
}

impl Service<Request<Body>> for Served {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let handler = self.0.clone();
        let codec = ProstCodec::<prost_types::Timestamp, prost_types::Timestamp>::default();
        Box::pin(async { Ok(Grpc::new(codec).unary(handler, request).await) })
    }
}

/// tonic's server has a timer of its own for `grpc-timeout`, which answers CANCELLED; ours must be first, every time.
#[tokio::test]
async fn over_the_wire_the_deadline_is_ours() {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let stack = layers(64, Duration::from_secs(5)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().layer(stack.clone()).add_service(Served(Handler(Arc::default())));
    tokio::spawn(server.serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)));

    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Full<bytes::Bytes>>(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let token = token(Scopes::GATE_CHECK, None, 60);
    let calls: Vec<_> = (0..40)
        .map(|n| {
            let (mut sender, token) = (sender.clone(), token.clone());
            tokio::spawn(async move {
                let request = Request::post(format!("http://{address}{CHECK}"))
                    .header("content-type", "application/grpc")
                    .header("te", "trailers")
                    .header("authorization", format!("Bearer {token}"))
                    .header("grpc-timeout", format!("{}m", 5 + n))
                    .body(Full::from(ordered(2)))
                    .unwrap();
                Status::from_header_map(sender.send_request(request).await.unwrap().headers()).unwrap()
            })
        })
        .collect();
    for call in calls {
        let status = call.await.unwrap();
        assert_eq!((status.code(), status.get_details_error_info().is_some()), (Code::DeadlineExceeded, true));
    }
    assert_eq!(stack.tally().answered_calls(), 40);
}
