//! Times.

use crate::domain::time::{OutOfRange, Timestamp};

/// A time as it is sent.
pub fn to_pb(time: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = time.parts();
    prost_types::Timestamp { seconds, nanos }
}

/// A time as it was sent.
pub fn from_pb(time: prost_types::Timestamp) -> Result<Timestamp, OutOfRange> {
    Timestamp::from_parts(time.seconds, time.nanos)
}
