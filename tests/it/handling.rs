//! How long items may be kept (R8): 390 days only where the sender chose retroactive delivery, 75 days for support.

use crate::support::{
    database,
    server::Server,
    world::{acceptance, furnish, number, question, registration},
};
use ombord::pb;

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_carries_the_terms_that_the_sender_chose() {
    database::each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut first = server.integrator("first");
        for (n, retroactive_delivery, days) in [(1, false, 0), (2, true, 390)] {
            let reference = format!("K-{n}");
            first.senders.register_sender(registration(&number(n), &reference)).await.unwrap();
            let before = server.gateway().gate.check_send(question(&number(n), "first")).await.unwrap().into_inner();
            assert_eq!(before.handling, None, "over a connection that is not confirmed");
            let request = acceptance(&first, &reference).await;
            let request = pb::RecordAcceptanceRequest { retroactive_delivery, ..request };
            first.acceptances.record_acceptance(request).await.unwrap();
            let answer = server.gateway().gate.check_send(question(&number(n), "first")).await.unwrap().into_inner();
            assert_eq!(answer.decision(), pb::Decision::Allow);
            let terms = answer.handling.unwrap();
            assert_eq!((terms.undelivered_retention_days, terms.support_retention_days), (days, 75));
        }
        server.stop().await;
    })
    .await;
}
