//! `GetAcceptanceStatus`.

use crate::{
    domain::{
        acts::{Act, ActKind},
        agreement::{AgreementFacts, InForce, concerns},
        decision::judge_agreement,
        exception::lifted_until,
        ids::AcceptanceId,
        ids::{AgreementId, IntegratorId, SenderId, VersionLabel},
        reason::{Action, Actor, Code, Severity},
        sender::{Connection, SenderFacts},
        standing::{Outcome, Standing},
        time::Timestamp,
        vocabulary::{AgreementKind, Assurance, ConnectionState, ContentType},
        weighing::{Weighing, Worth},
    },
    service::{
        Services,
        caller::Caller,
        error::{Error, Resource, Result},
        instant::instant,
        senders::resolve::{self, SenderName},
    },
    store::{ConnectionRow, Reader},
};

/// How a sender stands with every agreement that concerns it.
#[derive(Debug)]
pub struct StatusView {
    /// The sender.
    pub sender_id: SenderId,
    /// The integrator's own key and the state of the connection; absent where the answer concerns no single integrator.
    pub connection: Option<(String, ConnectionState)>,
    /// General terms first.
    pub agreements: Vec<AgreementStatus>,
    /// The instant that the answer is for.
    pub evaluate: Timestamp,
    /// The head when it was read.
    pub revision: u64,
}

/// How a sender stands with one agreement.
#[derive(Debug)]
pub struct AgreementStatus {
    /// Which.
    pub agreement_id: AgreementId,
    /// What it is.
    pub kind: AgreementKind,
    /// The content types it lists; all where empty.
    pub content_types: Vec<ContentType>,
    /// How it is enforced.
    pub in_force: InForce,
    /// The version in force.
    pub version_in_force: Option<VersionLabel>,
    /// The last version in order.
    pub latest_version: Option<VersionLabel>,
    /// The standing.
    pub outcome: Outcome,
    /// What the gate says because of it.
    pub reasons: Vec<StatusReason>,
    /// By when a newer version must be accepted, or had to be.
    pub deadline: Option<Timestamp>,
    /// The best acceptance, whether or not it still counts.
    pub accepted: Option<AcceptedVersion>,
}

/// A reason, without the agreement it is about.
#[derive(Debug)]
pub struct StatusReason {
    /// Which.
    pub code: Code,
    /// What it does.
    pub severity: Severity,
    /// By when.
    pub deadline: Option<Timestamp>,
    /// Who can clear it, and how.
    pub remedy: (Actor, Action),
}

/// What everybody connected with the sender may know of an acceptance.
#[derive(Debug)]
pub struct AcceptedVersion {
    /// Of which version.
    pub version: VersionLabel,
    /// When it was given.
    pub time: Timestamp,
    /// How sure it is.
    pub assurance: Assurance,
    /// Whether the sender gave it through this connection.
    pub through_this_connection: bool,
    /// Its id, for those who may read it.
    pub acceptance_id: Option<AcceptanceId>,
}

/// Tells how a sender stands. Over a connection that is not active every agreement shows as not accepted.
pub async fn get_status(
    services: &Services,
    caller: &Caller,
    name: &SenderName,
    evaluate_time: Option<Timestamp>,
) -> Result<StatusView> {
    let now = services.clock.now();
    let evaluate = instant(evaluate_time, now)?;
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let (sender_id, connection) = resolve::sender(reader, caller, name).await?;
    let facts = reader.sender(sender_id).await?.ok_or_else(|| Error::not_found(Resource::Sender))?;
    let state = connection.as_ref().map(|row| row.state_at(&facts, evaluate));
    let (facts, exception) = seen(reader, facts, connection.as_ref(), evaluate).await?;
    let all = reader.agreements().await?;
    let integrator = connection.as_ref().map(|connection| &connection.integrator_id);
    let content_types = connection.as_ref().map(|connection| &connection.content_types[..]);
    let agreements = concerned(&all, content_types, evaluate).into_iter();
    Ok(StatusView {
        sender_id,
        agreements: agreements.map(|one| status(one, &facts, integrator, caller, exception, evaluate)).collect(),
        connection: connection.map(|row| row.external_reference).zip(state),
        evaluate,
        revision: reader.head().revision,
    })
}

