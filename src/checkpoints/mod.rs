//! Checkpoints leave the database: whoever has full rights to it can rewrite it, but not what was kept elsewhere.

mod file;

use crate::{
    domain::{
        ids::LedgerId,
        ledger::note::{Checkpoint, InvalidNote},
    },
    fetch::{FetchError, Fetcher, Url},
    service::{
        Services,
        error::Error,
        ledger::{Comparison, LogKeys, SignedCheckpoint, compare, get_checkpoint, mail_checkpoint},
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Where checkpoints are kept, besides a mailbox.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// A file.
    pub file: Option<PathBuf>,
    /// An address that they are posted to and read from.
    pub url: Option<Url>,
}

/// A checkpoint that was kept, and where.
#[derive(Debug, Clone)]
pub struct Kept {
    /// In which place.
    pub place: String,
    /// What it says.
    pub checkpoint: Checkpoint,
}

/// Why a place cannot be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file cannot be read or written.
    #[error("the checkpoint file {path}: {cause}")]
    File {
        /// Which.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The address cannot be reached, or answers with an error.
    #[error("the checkpoint address: {0}")]
    Http(#[from] FetchError),
    /// What is kept there is not to be believed.
    #[error("the checkpoint in {place}: {cause}")]
    Note {
        /// Where.
        place: String,
        /// Why.
        cause: InvalidNote,
    },
    /// What is kept there is the last that shows of entries which the database has lost.
    #[error("the checkpoint in {place} is of entries that the database lacks: it stays there")]
    Lost {
        /// Where.
        place: String,
    },
    /// The database cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Ledger(String),
}

/// More than any checkpoint has, in bytes.
const LARGEST: usize = 16 * 1024;

fn fetcher(url: &Url) -> Result<Fetcher, FetchError> {
    Fetcher::new(url.clone(), LARGEST)
}

impl Places {
    /// The newest checkpoints that can be seen. A place that is empty has none, and one that cannot be reached is
    /// logged; but what is there must be to be believed.
    pub async fn kept(&self, keys: &LogKeys) -> Result<Vec<Kept>, Unusable> {
        let mut notes = Vec::new();
        if let Some(path) = &self.file
            && let Some(note) = file::read(path).await?
        {
            notes.push((path.display().to_string(), note));
        }
        if let Some(url) = &self.url {
            let seen = match fetcher(url) {
                Ok(fetcher) => fetcher.text().await,
                Err(error) => Err(error),
            };
            match seen {
                Ok(Some(note)) => notes.push((url.to_string(), note)),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the checkpoint address was not seen: a start without it"),
            }
        }
        let open = |(place, note): (String, String)| match Checkpoint::open(&note, keys.verifying()) {
            Ok(checkpoint) => Ok(Kept { place, checkpoint }),
            Err(cause) => Err(Unusable::Note { place, cause }),
        };
        notes.into_iter().map(open).collect()
    }
}

/// Whether a signed checkpoint is newer than the one in the file. A node that is behind another must not take it back, nor
/// one whose database has not what it counts: it may be all that tells of that.
async fn is_newer(
    services: &Services,
    signed: &SignedCheckpoint,
    path: &Path,
    keys: &LogKeys,
) -> Result<bool, Unusable> {
    let Some(Ok(kept)) = file::read(path).await?.map(|note| Checkpoint::open(&note, keys.verifying())) else {
        return Ok(true);
    };
    if kept.ledger_id == signed.ledger_id && kept.size >= signed.size {
        return Ok(false);
    }
    let unreadable = |error: Error| Unusable::Ledger(error.told());
    let mut reader = services.store.read().await.map_err(|error| unreadable(error.into()))?;
    match compare(reader.as_mut(), &kept).await.map_err(unreadable)? {
        Comparison::GoesOn => Ok(true),
        _ => Err(Unusable::Lost { place: path.display().to_string() }),
    }
}

/// What each place has.
type Told = Option<(LedgerId, u64)>;

/// Takes checkpoints out of the database, whenever the ledger has grown. Ends when it is dropped.
pub async fn keep(services: Arc<Services>, places: Places, interval: Duration) {
    let Some(keys) = services.log.clone() else { return };
    let mut newest: Told = None;
    let (mut file, mut url, mut mail): (Told, Told, Told) = (None, None, None);
    loop {
        match get_checkpoint(&services).await {
            // A database that went back under this node is no reason to take back what was kept of it.
            Ok(signed) if newest.is_some_and(|(id, size)| id == signed.ledger_id && size > signed.size) => {
                tracing::error!("the ledger has fewer entries than it had; its checkpoints are not taken back");
            }
            Ok(signed) if signed.size > 0 => {
                let now = Some((signed.ledger_id, signed.size));
                newest = now;
                if file != now && told("file", into_file(&services, &places, &signed, &keys).await) {
                    file = now;
                }
                if url != now && told("address", to_url(&places, &signed).await) {
                    url = now;
                }
                if mail != now
                    && told("mailbox", mail_checkpoint(&services, signed.note).await.map_err(|error| error.told()))
                {
                    mail = now;
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(cause = error.told(), "no checkpoint could be made"),
        }
        tokio::time::sleep(interval).await;
    }
}

/// Whether it was done; else says so.
fn told<E: std::fmt::Display>(place: &str, done: Result<(), E>) -> bool {
    if let Err(error) = &done {
        tracing::warn!(place, %error, "a checkpoint could not be kept; it is tried again");
    }
    done.is_ok()
}

async fn into_file(
    services: &Services,
    places: &Places,
    signed: &SignedCheckpoint,
    keys: &LogKeys,
) -> Result<(), Unusable> {
    let Some(path) = &places.file else { return Ok(()) };
    if is_newer(services, signed, path, keys).await? { file::write(path, &signed.note).await } else { Ok(()) }
}

async fn to_url(places: &Places, signed: &SignedCheckpoint) -> Result<(), Unusable> {
    match &places.url {
        Some(url) => Ok(fetcher(url)?.post(&signed.note).await?),
        None => Ok(()),
    }
}
