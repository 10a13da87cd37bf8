//! Swedish organisation numbers, in the shapes people type.

use super::from_text::from_text;
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU64};

/// Ten digits of a legal person: the third digit is 2 or more, the last a check digit. No personal data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegalNumber(NonZeroU64);

/// Twelve digits of a sole trader, which are a personal identity number and so personal data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SoleTraderNumber(NonZeroU64);

/// An organisation number of either kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OrganisationNumber {
    /// A company, association or authority.
    Legal(LegalNumber),
    /// A natural person who trades under its own identity number.
    SoleTrader(SoleTraderNumber),
}

/// An organisation number of either kind in eight bytes, for those who keep millions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PackedNumber(NonZeroU64);

/// Every number of ten digits is below, every sole trader's above.
const ELEVEN_DIGITS: u64 = 10_000_000_000;

impl PackedNumber {
    /// How many bits a number takes.
    pub const BITS: u32 = 38;

    /// The number as an integer of so many bits.
    pub fn bits(self) -> u64 {
        self.0.get()
    }

    /// The number.
    pub fn number(self) -> OrganisationNumber {
        match self.0.get() < ELEVEN_DIGITS {
            true => OrganisationNumber::Legal(LegalNumber(self.0)),
            false => OrganisationNumber::SoleTrader(SoleTraderNumber(self.0)),
        }
    }
}

impl fmt::Debug for PackedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// Why a text is no organisation number. The texts never repeat what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNumber {
    /// Nothing but separators.
    #[error("must not be empty")]
    Empty,
    /// A character that is neither a digit nor a separator.
    #[error("must hold digits only, besides spaces, hyphens and the VAT form SE…01")]
    NotDigits,
    /// Neither ten nor twelve digits.
    #[error("must have 10 digits (12 for a sole trader)")]
    Length,
    /// Twelve digits that begin with something else than 16, 18, 19 or 20.
    #[error("twelve digits must begin with 16 (a legal person) or with the century of birth (a sole trader)")]
    Prefix,
    /// The last digit does not fit the others.
    #[error("the check digit is wrong")]
    CheckDigit,
    /// A sole trader's number without its century.
    #[error("a sole trader's number must have 12 digits, with the century")]
    SoleTraderInTenDigits,
    /// A sole trader's number whose month or day does not exist.
    #[error("a sole trader's number must begin with a date of birth")]
    Date,
}

impl OrganisationNumber {
    /// Reads a number as people type it: spaces, `-`, `+`, en dash, minus sign, a `16` prefix, the form `SE…01`.
    pub fn parse(text: &str) -> Result<Self, InvalidNumber> {
        // As programs write it.
        if text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::of_ten(text.as_bytes());
        }
        let mut digits = [0u8; 14];
        let mut count = 0;
        let trimmed = text.trim();
        let (vat, body) = match trimmed.get(..2) {
            Some(prefix) if prefix.eq_ignore_ascii_case("SE") => (true, &trimmed[2..]),
            _ => (false, trimmed),
        };
        for character in body.chars() {
            match character {
                '0'..='9' => {
                    let place = digits.get_mut(count).ok_or(InvalidNumber::Length)?;
                    *place = character as u8;
                    count += 1;
                }
                ' ' | '\t' | '\u{a0}' | '\u{202f}' | '-' | '+' | '\u{2010}'..='\u{2013}' | '\u{2212}' => {}
                _ => return Err(InvalidNumber::NotDigits),
            }
        }
        let digits = &digits[..count];
        match (vat, digits.len()) {
            (_, 0) => Err(InvalidNumber::Empty),
            (true, 12) if digits.ends_with(b"01") => Self::of_ten(&digits[..10]),
            (true, _) => Err(InvalidNumber::Length),
            (false, 10) => Self::of_ten(digits),
            (false, 12) => match &digits[..2] {
                b"16" => Self::of_ten(&digits[2..]),
                b"18" | b"19" | b"20" => Self::of_person(digits),
                _ => Err(InvalidNumber::Prefix),
            },
            _ => Err(InvalidNumber::Length),
        }
    }

    fn of_ten(digits: &[u8]) -> Result<Self, InvalidNumber> {
        let ten: [u8; 10] = digits.try_into().map_err(|_| InvalidNumber::Length)?;
        if !luhn(&ten) {
            return Err(InvalidNumber::CheckDigit);
        }
        if ten[2] < b'2' {
            return Err(InvalidNumber::SoleTraderInTenDigits);
        }
        Ok(Self::Legal(LegalNumber(whole(&ten)?)))
    }

    fn of_person(digits: &[u8]) -> Result<Self, InvalidNumber> {
        let twelve: [u8; 12] = digits.try_into().map_err(|_| InvalidNumber::Length)?;
        let number = |from: usize, to: usize| twelve[from..to].iter().fold(0u16, |n, d| n * 10 + u16::from(d - b'0'));
        let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
        // A coordination number has 60 added to its day.
        let day = if day > 60 { day - 60 } else { day };
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return Err(InvalidNumber::Date),
        };
        if !(1..=days).contains(&day) {
            return Err(InvalidNumber::Date);
        }
        if !luhn(&twelve[2..]) {
            return Err(InvalidNumber::CheckDigit);
        }
        Ok(Self::SoleTrader(SoleTraderNumber(whole(&twelve)?)))
    }

    /// The legal person's number, or nothing for a sole trader.
    pub fn legal(self) -> Option<LegalNumber> {
        match self {
            Self::Legal(number) => Some(number),
            Self::SoleTrader(_) => None,
        }
    }

    /// All digits, those of a sole trader too: for whoever was told them before.
    pub fn reveal(self) -> String {
        match self {
            Self::Legal(number) => number.to_string(),
            Self::SoleTrader(number) => number.reveal(),
        }
    }

    /// The number in eight bytes.
    pub fn packed(self) -> PackedNumber {
        let (Self::Legal(LegalNumber(digits)) | Self::SoleTrader(SoleTraderNumber(digits))) = self;
        PackedNumber(digits)
    }
}

