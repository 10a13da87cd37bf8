//! `RecordAcceptance`.

use super::{
    earlier::{self, Earlier},
    people,
    refusal::{self, About},
};
use crate::{
    domain::{
        agreement::{AgreementFacts, Version},
        ids::{AcceptanceId, AgreementId, ConnectionId, LedgerId, SenderId, VersionLabel},
        ledger::{
            Event,
            event::{Accepted, Covered},
        },
        organisation_number::{LegalNumber, OrganisationNumber},
        recording::{self, Circumstances, Claim, Form, Shown, Signer, Subject, judge},
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::{Assurance, ConnectionState, ContactQuality, Method},
    },
    service::{
        error::{Error, Resource, Result},
        mutation::Mutation,
        private::Contact,
        senders::{
            evidence::{self, GivenEvidence},
            resolve::{self, SenderName},
        },
        write::Write,
    },
    store::{AcceptanceRow, ConnectionRow, PrivateKind},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One accepted version, and what was shown of it.
#[derive(Debug)]
pub struct Document {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// Which version.
    pub version: VersionLabel,
    /// What was shown.
    pub shown: Shown,
}

/// Records that a sender accepted one or more agreements in one act: all of it or nothing. Holds personal data: not to be
/// printed.
pub struct RecordAcceptance {
    /// The sender, and the integrator it acts through.
    pub sender: SenderName,
    /// What was accepted.
    pub documents: Vec<Document>,
    /// Who accepted (R4).
    pub signatories: Vec<Signer>,
    /// They declared that they have authority (R4).
    pub authority_declared: bool,
    /// How it was given.
    pub method: Method,
    /// When; now where absent, which an import does not allow.
    pub accept_time: Option<Timestamp>,
    /// Proof.
    pub evidence: Vec<GivenEvidence>,
    /// The contact point's address (R6).
    pub contact: Option<String>,
    /// The companies covered (R7).
    pub covered: Vec<LegalNumber>,
    /// Those have given their permission (R7).
    pub group_permission_declared: bool,
    /// Undelivered items are to be kept (R8).
    pub retroactive_delivery: bool,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
}

/// What became of one document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordedDocument {
    /// Its id; absent where it would only be created.
    pub acceptance_id: Option<AcceptanceId>,
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The version.
    pub version: VersionLabel,
    /// Whether it was invalidated since it was recorded.
    pub invalidated: bool,
    /// How sure it is.
    pub assurance: Assurance,
    /// From when on the version is in effect.
    pub effective: Timestamp,
    /// Whether it was recorded now, not before.
    pub created: bool,
}

/// The answer to a recording. Nothing in it depends on what the sender did through others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// In the order of the request.
    pub documents: Vec<RecordedDocument>,
    /// The sender.
    pub sender_id: SenderId,
    /// The connection, which is active now.
    pub connection_id: ConnectionId,
    /// The integrator's own key for the sender.
    pub external_reference: String,
    /// When the sender accepted.
    pub accept_time: Timestamp,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// In an import: what an acceptance needs and this one lacks.
    pub absent: Vec<String>,
    /// What is known of the connection's contact point now (R6).
    pub contact_quality: ContactQuality,
    /// The revision of the change, or the head's where nothing changed.
    pub revision: u64,
    /// In which ledger.
    pub ledger_id: LedgerId,
}

#[async_trait]
impl Mutation for RecordAcceptance {
    type Response = Recorded;
    const METHOD: &'static str = "RecordAcceptance";

    fn validate_only(&self) -> bool {
        self.validate_only
    }

    async fn run(self, write: &mut Write) -> Result<Recorded> {
        let agreements = write.tx.agreements().await?;
        record(write, &agreements, self).await
    }
}

/// Records one act. A refusal leaves nothing behind.
///
/// With `validate_only` everything is done all the same, in a transaction that is then dropped: so a batch sees what its
/// earlier rows would do. What exists in that transaction alone has no ids in the answer.
pub(super) async fn record(write: &mut Write, agreements: &[AgreementFacts], act: RecordAcceptance) -> Result<Recorded> {
    let connection = resolve::open(resolve::connection(write.tx.as_mut(), &write.caller, &act.sender).await?)?;
    let facts = sender_facts(write, &connection).await?;
    let time = recording::moment(act.accept_time, act.method, write.now)
        .map_err(|refused| refusal::error(&About::Acceptance(&[]), &[refused]))?;
    let earlier = earlier::acceptances(write.tx.as_mut(), &facts, &connection, &act, time).await?;
    let new: Vec<usize> = (0..act.documents.len()).filter(|place| earlier[*place].is_none()).collect();
    let versions = if new.is_empty() && !act.documents.is_empty() {
        Vec::new()
    } else {
        judged(write, agreements, &connection, &facts, &act, time, &new).await?
    };
    let answer = Answer::of(write, agreements, &connection, &act, time, &earlier);
    if new.is_empty() {
        return answer.finish(write, &connection, Vec::new());
    }
    let ids: Vec<AcceptanceId> = versions.iter().map(|_| AcceptanceId(write.entropy.uuid_v7())).collect();
    let connection = put(write, connection, act, time, &new, &ids).await?;
    answer.finish(write, &connection, ids)
}

pub(super) async fn sender_facts(write: &mut Write, connection: &ConnectionRow) -> Result<SenderFacts> {
    let facts = write.tx.sender(connection.sender_id).await?;
    facts.ok_or_else(|| Error::internal(anyhow::anyhow!("a connection without its sender")))
}

/// The versions of the documents that are new, if nothing stands in the way of the act.
async fn judged<'a>(
    write: &mut Write,
    agreements: &'a [AgreementFacts],
    connection: &ConnectionRow,
    facts: &SenderFacts,
    act: &RecordAcceptance,
    time: Timestamp,
    new: &[usize],
) -> Result<Vec<&'a Version>> {
    let integrator = write.tx.integrator(&connection.integrator_id).await?;
    let integrator = integrator.ok_or_else(|| Error::not_found(Resource::Integrator))?;
    let subject = |document: &'a Document| Subject {
        agreement_id: &document.agreement_id,
        version: &document.version,
        shown: Some(&document.shown),
    };
    let claim = Claim {
        subjects: new.iter().filter_map(|place| act.documents.get(*place)).map(subject).collect(),
        signatories: &act.signatories,
        method: act.method,
        time,
        form: Some(Form {
            authority_declared: act.authority_declared,
            evidence: !act.evidence.is_empty(),
            covered: &act.covered,
            group_permission_declared: act.group_permission_declared,
        }),
    };
    let circumstances = Circumstances {
        agreements,
        acts: &facts.acts,
        connection: connection.state,
        integrator: &integrator,
        sender: facts.number,
    };
    judge(&claim, &circumstances).map_err(|refusals| refusal::error(&About::Acceptance(new), &refusals))
}
