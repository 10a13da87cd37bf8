//! What stands before every page: limits, the refusal of foreign posts, the headers, a line in the log. The line has the
//! route and never the path, which may hold a link's token.

use super::{
    Site,
    answer::{Asked, preferred},
    refusal::Refusal,
};
use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{HOST, ORIGIN},
};
use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// The longest time for one request, its body included.
const LONGEST: Duration = Duration::from_secs(20);

/// On every answer.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), clipboard-read=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// The whole guard, around every route.
pub(super) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let began = now();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = known(request.method());
    let language = Asked::of(request.uri()).or(preferred(request.headers()));
    let mut response = match admit(&site, &request) {
        Err(refusal) => refusal.page(&site, language),
        Ok(()) => match timeout(LONGEST, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => {
                tracing::error!(method, route, "a page panicked");
                Refusal::Broken.page(&site, language)
            }
            Err(_) => Refusal::Late.page(&site, language),
        },
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if site.origin.starts_with("https://") {
        let name = HeaderName::from_static("strict-transport-security");
        response.headers_mut().insert(name, HeaderValue::from_static("max-age=31536000"));
    }
    let (status, duration_ms) = (response.status().as_u16(), began.elapsed_ms());
    tracing::info!(method, route = route.as_deref().unwrap_or("none"), status, duration_ms, "page");
    response
}

fn admit(site: &Site, request: &Request) -> Result<(), Refusal> {
    if let Some(peer) = peer(site, request) {
        site.limits.peer(peer, site.clock.now()).map_err(Refusal::SlowDown)?;
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && is_foreign(request.headers(), &site.origin) {
        return Err(Refusal::Foreign);
    }
    Ok(())
}

/// Who asks. Behind a proxy the last address of X-Forwarded-For, which is the one that the proxy itself has seen.
fn peer(site: &Site, request: &Request) -> Option<IpAddr> {
    let direct = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if !site.behind_proxy {
        return direct;
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back();
    let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next().map(str::trim).and_then(address));
    last.or(direct)
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

/// Whether a post comes from a page of another site. A browser says so itself; one that does not is asked for its origin,
/// which is `null` on our own pages because they send no referrer.
fn is_foreign(headers: &HeaderMap, own: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    match headers.get(ORIGIN).map(|origin| origin.to_str()) {
        None | Some(Ok("null")) => false,
        Some(Err(_)) => true,
        Some(Ok(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            origin != own && host != text(HOST)
        }
    }
}

/// A method as it may stand in a log: a peer can send any word.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// When a request came.
struct Began(Instant);

#[expect(clippy::disallowed_methods, reason = "how long a page takes is measured, nothing is decided by it")]
fn now() -> Began {
    Began(Instant::now())
}

impl Began {
    #[expect(clippy::disallowed_methods, reason = "how long a page takes is measured, nothing is decided by it")]
    fn elapsed_ms(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_post_from_elsewhere_is_told_from_our_own() {
        let base = "https://avtal.example";
        for ours in [
            &[][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://avtal.example"), ("host", "inside:8080")],
            &[("origin", "http://localhost:8080"), ("host", "localhost:8080")],
        ] {
            assert!(!is_foreign(&headers(ours), base), "{ours:?}");
        }
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://avtal.example")],
            &[("origin", "https://elsewhere.example"), ("host", "avtal.example")],
            &[("origin", "https://avtal.example.elsewhere.example")],
        ] {
            assert!(is_foreign(&headers(foreign), base), "{foreign:?}");
        }
    }
}
