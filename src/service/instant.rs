//! The instant that a question is about.

use super::error::{Error, ErrorReason, Result};
use crate::domain::{rules::CLOCK_TOLERANCE_SECONDS, time::Timestamp};

/// The instant that was asked for, else now. What lies in the past by no more than clocks may differ is now: what held
/// earlier is not told.
pub(super) fn instant(asked: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    let instant = asked.unwrap_or(now);
    if instant < now.plus_seconds(-CLOCK_TOLERANCE_SECONDS) {
        return Err(Error::field(
            ErrorReason::InvalidFields,
            "evaluate_time",
            "must not lie in the past; leave it out to ask about now",
        ));
    }
    Ok(instant.max(now))
}
