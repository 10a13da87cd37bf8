//! A checkpoint at an address: posted as it is, and read back. Only `https`, except on this machine itself; no
//! redirects; bounded in time and size.

use crate::auth::fetch::KeyUrl;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::Duration;

/// How long one exchange may take.
const LONGEST: Duration = Duration::from_secs(5);
/// More than any checkpoint has.
const LARGEST: usize = 16 * 1024;

/// Why an exchange failed. No text of the peer's is in it.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The machine has no certificate authorities to check the peer against.
    #[error("no certificate authorities were found on this machine")]
    NoRoots,
    /// No connection, a bad certificate, or the connection broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// Another status than wanted.
    #[error("it answered with HTTP status {0}")]
    Status(u16),
    /// A body that is too large, broke off, or is no text.
    #[error("it answered with something that is no checkpoint")]
    Body,
    /// Not done in time.
    #[error("it did not answer within 5 s")]
    TooSlow,
    /// An address that no request can be made of.
    #[error("it is no address that can be asked")]
    Address,
}

/// The checkpoint at an address; nothing where there is none yet.
pub(super) async fn get(url: &KeyUrl) -> Result<Option<String>, HttpError> {
    match exchange(url, Method::GET, Bytes::new()).await? {
        (StatusCode::OK, body) => String::from_utf8(body.into()).map(Some).map_err(|_| HttpError::Body),
        (StatusCode::NOT_FOUND | StatusCode::NO_CONTENT, _) => Ok(None),
        (status, _) => Err(HttpError::Status(status.as_u16())),
    }
}

/// Posts a checkpoint.
pub(super) async fn post(url: &KeyUrl, note: &str) -> Result<(), HttpError> {
    let (status, _) = exchange(url, Method::POST, Bytes::copy_from_slice(note.as_bytes())).await?;
    if status.is_success() { Ok(()) } else { Err(HttpError::Status(status.as_u16())) }
}

async fn exchange(url: &KeyUrl, method: Method, body: Bytes) -> Result<(StatusCode, Bytes), HttpError> {
    let uri: Uri = url.to_string().parse().map_err(|_| HttpError::Address)?;
    let plain = uri.scheme_str() == Some("http");
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(body))
        .map_err(|_| HttpError::Address)?;
    let asked = async {
        let builder = Client::builder(TokioExecutor::new());
        let answer = if plain {
            builder.build(HttpConnector::new()).request(request).await
        } else {
            let connector = hyper_rustls::HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
                .map_err(|_| HttpError::NoRoots)?
                .https_only()
                .enable_http1()
                .build();
            builder.build(connector).request(request).await
        };
        let answer = answer.map_err(|_| HttpError::Unreachable)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|_| HttpError::Body)?;
        Ok((status, body.to_bytes()))
    };
    tokio::time::timeout(LONGEST, asked).await.unwrap_or(Err(HttpError::TooSlow))
}
