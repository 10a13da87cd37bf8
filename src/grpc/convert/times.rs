//! Times in requests.

use super::Fields;
use crate::domain::time::Timestamp;
pub use crate::wire::times::{from_pb, to_pb};

impl Fields {
    /// A time that may be absent.
    pub fn time(&mut self, field: &str, time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        time.and_then(|time| self.take(field, from_pb(time)))
    }
}
