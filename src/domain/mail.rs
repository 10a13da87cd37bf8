//! What mails the service sends, and how often it tries.

use super::{
    ids::{AgreementId, InvitationId, VersionLabel},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a mail is for. Ids only: what it says is looked up when it goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MailPurpose {
    /// Asks to read and accept.
    Invitation {
        /// Which invitation.
        invitation_id: InvitationId,
    },
    /// Asks again.
    Reminder {
        /// Which invitation.
        invitation_id: InvitationId,
    },
    /// Confirms an acceptance through the form (R5), with the receipt.
    Confirmation {
        /// The revision that recorded it.
        revision: u64,
        /// Whether it goes to the company's contact point, not to the person who accepted.
        to_contact_point: bool,
        /// Whether it goes there in place of one that did not reach the person.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_place: bool,
    },
    /// Tells the sender that an integrator attested an acceptance.
    AcceptanceAttested {
        /// The revision that recorded it.
        revision: u64,
    },
    /// Tells the sender's other contact points of an acceptance through the form.
    AcceptanceGiven {
        /// The revision that recorded it.
        revision: u64,
    },
    /// Tells the sender's contact points of a decline through the form.
    DeclineGiven {
        /// The revisions that recorded it: one for each agreement.
        revisions: Vec<u64>,
    },
    /// Tells the sender that a connection was confirmed.
    ConnectionConfirmed {
        /// The revision that recorded it.
        revision: u64,
    },
    /// Tells the sender of a new version.
    NewVersion {
        /// Of which agreement.
        agreement_id: AgreementId,
        /// Which version.
        version: VersionLabel,
    },
    /// Tells the operator of a contest.
    Contested {
        /// The revision that recorded it.
        revision: u64,
    },
    /// Hands a signed checkpoint to a mailbox elsewhere.
    Checkpoint {
        /// The signed note.
        note: String,
    },
}

impl MailPurpose {
    /// The kind as one word, for lists and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "INVITATION",
            Self::Reminder { .. } => "REMINDER",
            Self::Confirmation { .. } => "CONFIRMATION",
            Self::AcceptanceAttested { .. } => "ACCEPTANCE_ATTESTED",
            Self::AcceptanceGiven { .. } => "ACCEPTANCE_GIVEN",
            Self::DeclineGiven { .. } => "DECLINE_GIVEN",
            Self::ConnectionConfirmed { .. } => "CONNECTION_CONFIRMED",
            Self::NewVersion { .. } => "NEW_VERSION",
            Self::Contested { .. } => "CONTESTED",
            Self::Checkpoint { .. } => "CHECKPOINT",
        }
    }
}

/// What a link in a mail leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LinkPurpose {
    /// The hosted form.
    Form {
        /// Of which invitation.
        invitation_id: InvitationId,
    },
    /// The page with which an act can be contested.
    Contest {
        /// The revision that recorded it.
        revision: u64,
    },
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MailState {
    /// Waits to be sent, for the first time or again.
    Pending,
    /// Handed to the mail server.
    Sent,
    /// Came back.
    Bounced,
    /// Given up after many tries, or refused for good.
    Dead,
    /// No longer wanted when its turn came.
    Cancelled,
}

impl MailState {
    /// Every state, in order.
    pub const ALL: &'static [Self] = &[Self::Pending, Self::Sent, Self::Bounced, Self::Dead, Self::Cancelled];
}

/// How long after the n-th failure the next try comes, in minutes. After the last one it is given up.
const WAITS: [i64; 7] = [1, 5, 15, 60, 240, 720, 1440];

/// For how long a mail that is being sent belongs to whoever sends it, in seconds; longer than a try may take.
pub const LEASE_SECONDS: i64 = 120;

/// When to try again after `attempts` failures; never again where there were too many.
pub fn next_try(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let waits = usize::try_from(attempts).ok()?.checked_sub(1)?;
    WAITS.get(waits).map(|minutes| now.plus_seconds(minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_ever_later_and_end() {
        let now = Timestamp::from_parts(1_800_000_000, 0).unwrap();
        let times: Vec<_> = (1..=7).map(|n| next_try(n, now).unwrap()).collect();
        assert!(times.is_sorted() && times[0] > now);
        assert_eq!(next_try(8, now), None);
        assert_eq!(next_try(0, now), None, "nothing failed");
    }
}
