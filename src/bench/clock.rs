//! The clock that measures.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "what measures reads the clock")]
pub fn now() -> Instant {
    Instant::now()
}
