//! How many durable acceptances a second, over gRPC, by 32 callers:
//! `cargo test --release --test it -- --ignored --nocapture acceptances_a_second`.

use crate::support::{
    database,
    server::{Server, request_id},
    setting,
    world::{acceptance, furnish, number, registration},
};
use ombord::pb;
use std::{sync::Arc, time::Instant};

const CALLERS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures speed: for a release build on a quiet machine"]
async fn acceptances_a_second_over_grpc() {
    let calls = setting("OMBORD_TEST_ACCEPTANCES", 4000);
    database::each(|database| async move {
        let server = Arc::new(Server::start(database.store.clone()).await);
        furnish(&server).await;
        for chunk in (0..calls).collect::<Vec<_>>().chunks(1000) {
            let requests = chunk.iter().map(|n| pb::RegisterSenderRequest {
                request_id: String::new(),
                ..registration(&number(*n), &format!("K-{n}"))
            });
            let batch = pb::BatchRegisterSendersRequest {
                request_id: request_id(),
                requests: requests.collect(),
                ..Default::default()
            };
            server.integrator("first").senders.batch_register_senders(batch).await.unwrap();
        }
        let template = acceptance(&server.integrator("first"), "K-0").await;
        let began = Instant::now();
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (mut clients, template) = (server.integrator("first"), template.clone());
                tokio::spawn(async move {
                    for n in (caller..calls).step_by(CALLERS) {
                        let request = pb::RecordAcceptanceRequest {
                            request_id: request_id(),
                            external_reference: format!("K-{n}"),
                            ..template.clone()
                        };
                        clients.acceptances.record_acceptance(request).await.unwrap();
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "{:?}: {calls} calls by {CALLERS} callers in {seconds:.2} s: {:.0} calls a second, {:.0} acceptances a second",
            database.kind,
            calls as f64 / seconds,
            2.0 * calls as f64 / seconds,
        );
        Arc::try_unwrap(server).ok().unwrap().stop().await;
    })
    .await;
}
