//! What the mails say, in Swedish and English: plain words, short, and nothing that the service does not do.

mod draft;
mod en;
mod sv;

use crate::{
    domain::{specification::LocalText, vocabulary::Language},
    service::mail::letter::{Letter, Named},
};

/// Who runs the service and writes these mails.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    /// Its name.
    pub name: String,
    /// Where it tells how it handles personal data.
    pub privacy_notice: Option<String>,
    /// Where answers to the mails go.
    pub email: Option<String>,
}

/// A file that comes with a mail.
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its text, UTF-8, kept to the byte.
    pub text: String,
}

/// A mail in words.
pub struct Written {
    /// The subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// A file.
    pub attachment: Option<Attachment>,
}

/// Puts a letter into words.
pub fn write(letter: &Letter, operator: &Operator) -> Written {
    let draft = match letter.language {
        Language::Sv => sv::draft(&letter.content, operator),
        Language::En => en::draft(&letter.content, operator),
    };
    let (text, html) = (draft.text(), draft.html(letter.language));
    Written { subject: draft.subject, text, html, attachment: draft.attachment }
}

/// The operator's name, or what stands in for it.
fn named<'a>(operator: &'a Operator, otherwise: &'a str) -> &'a str {
    if operator.name.trim().is_empty() { otherwise } else { &operator.name }
}

/// A title in the language, or in the one that there is.
fn title<'a>(titles: &'a [LocalText], language: Language, otherwise: &'a str) -> &'a str {
    let wanted = titles.iter().find(|title| title.language == language).or(titles.first());
    wanted.map(|title| title.text.as_str()).filter(|text| !text.trim().is_empty()).unwrap_or(otherwise)
}

/// Agreements with their versions, a line each.
fn agreements(all: &[Named], language: Language, otherwise: &str) -> Vec<String> {
    all.iter()
        .map(|named| format!("{}, version {}", title(&named.titles, language, otherwise), named.version))
        .collect()
}

/// Names in a row: `A`, `A och B`, `A, B och C`.
fn row(names: &[String], and: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {and} {last}", most.join(", ")),
    }
}

/// The first line of a checkpoint that says which ledger it is of, and its size.
fn checkpoint(note: &str) -> (&str, &str) {
    let mut lines = note.lines();
    (lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
}

#[cfg(test)]
mod tests;
