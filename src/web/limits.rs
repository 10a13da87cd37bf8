//! How often one address, and one link, may ask: token buckets in memory, at most so many of them.

use crate::domain::{ids::Digest, time::Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

/// A bucket that holds `most` requests and is filled again within `window_seconds`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub most: u32,
    pub window_seconds: u32,
}

/// How many addresses or links are counted at once. When they are all busy, counting begins anew: a limit that anybody
/// could turn against everybody else would be worse than none for a moment.
const COUNTED: usize = 50_000;

/// Buckets by key.
pub(super) struct Buckets<K> {
    rate: Rate,
    /// What is left, in millionths of a request, and when that was.
    left: Mutex<HashMap<K, (u64, Timestamp)>>,
}

const WHOLE: u64 = 1_000_000;

impl<K: Eq + Hash> Buckets<K> {
    pub fn new(rate: Rate) -> Self {
        Self { rate, left: Mutex::new(HashMap::new()) }
    }

    /// Takes one request out, or says after how many seconds there will be one.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u64> {
        let full = u64::from(self.rate.most) * WHOLE;
        let filled = |(left, at): (u64, Timestamp)| {
            let passed = u64::try_from(now.micros() - at.micros()).unwrap_or(0);
            full.min(
                left + passed.saturating_mul(u64::from(self.rate.most)) / u64::from(self.rate.window_seconds.max(1)),
            )
        };
        let mut buckets = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= COUNTED && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| filled(*bucket) < full);
            if buckets.len() >= COUNTED {
                buckets.clear();
            }
        }
        let left = buckets.get(&key).map_or(full, |bucket| filled(*bucket));
        if left < WHOLE {
            let wanting = (WHOLE - left) * u64::from(self.rate.window_seconds) / u64::from(self.rate.most.max(1));
            return Err(wanting.div_ceil(WHOLE).max(1));
        }
        buckets.insert(key, (left - WHOLE, now));
        Ok(())
    }
}

/// What counts as one address: all of a network that one household or company gets.
pub(super) fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
}

/// All limits of the site.
pub(super) struct Limits {
    peers: Buckets<IpAddr>,
    reads: Buckets<Digest>,
    posts: Buckets<Digest>,
}

/// A mail filter may follow one link a hundred times before its reader does.
const READS: Rate = Rate { most: 300, window_seconds: 60 };
const POSTS: Rate = Rate { most: 120, window_seconds: 60 };

impl Limits {
    pub fn new(per_minute: u32) -> Self {
        let peers = Rate { most: per_minute, window_seconds: 60 };
        Self { peers: Buckets::new(peers), reads: Buckets::new(READS), posts: Buckets::new(POSTS) }
    }

    /// One request of an address.
    pub fn peer(&self, peer: IpAddr, now: Timestamp) -> Result<(), u64> {
        self.peers.take(network(peer), now)
    }

    /// One request through a link.
    pub fn link(&self, token: &str, writes: bool, now: Timestamp) -> Result<(), u64> {
        let buckets = if writes { &self.posts } else { &self.reads };
        buckets.take(Digest::of(token.as_bytes()), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::BEGINNING.plus_seconds(seconds)
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(Rate { most: 3, window_seconds: 60 });
        assert_eq!([0, 0, 0].map(|_| buckets.take("a", at(100))), [Ok(()); 3]);
        assert_eq!(buckets.take("a", at(100)), Err(20));
        assert_eq!(buckets.take("b", at(100)), Ok(()), "another one is not meant");
        assert_eq!(buckets.take("a", at(119)), Err(1));
        assert_eq!(buckets.take("a", at(120)), Ok(()));
        assert_eq!(buckets.take("a", at(0)), Err(20), "a clock that goes back gives nothing away");
        assert_eq!([0, 0, 0].map(|_| buckets.take("a", at(10_000))), [Ok(()); 3]);
        assert!(buckets.take("a", at(10_000)).is_err(), "it never holds more than it can");
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let buckets = Buckets::new(Rate { most: 2, window_seconds: 1 });
        for key in 0..COUNTED + 10 {
            assert_eq!(buckets.take(key, at(1)), Ok(()));
            assert!(buckets.left.lock().unwrap().len() <= COUNTED);
        }
        for key in 0..COUNTED + 10 {
            let _ = buckets.take(key, at(100));
        }
        assert!(buckets.left.lock().unwrap().len() <= COUNTED);
    }

    #[test]
    fn a_whole_ipv6_network_is_one() {
        let limits = Limits::new(1);
        assert_eq!(limits.peer("2001:db8::1".parse().unwrap(), at(1)), Ok(()));
        assert!(limits.peer("2001:db8::ffff".parse().unwrap(), at(1)).is_err());
        assert_eq!(limits.peer("2001:db8:0:1::1".parse().unwrap(), at(1)), Ok(()));
        assert_eq!(limits.peer("::ffff:192.0.2.1".parse().unwrap(), at(1)), Ok(()));
        assert!(limits.peer("192.0.2.1".parse().unwrap(), at(1)).is_err());
    }
}
