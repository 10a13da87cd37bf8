//! The web room: the hosted form behind mailed links, and the public pages. Server-rendered HTML, one stylesheet, nothing
//! else: no script, no cookie, nothing from elsewhere. GET and HEAD never change anything.

mod answer;
mod card;
mod countries;
mod faults;
mod fields;
mod files;
mod form;
mod frame;
mod guard;
mod limits;
mod live;
mod markdown;
mod page;
mod pages;
mod places;
mod posted;
mod public;
mod refusal;
mod serve;
mod texts;
pub mod verbs;

pub use live::Live;
pub use serve::{Bounds, serve};

use crate::{
    domain::vocabulary::Language,
    service::{FormSettings, ports::Clock},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use std::sync::Arc;
use verbs::Verbs;

/// The largest posted form.
const LARGEST_FORM: usize = 64 * 1024;

/// What all pages share.
pub struct Site {
    verbs: Arc<dyn Verbs>,
    clock: Arc<dyn Clock>,
    operator: FormSettings,
    /// The path that the public address ends with: a proxy takes it away, and our own links must have it.
    root: String,
    /// The scheme and host of the public address.
    origin: String,
    behind_proxy: bool,
    limits: limits::Limits,
}

impl Site {
    /// A site of these verbs, with the operator's name and addresses. `per_minute` bounds the requests of one address;
    /// behind a proxy that is the one that the proxy names.
    pub fn new(
        verbs: Arc<dyn Verbs>,
        clock: Arc<dyn Clock>,
        operator: FormSettings,
        per_minute: u32,
        behind_proxy: bool,
    ) -> Self {
        let (origin, root) = split(&operator.base_url);
        Self { verbs, clock, operator, root, origin, behind_proxy, limits: limits::Limits::new(per_minute) }
    }
}

/// An address as its origin and its path.
fn split(base_url: &str) -> (String, String) {
    let host = base_url.find("://").map_or(0, |at| at + 3);
    let path = base_url[host..].find('/').map_or(base_url.len(), |at| host + at);
    (base_url[..path].to_owned(), base_url[path..].to_owned())
}

/// All pages.
pub fn router(site: Site) -> Router {
    let site = Arc::new(site);
    Router::new()
        .route("/a/{token}", get(form::show).post(form::act))
        .route("/a/{token}/receipt", get(files::receipt))
        .route("/a/{token}/document/{agreement}/{version}/{lang}", get(files::document))
        .route("/", get(public::home))
        .route("/agreements", get(public::agreements))
        .route("/agreements/{id}", get(public::agreement))
        .route("/agreements/{id}/{version}", get(public::version))
        .route("/agreements/{id}/{version}/{file}", get(public::text))
        .route("/keys", get(public::keys))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(lost)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard::guard))
        .with_state(site)
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css"))
}

async fn icon() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml")], include_str!("icon.svg"))
}

/// The language of a page that is about nothing in particular.
fn asked(request: &Request) -> Language {
    answer::Asked::of(request.uri()).or(answer::preferred(request.headers()))
}

async fn lost(State(site): State<Arc<Site>>, request: Request) -> Response {
    refusal::Refusal::Lost.page(&site, asked(&request))
}

async fn other_method(State(site): State<Arc<Site>>, request: Request) -> Response {
    let mut response = refusal::Refusal::Method.page(&site, asked(&request));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

#[cfg(test)]
mod tests;
