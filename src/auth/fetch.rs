//! Fetches a key set over HTTP.

use super::keys::LARGEST_SET;
use crate::fetch;
use bytes::Bytes;

pub use crate::fetch::{FetchError, Url as KeyUrl};

/// Fetches a key set from one address, again and again.
#[derive(Debug)]
pub struct Fetcher(fetch::Fetcher);

impl Fetcher {
    /// A fetcher of one address.
    pub fn new(url: KeyUrl) -> Result<Self, FetchError> {
        fetch::Fetcher::new(url, LARGEST_SET).map(Self)
    }

    /// The key set.
    pub async fn fetch(&self) -> Result<Bytes, FetchError> {
        self.0.fetch().await
    }
}
