//! Pages of lists: sizes are coerced, tokens are opaque and bound to the other parameters.

use super::error::{Error, ErrorReason, Result};
use crate::domain::ids::Digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The size of a page where none is asked for.
pub const DEFAULT: u32 = 100;
/// The largest page.
pub const LARGEST: u32 = 1000;

/// The size asked for, held within bounds.
pub fn size(asked: i32) -> u32 {
    match u32::try_from(asked) {
        Ok(0) | Err(_) => DEFAULT,
        Ok(size) => size.min(LARGEST),
    }
}

#[derive(Serialize, Deserialize)]
struct Token<K> {
    filter: Digest,
    after: K,
}

/// A token for the page after `after`, valid only with the same filter.
pub fn token<K: Serialize>(filter: Digest, after: K) -> Result<String> {
    let bytes = serde_json::to_vec(&Token { filter, after }).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a token; nothing where there is none.
pub fn after<K: DeserializeOwned>(filter: Digest, token: &str) -> Result<Option<K>> {
    if token.is_empty() {
        return Ok(None);
    }
    let invalid = || {
        Error::field(
            ErrorReason::PageTokenInvalid,
            "page_token",
            "is not one that a list with the same parameters returned",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    let token: Token<K> = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    if token.filter != filter {
        return Err(invalid());
    }
    Ok(Some(token.after))
}

/// A page of a list, and the token of the next one; empty on the last.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The token of the next page.
    pub next_page_token: String,
    /// The revision that the list was read at.
    pub revision: u64,
}

impl<T> Page<T> {
    /// Makes a page from one row more than its size, if there is one.
    pub fn of<K: Serialize>(
        mut rows: Vec<T>,
        size: u32,
        filter: Digest,
        revision: u64,
        key: impl Fn(&T) -> K,
    ) -> Result<Self> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next_page_token = match rows.last() {
            Some(last) if more => token(filter, key(last))?,
            _ => String::new(),
        };
        Ok(Self { items: rows, next_page_token, revision })
    }
}
