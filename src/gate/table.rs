//! A hash table in many small shared pieces: a change copies one piece, and everybody who holds the old table keeps it
//! whole. Whoever looks something up brings its hash and tells what is equal, so that one value stands in several tables
//! under several keys and no key is kept twice.

use super::piece::{Piece, Spot};
use foldhash::quality::RandomState;
use std::{array, sync::Arc};

/// What stands in a table, and knows its hash there.
pub trait Hashed: Clone {
    /// The hash under which it was put in; asked again when it has to move, and when tables are compared.
    fn hash(&self, hasher: &RandomState) -> u64;
}

/// Pieces in two levels, so that a copy of the whole table shares all but a few dozen pointers.
const BRANCHES: usize = 64;
const PIECES: usize = 64;

type Branch<V> = [Arc<Piece<V>>; PIECES];

/// A table whose copies share what did not change.
#[derive(Debug)]
pub struct Table<V> {
    branches: Box<[Arc<Branch<V>>; BRANCHES]>,
    hasher: RandomState,
}

impl<V> Clone for Table<V> {
    fn clone(&self) -> Self {
        Self { branches: self.branches.clone(), hasher: self.hasher.clone() }
    }
}

impl<V: Hashed> Table<V> {
    /// An empty table of values whose hashes are of this hasher.
    pub fn new(hasher: &RandomState) -> Self {
        // All the same empty piece, until something is put in.
        let piece = Arc::default();
        let branch: Arc<Branch<V>> = Arc::new(array::from_fn(|_| Arc::clone(&piece)));
        Self { branches: Box::new(array::from_fn(|_| Arc::clone(&branch))), hasher: hasher.clone() }
    }

    /// In which piece a hash belongs. A piece itself goes by the lower half.
    #[inline]
    fn place(hash: u64) -> (usize, usize) {
        let bits = |from: u32, count: usize| usize::try_from(hash >> from).unwrap_or(0) % count;
        (bits(40, BRANCHES), bits(32, PIECES))
    }

    /// Where a value with this hash would stand.
    #[inline]
    pub fn spot(&self, hash: u64) -> Spot<'_, V> {
        let (branch, piece) = Self::place(hash);
        self.branches[branch][piece].spot(hash)
    }

    /// The value with this hash that is the one meant.
    #[inline]
    pub fn get(&self, hash: u64, is: impl FnMut(&V) -> bool) -> Option<&V> {
        self.spot(hash).find(is)
    }

    fn piece(&mut self, hash: u64) -> &mut Piece<V> {
        let (branch, piece) = Self::place(hash);
        Arc::make_mut(&mut Arc::make_mut(&mut self.branches[branch])[piece])
    }

    /// Puts a value in the place of the one meant, or beside the others where there is none.
    pub fn put(&mut self, hash: u64, value: V, is: impl FnMut(&V) -> bool) {
        let hasher = self.hasher.clone();
        self.piece(hash).put(hash, value, is, |kept| kept.hash(&hasher));
    }

    /// Takes the one meant out.
    pub fn remove(&mut self, hash: u64, is: impl FnMut(&V) -> bool) {
        let hasher = self.hasher.clone();
        self.piece(hash).remove(hash, is, |kept| kept.hash(&hasher));
    }

    /// All values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.branches.iter().flat_map(|branch| branch.iter()).flat_map(|piece| piece.iter())
    }

    /// The values that are not the same as in another copy, in no order. Pieces that both share are passed over, so two
    /// copies with few changes between them cost little. What was taken out does not show.
    pub fn changed(&self, since: &Self, same: impl Fn(&V, &V) -> bool + Copy) -> impl Iterator<Item = &V> {
        let branches = self.branches.iter().zip(since.branches.iter()).filter(|(new, old)| !Arc::ptr_eq(new, old));
        let pieces = branches.flat_map(|(new, old)| new.iter().zip(old.iter()));
        pieces.filter(|(new, old)| !Arc::ptr_eq(new, old)).flat_map(move |(new, old)| {
            new.iter()
                .filter(move |value| old.spot(value.hash(&self.hasher)).find(|known| same(known, value)).is_none())
        })
    }

    /// Gives all pieces as many places as are good for looking up.
    pub fn settle(&mut self) {
        let hasher = &self.hasher;
        for branch in self.branches.iter_mut() {
            for piece in Arc::make_mut(branch).iter_mut() {
                Arc::make_mut(piece).settle(|kept| kept.hash(hasher));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{hash::BuildHasher, ops::Range};

    fn hash(n: u64) -> u64 {
        n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    impl Hashed for (u64, u64) {
        fn hash(&self, _: &RandomState) -> u64 {
            hash(self.0)
        }
    }

    impl Hashed for u64 {
        fn hash(&self, _: &RandomState) -> u64 {
            5
        }
    }

    #[test]
    fn a_copy_keeps_what_it_had() {
        let mut one = Table::new(&RandomState::default());
        for n in 0..10_000u64 {
            one.put(hash(n), (n, n), |(key, _)| *key == n);
        }
        let get = |table: &Table<(u64, u64)>, n: u64| table.get(hash(n), |(key, _)| *key == n).map(|(_, value)| *value);
        let before = one.clone();
        one.put(hash(7), (7, 700), |(key, _)| *key == 7);
        one.remove(hash(8), |(key, _)| *key == 8);
        one.settle();
        assert_eq!((get(&before, 7), get(&before, 8)), (Some(7), Some(8)));
        assert_eq!((get(&one, 7), get(&one, 8)), (Some(700), None));
        assert_eq!((before.values().count(), one.values().count()), (10_000, 9_999));
        let mut changed: Vec<_> = one.changed(&before, |known, value| known == value).collect();
        changed.sort();
        assert_eq!(changed, [&(7, 700)]);
        assert_eq!(before.changed(&one, |known, value| known == value).count(), 2, "the other way round");
        assert!((0..10_000).filter(|n| *n != 7 && *n != 8).all(|n| get(&one, n) == Some(n)));
    }

    #[test]
    fn a_look_up_passes_few_values() {
        #[derive(Clone)]
        struct Number(u64);

        impl Hashed for Number {
            fn hash(&self, hasher: &RandomState) -> u64 {
                hasher.hash_one(self.0)
            }
        }

        let hasher = RandomState::default();
        let mut table = Table::new(&hasher);
        for n in 0..100_000u64 {
            table.put(hasher.hash_one(n), Number(n), |known| known.0 == n);
        }
        table.settle();
        let passed = |n: u64| {
            let mut passed = 0;
            let found = table.get(hasher.hash_one(n), |known| {
                passed += 1;
                known.0 == n
            });
            (passed, found.is_some())
        };
        let of_all = |numbers: Range<u64>, there: bool| {
            let passed = numbers.map(|n| {
                let (passed, found) = passed(n);
                assert_eq!(found, there, "{n}");
                passed
            });
            let (most, all) = passed.fold((0, 0), |(most, all), one: u32| (most.max(one), all + one));
            (most, f64::from(all) / 1e5)
        };
        let (there, nowhere) = (of_all(0..100_000, true), of_all(100_000..200_000, false));
        assert!(there.0 < 100 && there.1 < 2.5 && nowhere.0 < 100 && nowhere.1 < 6.0, "{there:?} {nowhere:?}");
    }

    #[test]
    fn equal_hashes_are_different_values() {
        let mut table = Table::new(&RandomState::default());
        for n in 0..100u64 {
            table.put(5, n, |known| *known == n);
        }
        assert!((0..100).all(|n| table.get(5, |known| *known == n) == Some(&n)));
    }
}
