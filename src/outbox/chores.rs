//! What is done from time to time: the notices of new versions are handed to the outbox, and reminders are.

use super::post::Trouble;
use crate::service::{
    Services,
    mail::{campaigns, reminders},
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How often a new version's notices are looked for.
const CAMPAIGNS: Duration = Duration::from_secs(2);
/// How often reminders are.
const REMINDERS: Duration = Duration::from_secs(3600);

/// Hands out the notices of new versions, piece by piece, for as long as there are any.
pub async fn campaigns(services: Arc<Services>) {
    let mut troubled = false;
    loop {
        let more = campaigns::advance(&services).await.map_err(Trouble::from);
        tell(&more, &mut troubled, "the notices of new versions do not get on");
        if more != Ok(true) {
            sleep(CAMPAIGNS).await;
        }
    }
}

/// Hands out the reminders that are due.
pub async fn reminders(services: Arc<Services>) {
    let mut troubled = false;
    loop {
        let done = reminders::advance(&services).await.map_err(Trouble::from);
        tell(&done, &mut troubled, "reminders do not get on");
        sleep(REMINDERS).await;
    }
}

/// Tells of trouble once, not at each try.
fn tell<T>(result: &Result<T, Trouble>, troubled: &mut bool, message: &'static str) {
    if let (Err(Trouble(reason)), false) = (result, *troubled) {
        tracing::warn!(reason, message);
    }
    *troubled = result.is_err();
}