/// The integer that the digits write. Those of a number are never all 0.
fn whole(digits: &[u8]) -> Result<NonZeroU64, InvalidNumber> {
    let value = digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    NonZeroU64::new(value).ok_or(InvalidNumber::CheckDigit)
}

/// The check of ISO/IEC 7812: every second digit doubled, digit sums added, divisible by ten.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << (place % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

impl LegalNumber {
    /// The number as people write it, such as `556016-0680`.
    pub fn dashed(&self) -> String {
        format!("{:06}-{:04}", self.0.get() / 10_000, self.0.get() % 10_000)
    }
}

impl SoleTraderNumber {
    /// All twelve digits: for the private table and for look-ups only.
    pub fn reveal(&self) -> String {
        self.0.to_string()
    }
}

/// What stands in place of a sole trader's number in every response, log, error and e-mail.
pub const MASKED: &str = "************";

impl fmt::Display for LegalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

impl fmt::Debug for LegalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SoleTraderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASKED)
    }
}

impl Serialize for LegalNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LegalNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, |text| match OrganisationNumber::parse(text) {
            Ok(OrganisationNumber::Legal(number)) => Ok(number),
            _ => Err("not a legal person's organisation number"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        OrganisationNumber::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).reveal()
    }

    #[test]
    fn every_shape_people_type_is_one_number() {
        for text in [
            "5560160680",
            "556016-0680",
            "556016–0680",
            "556016−0680",
            "556016+0680",
            " 556016 0680 ",
            "16556016-0680",
            "165560160680",
            "SE556016068001",
            "se 556016-0680 01",
            "556016\u{a0}0680",
        ] {
            assert_eq!(canonical(text), "5560160680", "{text}");
        }
        assert_eq!(canonical("19121212-1212"), "191212121212");
        assert_eq!(canonical("197010632391"), "197010632391", "a coordination number");
    }

    #[test]
    fn each_fault_has_its_own_name() {
        for (text, fault) in [
            ("", InvalidNumber::Empty),
            (" - ", InvalidNumber::Empty),
            ("556016-0681", InvalidNumber::CheckDigit),
            ("abc", InvalidNumber::NotDigits),
            ("٥٥٦٠١٦٠٦٨٠", InvalidNumber::NotDigits),
            ("55601606", InvalidNumber::Length),
            ("556016068000000", InvalidNumber::Length),
            ("155560160680", InvalidNumber::Prefix),
            ("121212-1212", InvalidNumber::SoleTraderInTenDigits),
            ("191213121212", InvalidNumber::Date),
            ("190002291234", InvalidNumber::Date),
            ("191212121213", InvalidNumber::CheckDigit),
            ("SE5560160680", InvalidNumber::Length),
            ("SE556016068002", InvalidNumber::Length),
        ] {
            assert_eq!(OrganisationNumber::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn people_write_a_dash() {
        let number = OrganisationNumber::parse("SE556016068001").unwrap().legal().unwrap();
        assert_eq!(number.dashed(), "556016-0680");
    }

    #[test]
    fn a_sole_traders_number_does_not_print() {
        let number = OrganisationNumber::parse("191212121212").unwrap();
        assert!(!format!("{number:?}").contains("1212"));
    }

    #[test]
    fn a_packed_number_is_the_same_number() {
        for text in ["5560160680", "0020000006", "9999999999", "189912319994", "191212121212", "209912319994"] {
            let Ok(number) = OrganisationNumber::parse(text) else { panic!("{text} is none") };
            assert_eq!(number.packed().number(), number);
            assert_eq!(canonical(text), text);
            assert!(number.packed().bits() < 1 << PackedNumber::BITS);
            assert!(text.len() == 10 || !format!("{:?}", number.packed()).contains(&text[4..]));
        }
    }
}
