//! Times.

use super::Fields;
use crate::domain::time::Timestamp;

/// A time as it is sent.
pub fn to_pb(time: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = time.parts();
    prost_types::Timestamp { seconds, nanos }
}

impl Fields {
    /// A time that may be absent.
    pub fn time(&mut self, field: &str, time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        time.and_then(|time| self.take(field, Timestamp::from_parts(time.seconds, time.nanos)))
    }
}
