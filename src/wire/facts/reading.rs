//! From messages to a state. What does not decide is not sent and stands here at its simplest.

use crate::{
    domain::{
        acts::{Act, ActState},
        agreement::{AgreementFacts, EnforcementRule, Notice, Version},
        exception::{Exception, ExceptionState, Suspension},
        ids::{
            AcceptanceId, AgreementId, ConnectionId, Digest, ExceptionId, IntegratorId, RecordId, SenderId,
            VersionLabel,
        },
        integrator::IntegratorFacts,
        organisation_number::OrganisationNumber,
        profile::{Profile, Profiles},
        sender::{Connection, SenderFacts},
        time::Timestamp,
        vocabulary::{ContactQuality, IntegratorKind},
    },
    gate::{
        record::{Former, Record},
        state::State,
    },
    pb,
    wire::{enums::Paired, times::from_pb},
};
use std::{fmt::Display, sync::Arc};
use uuid::Uuid;

/// A message that cannot be understood: whoever meets one does not know all facts, and must not decide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} cannot be understood: {fault}")]
pub struct Faulty {
    field: &'static str,
    fault: String,
}

type Result<T> = std::result::Result<T, Faulty>;

fn of<T, E: Display>(field: &'static str, read: std::result::Result<T, E>) -> Result<T> {
    read.map_err(|fault| Faulty { field, fault: fault.to_string() })
}

fn word<T: Paired>(field: &'static str, number: i32) -> Result<T> {
    of(field, T::from_pb(number).ok_or("a value that this program does not know"))
}

fn time(field: &'static str, time: Option<prost_types::Timestamp>) -> Result<Timestamp> {
    of(field, from_pb(of(field, time.ok_or("absent"))?))
}

fn maybe_time(field: &'static str, at: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>> {
    at.map(|at| time(field, Some(at))).transpose()
}

/// Puts the facts of a message in the place of what a state has of the same things.
pub fn take_in(state: &mut State, profiles: &mut Profiles, facts: pb::WatchFacts) -> Result<()> {
    let integrators = facts.integrators.into_iter().map(integrator).collect::<Result<_>>()?;
    let agreements = facts.agreements.into_iter().map(agreement).collect::<Result<_>>()?;
    state.change_catalogue(integrators, agreements);
    let read = facts.profiles.into_iter().map(|one| Ok(profiles.share(&profile(one)?, state.catalogue())));
    let read: Vec<Arc<Profile>> = read.collect::<Result<_>>()?;
    for sender in facts.senders {
        state.put(record(sender, &read)?);
    }
    for former in facts.former_references {
        state.put_former(Former {
            integrator_id: of("integrator_id", IntegratorId::parse(&former.integrator_id))?,
            external_reference: former.external_reference,
            connection_id: of("connection_id", former.connection_id.parse())?,
            sender_id: of("sender_id", former.sender_id.parse())?,
        });
    }
    Ok(())
}

fn exceptions(ends: Vec<prost_types::Timestamp>) -> Result<Vec<Exception>> {
    let one = |until| {
        Ok(Exception {
            exception_id: ExceptionId(Uuid::nil()),
            state: ExceptionState::Approved,
            until: time("exceptions", Some(until))?,
            proposed_by: RecordId(Uuid::nil()),
        })
    };
    ends.into_iter().map(one).collect()
}

fn suspension(suspended: bool) -> Option<Suspension> {
    suspended.then_some(Suspension { since: Timestamp::BEGINNING, reason: RecordId(Uuid::nil()) })
}

fn integrator(message: pb::WatchedIntegrator) -> Result<IntegratorFacts> {
    let number = of("organisation_number", OrganisationNumber::parse(&message.organisation_number))?.legal();
    Ok(IntegratorFacts {
        integrator_id: of("integrator_id", IntegratorId::parse(&message.integrator_id))?,
        display_name: String::new(),
        organisation_number: of("organisation_number", number.ok_or("not a legal person's"))?,
        kind: IntegratorKind::PayrollBureau,
        email_domains: Vec::new(),
        suspension: suspension(message.suspended),
        exceptions: exceptions(message.exceptions)?,
        created: Timestamp::BEGINNING,
        updated: Timestamp::BEGINNING,
        revision: 0,
    })
}

fn agreement(message: pb::WatchedAgreement) -> Result<AgreementFacts> {
    Ok(AgreementFacts {
        agreement_id: of("agreement_id", AgreementId::parse(&message.agreement_id))?,
        kind: word("kind", message.kind)?,
        titles: Vec::new(),
        content_types: message
            .content_types
            .into_iter()
            .map(|one| word("content_types", one))
            .collect::<Result<_>>()?,
        enforcement: message.enforcement.into_iter().map(enforcement).collect::<Result<_>>()?,
        versions: message.versions.into_iter().map(version).collect::<Result<_>>()?,
        withdrawals: Vec::new(),
        created: Timestamp::BEGINNING,
        revision: 0,
    })
}

