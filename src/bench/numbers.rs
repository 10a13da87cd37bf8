//! The senders of a filled database: the same numbers from the same places in every process, so that whoever asks needs
//! no list; and the dice that choose among them, which fall alike in every run.

use crate::domain::organisation_number::{LegalNumber, OrganisationNumber};

/// How many there can be.
pub const MOST: u32 = 4_000_000;

/// The first nine digits of the first one.
const FIRST: u32 = 556_000_000;

/// The ten digits of the sender at a place below [`MOST`].
pub fn digits(place: u32) -> [u8; 10] {
    let mut digits = [0; 10];
    let (mut rest, mut sum) = (FIRST + place, 0);
    for (at, digit) in digits[..9].iter_mut().enumerate().rev() {
        let value = (rest % 10) as u8;
        *digit = b'0' + value;
        rest /= 10;
        // Every second digit is doubled, the first one among them.
        let counted = if at % 2 == 0 { value * 2 } else { value };
        sum += counted / 10 + counted % 10;
    }
    digits[9] = b'0' + (10 - sum % 10) % 10;
    digits
}

/// The sender's number; nothing beyond [`MOST`].
pub fn number(place: u32) -> Option<LegalNumber> {
    if place >= MOST {
        return None;
    }
    OrganisationNumber::parse(std::str::from_utf8(&digits(place)).ok()?).ok()?.legal()
}

/// Pseudo-random numbers (SplitMix64), fast and the same for the same seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall as the seed says.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of the numbers below `end`, each about as often.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = (mixed ^ (mixed >> 31)) >> 32;
        ((high * u64::from(end)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_place_has_a_sound_number_of_its_own() {
        let places = (0..MOST).step_by(997).chain([MOST - 1]);
        let numbers: Vec<_> = places.map(|place| number(place).unwrap()).collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        assert_eq!(number(MOST), None);
    }

    #[test]
    fn the_dice_reach_all_and_nothing_else() {
        let mut dice = Dice::new(1);
        let seen: BTreeSet<u32> = (0..1000).map(|_| dice.below(10)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    }
}
