//! Outgoing HTTP. Only `https`, except on this machine itself; no redirects; bounded in time and size.

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use std::{net::IpAddr, time::Duration};

/// How long one exchange may take, from the name's resolution to the last byte.
const LONGEST: Duration = Duration::from_secs(5);

/// An address that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url(Uri);

/// An address that must not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https:// address without user and password (http:// only for this machine itself)")]
pub struct InvalidUrl;

impl std::str::FromStr for Url {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidUrl)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(InvalidUrl)?;
        let sound = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_this_machine(host),
            _ => false,
        };
        let names_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if sound && !names_user { Ok(Self(uri)) } else { Err(InvalidUrl) }
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Why an exchange gave nothing. No text of the peer's is in it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The machine has no certificate authorities to check the peer against.
    #[error("no certificate authorities were found on this machine")]
    NoRoots,
    /// No connection, a bad certificate, or the connection broke.
    #[error("the address cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another status than wanted.
    #[error("the address answered with HTTP status {0}")]
    Status(u16),
    /// A body beyond the limit, that broke off, or that is not what it should be.
    #[error("the answer is larger than {0} KiB, broke off, or is of another kind")]
    Body(usize),
    /// Not done within five seconds.
    #[error("the address did not answer within 5 s")]
    TooSlow,
}

/// Talks to one address, again and again.
#[derive(Debug)]
pub struct Fetcher {
    url: Url,
    client: AnyClient,
    /// The largest answer, in bytes.
    largest: usize,
}

#[derive(Debug)]
enum AnyClient {
    Plain(Client<HttpConnector, Full<Bytes>>),
    Tls(Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Fetcher {
    /// A fetcher of one address, trusting the machine's certificate authorities, that takes answers of so many bytes.
    pub fn new(url: Url, largest: usize) -> Result<Self, FetchError> {
        let builder = Client::builder(TokioExecutor::new());
        let client = if url.0.scheme_str() == Some("http") {
            AnyClient::Plain(builder.build(HttpConnector::new()))
        } else {
            let connector = hyper_rustls::HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
                .map_err(|_| FetchError::NoRoots)?
                .https_only()
                .enable_http1()
                .build();
            AnyClient::Tls(builder.build(connector))
        };
        Ok(Self { url, client, largest })
    }

    /// The body of a 200 answer.
    pub async fn fetch(&self) -> Result<Bytes, FetchError> {
        match self.exchange(Method::GET, Bytes::new()).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(FetchError::Status(status.as_u16())),
        }
    }

    /// The text of a 200 answer; nothing where there is none yet (404, 204).
    pub async fn text(&self) -> Result<Option<String>, FetchError> {
        match self.exchange(Method::GET, Bytes::new()).await? {
            (StatusCode::OK, body) => {
                String::from_utf8(body.into()).map(Some).map_err(|_| FetchError::Body(self.largest / 1024))
            }
            (StatusCode::NOT_FOUND | StatusCode::NO_CONTENT, _) => Ok(None),
            (status, _) => Err(FetchError::Status(status.as_u16())),
        }
    }

    /// Posts a text.
    pub async fn post(&self, text: &str) -> Result<(), FetchError> {
        let (status, _) = self.exchange(Method::POST, Bytes::copy_from_slice(text.as_bytes())).await?;
        if status.is_success() { Ok(()) } else { Err(FetchError::Status(status.as_u16())) }
    }

    async fn exchange(&self, method: Method, body: Bytes) -> Result<(StatusCode, Bytes), FetchError> {
        let mut request = Request::new(Full::new(body));
        *request.uri_mut() = self.url.0.clone();
        if method == Method::POST {
            request.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        *request.method_mut() = method;
        let exchanged = async {
            match &self.client {
                AnyClient::Plain(client) => send(client, request, self.largest).await,
                AnyClient::Tls(client) => send(client, request, self.largest).await,
            }
        };
        tokio::time::timeout(LONGEST, exchanged).await.unwrap_or(Err(FetchError::TooSlow))
    }
}

async fn send<C>(
    client: &Client<C, Full<Bytes>>,
    request: Request<Full<Bytes>>,
    largest: usize,
) -> Result<(StatusCode, Bytes), FetchError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let answer = client.request(request).await.map_err(|error| FetchError::Unreachable(Box::new(error)))?;
    let status = answer.status();
    let body =
        Limited::new(answer.into_body(), largest).collect().await.map_err(|_| FetchError::Body(largest / 1024))?;
    Ok((status, body.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_asked_over_https_or_on_this_machine() {
        for good in ["https://id.example/keys", "http://localhost:8080/k", "http://127.0.0.1/k", "http://[::1]:1/k"] {
            assert!(good.parse::<Url>().is_ok(), "{good}");
        }
        for bad in [
            "http://id.example/keys",
            "http://localhost.example/k",
            "http://127.0.0.1.example/k",
            "https://user:secret@id.example/keys",
            "http://127.0.0.1@id.example/k",
            "ftp://id.example/k",
            "file:///etc/keys",
            "/keys",
            "",
        ] {
            assert!(bad.parse::<Url>().is_err(), "{bad}");
        }
    }
}
