//! `RecordDecline`.

use super::{
    act::RecordDecline,
    connection::{confirm, sender_facts},
    earlier, people,
    refusal::{self, About},
};
use crate::{
    domain::{
        ids::{AgreementId, ConnectionId, DeclineId, LedgerId, SenderId, VersionLabel},
        ledger::Event,
        recording::{self, Circumstances, Claim, Subject, judge},
        time::Timestamp,
        vocabulary::{Assurance, ConnectionState},
    },
    service::{
        error::{Error, Resource, Result},
        mutation::Mutation,
        senders::{evidence, resolve},
        write::Write,
    },
    store::ConnectionRow,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// The answer to a decline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Declined {
    /// Its id.
    pub decline_id: DeclineId,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The version.
    pub version: VersionLabel,
    /// The sender.
    pub sender_id: SenderId,
    /// The connection, which is active now.
    pub connection_id: ConnectionId,
    /// The integrator's own key for the sender.
    pub external_reference: String,
    /// How sure it is.
    pub assurance: Assurance,
    /// Whether it was recorded now, not before.
    pub created: bool,
    /// When the sender declined.
    pub decline_time: Timestamp,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for RecordDecline {
    type Response = Declined;
    const METHOD: &'static str = "RecordDecline";

    async fn run(self, write: &mut Write) -> Result<Declined> {
        record(write, self).await
    }
}

/// Records one decline. A refusal leaves nothing behind.
pub(in crate::service) async fn record(write: &mut Write, act: RecordDecline) -> Result<Declined> {
    let connection = resolve::open(resolve::connection(write.tx.as_mut(), &write.caller, &act.sender).await?)?;
    let facts = sender_facts(write, &connection).await?;
    let time = recording::moment(act.decline_time, act.method, write.now)
        .map_err(|refused| refusal::error(&About::Decline, &[refused]))?;
    let earlier = earlier::decline(write.tx.as_mut(), &facts, &connection, &act, time).await?;
    if earlier.is_none() {
        let integrator = write.tx.integrator(&connection.integrator_id).await?;
        let integrator = integrator.ok_or_else(|| Error::not_found(Resource::Integrator))?;
        let agreement = write.tx.agreement(&act.agreement_id).await?;
        let subject = Subject { agreement_id: &act.agreement_id, version: &act.version, shown: None };
        let claim =
            Claim { subjects: vec![subject], signatories: &act.signatories, method: act.method, time, form: None };
        let circumstances = Circumstances {
            agreements: agreement.as_slice(),
            acts: &facts.acts,
            connection: connection.state,
            integrator: &integrator,
            sender: facts.number,
        };
        judge(&claim, &circumstances).map_err(|refusals| refusal::error(&About::Decline, &refusals))?;
    }
    let mut answer = Declined {
        decline_id: earlier.map_or_else(|| DeclineId(write.entropy.uuid_v7()), |one| one.id),
        agreement_id: act.agreement_id.clone(),
        version: act.version.clone(),
        sender_id: connection.sender_id,
        connection_id: connection.connection_id,
        external_reference: connection.external_reference.clone(),
        assurance: earlier.map_or(recording::assurance(act.method), |one| one.assurance),
        created: earlier.is_none(),
        decline_time: time,
        record_time: earlier.map_or(write.now, |one| one.recorded),
        revision: write.revision(),
        ledger_id: write.ledger_id(),
    };
    if earlier.is_none() {
        answer.revision = put(write, connection, act, &answer).await?;
    }
    Ok(answer)
}

async fn put(write: &mut Write, mut connection: ConnectionRow, act: RecordDecline, answer: &Declined) -> Result<u64> {
    let reason = match &act.reason {
        Some(text) => Some(write.keep_note(text).await?),
        None => None,
    };
    let event = Event::DeclineRecorded {
        decline_id: answer.decline_id,
        sender_id: connection.sender_id,
        connection_id: connection.connection_id,
        integrator_id: connection.integrator_id.clone(),
        agreement_id: act.agreement_id,
        version: act.version,
        signatories: people::keep(write, &act.signatories).await?,
        authority_declared: act.invitation.is_some(),
        method: act.method,
        assurance: answer.assurance,
        decline_time: answer.decline_time,
        evidence: evidence::keep(write, act.evidence).await?,
        reason,
        invitation_id: act.invitation,
    };
    let revision = write.record(event).await?;
    write.tx.put_decline(answer.decline_id, connection.sender_id, revision).await?;
    if connection.state != ConnectionState::Active {
        confirm(write, &mut connection, revision).await?;
    }
    Ok(revision)
}
