//! The time a call has: what its caller allows, never more than the server's maximum. tonic's own timer would answer
//! CANCELLED.

use crate::{grpc::status, service::error::ErrorReason};
use http::{HeaderMap, HeaderName};
use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};
use tokio::time::{Instant, timeout_at};
use tonic::Status;

const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// With less than this left no work is begun: the answer would come too late.
const TOO_LITTLE: Duration = Duration::from_millis(1);

/// Until when a call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// The deadline of a call that arrived then. A `grpc-timeout` that cannot be read counts as none.
    pub fn of(headers: &HeaderMap, arrived: Instant, longest: Duration) -> Result<Self, Status> {
        let allowed = headers.get(TIMEOUT).and_then(|value| value.to_str().ok()).and_then(parse);
        let time = allowed.map_or(longest, |allowed| allowed.min(longest));
        if time < TOO_LITTLE { Err(exceeded()) } else { Ok(Self(arrived + time)) }
    }

    /// Does some work, as long as there is time.
    pub async fn limit<T>(self, work: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        let mut work = pin!(work);
        // Most of what the gate is asked is done at once, and a timer costs more than the decision.
        match poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
            Poll::Ready(done) => done,
            Poll::Pending => timeout_at(self.0, work).await.unwrap_or_else(|_| Err(exceeded())),
        }
    }
}

fn exceeded() -> Status {
    status::of(ErrorReason::DeadlineExceeded, "the call's time is over")
}

/// `grpc-timeout`: one to eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        assert_eq!(parse("2S"), Some(Duration::from_secs(2)));
        assert_eq!(parse("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!(parse("100m"), Some(Duration::from_millis(100)));
        assert_eq!(parse("1u"), Some(Duration::from_micros(1)));
        for odd in ["", "S", "1", "123456789S", "-1S", "1.5S", "1s", "1 S", "1é", "+1S"] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }
}
