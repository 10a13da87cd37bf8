//! Which texts people may write, and what an e-mail address looks like (R4, R6).

use email_address::{EmailAddress, Options};

/// Why a text is refused. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A control, direction or invisible character, which could make a text read as another one.
    #[error("must not hold control characters, line breaks, or invisible or direction-changing characters")]
    Invisible,
    /// White space at the beginning or end.
    #[error("must not begin or end with white space")]
    Padded,
    /// Not an e-mail address.
    #[error("must be an e-mail address such as payroll@example.se")]
    Email,
    /// Not a domain.
    #[error("must be a domain such as example.se, in lower case")]
    Domain,
    /// A reference with other characters than allowed.
    #[error("must hold only A-Z, a-z, 0-9 and . _ : / # + = -")]
    Reference,
    /// Something that reads like a personal identity number or an e-mail address.
    #[error("must not hold a personal identity number or an e-mail address")]
    Personal,
}

/// A name in any script: kept as written, to the byte.
pub fn name(text: &str) -> Result<String, InvalidText> {
    one_line(text, 200)
}

/// One line of text of at most `longest` characters.
pub fn one_line(text: &str, longest: usize) -> Result<String, InvalidText> {
    if text.chars().any(is_deceptive) {
        return Err(InvalidText::Invisible);
    }
    if text.trim().is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.trim().len() != text.len() {
        return Err(InvalidText::Padded);
    }
    if text.chars().count() > longest {
        return Err(InvalidText::TooLong(longest));
    }
    Ok(text.to_owned())
}

