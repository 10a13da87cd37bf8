//! What stands around every page: the language, who speaks, and the words that are filled into the texts.

use super::{
    Site,
    texts::{Texts, fill},
};
use crate::{
    domain::{
        dates,
        specification::LocalText,
        time::Timestamp,
        vocabulary::{AuthorityBasis, ContentType, IntegratorKind, Language},
    },
    service::{
        FormSettings,
        form::view::{Fault, Field, Letterhead},
    },
};
use askama::Template;
use std::borrow::Borrow;

/// How the reader changes the language.
pub(super) enum Switch {
    /// By a link to the same page.
    Link(String),
    /// By a button of the page's form, so that nothing typed is lost. Holds what the form's own button does, for whoever
    /// presses Enter.
    Button(&'static str),
}

/// The frame of one page.
pub(super) struct Frame<'a> {
    pub t: &'static Texts,
    pub language: Language,
    /// `Fel: ` in front of it where there are faults.
    pub title: String,
    pub switch: Switch,
    pub operator: &'a FormSettings,
    /// What our own addresses begin with.
    pub root: &'a str,
    pub head: Option<&'a Letterhead>,
    /// The address of the link's page, `/a/…`; empty on pages without.
    pub path: String,
    /// Where the reader is among the three steps; 0 on other pages.
    pub step: usize,
    pub faults: Vec<(Field, Fault)>,
    /// What is known beside the names: `types`, `expires` and so on.
    pub words: Vec<(&'static str, String)>,
}

/// A text with its language where that is not the page's.
pub(super) struct Local<'a> {
    pub text: &'a str,
    pub lang: Option<&'static str>,
}

/// One fault, in words, with the field it belongs to.
pub(super) struct Shown {
    pub anchor: String,
    pub text: String,
}

impl<'a> Frame<'a> {
    pub fn new(site: &'a Site, language: Language, path: String) -> Self {
        let t = Texts::of(language);
        let switch =
            Switch::Link(if path.is_empty() { String::new() } else { format!("{path}?lang={}", t.other_lang) });
        Self {
            t,
            language,
            title: String::new(),
            switch,
            operator: &site.operator,
            root: &site.root,
            head: None,
            path,
            step: 0,
            faults: Vec::new(),
            words: Vec::new(),
        }
    }

    /// The same for a page about a company.
    #[must_use]
    pub fn about(mut self, head: &'a Letterhead) -> Self {
        self.head = Some(head);
        self
    }

    /// The same with a title.
    #[must_use]
    pub fn titled(mut self, title: &'static str) -> Self {
        self.title = self.say(title);
        self
    }

    /// The same with one more word to fill in.
    #[must_use]
    pub fn word(mut self, name: &'static str, word: impl Into<String>) -> Self {
        self.words.push((name, word.into()));
        self
    }

    /// A text with everything filled in that the frame knows.
    pub fn say(&self, text: &str) -> String {
        self.say_with(text, &[])
    }

    /// The same with one more word.
    pub fn say1(&self, text: &str, name: &str, word: impl AsRef<str>) -> String {
        self.say_with(text, &[(name, word.as_ref())])
    }

    pub fn say_with(&self, text: &str, more: &[(&str, &str)]) -> String {
        let mut words = more.to_vec();
        words.push(("operator", &self.operator.operator_name));
        if let Some(head) = self.head {
            words.extend([
                ("integrator", head.integrator_name.as_str()),
                ("sender", self.sender()),
                ("kind", self.kind(head)),
            ]);
        }
        words.extend(self.words.iter().map(|(name, word)| (*name, word.as_str())));
        fill(text, &words)
    }

    /// The company's name, or something to call it by where that was erased.
    pub fn sender(&self) -> &str {
        let name = self.head.map_or("", |head| head.sender_name.as_str());
        if name.is_empty() { self.t.your_company } else { name }
    }

