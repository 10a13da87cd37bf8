//! What can be downloaded through a link: the receipt, and the texts that are offered.

use super::{
    Site,
    answer::{Asked, preferred},
    form::admit,
    posted::language,
    refusal::{self, Refusal},
};
use crate::service::form::view::Page;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, Uri,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use std::sync::Arc;

/// A text as a file to be saved. Names with anything but plain characters lose those.
pub(super) fn file(name: &str, content_type: &'static str, text: String) -> Response {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().filter(plain).collect();
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Plain text, in the one encoding there is.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
/// JSON.
pub(super) const JSON: &str = "application/json";
/// Markdown.
pub(super) const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// `GET /a/{token}/receipt`.
pub(super) async fn receipt(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = Asked::of(&uri);
    let language = asked.or(preferred(&headers));
    if let Err(refusal) = admit(&site, &token, false) {
        return refusal.page(&site, language);
    }
    match site.verbs.open(&token).await {
        Ok(Page::Accepted(_, done)) => match done.receipt {
            Some((name, text)) => file(&name, TEXT, text),
            None => Refusal::Lost.page(&site, language),
        },
        Ok(_) => Refusal::Unknown.page(&site, language),
        Err(error) => refusal::of(&site, language, &error),
    }
}

/// `GET /a/{token}/document/{agreement}/{version}/{lang}`: a text that is offered through this link.
pub(super) async fn document(
    State(site): State<Arc<Site>>,
    Path((token, agreement, version, lang)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let preferred = preferred(&headers);
    if let Err(refusal) = admit(&site, &token, false) {
        return refusal.page(&site, preferred);
    }
    let form = match site.verbs.open(&token).await {
        Ok(Page::Form(form)) => form,
        Ok(_) => return Refusal::Unknown.page(&site, preferred),
        Err(error) => return refusal::of(&site, preferred, &error),
    };
    let wanted = language(&lang);
    let offered =
        form.offered.into_iter().find(|one| one.agreement_id.as_str() == agreement && one.version.as_str() == version);
    let document = offered.and_then(|one| one.documents.into_iter().find(|document| Some(document.language) == wanted));
    match document {
        Some(document) => file(&format!("{agreement}-{version}.{lang}.md"), MARKDOWN, document.markdown),
        None => Refusal::Lost.page(&site, preferred),
    }
}
