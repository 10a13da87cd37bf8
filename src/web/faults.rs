//! Faults in words, and where they stand.

use super::frame::{Frame, Shown};
use crate::service::form::view::{Fault, Field, Offered};

impl Frame<'_> {
    /// All faults, for the summary at the top. `offered` names the agreements that statements are about.
    pub fn shown(&self, offered: &[Offered]) -> Vec<Shown> {
        let shown = |(field, fault): &(Field, Fault)| {
            let words = self.in_words(field, *fault, offered);
            let text = match self.label(field) {
                // What is missing names its field itself; the rest could be about several.
                Some(label) if *fault != Fault::Missing => format!("{label}: {words}"),
                _ => words,
            };
            Shown { anchor: anchor(field), text }
        };
        self.faults.iter().map(shown).collect()
    }

    fn label(&self, field: &Field) -> Option<&'static str> {
        let t = self.t;
        Some(match field {
            Field::FullName => t.full_name,
            Field::Role => t.role,
            Field::Email => t.email,
            Field::AuthorityBasis => t.basis,
            Field::SecondName => t.second_name,
            Field::SecondEmail => t.second_email,
            Field::Contact => t.contact,
            Field::Covered => t.covered,
            Field::Recipient => t.forward_label,
            Field::GroupPermission | Field::Statement(_) | Field::Authority | Field::Confirm => return None,
        })
    }

    /// The fault that stands next to the field of this id.
    pub fn fault_at(&self, id: &str, offered: &[Offered]) -> Option<String> {
        let (field, fault) = self.faults.iter().find(|(field, _)| anchor(field) == id)?;
        Some(self.in_words(field, *fault, offered))
    }

    fn in_words(&self, field: &Field, fault: Fault, offered: &[Offered]) -> String {
        let t = self.t;
        let text = match fault {
            Fault::Missing => match field {
                Field::FullName => t.missing_full_name,
                Field::Role => t.missing_role,
                Field::Email => t.missing_email,
                Field::AuthorityBasis => t.missing_basis,
                Field::SecondName => t.missing_second_name,
                Field::SecondEmail => t.missing_second_email,
                Field::Contact => t.missing_contact,
                Field::Covered => t.missing_covered,
                Field::GroupPermission => t.missing_group_permission,
                Field::Statement(id) => {
                    let title =
                        offered.iter().find(|one| one.agreement_id == *id).map(|one| self.pick(&one.titles).text);
                    return self.say1(t.missing_statement, "title", title.unwrap_or_default());
                }
                Field::Authority => t.missing_authority,
                Field::Recipient => t.missing_recipient,
                Field::Confirm => t.missing_confirm,
            },
            Fault::TooLong => t.too_long,
            Fault::Invisible => t.invisible,
            Fault::NotAnAddress => t.not_an_address,
            Fault::IntegratorsAddress => t.integrators_address,
            Fault::SamePerson => t.same_person,
            Fault::NotANumber => t.not_a_number,
            Fault::Itself => t.itself,
            Fault::Twice => t.twice,
            Fault::TooMany => t.too_many,
            Fault::NotASoleTrader => t.not_a_sole_trader,
        };
        self.say(text)
    }
}

/// The id of a field's element.
pub(super) fn anchor(field: &Field) -> String {
    match field {
        Field::FullName => "full_name",
        Field::Role => "role",
        Field::Email => "email",
        Field::AuthorityBasis => "authority_basis",
        Field::SecondName => "second_name",
        Field::SecondEmail => "second_email",
        Field::Contact => "contact",
        Field::Covered => "covered",
        Field::GroupPermission => "group_permission",
        Field::Statement(id) => return format!("agree-{id}"),
        Field::Authority => "authority",
        Field::Recipient => "recipient",
        Field::Confirm => "confirm",
    }
    .to_owned()
}

/// Whether a field stands on the second step.
pub(super) fn is_of_the_person(field: &Field) -> bool {
    !matches!(field, Field::Statement(_) | Field::Authority | Field::Recipient | Field::Confirm)
}
