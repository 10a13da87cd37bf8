//! Times as people in Sweden read them.

use crate::domain::{time::Timestamp, vocabulary::Language};
use time::{Date, Month, OffsetDateTime, UtcOffset, Weekday};

/// A day, such as `22 december 2026`.
pub(super) fn day(time: Timestamp, language: Language) -> String {
    let local = local(time);
    format!("{} {} {}", local.day(), month(local.month(), language), local.year())
}

/// A moment, such as `22 december 2026 kl. 14.05`.
pub(super) fn moment(time: Timestamp, language: Language) -> String {
    let (at, day) = (local(time), day(time, language));
    match language {
        Language::Sv => format!("{day} kl. {:02}.{:02}", at.hour(), at.minute()),
        Language::En => format!("{day} at {:02}:{:02} Swedish time", at.hour(), at.minute()),
    }
}

fn local(time: Timestamp) -> OffsetDateTime {
    let utc = OffsetDateTime::from_unix_timestamp(time.parts().0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let hours = if is_summer(utc) { 2 } else { 1 };
    utc.to_offset(UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC))
}

/// Summer time runs from the last Sunday of March to the last Sunday of October, from 01:00 to 01:00 UTC.
fn is_summer(utc: OffsetDateTime) -> bool {
    let change = |month| {
        let last = Date::from_calendar_date(utc.year(), month, 31).ok()?;
        let sunday = if last.weekday() == Weekday::Sunday { last } else { last.prev_occurrence(Weekday::Sunday) };
        Some(sunday.with_hms(1, 0, 0).ok()?.assume_utc())
    };
    match (change(Month::March), change(Month::October)) {
        (Some(begin), Some(end)) => (begin..end).contains(&utc),
        _ => false,
    }
}

fn month(month: Month, language: Language) -> &'static str {
    const SV: [&str; 12] = [
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
    const EN: [&str; 12] = [
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
    let names = match language {
        Language::Sv => SV,
        Language::En => EN,
    };
    names[usize::from(u8::from(month)) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_swedish_ones() {
        let shown = |text: &str, language| moment(text.parse().unwrap(), language);
        assert_eq!(shown("2026-12-22T13:05:59Z", Language::Sv), "22 december 2026 kl. 14.05");
        assert_eq!(shown("2026-12-22T23:05:00Z", Language::En), "23 December 2026 at 00:05 Swedish time");
        // The changes of 2026: 29 March and 25 October.
        assert_eq!(shown("2026-03-29T00:59:59Z", Language::Sv), "29 mars 2026 kl. 01.59");
        assert_eq!(shown("2026-03-29T01:00:00Z", Language::Sv), "29 mars 2026 kl. 03.00");
        assert_eq!(shown("2026-10-25T00:59:59Z", Language::Sv), "25 oktober 2026 kl. 02.59");
        assert_eq!(shown("2026-10-25T01:00:00Z", Language::Sv), "25 oktober 2026 kl. 02.00");
    }
}
