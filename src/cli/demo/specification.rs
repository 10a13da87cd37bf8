//! Reads a sample's specification: JSON with the proto's field names.

use crate::pb;
use serde::Deserialize;
use tonic::Status;

#[derive(Deserialize)]
struct Text {
    language: String,
    text: String,
}

#[derive(Deserialize)]
struct Texts {
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Place {
    country: String,
    description: Vec<Text>,
}

#[derive(Deserialize)]
struct SubProcessor {
    name: String,
    organisation_number: String,
    country: String,
    service: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Specification {
    purpose: Vec<Text>,
    personal_data_categories: Vec<Texts>,
    data_subject_categories: Vec<Texts>,
    processing_places: Vec<Place>,
    undelivered_retention_days: u32,
    support_retention_days: u32,
    sub_processors: Vec<SubProcessor>,
}

/// The specification as it is sent.
pub(super) fn read(json: &str) -> Result<pb::Specification, Status> {
    let read: Specification =
        serde_json::from_str(json).map_err(|error| Status::aborted(format!("the sample's specification: {error}")))?;
    Ok(pb::Specification {
        purpose: texts(read.purpose),
        personal_data_categories: categories(read.personal_data_categories),
        data_subject_categories: categories(read.data_subject_categories),
        processing_places: read
            .processing_places
            .into_iter()
            .map(|place| pb::ProcessingPlace { country: place.country, description: texts(place.description) })
            .collect(),
        undelivered_retention_days: read.undelivered_retention_days,
        support_retention_days: read.support_retention_days,
        sub_processors: read
            .sub_processors
            .into_iter()
            .map(|other| pb::SubProcessor {
                name: other.name,
                organisation_number: other.organisation_number,
                country: other.country,
                service: texts(other.service),
            })
            .collect(),
    })
}

fn texts(texts: Vec<Text>) -> Vec<pb::LocalizedText> {
    texts.into_iter().map(|text| pb::LocalizedText { language: text.language, text: text.text }).collect()
}

fn categories(categories: Vec<Texts>) -> Vec<pb::LocalizedTexts> {
    categories.into_iter().map(|category| pb::LocalizedTexts { texts: texts(category.texts) }).collect()
}
