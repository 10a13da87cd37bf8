//! What a sender did about an agreement: acceptances, its own or by group coverage, and declines.

use super::{
    ids::{AgreementId, VersionLabel},
    time::Timestamp,
    vocabulary::Assurance,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an act says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActKind {
    /// The sender's own acceptance.
    Acceptance,
    /// A group company's acceptance that covers this sender (R7).
    Coverage,
    /// The sender's own decline.
    Decline,
}

/// Whether an act still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActState {
    /// It stands.
    Valid,
    /// The sender says that it was not its own: it stands until then, unless the contest is resolved.
    Contested {
        /// The deadline.
        until: Timestamp,
        /// The contested act under which an integrator recorded this one, where the sender did not contest it itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<Uuid>,
    },
    /// Invalidated by the operator, for good.
    Invalidated,
    /// Coverage that was ended.
    CoverageEnded,
}

/// One act about one version, as the decision needs it: no person stands here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Act {
    /// The acceptance's or decline's id.
    pub id: Uuid,
    /// About which agreement.
    pub agreement_id: AgreementId,
    /// About which version.
    pub version: VersionLabel,
    /// What it says.
    pub kind: ActKind,
    /// How sure it is that an authorised person did it.
    pub assurance: Assurance,
    /// When it happened, which may be long before it was recorded.
    pub time: Timestamp,
    /// The revision that recorded it; breaks ties.
    pub revision: u64,
    /// Whether it stands.
    pub state: ActState,
    /// Whether the sender chose retroactive delivery (R8).
    pub retroactive_delivery: bool,
    /// The slug of the integrator it came through, if any.
    pub through: Option<super::ids::IntegratorId>,
}

/// The order of acts: by when they happened, then by revision.
pub type Order = (Timestamp, u64);

impl Act {
    /// Whether the act stands at `now`. A contest that nobody resolved has brought it down.
    pub fn stands(&self, now: Timestamp) -> bool {
        match self.state {
            ActState::Valid => true,
            ActState::Contested { until, .. } => now < until,
            ActState::Invalidated | ActState::CoverageEnded => false,
        }
    }

    /// Until when the act is contested, while it is.
    pub fn contested(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            ActState::Contested { until, .. } if now < until => Some(until),
            _ => None,
        }
    }

    /// Its place in the order of acts.
    pub fn order(&self) -> Order {
        (self.time, self.revision)
    }
}
