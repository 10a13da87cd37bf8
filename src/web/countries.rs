//! The countries of the European Economic Area, by name; all others by their code.

use crate::domain::vocabulary::Language;

/// Code, Swedish name, English name.
const EEA: &[(&str, &str, &str)] = &[
    ("AT", "Österrike", "Austria"),
    ("BE", "Belgien", "Belgium"),
    ("BG", "Bulgarien", "Bulgaria"),
    ("CY", "Cypern", "Cyprus"),
    ("CZ", "Tjeckien", "Czechia"),
    ("DE", "Tyskland", "Germany"),
    ("DK", "Danmark", "Denmark"),
    ("EE", "Estland", "Estonia"),
    ("ES", "Spanien", "Spain"),
    ("FI", "Finland", "Finland"),
    ("FR", "Frankrike", "France"),
    ("GR", "Grekland", "Greece"),
    ("HR", "Kroatien", "Croatia"),
    ("HU", "Ungern", "Hungary"),
    ("IE", "Irland", "Ireland"),
    ("IS", "Island", "Iceland"),
    ("IT", "Italien", "Italy"),
    ("LI", "Liechtenstein", "Liechtenstein"),
    ("LT", "Litauen", "Lithuania"),
    ("LU", "Luxemburg", "Luxembourg"),
    ("LV", "Lettland", "Latvia"),
    ("MT", "Malta", "Malta"),
    ("NL", "Nederländerna", "the Netherlands"),
    ("NO", "Norge", "Norway"),
    ("PL", "Polen", "Poland"),
    ("PT", "Portugal", "Portugal"),
    ("RO", "Rumänien", "Romania"),
    ("SE", "Sverige", "Sweden"),
    ("SI", "Slovenien", "Slovenia"),
    ("SK", "Slovakien", "Slovakia"),
];

/// The name of a country of the EEA; none for all others (R15).
pub(super) fn name(code: &str, language: Language) -> Option<&'static str> {
    let (_, sv, en) = EEA.iter().find(|(known, ..)| *known == code)?;
    Some(match language {
        Language::Sv => sv,
        Language::En => en,
    })
}
