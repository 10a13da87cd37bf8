//! Points in time and lengths of time.

use super::from_text::from_text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, num::NonZeroU64};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Microseconds since 1970-01-01T00:00:00Z; the same precision in both databases, in the ledger and in memory.
///
/// Kept as one more than they are, so that a time that may be absent takes no more room than one that is there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(NonZeroU64);

/// A time outside 1970-01-01 to 9999-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must lie between 1970-01-01 and 9999-12-31")]
pub struct OutOfRange;

const MICROS: i64 = 1_000_000;
const LAST: i64 = 253_402_300_799 * MICROS;

impl Timestamp {
    /// The earliest time that can be told, 1970-01-01; used for rules that hold since always.
    pub const BEGINNING: Self = Self(NonZeroU64::MIN);

    /// From microseconds since 1970.
    pub fn from_micros(micros: i64) -> Result<Self, OutOfRange> {
        (0..=LAST).contains(&micros).then(|| Self::held(micros)).ok_or(OutOfRange)
    }

    /// From seconds and nanoseconds since 1970; what is finer than a microsecond is cut off.
    pub fn from_parts(seconds: i64, nanos: i32) -> Result<Self, OutOfRange> {
        if !(0..1_000_000_000).contains(&nanos) {
            return Err(OutOfRange);
        }
        let micros =
            seconds.checked_mul(MICROS).and_then(|s| s.checked_add(i64::from(nanos) / 1000)).ok_or(OutOfRange)?;
        Self::from_micros(micros)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        (self.0.get() - 1).cast_signed()
    }

    /// From microseconds since 1970, held at the ends of the range.
    fn held(micros: i64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(micros.clamp(0, LAST).unsigned_abs()))
    }

    /// Whole seconds since 1970 and the nanoseconds beyond.
    pub fn parts(self) -> (i64, i32) {
        let nanos = (self.micros() % MICROS) * 1000;
        (self.micros() / MICROS, i32::try_from(nanos).unwrap_or(0))
    }

    /// How long after an earlier time this is; nothing if it is not after it.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// This time moved by a number of seconds, held at the ends of the range.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::held(self.micros().saturating_add(seconds.saturating_mul(MICROS)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
        let time =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.micros()) * 1000).map_err(|_| fmt::Error)?;
        f.write_str(&time.format(format).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = OutOfRange;

    /// Reads RFC 3339 text.
    fn from_str(text: &str) -> Result<Self, OutOfRange> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| OutOfRange)?;
        let micros = i64::try_from(time.unix_timestamp_nanos() / 1000).map_err(|_| OutOfRange)?;
        Self::from_micros(micros)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, str::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_six_decimals_and_reads_back() {
        let time = Timestamp::from_parts(1_767_225_600, 123_456_789).unwrap();
        assert_eq!(time.to_string(), "2026-01-01T00:00:00.123456Z");
        assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
    }

    #[test]
    fn the_ends_of_the_range_are_kept_and_nothing_lies_beyond() {
        for micros in [0, 1, LAST] {
            let time = Timestamp::from_micros(micros).unwrap();
            assert_eq!(time.micros(), micros);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(Timestamp::from_micros(0), Ok(Timestamp::BEGINNING));
        assert_eq!((Timestamp::from_micros(-1), Timestamp::from_micros(LAST + 1)), (Err(OutOfRange), Err(OutOfRange)));
        let last = Timestamp::from_micros(LAST).unwrap();
        assert_eq!(last.plus_seconds(i64::MIN), Timestamp::BEGINNING);
        assert_eq!(Timestamp::BEGINNING.plus_seconds(i64::MAX), last);
        assert_eq!(Timestamp::BEGINNING.since(last), std::time::Duration::ZERO);
        assert_eq!(last.since(Timestamp::BEGINNING), std::time::Duration::from_micros(LAST.unsigned_abs()));
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<Timestamp>());
    }

    #[test]
    fn odd_times_are_refused_not_wrapped() {
        assert!(Timestamp::from_parts(i64::MAX, 0).is_err());
        assert!(Timestamp::from_parts(-1, 0).is_err());
        assert!(Timestamp::from_parts(0, 1_000_000_000).is_err());
        assert!(Timestamp::from_parts(0, -1).is_err());
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
