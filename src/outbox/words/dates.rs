//! Days and times as people write them. Days are Swedish days, because that is where the readers' calendars hang; times
//! are UTC and say so, as in the ledger and the receipts.

use crate::domain::{time::Timestamp, vocabulary::Language};
use time::{Date, Duration, Month, OffsetDateTime, Weekday};

const SWEDISH: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];
const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn utc(time: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.parts().0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The time in Sweden: an hour ahead of UTC, two from the last Sunday of March to that of October, at 01:00 UTC.
fn in_sweden(time: Timestamp) -> OffsetDateTime {
    let utc = utc(time);
    let change = |month| last_sunday(utc.year(), month).midnight().assume_utc() + Duration::HOUR;
    let summer = (change(Month::March)..change(Month::October)).contains(&utc);
    utc + Duration::hours(if summer { 2 } else { 1 })
}

fn last_sunday(year: i32, month: Month) -> Date {
    // Both months have 31 days.
    let mut day = Date::from_calendar_date(year, month, 31).unwrap_or(Date::MIN);
    while day.weekday() != Weekday::Sunday {
        let Some(before) = day.previous_day() else { return day };
        day = before;
    }
    day
}

fn written(language: Language, date: Date) -> String {
    let month = usize::from(u8::from(date.month())) - 1;
    let name = match language {
        Language::Sv => SWEDISH[month],
        Language::En => ENGLISH[month],
    };
    format!("{} {name} {}", date.day(), date.year())
}

/// The day of a time.
pub(super) fn day(language: Language, time: Timestamp) -> String {
    written(language, in_sweden(time).date())
}

/// The last whole day before a time: whoever acts on that day, however late, acts in time.
pub(super) fn last_day(language: Language, end: Timestamp) -> String {
    let date = in_sweden(end).date();
    written(language, date.previous_day().unwrap_or(date))
}

/// A moment, to the minute.
pub(super) fn moment(language: Language, time: Timestamp) -> String {
    let utc = utc(time);
    let (hour, minute) = (utc.hour(), utc.minute());
    match language {
        Language::Sv => format!("{} kl. {hour:02}.{minute:02} UTC", written(language, utc.date())),
        Language::En => format!("{} at {hour:02}:{minute:02} UTC", written(language, utc.date())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_swedish_days() {
        for (at, day_of) in [
            ("2026-12-31T22:59:59Z", "31 december 2026"),
            ("2026-12-31T23:00:00Z", "1 januari 2027"),
            ("2026-06-30T21:59:59Z", "30 juni 2026"),
            ("2026-06-30T22:00:00Z", "1 juli 2026"),
            // The nights of the change: 29 March and 25 October 2026.
            ("2026-03-28T22:59:59Z", "28 mars 2026"),
            ("2026-03-28T23:00:00Z", "29 mars 2026"),
            ("2026-03-29T22:00:00Z", "30 mars 2026"),
            ("2026-10-24T22:00:00Z", "25 oktober 2026"),
            ("2026-10-25T22:59:59Z", "25 oktober 2026"),
            ("2026-10-25T23:00:00Z", "26 oktober 2026"),
        ] {
            assert_eq!(day(Language::Sv, time(at)), day_of, "{at}");
        }
        assert_eq!(day(Language::En, time("2026-05-01T12:00:00Z")), "1 May 2026");
    }

    #[test]
    fn the_last_day_is_whole() {
        assert_eq!(last_day(Language::Sv, time("2026-12-22T10:14:00Z")), "21 december 2026");
        // A deadline at midnight UTC closes the day before.
        assert_eq!(last_day(Language::En, time("2026-11-28T00:00:00Z")), "27 November 2026");
    }

    #[test]
    fn moments_name_their_clock() {
        assert_eq!(moment(Language::Sv, time("2026-11-22T09:04:59Z")), "22 november 2026 kl. 09.04 UTC");
        assert_eq!(moment(Language::En, time("2026-11-22T23:04:59Z")), "22 November 2026 at 23:04 UTC");
    }
}
