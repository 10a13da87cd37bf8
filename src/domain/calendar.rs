//! Sweden's civil time and its business days, for deadlines that are counted in them.

use super::time::Timestamp;
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset, Weekday};

/// The end of the `days`-th Swedish business day after the day of `from`, as the midnight that closes it in Sweden.
pub fn business_days_after(from: Timestamp, days: u32) -> Timestamp {
    let mut date = in_sweden(from).date();
    let mut left = days;
    while left > 0 {
        let Some(next) = date.next_day() else { return from };
        date = next;
        if is_business_day(date) {
            left -= 1;
        }
    }
    end_of_day(date)
}

/// A time as clocks in Sweden show it: an hour ahead of UTC, two in summer.
pub fn in_sweden(time: Timestamp) -> OffsetDateTime {
    let utc = OffsetDateTime::from_unix_timestamp(time.parts().0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    utc.to_offset(UtcOffset::from_hms(ahead(utc), 0, 0).unwrap_or(UtcOffset::UTC))
}

/// The midnight that closes a day in Sweden. The clocks change at night, but never at midnight.
fn end_of_day(date: Date) -> Timestamp {
    let midnight = date.next_day().unwrap_or(date).midnight().assume_utc();
    let closes = midnight - Duration::hours(i64::from(ahead(midnight - Duration::hours(2))));
    Timestamp::from_parts(closes.unix_timestamp(), 0).unwrap_or(Timestamp::BEGINNING)
}

/// How many hours Sweden is ahead of UTC: summer time runs from the last Sunday of March to the last of October, both at
/// 01:00 UTC.
fn ahead(utc: OffsetDateTime) -> i8 {
    let change = |month| last_sunday(utc.year(), month).midnight().assume_utc() + Duration::HOUR;
    if (change(Month::March)..change(Month::October)).contains(&utc) { 2 } else { 1 }
}

/// The last Sunday of a month of 31 days.
fn last_sunday(year: i32, month: Month) -> Date {
    let last = Date::from_calendar_date(year, month, 31).unwrap_or(Date::MIN);
    last - Duration::days(i64::from(last.weekday().number_days_from_sunday()))
}

/// Whether a day is neither a Saturday, a Sunday nor a day off in Sweden: the public holidays, and the eves on which
/// offices are closed.
pub fn is_business_day(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_day_off(date)
}

fn is_day_off(date: Date) -> bool {
    let fixed = matches!(
        (date.month(), date.day()),
        (Month::January, 1 | 6) | (Month::May, 1) | (Month::June, 6) | (Month::December, 24..=26 | 31)
    );
    // Good Friday, Easter Monday, Ascension Day; Easter Day and Whit Sunday are Sundays.
    let after_easter = (date - easter(date.year())).whole_days();
    // The Friday between 19 and 25 June is Midsummer's Eve; All Saints' Day is a Saturday.
    let midsummer = date.month() == Month::June && (19..=25).contains(&date.day()) && date.weekday() == Weekday::Friday;
    fixed || matches!(after_easter, -2 | 1 | 39) || midsummer
}

/// Easter Day of a year, by the Gregorian computus in the form of Meeus.
fn easter(year: i32) -> Date {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let days = h + l - 7 * m;
    // Days after 22 March.
    let first = Date::from_calendar_date(year, Month::March, 22).unwrap_or(Date::MIN);
    first + Duration::days(i64::from(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn easter_falls_on_the_published_days() {
        for (year, day) in [
            (2005, date!(2005 - 03 - 27)),
            (2008, date!(2008 - 03 - 23)),
            (2011, date!(2011 - 04 - 24)),
            (2024, date!(2024 - 03 - 31)),
            (2025, date!(2025 - 04 - 20)),
            (2026, date!(2026 - 04 - 05)),
            (2027, date!(2027 - 03 - 28)),
            (2038, date!(2038 - 04 - 25)),
        ] {
            assert_eq!(easter(year), day);
        }
    }

    #[test]
    fn days_off_are_those_of_the_swedish_calendar() {
        for day in [
            date!(2026 - 01 - 01),
            date!(2026 - 01 - 06),
            date!(2026 - 04 - 03),
            date!(2026 - 04 - 06),
            date!(2026 - 05 - 01),
            date!(2026 - 05 - 14),
            date!(2026 - 06 - 06),
            date!(2026 - 06 - 19),
            date!(2026 - 12 - 24),
            date!(2026 - 12 - 25),
            date!(2026 - 12 - 31),
            date!(2026 - 11 - 21),
        ] {
            assert!(!is_business_day(day), "{day}");
        }
        for day in [date!(2026 - 11 - 23), date!(2026 - 06 - 18), date!(2026 - 04 - 07), date!(2026 - 12 - 30)] {
            assert!(is_business_day(day), "{day}");
        }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn five_business_days_pass_over_weekends_and_holidays() {
        for (from, until) in [
            // A Friday: the five days are Monday to Friday.
            ("2026-11-20T10:00:00Z", "2026-11-27T23:00:00Z"),
            // In Sweden that is a Tuesday already. Over Christmas: 23, 28, 29 and 30 December, and 4 January.
            ("2026-12-21T23:00:00Z", "2027-01-04T23:00:00Z"),
            ("2026-12-21T22:59:59Z", "2026-12-30T23:00:00Z"),
            // In summer, and over the nights of the change: 29 March and 25 October 2026.
            ("2026-07-01T10:00:00Z", "2026-07-08T22:00:00Z"),
            ("2026-03-23T10:00:00Z", "2026-03-30T22:00:00Z"),
            ("2026-10-19T10:00:00Z", "2026-10-26T23:00:00Z"),
        ] {
            assert_eq!(business_days_after(time(from), 5), time(until), "{from}");
        }
    }

    #[test]
    fn a_day_ends_at_its_midnight_when_the_clocks_change_too() {
        for (date, end) in [
            (date!(2026 - 03 - 28), "2026-03-28T23:00:00Z"),
            (date!(2026 - 03 - 29), "2026-03-29T22:00:00Z"),
            (date!(2026 - 10 - 24), "2026-10-24T22:00:00Z"),
            (date!(2026 - 10 - 25), "2026-10-25T23:00:00Z"),
            (date!(2026 - 12 - 31), "2026-12-31T23:00:00Z"),
        ] {
            assert_eq!(end_of_day(date), time(end), "{date}");
        }
    }

    proptest::proptest! {
        /// Times from 1990 to 2089.
        #[test]
        fn a_deadline_is_a_swedish_midnight_after_so_many_business_days(
            seconds in 631_152_000_i64..3_786_912_000, days in 1_u32..12,
        ) {
            let from = Timestamp::from_parts(seconds, 0).unwrap();
            let until = business_days_after(from, days);
            let (begins, ends) = (in_sweden(from), in_sweden(until));
            proptest::prop_assert_eq!(ends.time(), time::Time::MIDNIGHT);
            let last = ends.date().previous_day().unwrap();
            proptest::prop_assert!(is_business_day(last), "{} is the last day to act", last);
            let mut day = begins.date();
            let mut counted = 0;
            while day < last {
                day = day.next_day().unwrap();
                counted += u32::from(is_business_day(day));
            }
            proptest::prop_assert_eq!(counted, days);
            // Whole days pass, whenever the clocks change.
            proptest::prop_assert!(until.parts().0 - seconds > i64::from(days) * 86_400 - 3_600);
        }

        /// The rule told in another way: from the Sunday on that is the last of its month, which is the 25th or later.
        #[test]
        fn clocks_in_sweden_show_the_same_moment_and_change_on_two_sundays(seconds in 631_152_000_i64..3_786_912_000) {
            let sweden = in_sweden(Timestamp::from_parts(seconds, 0).unwrap());
            proptest::prop_assert_eq!(sweden.unix_timestamp(), seconds);
            let day = OffsetDateTime::from_unix_timestamp(seconds - 3_600).unwrap().date();
            let sunday = i16::from(day.day()) - i16::from(day.weekday().number_days_from_sunday());
            let summer = match day.month() {
                Month::March => sunday >= 25,
                Month::October => sunday < 25,
                month => (4..=9).contains(&u8::from(month)),
            };
            proptest::prop_assert_eq!(sweden.offset().whole_hours(), if summer { 2 } else { 1 });
        }
    }
}
