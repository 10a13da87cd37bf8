//! The public pages: what a receipt names by its digest can be had there, and reckoned; and how they are found.

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

#[tokio::test(flavor = "multi_thread")]
async fn the_root_leads_to_the_public_pages_and_each_has_a_title_of_its_own() {
    each(|database: Arc<Database>| async move {
        let stage = Stage::on(&database).await;
        let title = async |path: &str| {
            let page = stage.visitor.get(&format!("{path}?lang=en")).await;
            assert_eq!(page.status, 200, "{path}");
            let (_, rest) = page.body.split_once("<title>").unwrap();
            rest.split_once("</title>").unwrap().0.to_owned()
        };
        assert_eq!(title("/agreements/dpa").await, "dpa – Brevlådan AB");
        assert_eq!(title("/agreements/dpa/1").await, "dpa, version 1 – Brevlådan AB");
        assert_eq!(title("/agreements").await, "Agreements and versions – Brevlådan AB");
        assert_eq!(title("/").await, "Agreements for digital mail – Brevlådan AB");
        let root = stage.visitor.get("/?lang=sv").await.body;
        let (main, _) = root.split_once("</main>").unwrap();
        for address in ["/agreements?lang=sv", "/keys?lang=sv", "https://brev.example/privacy"] {
            assert!(main.contains(&format!("<li><a href=\"{address}\"")), "{address}");
        }
        stage.server.stop().await;
    })
    .await;
}