/// What may be seen of the sender, and whether an exception lifts reasons: nothing over a connection that is not active.
async fn seen(
    reader: &mut dyn Reader,
    mut facts: SenderFacts,
    connection: Option<&ConnectionRow>,
    evaluate: Timestamp,
) -> Result<(SenderFacts, bool)> {
    let own = lifted_until(&facts.exceptions, evaluate).is_some();
    let Some(connection) = connection else { return Ok((facts, own)) };
    let integrator = &connection.integrator_id;
    let active = |c: &Connection| c.state_at(evaluate) == ConnectionState::Active;
    if !facts.connection(integrator).is_some_and(active) {
        facts = facts.seen_through(integrator, evaluate).into_owned();
        return Ok((facts, false));
    }
    let integrator = reader.integrator(integrator).await?;
    let lifted = integrator.is_some_and(|integrator| lifted_until(&integrator.exceptions, evaluate).is_some());
    Ok((facts, own || lifted))
}

/// General terms, then the data processing agreements that apply to these content types; all where none are meant.
fn concerned<'a>(
    all: &'a [AgreementFacts],
    content_types: Option<&[ContentType]>,
    at: Timestamp,
) -> Vec<&'a AgreementFacts> {
    let meant = |agreement: &&AgreementFacts| content_types.is_none_or(|types| concerns(agreement, all, types, at));
    let mut concerned: Vec<&AgreementFacts> = all.iter().filter(meant).collect();
    concerned.sort_by_key(|agreement| agreement.kind);
    concerned
}

fn status(
    agreement: &AgreementFacts,
    facts: &SenderFacts,
    integrator: Option<&IntegratorId>,
    caller: &Caller,
    exception: bool,
    at: Timestamp,
) -> AgreementStatus {
    let judged = judge_agreement(Some(agreement), facts, integrator, exception, at);
    let reason = |reason: crate::domain::reason::Reason<'_>| StatusReason {
        code: reason.code,
        severity: reason.severity,
        deadline: reason.deadline,
        remedy: reason.remedy,
    };
    let accepted = best(agreement, facts, &judged.standing, at).map(|act| AcceptedVersion {
        version: act.version.clone(),
        time: act.time,
        assurance: act.assurance,
        through_this_connection: act.kind == ActKind::Acceptance
            && integrator.is_some()
            && act.through.as_ref() == integrator,
        acceptance_id: caller
            .integrator()
            .is_none_or(|own| act.through.as_ref() == Some(own))
            .then_some(AcceptanceId(act.id)),
    });
    AgreementStatus {
        agreement_id: agreement.agreement_id.clone(),
        kind: agreement.kind,
        content_types: agreement.content_types.clone(),
        in_force: agreement.enforcement_of(integrator, at),
        version_in_force: agreement.in_force(at).map(|version| version.label.clone()),
        latest_version: agreement.versions.iter().rev().find(|v| !v.withdrawn).map(|version| version.label.clone()),
        outcome: judged.standing.outcome,
        reasons: judged.reasons().map(reason).collect(),
        deadline: judged.standing.deadline,
        accepted,
    }
}

/// The acceptance that decides, else the one that comes nearest to counting.
fn best<'a>(
    agreement: &AgreementFacts,
    facts: &'a SenderFacts,
    standing: &Standing<'a>,
    at: Timestamp,
) -> Option<&'a Act> {
    let weighing = Weighing::of(agreement, facts, at);
    let nearness = |act: &Act| match weighing.worth(act) {
        Worth::Current(_) => 5,
        Worth::NotYetEffective => 4,
        Worth::Overdue(_) => 3,
        Worth::Displaced | Worth::Blocked => 2,
        Worth::CoverageEnded => 1,
        Worth::Invalidated | Worth::Void | Worth::Declines | Worth::Overruled => 0,
    };
    let acceptances = facts.acts_about(&agreement.agreement_id).filter(|act| act.kind != ActKind::Decline);
    let key = |act: &&Act| (nearness(act), agreement.position(&act.version), act.assurance, act.order());
    standing.act.filter(|act| act.kind != ActKind::Decline).or_else(|| acceptances.max_by_key(key))
}
