//! What a receipt names by its digest can be had from the public pages, and reckoned.

use super::*;
use crate::support::world::accepted;
use ombord::domain::ids::Digest;

#[tokio::test(flavor = "multi_thread")]
async fn the_specification_has_the_digest_that_is_told() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let told = accepted(&stage.server.integrator("first"), "dpa", "1").await.specification_sha256;
        let file = stage.visitor.get("/agreements/dpa/1/specification.json").await;
        assert_eq!((file.status, Digest::of(file.body.as_bytes()).to_string()), (200, told));
        assert_eq!(stage.visitor.get("/agreements/dpa/9/specification.json").await.status, 404);
        stage.server.stop().await;
    })
    .await;
}
