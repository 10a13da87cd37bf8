//! One version of an agreement, as the first step and the public pages show it.

use super::{
    countries,
    frame::{Frame, code},
    markdown,
};
use crate::{
    domain::{
        specification::{LocalText, Specification},
        vocabulary::Language,
    },
    service::form::view::{Offered, OfferedDocument},
};
use askama::Template;

/// A version with its summary, its text and its digests. Texts that end in `_html` are HTML already.
pub(super) struct Card {
    pub title_html: String,
    pub version: String,
    pub effective: String,
    pub deadline: Option<String>,
    pub summary: SpecificationView,
    pub document_html: String,
    /// The language of the text where it is not the page's.
    pub document_lang: Option<&'static str>,
    pub only_in: Option<&'static str>,
    pub document_sha256: String,
    pub specification_sha256: String,
    /// Where the text is as a file.
    pub download: String,
}

/// A specification in the reader's language.
#[derive(Template)]
#[template(path = "specification.html", config = "src/web/templates/askama.toml")]
pub(super) struct SpecificationView {
    t: &'static super::texts::Texts,
    purpose_html: String,
    data_html: Vec<String>,
    subjects_html: Vec<String>,
    places: Vec<Place>,
    times: Vec<String>,
    subs: Vec<Sub>,
}

struct Place {
    country: String,
    description_html: String,
    outside: bool,
}

struct Sub {
    name: String,
    number: String,
    country: String,
    service_html: String,
    outside: bool,
}

/// The heading level at which a full text begins: below the page's, the section's and the agreement's.
const DOCUMENT_LEVEL: usize = 4;

/// The text that is shown: the very one that a first signatory accepted, else in `wanted`, else in the first language
/// there is.
pub(super) fn document(one: &Offered, wanted: Language) -> Option<&OfferedDocument> {
    let wanted = one.accepted_in.unwrap_or(wanted);
    one.documents.iter().find(|document| document.language == wanted).or(one.documents.first())
}

impl Card {
    /// `texts` is the language of the full text, if there is one in it.
    pub fn of(p: &Frame<'_>, one: &Offered, texts: Language) -> Self {
        let document = document(one, texts);
        let language = document.map_or(p.language, |document| document.language);
        let foreign = (language != p.language).then_some(language);
        Self {
            title_html: p.pick(&one.titles).html(),
            version: one.version.to_string(),
            effective: p.day(one.effective),
            deadline: one.deadline.map(|deadline| p.moment(deadline)),
            summary: SpecificationView::of(p, &one.specification),
            document_html: document.map(|one| markdown::html(&one.markdown, DOCUMENT_LEVEL)).unwrap_or_default(),
            document_lang: foreign.map(code),
            only_in: foreign.map(|language| only_in(p, language)),
            document_sha256: document.map(|one| one.sha256.to_string()).unwrap_or_default(),
            specification_sha256: one.specification_sha256.to_string(),
            download: format!("{}/document/{}/{}/{}", p.path, one.agreement_id, one.version, code(language)),
        }
    }
}

fn only_in(p: &Frame<'_>, language: Language) -> &'static str {
    match language {
        Language::Sv => p.t.only_in_sv,
        Language::En => p.t.only_in_en,
    }
}

impl SpecificationView {
    pub fn of(p: &Frame<'_>, specification: &Specification) -> Self {
        let html = |texts: &Vec<LocalText>| p.pick(texts).html();
        let country = |code: &str| match countries::name(code, p.language) {
            Some(name) => (name.to_owned(), false),
            None => (code.to_owned(), true),
        };
        let place = |place: &crate::domain::specification::ProcessingPlace| {
            let ((country, outside), description) = (country(&place.country), p.pick(&place.description));
            // The description is often nothing but the country.
            let description_html = if description.text == country { String::new() } else { description.html() };
            Place { country, description_html, outside }
        };
        let sub = |sub: &crate::domain::specification::SubProcessor| {
            let (country, outside) = country(&sub.country);
            let number = match sub.organisation_number.split_at_checked(6) {
                Some((head, tail)) if tail.len() == 4 => format!("{head}-{tail}"),
                _ => sub.organisation_number.clone(),
            };
            Sub { name: sub.name.clone(), number, country, service_html: html(&sub.service), outside }
        };
        let days = |text, days: u32| (days > 0).then(|| p.say1(text, "days", days.to_string()));
        let times = [
            days(p.t.time_support, specification.support_retention_days),
            days(p.t.time_undelivered, specification.undelivered_retention_days),
        ];
        Self {
            t: p.t,
            purpose_html: html(&specification.purpose),
            data_html: specification.personal_data_categories.iter().map(html).collect(),
            subjects_html: specification.data_subject_categories.iter().map(html).collect(),
            places: specification.processing_places.iter().map(place).collect(),
            times: times.into_iter().flatten().collect(),
            subs: specification.sub_processors.iter().map(sub).collect(),
        }
    }
}
