//! At the start the database is held against the checkpoints that were kept elsewhere.

use super::System;
use crate::{
    checkpoints::{Kept, Places},
    config::{Ledger, Settings},
    gate::Gate,
    service::{
        Services,
        checks::watch::Watches,
        ledger::{Comparison, LogKeys, accept_rollback as accept, compare},
    },
    store::Store,
};
use anyhow::{Context, bail};
use std::{sync::Arc, time::Duration};

/// The keys that sign and verify receipts and checkpoints.
pub(super) fn log_keys(settings: &Ledger) -> anyhow::Result<Option<Arc<LogKeys>>> {
    let key = settings.key().context("ledger.signing_key cannot be used")?;
    Ok(key.map(|key| Arc::new(LogKeys::new(key, settings.former_keys.clone()))))
}

/// Where checkpoints are kept.
pub(super) fn places(settings: &Ledger) -> Places {
    Places { file: settings.checkpoint_file.clone(), url: settings.checkpoint_url.clone() }
}

/// Whether the database has what the places say it had: what it lacks, in words, with the newest such checkpoint.
async fn faults(services: &Services, places: &Places) -> anyhow::Result<Option<(Kept, String)>> {
    let Some(keys) = &services.log else { return Ok(None) };
    let mut newest: Option<(Kept, String)> = None;
    for kept in places.kept(keys).await? {
        let mut reader = services.store.read().await?;
        let found = compare(reader.as_mut(), &kept.checkpoint).await;
        let found = found.map_err(|error| anyhow::anyhow!("the ledger cannot be read: {}", error.told()))?;
        let what = match found {
            Comparison::GoesOn => continue,
            Comparison::Lacks { from, to } => format!("the revisions {from} to {to} are lost"),
            Comparison::Differs => {
                format!("the revisions up to {} are not those that were written", kept.checkpoint.size)
            }
            Comparison::Foreign => {
                let Kept { checkpoint, .. } = &kept;
                format!(
                    "it is another ledger than {}, whose revisions 1 to {} are lost",
                    checkpoint.ledger_id, checkpoint.size
                )
            }
        };
        if newest.as_ref().is_none_or(|(other, _)| other.checkpoint.size < kept.checkpoint.size) {
            newest = Some((kept, what));
        }
    }
    Ok(newest)
}

/// Refuses a database that is older than the newest checkpoint that can be seen, or tells another story.
pub(super) async fn refuse_older(services: &Services, places: &Places) -> anyhow::Result<()> {
    match faults(services, places).await? {
        None => Ok(()),
        Some((kept, what)) => bail!(
            "the database is not the one that the checkpoint in {} was made of: {what}. Restore the newest copy, or, if \
             there is none, take the loss with `ombord serve --accept-rollback REASON`",
            kept.place
        ),
    }
}

/// Takes the loss: the ledger goes on under a new id, and its next entry says what was lost and why. Returns what that
/// is; nothing where nothing is lost.
pub async fn accept_rollback(
    settings: &Settings,
    store: &Arc<dyn Store>,
    reason: &str,
) -> anyhow::Result<Option<String>> {
    let obstacles = store.obstacles().await?;
    if !obstacles.is_empty() {
        bail!("the database is not fit to start on:\n  - {}", obstacles.join("\n  - "));
    }
    let services = Arc::new(Services {
        log: log_keys(&settings.ledger)?,
        form: None,
        store: store.clone(),
        clock: Arc::new(System),
        entropy: Arc::new(System),
        gate: Arc::new(Gate::new(Duration::ZERO)),
        apply_patience: Duration::ZERO,
        revision_patience: Duration::ZERO,
        watches: Watches::default(),
    });
    let Some((kept, what)) = faults(&services, &places(&settings.ledger)).await? else { return Ok(None) };
    let revision = accept(&services, kept.checkpoint, reason.to_owned()).await;
    let revision = revision.map_err(|error| anyhow::anyhow!("the loss cannot be recorded: {}", error.told()))?;
    let reader = store.read().await?;
    let ledger_id = reader.head().ledger_id;
    Ok(Some(format!("{what}. The ledger is {ledger_id} from revision {revision} on, which records the loss")))
}
