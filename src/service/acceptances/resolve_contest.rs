//! `ResolveContest`.

use super::{
    entry, misplaced,
    validity::{Validity, validity},
    visible,
};
use crate::{
    domain::{
        ids::{AcceptanceId, LedgerId},
        ledger::Event,
        vocabulary::ConnectionState,
    },
    service::{
        caller::OperatorRight,
        error::{Error, Resource, Result},
        mutation::Mutation,
        senders::{
            self,
            resolve::{self, SenderName},
        },
        write::Write,
    },
    store::AcceptanceRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What is contested.
#[derive(Debug)]
pub enum Contested {
    /// An acceptance, and with it all of the same act.
    Acceptance(AcceptanceId),
    /// The connection of a sender with an integrator.
    Connection(SenderName),
}

/// Dismisses a contest: what was contested stands.
pub struct ResolveContest {
    contested: Contested,
    reason: String,
}

impl ResolveContest {
    /// Which, and why, for operators and auditors. Only an operator can make one.
    pub fn new(_right: OperatorRight<'_>, contested: Contested, reason: String) -> Self {
        Self { contested, reason }
    }
}

/// Where that which was contested stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The acceptance: whether it was invalidated, or has lapsed by its contest.
    Acceptance {
        /// Which.
        acceptance_id: AcceptanceId,
        /// Whether it counts no more.
        invalidated: bool,
    },
    /// The connection.
    Connection(ConnectionState),
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resolved {
    /// Where it stands now.
    pub outcome: Outcome,
    /// Whether there was a contest to dismiss.
    pub changed: bool,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for ResolveContest {
    type Response = Resolved;
    const METHOD: &'static str = "ResolveContest";

    async fn run(self, write: &mut Write) -> Result<Resolved> {
        let outcome = match self.contested {
            Contested::Acceptance(id) => acceptance(write, id, &self.reason).await?,
            Contested::Connection(name) => connection(write, &name, &self.reason).await?,
        };
        Ok(Resolved { outcome, changed: write.changed(), revision: write.revision(), ledger_id: write.ledger_id() })
    }
}

async fn acceptance(write: &mut Write, id: AcceptanceId, reason: &str) -> Result<Outcome> {
    let row = visible(write.tx.as_mut(), &write.caller, id).await?;
    let facts = write.tx.sender(row.sender_id).await?.ok_or_else(|| misplaced(row.revision))?;
    let (state, _) = validity(&facts.acts, id, write.now);
    if state != Validity::Contested {
        return Ok(Outcome::Acceptance { acceptance_id: id, invalidated: state == Validity::Invalidated });
    }
    // What is contested is the act: whoever says that it was not their own says so of all that it accepted.
    let Event::AcceptanceRecorded { accepted, covered, .. } = entry(write.tx.as_mut(), row.revision).await?.event
    else {
        return Err(misplaced(row.revision));
    };
    let acceptance_ids: Vec<AcceptanceId> = accepted.iter().map(|one| one.acceptance_id).collect();
    let reason = write.keep_note(reason).await?;
    let sender_id = row.sender_id;
    let event = Event::ContestResolved { acceptance_ids: acceptance_ids.clone(), sender_id, covered, reason };
    let revision = write.record(event).await?;
    for id in acceptance_ids {
        let row = write.tx.acceptance(id).await?.ok_or_else(|| misplaced(row.revision))?;
        write.tx.put_acceptance(&AcceptanceRow { changed_revision: revision, ..row }).await?;
    }
    Ok(Outcome::Acceptance { acceptance_id: id, invalidated: false })
}

async fn connection(write: &mut Write, name: &SenderName, reason: &str) -> Result<Outcome> {
    let mut row = resolve::connection(write.tx.as_mut(), &write.caller, name).await?;
    let facts = write.tx.sender(row.sender_id).await?.ok_or_else(|| Error::not_found(Resource::Sender))?;
    let known = facts.connection(&row.integrator_id).ok_or_else(|| Error::not_found(Resource::Sender))?;
    let mut state = known.state_at(write.now);
    // Unlike an acceptance, a confirmation that lapsed is not gone for good: the operator's word restores it.
    if known.contested.is_some() && state != ConnectionState::Ended {
        let reason = write.keep_note(reason).await?;
        let (sender_id, connection_id) = (row.sender_id, row.connection_id);
        let event = Event::ConnectionContestResolved { sender_id, connection_id, reason };
        senders::record(write, event, &mut row).await?;
        state = row.state;
    }
    Ok(Outcome::Connection(state))
}
