//! The contact point of a sender as controller (R6): what one is worth, and who may change it.

use super::{
    authority::Sides,
    text,
    vocabulary::{ContactQuality, Method, Role},
};

/// What a contact point is worth, next to the addresses of those who signed along with it. An address of the integrator's
/// own is none of the controller's: it is kept, and counts as if there were none.
pub fn quality<'a>(
    contact: Option<&str>,
    sides: &Sides<'_>,
    mut signatories: impl Iterator<Item = &'a str>,
) -> ContactQuality {
    match contact {
        None => ContactQuality::Missing,
        Some(email) if sides.is_integrators(email) => ContactQuality::Missing,
        Some(email) if text::looks_personal(email) || signatories.any(|other| text::same_address(email, other)) => {
            ContactQuality::LooksPersonal
        }
        Some(_) => ContactQuality::Fine,
    }
}

/// Whose word an act is: the sender's own only where its person gave it.
pub fn word(method: Method) -> Role {
    match method {
        Method::HostedForm => Role::Sender,
        Method::Import | Method::IntegratorForm | Method::SignedDocument | Method::ElectronicIdentification => {
            Role::Integrator
        }
    }
}

/// Whether a contact point may be changed on somebody's word: one that the sender's person confirmed only on the sender's
/// own, or the operator's.
pub fn may_change(confirmed: bool, by: Role) -> bool {
    !confirmed || matches!(by, Role::Sender | Role::Operator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::integrator::example;

    #[test]
    fn a_contact_point_is_judged_by_its_address_and_by_who_signs() {
        let integrator = example();
        let of = |contact, sender| {
            quality(contact, &Sides { integrator: &integrator, sender }, ["vd@foretaget.example"].into_iter())
        };
        assert_eq!(of(None, None), ContactQuality::Missing);
        assert_eq!(of(Some("anna.berg@foretaget.example"), None), ContactQuality::LooksPersonal);
        assert_eq!(of(Some("VD@foretaget.example"), None), ContactQuality::LooksPersonal);
        assert_eq!(of(Some("dataskydd@foretaget.example"), None), ContactQuality::Fine);
        assert_eq!(of(Some("lon@lonebyran.example"), None), ContactQuality::Missing, "the integrator's own");
        let itself = Some(integrator.organisation_number);
        assert_eq!(of(Some("lon@lonebyran.example"), itself), ContactQuality::Fine, "it is its own sender");
    }

    #[test]
    fn what_the_senders_person_confirmed_only_the_sender_or_the_operator_changes() {
        for by in [Role::Integrator, Role::Operator, Role::Sender, Role::System] {
            assert!(may_change(false, by));
            assert_eq!(may_change(true, by), matches!(by, Role::Sender | Role::Operator), "{by:?}");
        }
        assert_eq!(word(Method::HostedForm), Role::Sender);
        assert!(!may_change(true, word(Method::SignedDocument)));
    }
}
