//! The key ring: the issuer's key set as it was last read, and its refreshing.

use super::keys::{KeySet, KeySetError, LARGEST_SET};
use crate::fetch::{FetchError, Fetcher, Url};
use arc_swap::{ArcSwap, Guard};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    sync::{Mutex, OwnedMutexGuard, Semaphore},
    time::{sleep, timeout},
};

/// Where the key set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file, read again at every refresh.
    File(PathBuf),
    /// An address.
    Url(Url),
    /// A set that never changes: the development issuer's own.
    Fixed(String),
}

/// Why the key set could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The file cannot be read.
    #[error("the key set's file cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// The address gave nothing.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was read is not a key set.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// No member of it can verify a token.
    #[error("the key set has no key that can be used (RS256, PS256, ES256 or EdDSA, with a kid)")]
    NoKey,
}

/// An unknown `kid` leads to one refresh in this time, at most: made-up kids must not hammer the issuer.
pub const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(60);
/// How long one call waits for a refresh, and how many calls may.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAITING: usize = 32;

/// The issuer's keys, read without waiting.
#[derive(Debug)]
pub struct KeyRing {
    source: Source,
    keys: ArcSwap<KeySet>,
    /// Held while the source is read: one reader at a time.
    reading: Mutex<()>,
    /// True from the start of a refresh for an unknown key until the pause after it has passed.
    paused: Arc<Mutex<bool>>,
    waiting: Semaphore,
    reads: AtomicU64,
    pause: Duration,
}

#[derive(Debug)]
enum Source {
    File(PathBuf),
    Url(Box<Fetcher>),
    Fixed(String),
}

impl KeyRing {
    /// Reads the key set for the first time; fails if there is no usable key in it.
    pub async fn open(source: KeySource) -> Result<Arc<Self>, KeyRingError> {
        Self::open_with_pause(source, UNKNOWN_KEY_PAUSE).await
    }

    /// The same with another pause than [`UNKNOWN_KEY_PAUSE`].
    pub async fn open_with_pause(source: KeySource, pause: Duration) -> Result<Arc<Self>, KeyRingError> {
        let source = match source {
            KeySource::File(path) => Source::File(path),
            KeySource::Url(url) => Source::Url(Box::new(Fetcher::new(url, LARGEST_SET)?)),
            KeySource::Fixed(set) => Source::Fixed(set),
        };
        let ring = Self {
            source,
            keys: ArcSwap::default(),
            reading: Mutex::new(()),
            paused: Arc::default(),
            waiting: Semaphore::new(MOST_WAITING),
            reads: AtomicU64::new(0),
            pause,
        };
        ring.refresh().await?;
        if ring.keys().is_empty() {
            return Err(KeyRingError::NoKey);
        }
        Ok(Arc::new(ring))
    }

    /// The keys as they are now.
    pub fn keys(&self) -> Guard<Arc<KeySet>> {
        self.keys.load()
    }

    /// How often the source was read, failures included.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Reads the source again. If that fails the keys stay as they are; a set without usable keys does count, since
    /// that is how an issuer takes all its keys back.
    pub async fn refresh(&self) -> Result<(), KeyRingError> {
        let _one_at_a_time = self.reading.lock().await;
        self.reads.fetch_add(1, Ordering::Relaxed);
        let text = match &self.source {
            Source::File(path) => read_bounded(path).await?,
            Source::Url(fetcher) => fetcher.fetch().await?.to_vec(),
            Source::Fixed(set) => set.clone().into_bytes(),
        };
        let (keys, skipped) = KeySet::parse(&text)?;
        if keys.is_empty() {
            tracing::error!("the token issuer's key set has no usable key: every token is refused");
        }
        for member in skipped {
            tracing::debug!(key_id = member.key_id, why = member.why, "a member of the key set is not used");
        }
        self.keys.store(Arc::new(keys));
        Ok(())
    }

    /// Refreshes at an interval, for ever. A failure is logged and tried again at the next turn.
    pub async fn keep_fresh(&self, interval: Duration) {
        if matches!(self.source, Source::Fixed(_)) {
            return std::future::pending().await;
        }
        loop {
            sleep(interval).await;
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "the token issuer's keys could not be refreshed; the earlier ones stay in use");
            }
        }
    }

    /// For a token whose key is unknown: the issuer may have a new one. Waits a bounded moment for the one refresh that
    /// the pause allows, whoever started it; the caller then looks again.
    pub async fn refresh_for_unknown_key(self: &Arc<Self>) {
        let Ok(_place) = self.waiting.try_acquire() else {
            return;
        };
        let waited = timeout(LONGEST_WAIT, async {
            // Held by the task that refreshes, so whoever comes meanwhile waits here for its end.
            let mut paused = Arc::clone(&self.paused).lock_owned().await;
            if !*paused {
                *paused = true;
                // In a task of its own: a caller who hangs up stops neither the refresh nor the pause.
                let refresh = tokio::spawn(Arc::clone(self).refresh_and_pause(paused));
                let _ = refresh.await;
            }
        });
        let _ = waited.await;
    }

    async fn refresh_and_pause(self: Arc<Self>, paused: OwnedMutexGuard<bool>) {
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "a token names an unknown key, and the keys could not be refreshed");
        }
        drop(paused);
        tokio::spawn(async move {
            sleep(self.pause).await;
            *self.paused.lock().await = false;
        });
    }
}

async fn read_bounded(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    let limit = u64::try_from(LARGEST_SET).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    tokio::fs::File::open(path).await?.take(limit).read_to_end(&mut text).await?;
    Ok(text)
}
