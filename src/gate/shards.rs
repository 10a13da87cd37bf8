//! A map in many small shared pieces: a change copies one piece, and everybody who holds the old map keeps it whole.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::Arc,
};

const PIECES: usize = 4096;

/// A map whose copies share what did not change.
#[derive(Debug, Clone)]
pub struct Shards<K, V> {
    pieces: Vec<Arc<HashMap<K, V>>>,
    hasher: RandomState,
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        let empty = Arc::new(HashMap::new());
        Self { pieces: vec![empty; PIECES], hasher: RandomState::new() }
    }

    fn place<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        usize::try_from(self.hasher.hash_one(key) % PIECES as u64).unwrap_or(0)
    }

    /// The value of a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.pieces[self.place(key)].get(key)
    }

    /// Sets the value of a key in this copy.
    pub fn insert(&mut self, key: K, value: V) {
        let place = self.place(&key);
        Arc::make_mut(&mut self.pieces[place]).insert(key, value);
    }

    /// Removes a key from this copy.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let place = self.place(key);
        Arc::make_mut(&mut self.pieces[place]).remove(key);
    }

    /// All values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.pieces.iter().flat_map(|piece| piece.values())
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Default for Shards<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_it_had() {
        let mut one = Shards::new();
        for n in 0..10_000u32 {
            one.insert(n, n);
        }
        let before = one.clone();
        one.insert(7, 700);
        one.remove(&8);
        assert_eq!((before.get(&7), before.get(&8)), (Some(&7), Some(&8)));
        assert_eq!((one.get(&7), one.get(&8)), (Some(&700), None));
        assert_eq!((before.values().count(), one.values().count()), (10_000, 9_999));
    }
}
