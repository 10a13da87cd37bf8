//! What operators do to a sender or an integrator for a time: suspensions, and exceptions. An exception is an operator's time-limited lift of agreement reasons, approved by a second operator.

use super::{
    ids::{ExceptionId, RecordId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Where an exception stands, apart from time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExceptionState {
    /// Waits for a second operator.
    Proposed,
    /// Approved; lifts until its end.
    Approved,
    /// Ended by an operator.
    Ended,
}

/// An exception of one sender or of one integrator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Exception {
    /// Its id.
    pub exception_id: ExceptionId,
    /// Its state.
    pub state: ExceptionState,
    /// Its end.
    pub until: Timestamp,
    /// The opaque id of the operator who proposed it, and who may not approve it.
    pub proposed_by: RecordId,
}

/// An operator's stop of a sender or an integrator, until it is resumed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// The private record that says why.
    pub reason: RecordId,
}

/// The end of the longest lift in force, if any.
pub fn lifted_until(exceptions: &[Exception], now: Timestamp) -> Option<Timestamp> {
    exceptions.iter().filter(|e| e.state == ExceptionState::Approved && now < e.until).map(|e| e.until).max()
}
