//! Integrators: who registers senders and carries their messages (R1).

use super::{
    exception::{Exception, Suspension},
    ids::IntegratorId,
    organisation_number::LegalNumber,
    time::Timestamp,
    vocabulary::IntegratorKind,
};
use serde::{Deserialize, Serialize};

/// What is known of an integrator. Integrators are legal persons: nothing here is personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegratorFacts {
    /// Its slug.
    pub integrator_id: IntegratorId,
    /// Its name as people read it.
    pub display_name: String,
    /// Its organisation number.
    pub organisation_number: LegalNumber,
    /// What it is.
    pub kind: IntegratorKind,
    /// The domains of its own people's addresses, lower case: none of them may be the accepting person.
    pub email_domains: Vec<String>,
    /// A suspended integrator reads, but neither writes nor sends.
    pub suspension: Option<Suspension>,
    /// Lifts for all its senders.
    pub exceptions: Vec<Exception>,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The revision of the last change; its etag.
    pub revision: u64,
}

impl IntegratorFacts {
    /// Whether an address is in the integrator's own domains, subdomains included. What follows from that is told by
    /// [`super::authority::Sides`].
    pub(super) fn owns_address(&self, email: &str) -> bool {
        let domain = super::text::mail_domain(email);
        self.email_domains
            .iter()
            .any(|own| domain.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    }
}

/// An integrator for tests.
#[cfg(test)]
pub(super) fn example() -> IntegratorFacts {
    IntegratorFacts {
        integrator_id: IntegratorId::parse("lonebyran").unwrap(),
        display_name: "Lönebyrån".to_owned(),
        organisation_number: super::organisation_number::OrganisationNumber::parse("5560360793")
            .unwrap()
            .legal()
            .unwrap(),
        kind: IntegratorKind::PayrollBureau,
        email_domains: vec!["lonebyran.example".to_owned()],
        suspension: None,
        exceptions: Vec::new(),
        created: Timestamp::BEGINNING,
        updated: Timestamp::BEGINNING,
        revision: 1,
    }
}
