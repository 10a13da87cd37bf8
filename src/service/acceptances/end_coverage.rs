//! `EndGroupCoverage`.

use super::{entry, history::history, misplaced, visible};
use crate::{
    domain::{
        acts::{ActKind, ActState},
        ids::{AcceptanceId, IntegratorId, LedgerId},
        ledger::Event,
        organisation_number::OrganisationNumber,
        time::Timestamp,
        vocabulary::ConnectionState,
    },
    service::{
        caller::Reach,
        error::{Error, ErrorReason, Resource, Result},
        mutation::Mutation,
        senders::resolve,
        write::{Write, own_or_named},
    },
    store::AcceptanceRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Ends the coverage of one company by an acceptance (R7).
#[derive(Debug)]
pub struct EndGroupCoverage {
    /// The integrator that the body names, if any.
    pub integrator_id: Option<IntegratorId>,
    /// The acceptance.
    pub acceptance_id: AcceptanceId,
    /// The covered company.
    pub organisation_number: OrganisationNumber,
}

/// The answer to the end of coverage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CoverageEnded {
    /// The acceptance.
    pub acceptance_id: AcceptanceId,
    /// Whether the call changed anything.
    pub changed: bool,
    /// When the coverage ended.
    pub end_time: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for EndGroupCoverage {
    type Response = CoverageEnded;
    const METHOD: &'static str = "EndGroupCoverage";

    async fn run(self, write: &mut Write) -> Result<CoverageEnded> {
        let row = self.acceptance(write).await?;
        let Event::AcceptanceRecorded { covered, .. } = entry(write.tx.as_mut(), row.revision).await?.event else {
            return Err(misplaced(row.revision));
        };
        let company =
            covered.into_iter().find(|company| OrganisationNumber::Legal(company.number) == self.organisation_number);
        let company = company.ok_or_else(|| {
            Error::field(
                ErrorReason::CoverageNotFound,
                "organisation_number",
                "the acceptance does not cover this company",
            )
        })?;
        let facts = write.tx.sender(company.sender_id).await?;
        let is_coverage =
            |act: &&crate::domain::acts::Act| act.id == row.acceptance_id.0 && act.kind == ActKind::Coverage;
        let act = facts.as_ref().and_then(|facts| facts.acts.iter().find(is_coverage)).cloned();
        let act = act.ok_or_else(|| misplaced(row.revision))?;
        let changed = act.stands(write.now);
        let end_time = if changed {
            let (acceptance_id, sender_id) = (row.acceptance_id, row.sender_id);
            let revision =
                write.record(Event::GroupCoverageEnded { acceptance_id, sender_id, covered: company }).await?;
            write.tx.put_acceptance(&AcceptanceRow { changed_revision: revision, ..row }).await?;
            write.now
        } else {
            let history = history(write.tx.as_mut(), &row).await?;
            let ended = history.ended.get(&company.sender_id).copied();
            let lapsed = match act.state {
                ActState::Contested { until, .. } => Some(until),
                _ => None,
            };
            let ended = ended.or(history.invalidated.map(|(time, _)| time)).or(lapsed);
            ended.ok_or_else(|| misplaced(row.changed_revision))?
        };
        Ok(CoverageEnded {
            acceptance_id: self.acceptance_id,
            changed,
            end_time,
            revision: write.revision(),
            ledger_id: write.ledger_id(),
        })
    }
}

impl EndGroupCoverage {
    /// The acceptance, if the caller may change it. An integrator whose connection has ended may not; the operator may.
    async fn acceptance(&self, write: &mut Write) -> Result<AcceptanceRow> {
        if let Some(named) = &self.integrator_id {
            own_or_named(&write.caller, Some(named))?;
        }
        let row = visible(write.tx.as_mut(), &write.caller, self.acceptance_id).await?;
        if self.integrator_id.as_ref().is_some_and(|named| *named != row.integrator_id) {
            return Err(Error::not_found(Resource::Acceptance));
        }
        if let Reach::Own(own) = write.caller.reach() {
            let connection = write.tx.connection(row.sender_id, own).await?;
            match connection {
                Some(connection) if connection.state == ConnectionState::Ended => {
                    resolve::open(connection)?;
                }
                _ => {}
            }
        }
        Ok(row)
    }
}
