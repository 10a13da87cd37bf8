mod fake;
mod pages;
mod samples;
mod serving;

use super::*;
use crate::domain::time::Timestamp;
use axum::body::Body;
use fake::{Fake, token};
use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use std::sync::atomic::Ordering;
use tower::ServiceExt;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }
}

fn operator(base_url: &str) -> FormSettings {
    FormSettings {
        base_url: base_url.to_owned(),
        operator_name: "Exempelbrevlådan".to_owned(),
        privacy_notice_url: "https://example.com/privacy".to_owned(),
        operator_email: None,
        checkpoint_email: None,
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

fn site_with(fake: &Arc<Fake>, base_url: &str, per_minute: u32) -> Router {
    let verbs: Arc<dyn Verbs> = Arc::<Fake>::clone(fake);
    router(Site::new(verbs, Arc::new(Still), operator(base_url), per_minute, false))
}

fn site(fake: &Arc<Fake>) -> Router {
    site_with(fake, "https://avtal.example", 100_000)
}

async fn send(site: &Router, request: http::Request<Body>) -> Answer {
    let response = site.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

fn request(method: Method, path: &str, body: impl Into<Body>) -> http::Request<Body> {
    let kind = "application/x-www-form-urlencoded";
    let request = http::Request::builder().method(method).uri(path).header("content-type", kind);
    request.header("sec-fetch-site", "same-origin").body(body.into()).unwrap()
}

async fn get(site: &Router, path: &str) -> Answer {
    send(site, request(Method::GET, path, "")).await
}

async fn post(site: &Router, path: &str, form: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<_> = form.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    send(site, request(Method::POST, path, pairs.join("&"))).await
}

fn link(name: &str) -> String {
    format!("/a/{}", token(name))
}

#[tokio::test]
async fn every_answer_has_the_headers_and_says_nothing_to_elsewhere() {
    let site = site(&Arc::default());
    for path in [
        &link("form"),
        &link("expired"),
        "/a/x",
        "/nowhere",
        "/style.css",
        "/icon.svg",
        "/",
        "/agreements",
        "/keys",
        &link("none"),
    ] {
        let answer = get(&site, path).await;
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}");
        assert!(
            answer.headers.contains_key("strict-transport-security")
                && answer.headers.contains_key("permissions-policy")
        );
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let here = site_with(&Arc::default(), "http://127.0.0.1:8080", 100_000);
    assert!(!get(&here, "/keys").await.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_link_that_is_none_says_the_same_whatever_is_wrong_with_it() {
    let site = site(&Arc::default());
    let unknown = get(&site, &link("none")).await;
    assert_eq!(unknown.status, 404);
    for path in
        ["/a/x", "/a/%00%0d%0a", "/a/%3Cscript%3E", &link("no.ne"), &link("none")[..45], &format!("{}A", link("none"))]
    {
        let answer = get(&site, path).await;
        assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{path}");
        let answer = post(&site, path, &[("do", "accept"), ("lang", "sv")]).await;
        assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{path}");
    }
    for path in [format!("{}/receipt", link("none")), format!("{}/document/a/1/sv", link("none"))] {
        assert_eq!(
            (get(&site, &path).await.status, get(&site, &path).await.body == unknown.body),
            (404, true),
            "{path}"
        );
    }
}

#[tokio::test]
async fn reading_changes_nothing_and_a_scanner_leaves_the_link_usable() {
    let fake = Arc::<Fake>::default();
    let site = site(&fake);
    for round in 0..100 {
        for method in [Method::GET, Method::HEAD] {
            let path = format!("{}?do=accept&authority=on&round={round}", link("form"));
            assert_eq!(send(&site, request(method, &path, "")).await.status, 200);
        }
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        assert_eq!(send(&site, request(method, &link("form"), "")).await.status, 405);
    }
    assert_eq!(fake.written.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn foreign_and_oversized_posts_are_refused() {
    let fake = Arc::<Fake>::default();
    let site = site(&fake);
    let mut foreign = request(Method::POST, &link("form"), "do=not-ours");
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(send(&site, foreign).await.status, 403);
    let large = post(&site, &link("form"), &[("do", "not-ours"), ("reason", &"x".repeat(70_000))]).await;
    assert_eq!((large.status, large.body.contains("<h1>")), (413, true));
    let mut other = request(Method::POST, &link("form"), "{}");
    other.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(send(&site, other).await.status, 405);
    assert_eq!(fake.written.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn too_many_requests_are_told_to_wait() {
    let fake = Arc::<Fake>::default();
    let site = site_with(&fake, "https://avtal.example", 3);
    let from = |peer: &str| {
        let peer: std::net::SocketAddr = format!("{peer}:4711").parse().unwrap();
        let mut request = request(Method::GET, "/keys", "");
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        request
    };
    for _ in 0..3 {
        assert_eq!(send(&site, from("192.0.2.1")).await.status, 200);
    }
    let answer = send(&site, from("192.0.2.1")).await;
    assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (429, "20"));
    assert!(answer.body.contains("20 sekunder") && answer.headers["cache-control"] == "no-store");
    assert_eq!(send(&site, from("192.0.2.2")).await.status, 200);
    // One link, from anywhere.
    let mut refused = 0;
    for _ in 0..200 {
        refused += i32::from(post(&site, &link("form"), &[("do", "back")]).await.status == 429);
    }
    assert!((60..120).contains(&refused), "{refused}");
    assert_eq!(get(&site, &link("form")).await.status, 200, "reading is counted apart");
}

#[tokio::test]
async fn a_fault_of_ours_is_a_page_without_details() {
    std::panic::set_hook(Box::new(|_| {}));
    let site = site(&Arc::default());
    let shown = crate::domain::ids::Digest::of(b"shown").to_string();
    let answer = post(&site, &link("form"), &[("do", "review"), ("contact", "boom"), ("shown", &shown)]).await;
    let _ = std::panic::take_hook();
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("<h1>") && !answer.body.contains("as ordered"));
    assert_eq!(answer.headers["x-frame-options"], "DENY");
}

#[tokio::test]
async fn below_a_path_our_own_addresses_begin_with_it() {
    let site = site_with(&Arc::default(), "https://www.example/ombord", 100_000);
    let page = get(&site, &link("form")).await.body;
    assert!(
        page.contains("href=\"/ombord/style.css\"") && page.contains(&format!("action=\"/ombord{}\"", link("form")))
    );
    let answer = post(&site, &link("form"), &[("do", "not-ours"), ("lang", "en")]).await;
    assert_eq!(answer.headers["location"], format!("/ombord{}?lang=en", link("form")));
}
