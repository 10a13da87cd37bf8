//! What is the same for all senders: the integrators and the agreements.

use super::{
    agreement::AgreementFacts,
    ids::{AgreementId, IntegratorId},
    integrator::IntegratorFacts,
};
use std::{collections::BTreeMap, ops::Deref};

/// What is the same for all senders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    /// All integrators.
    pub integrators: BTreeMap<IntegratorId, IntegratorFacts>,
    /// All agreements.
    pub agreements: Agreements,
}

/// Agreements, each once, in the order of their slugs. In a row, since every decision walks over all of them: over a map
/// each step would be a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreements(Vec<AgreementFacts>);

impl Agreements {
    /// The agreement of a slug.
    pub fn get(&self, id: &AgreementId) -> Option<&AgreementFacts> {
        self.place(id).ok().map(|place| &self.0[place])
    }

    /// Puts an agreement in the place of what was known of it.
    pub fn put(&mut self, facts: AgreementFacts) {
        match self.place(&facts.agreement_id) {
            Ok(place) => self.0[place] = facts,
            Err(place) => self.0.insert(place, facts),
        }
    }

    fn place(&self, id: &AgreementId) -> Result<usize, usize> {
        self.0.binary_search_by(|one| one.agreement_id.cmp(id))
    }
}

impl Deref for Agreements {
    type Target = [AgreementFacts];

    #[inline]
    fn deref(&self) -> &[AgreementFacts] {
        &self.0
    }
}

impl Extend<AgreementFacts> for Agreements {
    fn extend<T: IntoIterator<Item = AgreementFacts>>(&mut self, more: T) {
        more.into_iter().for_each(|one| self.put(one));
    }
}

impl FromIterator<AgreementFacts> for Agreements {
    fn from_iter<T: IntoIterator<Item = AgreementFacts>>(all: T) -> Self {
        let mut agreements = Self::default();
        agreements.extend(all);
        agreements
    }
}
