//! Tokens that were found genuine, so that a caller who asks a thousand times a second is not verified a thousand times.
//!
//! A token is known by its text, which nobody sees and which is wiped when it is forgotten, as long as its own times allow
//! and as long as the key set is the very one that verified it: whatever is read anew forgets all of them. Reading waits for
//! nobody.

use super::{Verified, keys::KeySet};
use crate::domain::time::Timestamp;
use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use secrecy::{ExposeSecret, SecretString};
use std::{hash::BuildHasher, sync::Arc};

/// How many are remembered at most. Each gateway and integrator uses one or two at a time.
const MOST: usize = 1024;

/// The tokens that one key set verified.
#[derive(Debug, Clone)]
struct Known {
    keys: Arc<KeySet>,
    tokens: HashTable<Token>,
}

#[derive(Debug, Clone)]
struct Token {
    text: Arc<SecretString>,
    hash: u64,
    verified: Arc<Verified>,
}

/// The memory; empty at the start.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: ArcSwap<Option<Known>>,
    hasher: RandomState,
}

impl Memory {
    /// Who sent the token and when it counts, if these keys verified it before and it counts at `now`.
    pub fn recall(&self, token: &str, keys: &Arc<KeySet>, now: Timestamp) -> Option<Arc<Verified>> {
        let known = self.known.load();
        let known = known.as_ref().as_ref().filter(|known| Arc::ptr_eq(&known.keys, keys))?;
        let hash = self.hasher.hash_one(token);
        let found = known.tokens.find(hash, |one| {
            // In the same time however much of it is right.
            one.hash == hash && verify_slices_are_equal(one.text.expose_secret().as_bytes(), token.as_bytes()).is_ok()
        })?;
        found.verified.window.contains(now).then(|| found.verified.clone())
    }

    /// Remembers a token that these keys verified. One that is remembered at the same moment may push it out: it is then
    /// verified again.
    pub fn remember(&self, token: &str, keys: &Arc<KeySet>, verified: Arc<Verified>, now: Timestamp) {
        let known = self.known.load();
        let same = known.as_ref().as_ref().filter(|known| Arc::ptr_eq(&known.keys, keys));
        let mut tokens = same.map_or_else(HashTable::new, |known| known.tokens.clone());
        tokens.retain(|one| one.verified.window.contains(now));
        if tokens.len() >= MOST {
            tokens.clear();
        }
        let new = Token { text: Arc::new(token.into()), hash: self.hasher.hash_one(token), verified };
        let same = |one: &Token| one.text.expose_secret() == token;
        match tokens.find_mut(new.hash, same) {
            Some(known) => *known = new,
            None => _ = tokens.insert_unique(new.hash, new, |one| one.hash),
        }
        self.known.store(Arc::new(Some(Known { keys: keys.clone(), tokens })));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::claims::Window,
        service::caller::{Caller, Scopes},
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_parts(seconds, 0).unwrap()
    }

    fn verified(from: i64, until: i64) -> Arc<Verified> {
        let caller = Caller::from_claims("anna".into(), None, Scopes::GATE_CHECK).unwrap();
        Arc::new(Verified { caller, window: Window { from, until } })
    }

    #[test]
    fn a_token_is_known_in_its_time_and_to_its_keys_only() {
        let (memory, keys, others) = (Memory::default(), Arc::new(KeySet::default()), Arc::new(KeySet::default()));
        let (token, verified) = ("one", verified(100, 200));
        memory.remember(token, &keys, verified.clone(), at(150));
        for (now, known) in [(99, false), (100, true), (199, true), (200, false)] {
            assert_eq!(memory.recall(token, &keys, at(now)).is_some(), known, "{now}");
        }
        assert_eq!(memory.recall("other", &keys, at(150)), None);
        assert_eq!(memory.recall(token, &others, at(150)), None, "another reading of the keys");
        memory.remember("other", &others, verified, at(150));
        assert_eq!(memory.recall(token, &keys, at(150)), None, "forgotten with its keys");
    }

    #[test]
    fn a_token_does_not_print() {
        let (memory, keys) = (Memory::default(), Arc::new(KeySet::default()));
        memory.remember("a-secret-text", &keys, verified(100, 200), at(150));
        assert!(!format!("{memory:?}").contains("a-secret-text"));
    }

    #[test]
    fn there_is_a_bound() {
        let (memory, keys) = (Memory::default(), Arc::new(KeySet::default()));
        let token = |n: usize| n.to_string();
        for n in 0..2 * MOST + 10 {
            // The first ones have expired when there are too many, the next ones have not.
            let (now, until) = if n < MOST { (at(100), 150) } else { (at(200), 300) };
            memory.remember(&token(n), &keys, verified(0, until), now);
            assert!(memory.recall(&token(n), &keys, now).is_some());
            let known = memory.known.load();
            assert!((**known).as_ref().unwrap().tokens.len() <= MOST);
        }
    }
}
