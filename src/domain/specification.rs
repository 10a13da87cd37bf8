//! The structured annex of an agreement version (R8, R9, R11, R15): what is processed, where, how long and by whom.

use super::vocabulary::Language;
use serde::{Deserialize, Serialize};

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalText {
    /// The language.
    pub language: Language,
    /// The text.
    pub text: String,
}

/// A place of processing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessingPlace {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What is done there.
    pub description: Vec<LocalText>,
}

/// Another processor that the operator engages (R11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubProcessor {
    /// Its name.
    pub name: String,
    /// Its organisation number where it has one, else empty.
    pub organisation_number: String,
    /// ISO 3166-1 alpha-2 of where it processes (R15).
    pub country: String,
    /// What it does.
    pub service: Vec<LocalText>,
}

/// The annex. Its canonical JSON is what the digest of an acceptance binds (R9).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Specification {
    /// What the processing is for.
    pub purpose: Vec<LocalText>,
    /// Which personal data, each category in every language.
    pub personal_data_categories: Vec<Vec<LocalText>>,
    /// Whose personal data, each category in every language.
    pub data_subject_categories: Vec<Vec<LocalText>>,
    /// Where.
    pub processing_places: Vec<ProcessingPlace>,
    /// Days an undelivered item is kept where the sender chose retroactive delivery (R8).
    pub undelivered_retention_days: u32,
    /// Days data is kept after delivery for support (R8).
    pub support_retention_days: u32,
    /// By whom else.
    pub sub_processors: Vec<SubProcessor>,
}
