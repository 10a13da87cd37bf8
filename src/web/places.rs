//! Places for connections: so many at once, and so many of them for one address.

use super::limits::network;
use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All places.
pub(super) struct Places {
    free: Arc<Semaphore>,
    /// How many one address holds, at most.
    most: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// What an address holds of the places; given back when it is dropped.
pub(super) struct Share {
    of: Arc<Places>,
    network: IpAddr,
}

impl Places {
    pub fn new(all: usize, most: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { free, most, held: Mutex::default() })
    }

    /// The next free place.
    pub async fn next(&self) -> io::Result<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.free).acquire_owned().await.map_err(io::Error::other)
    }

    /// One place more for an address; none where it has as many as it may.
    pub fn share(self: &Arc<Self>, peer: IpAddr) -> Option<Share> {
        let network = network(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(network).or_default();
        (*count < self.most).then(|| {
            *count += 1;
            Share { of: Arc::clone(self), network }
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_gives_it_back() {
        let places = Places::new(10, 2);
        let at = |text: &str| places.share(text.parse().unwrap());
        let held = [at("192.0.2.1"), at("192.0.2.1"), at("::ffff:192.0.2.1"), at("192.0.2.2")];
        assert_eq!(held.each_ref().map(Option::is_some), [true, true, false, true]);
        let six = [at("2001:db8::1"), at("2001:db8::2"), at("2001:db8::3"), at("2001:db8:0:1::1")];
        assert_eq!(six.each_ref().map(Option::is_some), [true, true, false, true], "a network is one address");
        let [one, ..] = held;
        drop(one);
        assert!(at("192.0.2.1").is_some());
        drop(six);
        assert!(!places.held.lock().unwrap().keys().any(IpAddr::is_ipv6), "what is given back is forgotten");
    }
}
