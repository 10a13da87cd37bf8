//! What a proxy tells about itself: what it serves, that the server refuses it, and that its server is away.

use super::{PATIENCE, gateway, proxy, proxy_with, ready};
use crate::support::{database::each, process::Process, server::Server, world::furnish};
use futures_util::stream;
use ombord::service::caller::Scopes;
use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

/// The process as a whole, and its only service.
const NAMES: [&str; 2] = ["", "ombord.v1.GateService"];

async fn serves(address: SocketAddr, service: &str) -> bool {
    let channel = Endpoint::new(format!("http://{address}")).unwrap().connect_lazy();
    let asked = HealthCheckRequest { service: service.to_owned() };
    let told = HealthClient::new(channel).check(asked).await.unwrap().into_inner();
    told.status() == ServingStatus::Serving
}

/// Waits until this stands in the log.
async fn logged(process: &Process, text: &str) {
    let began = Instant::now();
    while !process.log().contains(text) {
        assert!(began.elapsed() < PATIENCE, "{text} is not in:\n{}", process.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Puts another token where the proxy reads it, at once as a whole.
fn renew(folder: &Path, token: &str) {
    std::fs::write(folder.join("next"), token).unwrap();
    std::fs::rename(folder.join("next"), folder.join("token")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_refused_says_so_once_and_is_not_healthy() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let folder = tempfile::tempdir().unwrap();
        let (process, mut near) = proxy_with(folder.path(), &server, "no-token", &[]);
        logged(&process, "Unauthenticated").await;
        let without_right = server.token("auditor", None, Scopes::AUDIT_READ);
        renew(folder.path(), &without_right);
        logged(&process, "PermissionDenied").await;
        for name in NAMES {
            assert!(!serves(process.address, name).await, "{name}");
        }
        renew(folder.path(), &gateway(&server));
        ready(&mut near, &server).await;
        logged(&process, "followed again").await;
        let began = Instant::now();
        for name in NAMES {
            while !serves(process.address, name).await {
                assert!(began.elapsed() < PATIENCE, "{name}");
            }
        }
        let log = process.log();
        assert_eq!(log.matches("refuses to be followed").count(), 2, "once for each reason:\n{log}");
        assert!(!log.contains("no-token") && !log.contains(&without_right), "{log}");
        drop(process);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_logs_that_its_server_is_away_and_that_it_can_answer_no_more() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let folder = tempfile::tempdir().unwrap();
        let (process, mut near) = proxy(folder.path(), &server, &["--lease-ms", "2000", "--clock-skew-ms", "200"]);
        ready(&mut near, &server).await;
        logged(&process, "can answer").await;
        server.stop().await;
        for text in
            ["the gate's stream ended", "no stream of the gate can be had", "cannot answer any more", "lease is over"]
        {
            logged(&process, text).await;
        }
        assert!(!serves(process.address, "").await);
        assert_eq!(process.log().matches("can be had").count(), 1, "once, however often it is tried again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_tells_by_reflection_what_it_serves_and_no_more() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let (process, _) = proxy(folder.path(), &server, &[]);
        let channel = Endpoint::new(format!("http://{}", process.address)).unwrap().connect_lazy();
        let asked = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut client = ServerReflectionClient::new(channel);
        let mut told = client.server_reflection_info(stream::iter([asked])).await.unwrap().into_inner();
        let told = told.message().await.unwrap().unwrap();
        let Some(MessageResponse::ListServicesResponse(listed)) = told.message_response else { panic!("no list") };
        let names: Vec<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
        assert_eq!(names, ["ombord.v1.GateService", "grpc.health.v1.Health"]);
        drop(process);
        server.stop().await;
    })
    .await;
}
