//! The worker's view of the mails in the database.

use super::mailer::{FailureKind, SendFailure};
use crate::{
    domain::{ids::MessageId, time::Timestamp},
    service::{
        Services,
        error::Error,
        mail::{self, Outcome, letter::Letter},
    },
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

/// The database cannot be used now; why, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble(pub String);

/// The mails that are to go out.
#[async_trait]
pub trait Post: Send + Sync {
    /// Takes the mail that is due first, if one is.
    async fn claim(&self) -> Result<Option<Letter>, Trouble>;

    /// Notes what became of one.
    async fn settle(&self, id: MessageId, outcome: Result<(), SendFailure>) -> Result<(), Trouble>;

    /// How long until one is due; zero when one is.
    async fn due_in(&self) -> Result<Duration, Trouble>;

    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// The real ones.
pub struct Database(pub Arc<Services>);

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self(error.told())
    }
}

#[async_trait]
impl Post for Database {
    async fn claim(&self) -> Result<Option<Letter>, Trouble> {
        Ok(mail::claim(&self.0).await?)
    }

    async fn settle(&self, id: MessageId, outcome: Result<(), SendFailure>) -> Result<(), Trouble> {
        let outcome = match outcome {
            Ok(()) => Outcome::Sent,
            Err(SendFailure { kind, class }) => Outcome::Failed { permanent: kind == FailureKind::Permanent, class },
        };
        Ok(mail::settle(&self.0, id, outcome).await?)
    }

    async fn due_in(&self) -> Result<Duration, Trouble> {
        Ok(mail::due_in(&self.0).await?)
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}
