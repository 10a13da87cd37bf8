//! Telling senders of new versions: MINOR ones, and MAJOR ones with the time to accept again.

use super::queue::{self, queue};
use crate::{
    domain::{
        agreement::{AgreementFacts, Version},
        mail::MailPurpose,
        sender::SenderFacts,
        standing::{Outcome, standing},
        time::Timestamp,
        vocabulary::{ConnectionState, Language},
    },
    service::{
        Services,
        error::Result,
        mutation::{Act, act},
        write::Write,
    },
    store::{CampaignRow, InvitationFilter},
};
use async_trait::async_trait;
use std::sync::Arc;

/// How many senders one transaction looks at.
const PAGE: u32 = 100;

/// Looks at the next senders of the oldest telling that is not finished. Tells whether there is more to do.
pub async fn advance(services: &Arc<Services>) -> Result<bool> {
    if services.form.is_none() || services.store.read().await?.campaigns().await?.is_empty() {
        return Ok(false);
    }
    act(services, Advance).await
}

struct Advance;

#[async_trait]
impl Act for Advance {
    type Done = bool;

    async fn run(self, write: &mut Write) -> Result<bool> {
        let Some(mut campaign) = write.tx.campaigns().await?.into_iter().next() else { return Ok(false) };
        let agreement = write.tx.agreement(&campaign.agreement_id).await?;
        let version = agreement.as_ref().and_then(|agreement| {
            agreement
                .version(&campaign.version)
                .filter(|version| !version.withdrawn)
                .map(|version| (agreement, version))
        });
        let senders = write.tx.senders_after(campaign.after, PAGE).await?;
        match (version, senders.last()) {
            (Some((agreement, version)), Some(last)) => {
                campaign.after = Some(last.sender_id);
                for sender in &senders {
                    tell(write, &campaign, agreement, version, sender).await?;
                }
            }
            _ => campaign.finished = Some(write.now),
        }
        write.tx.put_campaign(&campaign).await?;
        Ok(true)
    }
}

/// Whether an earlier version counts for the sender: then the new one concerns it.
fn concerned(agreement: &AgreementFacts, version: &Version, sender: &SenderFacts, now: Timestamp) -> bool {
    let rule = agreement.enforcement_of(None, now);
    let standing = standing(agreement, sender, rule, now);
    let accepted = standing.act.and_then(|act| agreement.position(&act.version));
    matches!(standing.outcome, Outcome::Accepted | Outcome::AssuranceTooLow)
        && accepted < agreement.position(&version.label)
}

async fn tell(
    write: &mut Write,
    campaign: &CampaignRow,
    agreement: &AgreementFacts,
    version: &Version,
    sender: &SenderFacts,
) -> Result<()> {
    if !concerned(agreement, version, sender, write.now) {
        return Ok(());
    }
    let Some(first) = sender.connections.iter().rev().find(|c| c.state_at(write.now) == ConnectionState::Active) else {
        return Ok(());
    };
    let Some(connection) = write.tx.connection(sender.sender_id, &first.integrator_id).await? else { return Ok(()) };
    let filter = InvitationFilter { sender_id: Some(sender.sender_id), ..InvitationFilter::default() };
    let invited = write.tx.invitations(&filter, 1).await?;
    let language = invited.first().map_or(Language::Sv, |invitation| invitation.language);
    for (connection_id, recipient) in
        queue::contacts(write.tx.as_mut(), sender.sender_id, &[&connection], &[], write.now).await?
    {
        let purpose =
            MailPurpose::NewVersion { agreement_id: campaign.agreement_id.clone(), version: campaign.version.clone() };
        queue(write, purpose, (Some(sender.sender_id), Some(connection_id)), Some(recipient), language).await?;
    }
    Ok(())
}
