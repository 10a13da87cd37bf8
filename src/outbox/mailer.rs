//! The way out for a mail: what every mailer does, and how it fails.

use super::words::Written;
use crate::domain::{ids::MessageId, time::Timestamp};
use async_trait::async_trait;

/// A mail on its way out.
pub struct Outgoing {
    /// Its id, and with the sending domain its Message-ID.
    pub id: MessageId,
    /// The address.
    pub to: String,
    /// The words.
    pub written: Written,
    /// When it goes out.
    pub time: Timestamp,
}

/// Whether another try can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The mail was refused for good.
    Permanent,
    /// Anything else.
    Transient,
}

/// Why a mail did not go out. Nothing that the other side said is in it: that text often repeats the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{class}")]
pub struct SendFailure {
    /// Whether another try can help.
    pub kind: FailureKind,
    /// A fixed word, such as `smtp-550` or `timeout`.
    pub class: &'static str,
}

impl SendFailure {
    /// Another try can help.
    pub const fn transient(class: &'static str) -> Self {
        Self { kind: FailureKind::Transient, class }
    }

    /// No other try can help.
    pub const fn permanent(class: &'static str) -> Self {
        Self { kind: FailureKind::Permanent, class }
    }
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one. It is out when this returns `Ok`; when it fails, it may be out all the same.
    async fn send(&self, message: &Outgoing) -> Result<(), SendFailure>;

    /// There is nothing more to send for now: what is held open can be closed.
    async fn rest(&self) {}
}
