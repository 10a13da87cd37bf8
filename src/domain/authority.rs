//! Who may act for a sender (R4): its own authorised persons, never the integrator's, and never one person for two.

use super::{integrator::IntegratorFacts, organisation_number::LegalNumber, text, vocabulary::AuthorityBasis};

/// The integrator and the sender between which an act is carried.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The integrator.
    pub integrator: &'a IntegratorFacts,
    /// The sender's number; absent for a sole trader.
    pub sender: Option<LegalNumber>,
}

impl Sides<'_> {
    /// Whether an address belongs to the integrator's own people, who may neither sign nor be invited, and whose address is
    /// no contact point of the sender's. Where sender and integrator are the same organisation, there are no such people.
    pub fn is_integrators(&self, email: &str) -> bool {
        self.sender != Some(self.integrator.organisation_number) && self.integrator.owns_address(email)
    }
}

/// Whether a person can have this basis of authority: only a sole trader acts as one.
pub fn fits(basis: AuthorityBasis, sender: Option<LegalNumber>) -> bool {
    basis != AuthorityBasis::SoleTrader || sender.is_none()
}

/// By what two signatories are the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    /// They have the same address.
    Address,
    /// They have the same name.
    Name,
}

/// Whether two are the same person, each by name and address: by their address, or else by their name. What is not known
/// is empty, and like nothing. Two persons who bear the same name and sign together are so rare that they may ask the
/// operator.
pub fn same_person(one: (&str, &str), other: (&str, &str)) -> Option<Same> {
    let plain = |name: &str| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    let address = !one.1.trim().is_empty() && text::same_address(one.1.trim(), other.1.trim());
    let name = || !plain(one.0).is_empty() && plain(one.0) == plain(other.0);
    if address { Some(Same::Address) } else { name().then_some(Same::Name) }
}

/// The places of the addresses whose person stands earlier in the list already; an absent one is nobody's.
pub fn named_twice(addresses: &[Option<&str>]) -> Vec<usize> {
    repeated(addresses, |one, other| same_person(("", one), ("", other)).is_some())
}

/// The places of the items that stand earlier in the list already. An item that could not be read is no repetition.
pub fn repeated<T>(items: &[Option<T>], same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
    let before = |place: usize, item: &T| items[..place].iter().flatten().any(|other| same(other, item));
    let repeats = |(place, item): (usize, &Option<T>)| item.as_ref().filter(|item| before(place, item)).map(|_| place);
    items.iter().enumerate().filter_map(repeats).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{integrator::example, organisation_number::OrganisationNumber};

    #[test]
    fn the_integrators_people_are_told_by_their_domains() {
        let number = |text: &str| OrganisationNumber::parse(text).unwrap().legal().unwrap();
        let integrator = example();
        let owned = |sender, email| Sides { integrator: &integrator, sender }.is_integrators(email);
        for sender in [None, Some(number("5560160680"))] {
            assert!(owned(sender, "eva@lonebyran.example") && owned(sender, "eva@Lon.Lonebyran.example"));
            assert!(!owned(sender, "eva@notlonebyran.example") && !owned(sender, "eva@lonebyran.example.se"));
        }
        assert!(!owned(Some(integrator.organisation_number), "eva@lonebyran.example"), "it is its own sender");
    }

    #[test]
    fn one_person_is_not_two() {
        let asa = ("Åsa Öberg", "asa@company.example");
        assert_eq!(same_person(asa, ("Bo Ek", " Asa@company.example ")), Some(Same::Address));
        assert_eq!(same_person(asa, (" åsa  öberg", "ao@company.example")), Some(Same::Name));
        assert_eq!(same_person(asa, ("Bo Ek", "bo@company.example")), None);
        assert_eq!(same_person(("", ""), ("", "")), None, "nobody is nobody");
        assert_eq!(same_person(("", "asa@company.example"), asa), Some(Same::Address));
    }

    #[test]
    fn only_a_sole_trader_is_one() {
        assert!(fits(AuthorityBasis::SoleTrader, None));
        let company = OrganisationNumber::parse("5560160680").unwrap().legal().unwrap();
        for basis in AuthorityBasis::ALL {
            assert_eq!(fits(*basis, Some(company)), *basis != AuthorityBasis::SoleTrader);
        }
    }
}
