//! Swedish business days, for deadlines that are counted in them.

use super::time::Timestamp;
use time::{Date, Duration, Month, OffsetDateTime, Weekday};

/// The end of the `days`-th business day after the day of `from`, as the midnight (UTC) that closes it. Days are UTC days,
/// which end an hour or two later than Swedish ones: nobody gets less time than was promised.
pub fn business_days_after(from: Timestamp, days: u32) -> Timestamp {
    let (seconds, _) = from.parts();
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(seconds) else { return from };
    let mut date = moment.date();
    let mut left = days;
    while left > 0 {
        let Some(next) = date.next_day() else { return from };
        date = next;
        if is_business_day(date) {
            left -= 1;
        }
    }
    let closes = date.next_day().unwrap_or(date).midnight().assume_utc().unix_timestamp();
    Timestamp::from_parts(closes, 0).unwrap_or(from)
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

    #[test]
    fn five_business_days_pass_over_weekends_and_holidays() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        // A Friday: the five days are Monday to Friday.
        assert_eq!(business_days_after(time("2026-11-20T10:00:00Z"), 5), time("2026-11-28T00:00:00Z"));
        // Over Christmas: 22, 23, 28, 29 and 30 December.
        assert_eq!(business_days_after(time("2026-12-21T23:59:59Z"), 5), time("2026-12-31T00:00:00Z"));
    }
}
