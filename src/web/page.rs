//! A template as an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

/// A template's page. A template that cannot be written is a fault of ours.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
