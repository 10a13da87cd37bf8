//! The outbox's worker: takes the mails that are due, one after the other, and sends them.
//!
//! What is to be sent stands in the database; taking a mail and settling it are transactions of their own, and the
//! sending is in none. A mail that was taken and not settled is due again two minutes later, so that a process may die at
//! any point: every mail goes out at least once, with the same Message-ID each time.

pub mod chores;
pub mod files;
pub mod mailer;
pub mod message;
pub mod post;
pub mod smtp;
pub mod words;

use crate::{config::Mail, service::mail::letter::Letter};
use files::Files;
use mailer::{FailureKind, Mailer, Outgoing, SendFailure};
use message::Sender;
use post::{Post, Trouble};
use smtp::Smtp;
use std::{io, sync::Arc, time::Duration};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use words::Operator;

/// How often the database is asked for mails, where it does not say that one is due sooner.
const POLL: Duration = Duration::from_secs(1);
/// How often a mail that is out is tried to be settled, and how long between; in all less than the time for which a mail
/// is taken, after which another node may send it again.
const SETTLE_TRIES: u32 = 6;
const SETTLE_WAIT: Duration = Duration::from_millis(200);

/// What mails come from where no address is given, as it need not be without a mail server.
const NOBODY: &str = "no-reply@ombord.invalid";

/// The mailer that the settings ask for.
pub fn mailer(settings: &Mail, operator: &Operator) -> Result<Arc<dyn Mailer>, MailerSetup> {
    let sender = Sender::new(settings.from.as_deref().unwrap_or(NOBODY), operator)?;
    Ok(match &settings.smtp {
        Some(server) => {
            Arc::new(Smtp::new(server.clone(), settings.smtp_ca_file.as_deref(), sender, smtp::LONGEST_SEND)?)
        }
        None => Arc::new(Files::open(&settings.directory, sender).map_err(|error| MailerSetup::Folder(error.kind()))?),
    })
}

/// Mails cannot be sent as configured.
#[derive(Debug, thiserror::Error)]
pub enum MailerSetup {
    /// The sender's address.
    #[error(transparent)]
    Sender(#[from] message::InvalidSender),
    /// The mail server's settings.
    #[error(transparent)]
    Smtp(#[from] smtp::SmtpSetup),
    /// The folder for mails.
    #[error("mail.directory cannot be made: {0}")]
    Folder(io::ErrorKind),
}

/// The worker.
pub struct Outbox {
    post: Arc<dyn Post>,
    mailer: Arc<dyn Mailer>,
    operator: Arc<Operator>,
    per_minute: u32,
}

impl Outbox {
    /// A worker that sends at most so many mails a minute.
    pub fn new(post: Arc<dyn Post>, mailer: Arc<dyn Mailer>, operator: Operator, per_minute: u32) -> Self {
        Self { post, mailer, operator: Arc::new(operator), per_minute: per_minute.max(1) }
    }

    /// Works until `stop`; the mail that is under way then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut pace = interval(Duration::from_secs(60) / self.per_minute);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut troubled = false;
        while !stop.is_cancelled() {
            let wait = match self.round(&mut pace, &stop).await {
                Ok(wait) => {
                    troubled = false;
                    wait
                }
                Err(Trouble(cause)) => {
                    // Once, not each second of an outage.
                    if !troubled {
                        tracing::warn!(cause, "the outbox cannot be read; mails wait");
                    }
                    troubled = true;
                    POLL
                }
            };
            if !wait.is_zero() {
                self.mailer.rest().await;
                stop.run_until_cancelled(sleep(wait.min(POLL))).await;
            }
        }
        self.mailer.rest().await;
    }

    /// Sends what is due first, if anything is. How long to wait before the next round.
    async fn round(&self, pace: &mut Interval, stop: &CancellationToken) -> Result<Duration, Trouble> {
        let wait = self.post.due_in().await?;
        if !wait.is_zero() {
            return Ok(wait);
        }
        if stop.run_until_cancelled(pace.tick()).await.is_none() {
            return Ok(Duration::ZERO);
        }
        // One at a time: a mail is taken for two minutes, and a slow server must not use that up for those behind it.
        // Nothing where it is no longer wanted, or another node was faster.
        if let Some(letter) = self.post.claim().await? {
            self.deliver(letter).await;
        }
        Ok(Duration::ZERO)
    }

    async fn deliver(&self, letter: Letter) {
        let id = letter.message_id;
        let (mailer, operator, time) = (Arc::clone(&self.mailer), Arc::clone(&self.operator), self.post.now());
        // In a task of its own: a mail that brings the program down would do so again at each start.
        let sent = tokio::spawn(async move {
            let written = words::write(&letter, &operator);
            mailer.send(&Outgoing { id, to: letter.to, written, time }).await
        });
        let outcome = sent.await.unwrap_or(Err(SendFailure::permanent("unwritable")));
        match &outcome {
            Ok(()) => tracing::info!(message_id = %id, "a mail went out"),
            Err(SendFailure { kind: FailureKind::Permanent, class }) => {
                tracing::warn!(message_id = %id, class, "a mail was refused for good");
            }
            Err(SendFailure { kind: FailureKind::Transient, class }) => {
                tracing::warn!(message_id = %id, class, "a mail did not go out; it will be tried again");
            }
        }
        for attempt in 1..=SETTLE_TRIES {
            match self.post.settle(id, outcome).await {
                Ok(()) => return,
                Err(Trouble(cause)) if attempt == SETTLE_TRIES => {
                    tracing::warn!(message_id = %id, cause, "a mail could not be settled; it may go out again");
                }
                Err(_) => sleep(SETTLE_WAIT * 2_u32.pow(attempt)).await,
            }
        }
    }
}

#[cfg(test)]
mod tests;
