//! A small hash table of values that know their hash: each stands at the place of its hash, or at the first free one after
//! it. So a look-up waits for memory once, and many can wait at the same time: where a value must be is known beforehand.

use std::iter;

/// The fewest places of a table that has any.
const FEWEST: usize = 4;

/// A table.
#[derive(Debug, Clone)]
pub struct Piece<V> {
    places: Box<[Option<V>]>,
    taken: usize,
}

impl<V> Default for Piece<V> {
    fn default() -> Self {
        Self { places: Box::default(), taken: 0 }
    }
}

/// Where a value with one hash would stand, which is known without a look at it.
#[derive(Debug)]
pub struct Spot<'a, V> {
    places: &'a [Option<V>],
    first: usize,
}

impl<V> Clone for Spot<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Spot<'_, V> {}

impl<'a, V> Spot<'a, V> {
    /// Whether the first place is taken. To ask this of many spots brings all of them near at the cost of a few.
    #[inline]
    pub fn taken(self) -> bool {
        self.places.get(self.first).is_some_and(Option::is_some)
    }

    /// The value that is the one meant.
    #[inline]
    pub fn find(self, mut is: impl FnMut(&V) -> bool) -> Option<&'a V> {
        let (rest, next) = self.places.split_at(self.first);
        next.iter().chain(rest).map_while(Option::as_ref).find(|value| is(value))
    }
}

impl<V> Piece<V> {
    /// The place of a hash. It goes by the lower half; the table of pieces goes by the other.
    #[inline]
    fn first(hash: u64, places: usize) -> usize {
        (((hash & u64::from(u32::MAX)) * places as u64) >> u32::BITS) as usize
    }

    /// Where a value with this hash would stand.
    #[inline]
    pub fn spot(&self, hash: u64) -> Spot<'_, V> {
        Spot { places: &self.places, first: Self::first(hash, self.places.len()) }
    }

    /// All values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.places.iter().flatten()
    }

    /// From the place of a hash on, once around.
    fn around(&self, hash: u64) -> impl Iterator<Item = usize> + use<V> {
        let (first, places) = (Self::first(hash, self.places.len()), self.places.len());
        (first..places).chain(0..first)
    }

    /// The place of the value meant, or the first free one.
    fn place(&self, hash: u64, mut is: impl FnMut(&V) -> bool) -> Option<usize> {
        self.around(hash).find(|place| self.places[*place].as_ref().is_none_or(&mut is))
    }

    /// Puts a value in the place of the one meant, or beside the others where there is none. `hash_of` tells the hashes of
    /// those that have to move.
    pub fn put(&mut self, hash: u64, value: V, mut is: impl FnMut(&V) -> bool, hash_of: impl Fn(&V) -> u64) {
        // Of five places one at least is free, so whoever looks soon meets a free one.
        if (self.taken + 1) * 5 > self.places.len() * 4 {
            self.move_to((self.places.len() * 3 / 2).max(FEWEST), hash_of);
        }
        if let Some(place) = self.place(hash, &mut is) {
            self.taken += usize::from(self.places[place].is_none());
            self.places[place] = Some(value);
        }
    }

    /// Takes the one meant out.
    pub fn remove(&mut self, hash: u64, is: impl FnMut(&V) -> bool, hash_of: impl Fn(&V) -> u64) {
        let Some(mut free) = self.place(hash, is) else { return };
        if self.places[free].take().is_none() {
            return;
        }
        self.taken -= 1;
        // What stands behind it moves up, unless it would come to stand before the place of its hash.
        let places = self.places.len();
        let after = |from: usize, to: usize| (to + places - from) % places;
        let mut place = (free + 1) % places;
        while let Some(value) = &self.places[place] {
            if after(Self::first(hash_of(value), places), place) >= after(free, place) {
                self.places.swap(free, place);
                free = place;
            }
            place = (place + 1) % places;
        }
    }

    /// Takes as many places as are good for a table that is looked at more than it changes: of three one stays free.
    pub fn settle(&mut self, hash_of: impl Fn(&V) -> u64) {
        self.move_to(if self.taken == 0 { 0 } else { (self.taken * 3 / 2).max(FEWEST) }, hash_of);
    }

    fn move_to(&mut self, places: usize, hash_of: impl Fn(&V) -> u64) {
        let old = std::mem::replace(&mut self.places, iter::repeat_with(|| None).take(places).collect());
        for value in old.into_iter().flatten() {
            if let Some(place) = self.place(hash_of(&value), |_| false) {
                self.places[place] = Some(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// So few hashes that many values share one, and others stand in their way.
    fn hash(key: u16) -> u64 {
        u64::from(key % 64) << 26
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Put(u16, u16),
        Remove(u16),
        Settle,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0..300u16, any::<u16>()).prop_map(|(key, value)| Step::Put(key, value)),
            4 => (0..300u16).prop_map(Step::Remove),
            1 => Just(Step::Settle),
        ];
        prop::collection::vec(step, 0..400)
    }

    proptest! {
        #[test]
        fn a_piece_has_what_a_map_has(steps in steps()) {
            let (mut piece, mut map) = (Piece::default(), BTreeMap::new());
            let hash_of = |(key, _): &(u16, u16)| hash(*key);
            for step in steps {
                match step {
                    Step::Put(key, value) => {
                        piece.put(hash(key), (key, value), |(known, _)| *known == key, hash_of);
                        map.insert(key, value);
                    }
                    Step::Remove(key) => {
                        piece.remove(hash(key), |(known, _)| *known == key, hash_of);
                        map.remove(&key);
                    }
                    Step::Settle => piece.settle(hash_of),
                }
                prop_assert!(piece.places.len() >= piece.taken && (piece.taken == 0 || piece.places.len() > piece.taken));
                let mut all: Vec<(u16, u16)> = piece.iter().copied().collect();
                all.sort_unstable();
                prop_assert_eq!(all, map.clone().into_iter().collect::<Vec<_>>());
                for key in 0..300 {
                    let found = piece.spot(hash(key)).find(|(known, _)| *known == key);
                    prop_assert_eq!(found.map(|(_, value)| value), map.get(&key));
                }
            }
        }
    }

    #[test]
    fn few_places_are_free() {
        let hash = |n: &u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7;
        let mut piece = Piece::default();
        for n in 0..1000u64 {
            piece.put(hash(&n), n, |known| *known == n, hash);
            assert!(piece.places.len() <= (n as usize + 1) * 2 + FEWEST, "{} for {n}", piece.places.len());
        }
        piece.settle(hash);
        assert_eq!((piece.places.len(), piece.taken), (1500, 1000));
        assert!((0..1000).all(|n| piece.spot(hash(&n)).find(|known| *known == n) == Some(&n)));
        (0..1000u64).for_each(|n| piece.remove(hash(&n), |known| *known == n, hash));
        piece.settle(hash);
        assert_eq!((piece.places.len(), piece.taken), (0, 0));
        assert!(piece.spot(7).find(|_| true).is_none() && !piece.spot(7).taken());
    }
}
