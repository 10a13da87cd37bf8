//! The id of one call, from `x-request-id` or made here; in the log, and in the answer's metadata.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// A longer id than this is the caller's mistake and is replaced.
const LONGEST: usize = 64;

/// The id of one call, as the log has it. Not the `request_id` of a message, which is the key of a retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallId(Arc<str>);

impl CallId {
    pub(super) fn of(headers: &HeaderMap, new: &(dyn Fn() -> String + Send + Sync)) -> Self {
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|text| is_sane(text));
        Self(given.map_or_else(|| new().into(), Arc::from))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn echo(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(HEADER, value);
        }
    }
}

fn is_sane(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}
