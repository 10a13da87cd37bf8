//! Texts in several languages.

use super::Fields;
use crate::{
    domain::{specification::LocalText, text, vocabulary::Language},
    pb,
};

/// The code of a language on the wire.
pub fn language(language: Language) -> &'static str {
    match language {
        Language::Sv => "sv",
        Language::En => "en",
    }
}

/// A language's code, `sv` or `en`.
pub fn parse_language(code: &str) -> Result<Language, &'static str> {
    match code {
        "sv" => Ok(Language::Sv),
        "en" => Ok(Language::En),
        _ => Err("must be sv or en"),
    }
}

/// Texts as they are sent.
pub fn to_pb(texts: &[LocalText]) -> Vec<pb::LocalizedText> {
    texts
        .iter()
        .map(|one| pb::LocalizedText { language: language(one.language).to_owned(), text: one.text.clone() })
        .collect()
}

impl Fields {
    /// One line of text in one or more languages, each language once.
    pub fn local_texts(&mut self, field: &str, texts: Vec<pb::LocalizedText>, longest: usize) -> Vec<LocalText> {
        if texts.is_empty() {
            self.fault(field, "must have a text in at least one language");
        }
        if texts.len() > 2 {
            self.fault(field, "must have each language at most once");
            return Vec::new();
        }
        let texts = self.each(field, texts, |fields, one| {
            let language = fields.take("language", parse_language(&one.language));
            let text = fields.take("text", text::one_line(&one.text, longest));
            Some(LocalText { language: language?, text: text? })
        });
        if matches!(&texts[..], [one, other] if one.language == other.language) {
            self.fault(field, "must have each language at most once");
        }
        texts
    }
}
