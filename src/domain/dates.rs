//! Days and times as people write them, in mails and on pages: those of Sweden, where the readers' calendars hang.

use super::{calendar::in_sweden, time::Timestamp, vocabulary::Language};
use time::Date;

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

fn written(language: Language, date: Date) -> String {
    let month = usize::from(u8::from(date.month())) - 1;
    let name = match language {
        Language::Sv => SWEDISH[month],
        Language::En => ENGLISH[month],
    };
    format!("{} {name} {}", date.day(), date.year())
}

/// The day of a time, such as `22 december 2026`.
pub fn day(language: Language, time: Timestamp) -> String {
    written(language, in_sweden(time).date())
}

/// The last whole day before a time: whoever acts on that day, however late, acts in time.
pub fn last_day(language: Language, end: Timestamp) -> String {
    let date = in_sweden(end).date();
    written(language, date.previous_day().unwrap_or(date))
}

/// A moment to the minute, such as `22 december 2026 kl. 14.05`.
pub fn moment(language: Language, time: Timestamp) -> String {
    let (at, day) = (in_sweden(time), day(language, time));
    let (hour, minute) = (at.hour(), at.minute());
    match language {
        Language::Sv => format!("{day} kl. {hour:02}.{minute:02}"),
        Language::En => format!("{day} at {hour:02}:{minute:02} Swedish time"),
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
        ] {
            assert_eq!(day(Language::Sv, time(at)), day_of, "{at}");
        }
        assert_eq!(day(Language::En, time("2026-05-01T12:00:00Z")), "1 May 2026");
    }

    #[test]
    fn the_last_day_is_whole() {
        assert_eq!(last_day(Language::Sv, time("2026-12-22T10:14:00Z")), "21 december 2026");
        // A deadline at midnight closes the day before: in Sweden, and in UTC as deadlines once were.
        assert_eq!(last_day(Language::En, time("2026-11-27T23:00:00Z")), "27 November 2026");
        assert_eq!(last_day(Language::En, time("2026-11-28T00:00:00Z")), "27 November 2026");
    }

    #[test]
    fn moments_are_swedish_ones() {
        let shown = |text: &str, language| moment(language, time(text));
        assert_eq!(shown("2026-12-22T13:05:59Z", Language::Sv), "22 december 2026 kl. 14.05");
        assert_eq!(shown("2026-12-22T23:05:00Z", Language::En), "23 December 2026 at 00:05 Swedish time");
        // The changes of 2026: 29 March and 25 October.
        assert_eq!(shown("2026-03-29T00:59:59Z", Language::Sv), "29 mars 2026 kl. 01.59");
        assert_eq!(shown("2026-03-29T01:00:00Z", Language::Sv), "29 mars 2026 kl. 03.00");
        assert_eq!(shown("2026-10-25T00:59:59Z", Language::Sv), "25 oktober 2026 kl. 02.59");
        assert_eq!(shown("2026-10-25T01:00:00Z", Language::Sv), "25 oktober 2026 kl. 02.00");
    }
}
