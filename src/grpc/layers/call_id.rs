//! The id of one call, from `x-request-id` or made here; in the log, and in the answer's metadata.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::atomic::{AtomicU64, Ordering};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// A longer id than this is the caller's mistake and is replaced.
const LONGEST: usize = 64;

/// The id of one call, as the log has it. Not the `request_id` of a message, which is the key of a retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CallId(HeaderValue);

impl CallId {
    /// The id that the caller gave, if it is sane.
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        headers.get(HEADER).filter(|value| is_sane(value.as_bytes())).cloned().map(Self)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// Puts it among the headers of the answer.
    pub fn echo(&self, headers: &mut HeaderMap) {
        headers.insert(HEADER, self.0.clone());
    }
}

fn is_sane(text: &[u8]) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}

/// Ids of calls that bring none: what tells this process from others, then a count.
#[derive(Debug)]
pub(super) struct CallIds {
    process: u64,
    made: AtomicU64,
}

impl CallIds {
    /// Ids of a process that drew this number.
    pub fn new(process: u64) -> Self {
        Self { process, made: AtomicU64::new(1) }
    }

    /// A new one.
    pub fn make(&self) -> CallId {
        let text = format!("{:016x}-{:x}", self.process, self.made.fetch_add(1, Ordering::Relaxed));
        CallId(HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("none")))
    }
}
