//! Exceptions: time-limited lifts of agreement reasons, with two operators' names to them. For operators only.

pub mod approve;
pub mod end;
pub mod list;
pub mod propose;

use super::error::{Error, Resource, Result};
use crate::{
    domain::{exception, ids::ExceptionId, time::Timestamp},
    store::{ExceptionRow, Reader},
};
use serde::{Deserialize, Serialize};

/// Where an exception stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Waits for another operator.
    Proposed,
    /// In effect.
    Active,
    /// Ended or dropped by an operator.
    Ended,
    /// Its time is over.
    Expired,
}

impl State {
    /// The state of an exception at `now`. One that was ended in time stays ended.
    pub fn of(exception: &exception::Exception, now: Timestamp) -> Self {
        match exception.state {
            exception::ExceptionState::Ended => Self::Ended,
            _ if now >= exception.until => Self::Expired,
            exception::ExceptionState::Proposed => Self::Proposed,
            exception::ExceptionState::Approved => Self::Active,
        }
    }
}

async fn load(reader: &mut dyn Reader, id: ExceptionId) -> Result<ExceptionRow> {
    reader.exception(id).await?.ok_or_else(|| Error::not_found(Resource::Exception))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::RecordId;
    use exception::{Exception, ExceptionState};
    use uuid::Uuid;

    #[test]
    fn time_ends_what_no_operator_has_ended() {
        let until = Timestamp::from_micros(2_000_000).unwrap();
        let before = Timestamp::from_micros(1_999_999).unwrap();
        for (state, in_time, later) in [
            (ExceptionState::Proposed, State::Proposed, State::Expired),
            (ExceptionState::Approved, State::Active, State::Expired),
            (ExceptionState::Ended, State::Ended, State::Ended),
        ] {
            let exception =
                Exception { exception_id: ExceptionId(Uuid::nil()), state, until, proposed_by: RecordId(Uuid::nil()) };
            assert_eq!((State::of(&exception, before), State::of(&exception, until)), (in_time, later));
        }
    }
}
