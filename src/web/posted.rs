//! What was typed and ticked, as it travels from step to step in the posted fields: the server keeps nothing in between.
//! Holds personal data, and is never printed.

use crate::{
    domain::vocabulary::{AuthorityBasis, Language},
    service::form::{
        DeclineInput,
        view::{AcceptInput, Form, PersonInput, SecondInput},
    },
};

macro_rules! typed {
    (texts: $($text:ident)+; ticks: $($tick:ident)+;) => {
        /// All fields of all steps.
        #[derive(Clone, Default)]
        pub(super) struct Typed {
            /// What is to be done.
            pub act: String,
            /// Which page it was posted from.
            pub at: String,
            /// The digest of what was shown.
            pub shown: String,
            /// The language; the last one counts, which is that of the button to switch.
            pub lang: Option<Language>,
            /// The agreements whose statement was ticked.
            pub agree: Vec<String>,
            $(pub $text: String,)+
            $(pub $tick: bool,)+
        }

        impl Typed {
            fn put(&mut self, name: &str, value: String) {
                match name {
                    "do" => self.act = value,
                    "at" => self.at = value,
                    "shown" => self.shown = value,
                    "lang" => self.lang = language(&value).or(self.lang),
                    "agree" => self.agree.push(value),
                    $(stringify!($text) => self.$text = value,)+
                    $(stringify!($tick) => self.$tick = value == "on",)+
                    _ => {}
                }
            }

            /// A field's text by its name.
            pub fn text(&self, name: &str) -> &str {
                match name {
                    $(stringify!($text) => &self.$text,)+
                    _ => "",
                }
            }

            /// A box's tick by its name.
            pub fn ticked(&self, name: &str) -> bool {
                match name {
                    $(stringify!($tick) => self.$tick,)+
                    _ => false,
                }
            }
        }
    };
}

typed! {
    texts: full_name role email authority_basis second_name second_email contact covered recipient reason;
    ticks: two group_permission retroactive authority confirm;
}

/// The fields of a person.
pub(super) const PERSON: &[&str] = &["full_name", "role", "email", "authority_basis"];
/// What else the second step asks.
pub(super) const TERMS: &[&str] =
    &["two", "second_name", "second_email", "contact", "covered", "group_permission", "retroactive"];

/// A language by its code.
pub(super) fn language(code: &str) -> Option<Language> {
    match code {
        "sv" => Some(Language::Sv),
        "en" => Some(Language::En),
        _ => None,
    }
}

impl Typed {
    /// From the pairs of a posted form.
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            // A browser sends a text area's lines with \r\n; the rest is one line each.
            let value = if name == "covered" || name == "reason" { value } else { value.trim().to_owned() };
            typed.put(&name, value);
        }
        typed
    }

    /// What stands in the fields before anything was typed.
    pub fn proposed(form: &Form) -> Self {
        Self { contact: form.contact.clone().unwrap_or_default(), two: form.two_signatories, ..Self::default() }
    }

    /// The named fields that have something in them, for hidden fields.
    pub fn carried<'a>(&'a self, names: &[&'static str]) -> Vec<(&'static str, &'a str)> {
        let value = |name: &'static str| match self.text(name) {
            "" if self.ticked(name) => Some((name, "on")),
            "" => None,
            text => Some((name, text)),
        };
        names.iter().filter_map(|name| value(name)).collect()
    }

    /// Why the person may act.
    pub fn basis(&self) -> Option<AuthorityBasis> {
        Some(match self.authority_basis.as_str() {
            "AUTHORISED_SIGNATORY" => AuthorityBasis::AuthorisedSignatory,
            "MANAGING_DIRECTOR" => AuthorityBasis::ManagingDirector,
            "POWER_OF_ATTORNEY" => AuthorityBasis::PowerOfAttorney,
            "POSITION" => AuthorityBasis::Position,
            "SOLE_TRADER" => AuthorityBasis::SoleTrader,
            _ => return None,
        })
    }

    fn person(&self) -> PersonInput {
        PersonInput {
            full_name: self.full_name.clone(),
            role: self.role.clone(),
            email: self.email.clone(),
            authority_basis: self.basis(),
        }
    }

    /// As an acceptance of texts in `language`.
    pub fn acceptance(&self, language: Language) -> AcceptInput {
        let second = || SecondInput { full_name: self.second_name.clone(), email: self.second_email.clone() };
        AcceptInput {
            shown: self.shown.clone(),
            language: Some(language),
            person: self.person(),
            second: self.two.then(second),
            contact: self.contact.clone(),
            covered: self.covered.clone(),
            group_permission: self.group_permission,
            retroactive_delivery: self.retroactive,
            ticked: self.agree.clone(),
            authority_declared: self.authority,
        }
    }

    /// As a decline of texts in `language`.
    pub fn decline(&self, language: Language, confirmed: bool) -> DeclineInput {
        DeclineInput {
            shown: self.shown.clone(),
            language: Some(language),
            person: self.person(),
            authority_declared: self.authority,
            confirmed,
            reason: self.reason.trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_comes_back_from_hidden_fields() {
        let pairs = [("full_name", " Åsa "), ("two", "on"), ("covered", "a\r\nb"), ("lang", "sv"), ("lang", "en")];
        let typed = Typed::read(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(typed.lang, Some(Language::En), "the button to switch stands after the hidden field");
        let carried = typed.carried(&[PERSON, TERMS].concat());
        assert_eq!(carried, [("full_name", "Åsa"), ("two", "on"), ("covered", "a\r\nb")]);
        let again =
            Typed::read(carried.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        assert!(again.two && again.full_name == "Åsa" && !again.authority);
    }
}
