//! The structured annex, both ways.

use crate::{
    domain::{
        rules::{SUPPORT_RETENTION_DAYS, UNDELIVERED_RETENTION_DAYS},
        specification::{LocalText, ProcessingPlace, Specification, SubProcessor},
        text,
        vocabulary::Language,
    },
    grpc::convert::{Fields, texts},
    pb,
};

/// The longest text of an annex, in characters.
const LONGEST_TEXT: usize = 2000;
/// The most entries of one list.
const MOST_ENTRIES: usize = 200;
/// The longest registration number, in characters.
const LONGEST_NUMBER: usize = 40;

/// Reads an annex whose texts are in each of these languages.
pub(super) fn read(fields: &mut Fields, annex: pb::Specification, languages: &[Language]) -> Specification {
    let specification = Specification {
        purpose: local(fields, "purpose", annex.purpose, languages),
        personal_data_categories: categories(
            fields,
            "personal_data_categories",
            annex.personal_data_categories,
            languages,
        ),
        data_subject_categories: categories(
            fields,
            "data_subject_categories",
            annex.data_subject_categories,
            languages,
        ),
        processing_places: list(fields, "processing_places", annex.processing_places, |fields, place| {
            let country = country(fields, &place.country);
            let description = local(fields, "description", place.description, languages);
            Some(ProcessingPlace { country: country?, description })
        }),
        undelivered_retention_days: annex.undelivered_retention_days,
        support_retention_days: annex.support_retention_days,
        sub_processors: list(fields, "sub_processors", annex.sub_processors, |fields, company| {
            let name = fields.take("name", text::name(&company.name));
            let read_number = |number: &str| text::reference(number, LONGEST_NUMBER);
            let number = fields.take_unless_empty("organisation_number", &company.organisation_number, read_number);
            let country = country(fields, &company.country);
            let service = local(fields, "service", company.service, languages);
            Some(SubProcessor {
                name: name?,
                organisation_number: number.unwrap_or_default(),
                country: country?,
                service,
            })
        }),
    };
    for (field, days, most) in [
        ("undelivered_retention_days", specification.undelivered_retention_days, UNDELIVERED_RETENTION_DAYS),
        ("support_retention_days", specification.support_retention_days, SUPPORT_RETENTION_DAYS),
    ] {
        if days > most {
            fields.fault(field, format!("must be at most {most}"));
        }
    }
    specification
}

/// A text that may be left out; where it is given, every reader of the documents must be able to read it.
fn local(fields: &mut Fields, field: &str, texts: Vec<pb::LocalizedText>, languages: &[Language]) -> Vec<LocalText> {
    if texts.is_empty() { Vec::new() } else { every_language(fields, field, texts, languages) }
}

fn every_language(
    fields: &mut Fields,
    field: &str,
    texts: Vec<pb::LocalizedText>,
    languages: &[Language],
) -> Vec<LocalText> {
    let texts = fields.local_texts(field, texts, LONGEST_TEXT);
    if !texts.is_empty() && !languages.iter().all(|language| texts.iter().any(|text| text.language == *language)) {
        fields.fault(field, "must have a text in each language of the documents");
    }
    texts
}

fn categories(
    fields: &mut Fields,
    field: &str,
    items: Vec<pb::LocalizedTexts>,
    languages: &[Language],
) -> Vec<Vec<LocalText>> {
    list(fields, field, items, |fields, item| Some(every_language(fields, "texts", item.texts, languages)))
}

fn list<M, T>(
    fields: &mut Fields,
    field: &str,
    items: Vec<M>,
    read: impl FnMut(&mut Fields, M) -> Option<T>,
) -> Vec<T> {
    if items.len() > MOST_ENTRIES {
        fields.fault(field, format!("must have at most {MOST_ENTRIES} entries"));
        return Vec::new();
    }
    fields.each(field, items, read)
}

fn country(fields: &mut Fields, code: &str) -> Option<String> {
    if code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Some(code.to_owned());
    }
    fields.fault("country", "must be two upper-case letters of ISO 3166-1, such as SE");
    None
}

/// An annex as it is sent.
pub(super) fn to_pb(annex: &Specification) -> pb::Specification {
    let categories =
        |items: &[Vec<LocalText>]| items.iter().map(|item| pb::LocalizedTexts { texts: texts::to_pb(item) }).collect();
    let place = |place: &ProcessingPlace| pb::ProcessingPlace {
        country: place.country.clone(),
        description: texts::to_pb(&place.description),
    };
    let company = |company: &SubProcessor| pb::SubProcessor {
        name: company.name.clone(),
        organisation_number: company.organisation_number.clone(),
        country: company.country.clone(),
        service: texts::to_pb(&company.service),
    };
    pb::Specification {
        purpose: texts::to_pb(&annex.purpose),
        personal_data_categories: categories(&annex.personal_data_categories),
        data_subject_categories: categories(&annex.data_subject_categories),
        processing_places: annex.processing_places.iter().map(place).collect(),
        undelivered_retention_days: annex.undelivered_retention_days,
        support_retention_days: annex.support_retention_days,
        sub_processors: annex.sub_processors.iter().map(company).collect(),
    }
}