    fn kind(&self, head: &Letterhead) -> &'static str {
        match head.integrator_kind {
            IntegratorKind::PayrollBureau => self.t.payroll_bureau,
            IntegratorKind::OutputVendor => self.t.output_vendor,
            IntegratorKind::SystemVendor => self.t.system_vendor,
        }
    }

    pub fn kind_name(&self) -> &'static str {
        self.head.map_or("", |head| self.kind(head))
    }

    /// `lönebesked och fakturor`; all kinds of mail where none is named.
    pub fn types(&self, types: &[ContentType]) -> String {
        let name = |one: &ContentType| match one {
            ContentType::Payslip => self.t.payslip,
            ContentType::Invoice => self.t.invoice,
            ContentType::Letter => self.t.letter,
            ContentType::Form => self.t.form,
            ContentType::Other => self.t.other_mail,
        };
        match types {
            [] => self.t.digital_mail.to_owned(),
            [one] => name(one).to_owned(),
            [first @ .., last] => {
                let first: Vec<&str> = first.iter().map(name).collect();
                format!("{} {} {}", first.join(", "), self.t.and, name(last))
            }
        }
    }

    /// An e-mail address as HTML that may break after its `@` and the dots behind it, for narrow screens.
    pub fn address(&self, address: impl AsRef<str>) -> String {
        let html = escaped(address.as_ref());
        match html.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@<wbr>{}", domain.replace('.', ".<wbr>")),
            None => html,
        }
    }

    pub fn day(&self, time: impl Borrow<Timestamp>) -> String {
        dates::day(self.language, *time.borrow())
    }

    pub fn moment(&self, time: impl Borrow<Timestamp>) -> String {
        dates::moment(self.language, *time.borrow())
    }

    /// The last whole day before a deadline.
    pub fn last_day(&self, end: impl Borrow<Timestamp>) -> String {
        dates::last_day(self.language, *end.borrow())
    }

    /// The text in the page's language, else in the first one there is.
    pub fn pick<'t>(&self, texts: &'t [LocalText]) -> Local<'t> {
        match texts.iter().find(|text| text.language == self.language).or(texts.first()) {
            Some(text) => {
                Local { text: &text.text, lang: (text.language != self.language).then_some(code(text.language)) }
            }
            None => Local { text: "", lang: None },
        }
    }

    pub fn basis_name(&self, basis: Option<impl Borrow<AuthorityBasis>>) -> &'static str {
        match basis.map(|basis| *basis.borrow()) {
            Some(AuthorityBasis::AuthorisedSignatory) => self.t.signatory,
            Some(AuthorityBasis::ManagingDirector) => self.t.director,
            Some(AuthorityBasis::PowerOfAttorney) => self.t.attorney,
            Some(AuthorityBasis::Position) => self.t.position,
            Some(AuthorityBasis::SoleTrader) => self.t.sole,
            Some(AuthorityBasis::NotRecorded) | None => "",
        }
    }

    pub fn language_name(&self, language: impl Borrow<Language>) -> &'static str {
        match (*language.borrow(), self.language) {
            (Language::Sv, Language::Sv) => "svenska",
            (Language::Sv, Language::En) => "Swedish",
            (Language::En, Language::Sv) => "engelska",
            (Language::En, Language::En) => "English",
        }
    }
}

/// A text as HTML.
pub(super) fn escaped(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html).map(|safe| safe.to_string()).unwrap_or_default()
}

/// The code of a language, for `lang` attributes.
pub(super) fn code(language: Language) -> &'static str {
    match language {
        Language::Sv => "sv",
        Language::En => "en",
    }
}

impl Local<'_> {
    /// As HTML.
    pub fn html(&self) -> String {
        #[derive(Template)]
        #[template(path = "local.html", config = "src/web/templates/askama.toml")]
        struct Html<'a> {
            text: &'a str,
            lang: Option<&'static str>,
        }
        Html { text: self.text, lang: self.lang }.render().unwrap_or_default()
    }
}
