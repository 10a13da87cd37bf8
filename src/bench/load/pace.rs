//! When the next call is to be sent.

use crate::bench::clock;
use std::time::{Duration, Instant};

/// Shorter waits are spun through: a timer is late by up to a millisecond, which would count as latency.
const SPIN: Duration = Duration::from_millis(2);

/// The times of calls.
#[derive(Debug)]
pub struct Pace {
    start: Instant,
    /// Between two calls, in nanoseconds; nothing in a closed loop.
    gap: Option<f64>,
    given: u64,
}

impl Pace {
    /// Calls at a rate from `start` on; without one, whenever somebody can send.
    pub fn new(rate: Option<u32>, start: Instant) -> Self {
        Self { start, gap: rate.map(|rate| 1e9 / f64::from(rate.max(1))), given: 0 }
    }

    fn time(&self, call: u64, gap: f64) -> Instant {
        self.start + Duration::from_nanos((call as f64 * gap) as u64)
    }

    /// Waits until the next call is to be sent and tells when that was meant to be: its latency counts from then, even if
    /// nobody was free to send it. Nothing after the end.
    pub async fn next(&mut self, end: Instant) -> Option<Instant> {
        let Some(gap) = self.gap else { return Some(clock::now()).filter(|now| *now < end) };
        let due = self.time(self.given, gap);
        let mut now = clock::now();
        if due >= end || now >= end {
            return None;
        }
        if due > now + SPIN {
            tokio::time::sleep(due - now - SPIN).await;
        }
        while now < due {
            tokio::task::yield_now().await;
            now = clock::now();
        }
        self.given += 1;
        Some(due)
    }

    /// How many calls were to be sent before the end and were not.
    pub fn unsent(&self, end: Instant) -> u64 {
        let Some(gap) = self.gap else { return 0 };
        let meant = (end.duration_since(self.start).as_nanos() as f64 / gap) as u64;
        meant.saturating_sub(self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_late_call_counts_from_the_time_at_which_it_was_meant() {
        let start = clock::now();
        let (mut pace, end) = (Pace::new(Some(1_000), start), start + Duration::from_millis(20));
        assert_eq!(pace.next(end).await, Some(start));
        std::thread::sleep(Duration::from_millis(5));
        for place in 1..5 {
            assert_eq!(pace.next(end).await, Some(start + Duration::from_millis(place)));
        }
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(pace.next(end).await, None);
        assert_eq!(pace.unsent(end), 15);
    }

    #[tokio::test]
    async fn a_closed_loop_waits_for_nothing() {
        let start = clock::now();
        let mut pace = Pace::new(None, start);
        assert!(pace.next(start + Duration::from_secs(60)).await.is_some());
        assert_eq!((pace.next(start).await, pace.unsent(start)), (None, 0));
    }
}
