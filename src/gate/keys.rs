//! How a record stands in the tables that find it, and by which hashes.

use super::{
    record::{Former, Found, Record},
    table::Hashed,
};
use crate::domain::{
    ids::{IntegratorId, SenderId},
    organisation_number::PackedNumber,
};
use foldhash::quality::RandomState;
use std::{fmt, hash::BuildHasher, sync::Arc};

/// The hash of a sender's id.
pub(super) fn of_id(hasher: &RandomState, id: SenderId) -> u64 {
    hasher.hash_one(id)
}

/// The hash of a number.
pub(super) fn of_number(hasher: &RandomState, number: PackedNumber) -> u64 {
    hash_of_bits(hasher, number.bits())
}

fn hash_of_bits(hasher: &RandomState, number: u64) -> u64 {
    hasher.hash_one(number)
}

/// The hash of an integrator's reference.
pub(super) fn of_reference(hasher: &RandomState, integrator: &IntegratorId, reference: &str) -> u64 {
    hasher.hash_one((integrator.as_str(), reference))
}

/// A record where ids find it. Its hash stands here, so that those of others are passed over without a look at them.
#[derive(Debug, Clone)]
pub(super) struct ById {
    pub hash: u64,
    pub record: Arc<Record>,
}

impl ById {
    /// Whether it is the one with this id, whose hash is known.
    pub fn is(&self, hash: u64, id: SenderId) -> bool {
        self.hash == hash && self.record.sender_id == id
    }
}

impl Hashed for ById {
    fn hash(&self, _: &RandomState) -> u64 {
        self.hash
    }
}

/// A record where numbers find it. Number and profile are read off without a look at the record: among a million, each such
/// look is a wait for memory, and the profile is all that most answers need.
#[derive(Clone)]
pub(super) struct ByNumber {
    /// The number, and below it as many bits as are left with the profile's id; 0 where that is greater.
    bits: u64,
    pub record: Arc<Record>,
}

impl fmt::Debug for ByNumber {
    /// Without the bits, in which a sole trader's number stands plainly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ByNumber").field(&self.record).finish()
    }
}

impl ByNumber {
    const PROFILE_BITS: u32 = u64::BITS - PackedNumber::BITS;

    /// Nothing for a record without a number.
    pub fn of(record: &Arc<Record>) -> Option<Self> {
        let number = record.packed_number()?;
        Some(Self { bits: Self::bits(number, record.profile().id()), record: record.clone() })
    }

    fn bits(number: PackedNumber, profile: u64) -> u64 {
        let profile = if profile >> Self::PROFILE_BITS == 0 { profile } else { 0 };
        number.bits() << Self::PROFILE_BITS | profile
    }

    /// Whether it has this number.
    pub fn is(&self, number: PackedNumber) -> bool {
        self.bits >> Self::PROFILE_BITS == number.bits()
    }

    /// The id of its profile; 0 where only the record knows.
    pub fn profile(&self) -> u64 {
        self.bits & ((1 << Self::PROFILE_BITS) - 1)
    }
}

impl<'a> From<&'a ByNumber> for Found<'a> {
    fn from(found: &'a ByNumber) -> Self {
        Self { record: &found.record, profile: found.profile() }
    }
}

impl Hashed for ByNumber {
    fn hash(&self, hasher: &RandomState) -> u64 {
        hash_of_bits(hasher, self.bits >> Self::PROFILE_BITS)
    }
}

/// A record where the integrators' references find it, as often as it has open ones; so the hash tells which one it is.
#[derive(Debug, Clone)]
pub(super) struct ByReference {
    pub hash: u64,
    pub record: Arc<Record>,
}

impl Hashed for ByReference {
    fn hash(&self, _: &RandomState) -> u64 {
        self.hash
    }
}

/// A connection that ended where its reference finds it.
#[derive(Debug, Clone)]
pub(super) struct ByFormer {
    pub hash: u64,
    pub former: Arc<Former>,
}

impl ByFormer {
    /// Whether it is the one with this reference, whose hash is known.
    pub fn is(&self, hash: u64, integrator: &IntegratorId, reference: &str) -> bool {
        self.hash == hash && self.former.integrator_id == *integrator && self.former.external_reference == reference
    }
}

impl Hashed for ByFormer {
    fn hash(&self, _: &RandomState) -> u64 {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{organisation_number::OrganisationNumber, sender::SenderFacts, time::Timestamp};

    #[test]
    fn a_number_and_a_profile_share_eight_bytes() {
        let number = |text: &str| OrganisationNumber::parse(text).unwrap().packed();
        let (greatest, other) = (number("209912319994"), number("9999999999"));
        let id = SenderId(uuid::Uuid::nil());
        let profile = Arc::new(SenderFacts::new(id, None, Timestamp::BEGINNING, 1).into());
        let record = Arc::new(Record::new(id, Some(greatest.number()), 1, profile, std::iter::empty()));
        let last = (1 << ByNumber::PROFILE_BITS) - 1;
        for (profile, kept) in [(0, 0), (1, 1), (last, last), (last + 1, 0), (u64::MAX, 0)] {
            let one = ByNumber { bits: ByNumber::bits(greatest, profile), record: record.clone() };
            assert_eq!((one.profile(), one.is(greatest), one.is(other)), (kept, true, false), "{profile}");
        }
        let one = ByNumber::of(&record).unwrap();
        assert!(one.is(greatest) && one.profile() == 0, "never shared");
        let printed = format!("{one:?}");
        assert!(!printed.contains("209912") && !printed.contains(&one.bits.to_string()), "{printed}");
    }
}
