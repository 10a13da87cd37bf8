//! The answer to the verbs that change one mail.

use crate::{
    domain::{
        ids::{LedgerId, MessageId},
        mail::MailState,
    },
    service::write::Write,
    store::MailRow,
};
use serde::{Deserialize, Serialize};

/// What became of a mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailChanged {
    /// The mail.
    pub message_id: MessageId,
    /// Where it stands now.
    pub state: MailState,
    /// What it is for, as one word.
    pub kind: String,
    /// Whether the call changed anything.
    pub changed: bool,
    /// The revision of the change, or the head's where the ledger did not change.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

impl MailChanged {
    /// The answer about a mail as it is now.
    pub(super) fn of(write: &Write, row: &MailRow, changed: bool) -> Self {
        Self {
            message_id: row.message_id,
            state: row.state,
            kind: row.purpose.name().to_owned(),
            changed,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        }
    }
}