/// A free text that somebody typed into a form: what shows nothing becomes a space, and what is too long is cut, as the
/// field itself cuts it. Nothing where nothing is left.
pub fn remark(text: &str, longest: usize) -> Option<String> {
    let visible = |c: char| if is_deceptive(c) && c != '\n' { ' ' } else { c };
    let text: String = text.replace("\r\n", "\n").chars().map(visible).take(longest).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A document: line breaks and tabs are allowed.
pub fn document(text: &str, longest_bytes: usize) -> Result<(), InvalidText> {
    if text.trim().is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.len() > longest_bytes {
        return Err(InvalidText::TooLong(longest_bytes));
    }
    if text.chars().any(|c| is_deceptive(c) && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(InvalidText::Invisible);
    }
    Ok(())
}

/// An identifier of another system, such as an external reference: no free text, and nobody's identity number.
pub fn reference(text: &str, longest: usize) -> Result<String, InvalidText> {
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.len() > longest {
        return Err(InvalidText::TooLong(longest));
    }
    if !text.bytes().all(|c| c.is_ascii_alphanumeric() || b"._:/#+=-".contains(&c)) {
        return Err(InvalidText::Reference);
    }
    if holds_identity_number(text) {
        return Err(InvalidText::Personal);
    }
    Ok(text.to_owned())
}

/// An e-mail address with a domain that has a dot; kept as written.
pub fn email(text: &str) -> Result<String, InvalidText> {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    if text.len() > 254
        || text.chars().any(is_deceptive)
        || text.contains('"')
        || EmailAddress::parse_with_options(text, options).is_err()
        || !is_plain_domain(text)
    {
        return Err(InvalidText::Email);
    }
    Ok(text.to_owned())
}

/// Whether a domain is written as what it is: a letter that the mail system takes for another one, such as a full-width
/// `ｌ`, would let an address pass for a stranger's.
fn is_plain_domain(email: &str) -> bool {
    let Some((_, domain)) = email.rsplit_once('@') else { return false };
    let Ok(ascii) = idna::domain_to_ascii(domain) else { return false };
    let (unicode, known) = idna::domain_to_unicode(&ascii);
    let written = domain.to_lowercase();
    known.is_ok() && (written == unicode || written == ascii)
}

/// The domain of an address as the mail system knows it.
pub fn mail_domain(email: &str) -> String {
    let domain = email.rsplit('@').next().unwrap_or_default();
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

/// A domain such as `example.se`, in lower case.
pub fn domain(text: &str) -> Result<String, InvalidText> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    if text.len() > 253 || !text.contains('.') || !text.split('.').all(label) {
        return Err(InvalidText::Domain);
    }
    Ok(text.to_owned())
}

/// Whether an address looks like one person's: a given name and a family name before the @ (R6).
pub fn looks_personal(email: &str) -> bool {
    let local = email.rsplit_once('@').map_or(email, |(local, _)| local);
    let local = local.split('+').next().unwrap_or(local).to_lowercase();
    let words: Vec<&str> = local.split(['.', '_', '-']).filter(|w| !w.is_empty()).collect();
    let function =
        |word: &str| FUNCTIONS.iter().any(|known| word == *known || (known.len() > 3 && word.contains(known)));
    words.len() >= 2 && words.iter().all(|w| w.chars().all(char::is_alphabetic)) && !words.iter().any(|w| function(w))
}

/// Words that make an address a function's, in Swedish and English.
const FUNCTIONS: &[&str] = &[
    "info",
    "lon",
    "lön",
    "loner",
    "löner",
    "lonebesked",
    "payroll",
    "hr",
    "personal",
    "personnel",
    "people",
    "ekonomi",
    "economy",
    "finance",
    "faktura",
    "invoice",
    "redovisning",
    "accounting",
    "admin",
    "office",
    "kontor",
    "kontakt",
    "contact",
    "support",
    "gdpr",
    "dpo",
    "dataskydd",
    "privacy",
    "integritet",
    "legal",
    "juridik",
    "jurist",
    "registrator",
    "kommun",
    "service",
    "kundtjanst",
    "kundtjänst",
    "post",
    "mail",
    "team",
    "data",
    "protection",
    "it",
    "security",
    "sakerhet",
    "säkerhet",
    "ombud",
];

/// Whether two addresses reach the same mailbox, as far as can be told.
pub fn same_address(one: &str, other: &str) -> bool {
    let local = |email: &str| email.rsplit_once('@').map_or(email, |(local, _)| local).to_lowercase();
    local(one) == local(other) && mail_domain(one) == mail_domain(other)
}

/// Control characters, and those that show nothing or turn the direction of writing. Joiners that scripts need for
/// spelling (U+200C, U+200D between letters) are refused too: in names they are far more often an attack.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Whether some run of digits in the text is a personal identity number.
fn holds_identity_number(text: &str) -> bool {
    use super::organisation_number::{InvalidNumber, OrganisationNumber};
    text.split(|c: char| !c.is_ascii_digit() && c != '-' && c != '+').any(|run| {
        matches!(
            OrganisationNumber::parse(run),
            Ok(OrganisationNumber::SoleTrader(_)) | Err(InvalidNumber::SoleTraderInTenDigits)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_pass_unchanged() {
        for text in
            ["Åsa Öberg-Çelik", "İbrahim Şahin", "山田 太郎", "O’Brien & D'Arcy", "Löner i Norr AB (publ.)", "Ⅷ Ltd 😀"]
        {
            assert_eq!(name(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn deceptive_names_are_refused() {
        for (text, fault) in [
            ("", InvalidText::Empty),
            ("   ", InvalidText::Empty),
            (" a", InvalidText::Padded),
            ("a\u{202e}b", InvalidText::Invisible),
            ("a\u{200b}b", InvalidText::Invisible),
            ("a\0b", InvalidText::Invisible),
            ("a\nb", InvalidText::Invisible),
            ("\u{feff}a", InvalidText::Invisible),
        ] {
            assert_eq!(name(text), Err(fault), "{text:?}");
        }
        assert_eq!(name(&"å".repeat(201)), Err(InvalidText::TooLong(200)));
    }

    #[test]
    fn a_remark_is_kept_as_far_as_it_can_be_read() {
        assert_eq!(remark(" Inte vi.\r\nÅsa\u{202e}! ", 1000).as_deref(), Some("Inte vi.\nÅsa !"));
        assert_eq!(remark(&"å".repeat(1001), 1000).map(|text| text.chars().count()), Some(1000));
        assert_eq!(remark(" \u{200b}\n", 1000), None);
    }

    #[test]
    fn addresses_have_a_domain() {
        for good in ["lon@example.se", "åsa@exempel.se", "a+b@x.example.com"] {
            assert!(email(good).is_ok(), "{good}");
        }
        assert!(email("lön@räksmörgås.example").is_ok() && email("a@xn--rksmrgs-5wao1o.example").is_ok());
        assert!(same_address("A@räksmörgås.example", "a@xn--rksmrgs-5wao1o.example"));
        for disguised in ["chef@ｌonebyran.example", "chef@ⓛonebyran.example", "a@xn--a.example", "\"q q\"@example.se"]
        {
            assert!(email(disguised).is_err(), "{disguised}");
        }
        for bad in ["", "a@b", "a@[127.0.0.1]", "A <a@example.se>", "a@example.se\n", "a b@example.se", "@example.se"] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert!(domain("example.se").is_ok());
        for bad in ["", "example", "Example.se", "-a.se", "a..se", "@a.se"] {
            assert!(domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn personal_addresses_are_told_from_functions() {
        for personal in ["anna.berg@example.se", "Anna.Maria_Berg@example.se", "anna-berg+x@example.se"] {
            assert!(looks_personal(personal), "{personal}");
        }
        for function in [
            "lon@example.se",
            "info@example.se",
            "hr.stockholm@example.se",
            "payroll-team@example.se",
            "dataskydd@example.se",
            "team.1@example.se",
        ] {
            assert!(!looks_personal(function), "{function}");
        }
    }

    #[test]
    fn references_hold_no_identity_number() {
        assert!(reference("K-1001", 64).is_ok());
        assert!(reference("556016-0680", 64).is_ok(), "a legal person's number is public");
        assert_eq!(reference("19121212-1212", 64), Err(InvalidText::Personal));
        assert_eq!(reference("121212-1212", 64), Err(InvalidText::Personal));
        assert_eq!(reference("x/191212121212/y", 64), Err(InvalidText::Personal));
        assert_eq!(reference("a b", 64), Err(InvalidText::Reference));
    }
}
