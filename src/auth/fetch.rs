//! Fetches a key set over HTTP. Only `https`, except from this machine itself; no redirects; bounded in time and size.

use super::keys::LARGEST_SET;
use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use std::{net::IpAddr, time::Duration};

/// How long one fetch may take, from the name's resolution to the last byte.
const LONGEST_FETCH: Duration = Duration::from_secs(5);

/// An address that keys may be fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUrl(Uri);

/// An address that keys must not be fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https:// address without user and password (http:// only for this machine itself)")]
pub struct InvalidKeyUrl;

impl std::str::FromStr for KeyUrl {
    type Err = InvalidKeyUrl;

    fn from_str(text: &str) -> Result<Self, InvalidKeyUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidKeyUrl)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(InvalidKeyUrl)?;
        let sound = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_this_machine(host),
            _ => false,
        };
        let names_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if sound && !names_user { Ok(Self(uri)) } else { Err(InvalidKeyUrl) }
    }
}

impl std::fmt::Display for KeyUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Why a fetch gave nothing. No text of the peer's is in it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The machine has no certificate authorities to check the peer against.
    #[error("no certificate authorities were found on this machine")]
    NoRoots,
    /// No connection, a bad certificate, or the connection broke.
    #[error("the key set's address cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Any status but 200.
    #[error("the key set's address answered with HTTP status {0}")]
    Status(u16),
    /// A body beyond [`LARGEST_SET`], or one that broke off.
    #[error("the key set is larger than 256 KiB, or broke off")]
    Body,
    /// Not done within five seconds.
    #[error("the key set's address did not answer within 5 s")]
    TooSlow,
}

/// Fetches one address, again and again.
#[derive(Debug)]
pub struct Fetcher {
    url: KeyUrl,
    client: AnyClient,
}

#[derive(Debug)]
enum AnyClient {
    Plain(Client<HttpConnector, Empty<Bytes>>),
    Tls(Client<hyper_rustls::HttpsConnector<HttpConnector>, Empty<Bytes>>),
}

impl Fetcher {
    /// A fetcher of one address, trusting the machine's certificate authorities.
    pub fn new(url: KeyUrl) -> Result<Self, FetchError> {
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
        Ok(Self { url, client })
    }

    /// The body of a 200 answer.
    pub async fn fetch(&self) -> Result<Bytes, FetchError> {
        let fetched = async {
            match &self.client {
                AnyClient::Plain(client) => get(client, &self.url.0).await,
                AnyClient::Tls(client) => get(client, &self.url.0).await,
            }
        };
        tokio::time::timeout(LONGEST_FETCH, fetched).await.unwrap_or(Err(FetchError::TooSlow))
    }
}

async fn get<C>(client: &Client<C, Empty<Bytes>>, url: &Uri) -> Result<Bytes, FetchError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let answer = client.get(url.clone()).await.map_err(|error| FetchError::Unreachable(Box::new(error)))?;
    if answer.status() != http::StatusCode::OK {
        return Err(FetchError::Status(answer.status().as_u16()));
    }
    let body = Limited::new(answer.into_body(), LARGEST_SET).collect().await.map_err(|_| FetchError::Body)?;
    Ok(body.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
        for good in ["https://id.example/keys", "http://localhost:8080/k", "http://127.0.0.1/k", "http://[::1]:1/k"] {
            assert!(good.parse::<KeyUrl>().is_ok(), "{good}");
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
            assert!(bad.parse::<KeyUrl>().is_err(), "{bad}");
        }
    }
}