fn enforcement(message: pb::WatchedEnforcement) -> Result<EnforcementRule> {
    let slug = Some(message.integrator_id).filter(|slug| !slug.is_empty());
    Ok(EnforcementRule {
        integrator_id: slug.map(|slug| of("integrator_id", IntegratorId::parse(&slug))).transpose()?,
        from: time("effective_time", message.effective_time)?,
        enforcement: word("enforcement", message.enforcement)?,
        minimum_assurance: word("minimum_assurance", message.minimum_assurance)?,
        revision: 0,
    })
}

fn version(message: pb::WatchedVersion) -> Result<Version> {
    Ok(Version {
        label: of("version", VersionLabel::parse(&message.version))?,
        documents: Vec::new(),
        specification_sha256: Digest([0; 32]),
        undelivered_retention_days: message.undelivered_retention_days,
        support_retention_days: message.support_retention_days,
        change_class: word("change_class", message.change_class)?,
        effective: time("effective_time", message.effective_time)?,
        published: time("publish_time", message.publish_time)?,
        grace_seconds: message.grace_seconds,
        deadline_from: word("deadline_from", message.deadline_from)?,
        withdrawn: message.withdrawn,
        revision: 0,
    })
}

fn profile(message: pb::WatchedProfile) -> Result<SenderFacts> {
    let place = |place: usize| Uuid::from_u128(place as u128 + 1);
    let undelivered = message.acts.iter().enumerate().filter(|(_, act)| act.confirmation_undelivered);
    Ok(SenderFacts {
        sender_id: SenderId(Uuid::nil()),
        number: None,
        suspension: suspension(message.suspended),
        unconfirmed: undelivered.map(|(at, _)| AcceptanceId(place(at))).collect(),
        connections: message.connections.into_iter().map(connection).collect::<Result<_>>()?,
        acts: message.acts.into_iter().enumerate().map(|(at, one)| act(place(at), one)).collect::<Result<_>>()?,
        exceptions: exceptions(message.exceptions)?,
        notices: message.notices.into_iter().map(notice).collect::<Result<_>>()?,
        created: Timestamp::BEGINNING,
        revision: 0,
    })
}

fn connection(message: pb::WatchedConnection) -> Result<Connection> {
    Ok(Connection {
        connection_id: ConnectionId(Uuid::nil()),
        integrator_id: of("integrator_id", IntegratorId::parse(&message.integrator_id))?,
        state: word("state", message.state)?,
        contact: match (message.contact_point_present, message.contact_point_looks_personal) {
            (false, _) => ContactQuality::Missing,
            (true, true) => ContactQuality::LooksPersonal,
            (true, false) => ContactQuality::Fine,
        },
        external_reference: String::new(),
        content_types: Vec::new(),
        confirmed: None,
        ended: None,
        contested: maybe_time("contest_deadline", message.contest_deadline)?,
        contact_confirmed: message.contact_point_confirmed,
        contact_bounced: message.contact_point_bouncing,
    })
}

fn act(id: Uuid, message: pb::WatchedAct) -> Result<Act> {
    let until = maybe_time("contest_deadline", message.contest_deadline)?;
    let state = match pb::WatchedActState::try_from(message.state) {
        Ok(pb::WatchedActState::Valid) => ActState::Valid,
        Ok(pb::WatchedActState::Contested) => {
            ActState::Contested { until: of("contest_deadline", until.ok_or("absent"))?, with: None }
        }
        Ok(pb::WatchedActState::Invalidated) => ActState::Invalidated,
        Ok(pb::WatchedActState::CoverageEnded) => ActState::CoverageEnded,
        Ok(pb::WatchedActState::Unspecified) | Err(_) => {
            return of("state", Err("a value that this program does not know"));
        }
    };
    Ok(Act {
        id,
        agreement_id: of("agreement_id", AgreementId::parse(&message.agreement_id))?,
        version: of("version", VersionLabel::parse(&message.version))?,
        kind: word("kind", message.kind)?,
        assurance: word("assurance", message.assurance)?,
        time: of("order", Timestamp::from_micros(message.order.into()))?,
        revision: 0,
        state,
        retroactive_delivery: message.retroactive_delivery,
        through: None,
    })
}

fn notice(message: pb::WatchedNotice) -> Result<Notice> {
    Ok(Notice {
        agreement_id: of("agreement_id", AgreementId::parse(&message.agreement_id))?,
        version: of("version", VersionLabel::parse(&message.version))?,
        time: time("notice_time", message.notice_time)?,
    })
}

fn record(message: pb::WatchedSender, profiles: &[Arc<Profile>]) -> Result<Record> {
    let profile = usize::try_from(message.profile_index).ok().and_then(|place| profiles.get(place));
    let profile = of("profile_index", profile.ok_or("no such profile"))?;
    if message.external_references.len() != profile.facts().connections.len() {
        return of("external_references", Err("not one for each connection"));
    }
    let number = Some(message.organisation_number).filter(|number| !number.is_empty());
    let number = number.map(|number| of("organisation_number", OrganisationNumber::parse(&number))).transpose()?;
    let sender_id: SenderId = of("sender_id", message.sender_id.parse())?;
    let references = message.external_references.iter().map(String::as_str);
    Ok(Record::new(sender_id, number, message.revision, profile.clone(), references))
}
