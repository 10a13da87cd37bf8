//! From the gate's memory to messages.

use crate::{
    domain::{
        acts::{Act, ActState},
        agreement::{AgreementFacts, EnforcementRule, Version},
        exception::{Exception, ExceptionState},
        ids::SenderId,
        integrator::IntegratorFacts,
        organisation_number::OrganisationNumber,
        profile::Profile,
        sender::Connection,
        vocabulary::ContactQuality,
    },
    gate::record::Former,
    pb,
    wire::{enums::Paired, times::to_pb},
};
use prost::Message;
use std::{collections::HashMap, sync::Arc};

/// A message that is larger than this is full: well below what every client takes, and little to wait for.
const FULL: usize = 128 << 10;

/// A message that is being filled. A profile stands in it once.
#[derive(Debug, Default)]
pub struct Chunk {
    facts: pb::WatchFacts,
    /// By where each profile lies, which stays its own as long as it is held here.
    places: HashMap<usize, (Arc<Profile>, u32)>,
    size: usize,
}

impl Chunk {
    /// Adds an integrator.
    pub fn integrator(&mut self, facts: &IntegratorFacts) {
        let message = pb::WatchedIntegrator {
            integrator_id: facts.integrator_id.to_string(),
            organisation_number: facts.organisation_number.to_string(),
            suspended: facts.suspension.is_some(),
            exceptions: exceptions(&facts.exceptions),
        };
        self.size += message.encoded_len();
        self.facts.integrators.push(message);
    }

    /// Adds an agreement.
    pub fn agreement(&mut self, facts: &AgreementFacts) {
        let message = pb::WatchedAgreement {
            agreement_id: facts.agreement_id.to_string(),
            kind: facts.kind.to_pb(),
            content_types: facts.content_types.iter().map(|one| one.to_pb()).collect(),
            enforcement: facts.enforcement.iter().map(enforcement).collect(),
            versions: facts.versions.iter().map(version).collect(),
        };
        self.size += message.encoded_len();
        self.facts.agreements.push(message);
    }

    /// Adds a sender, with a reference for each connection of the profile.
    pub fn sender<'a>(
        &mut self,
        sender_id: SenderId,
        number: Option<OrganisationNumber>,
        profile: &Arc<Profile>,
        references: impl Iterator<Item = &'a str>,
        revision: u64,
    ) {
        let number = number.and_then(OrganisationNumber::legal);
        let message = pb::WatchedSender {
            sender_id: sender_id.to_string(),
            organisation_number: number.map(|number| number.to_string()).unwrap_or_default(),
            profile_index: self.place(profile),
            external_references: references.map(str::to_owned).collect(),
            revision,
        };
        self.size += message.encoded_len();
        self.facts.senders.push(message);
    }

    /// Adds the reference of a connection that ended.
    pub fn former(&mut self, former: &Former) {
        let message = pb::WatchedReference {
            integrator_id: former.integrator_id.to_string(),
            external_reference: former.external_reference.clone(),
            sender_id: former.sender_id.to_string(),
            connection_id: former.connection_id.to_string(),
        };
        self.size += message.encoded_len();
        self.facts.former_references.push(message);
    }

    fn place(&mut self, profile: &Arc<Profile>) -> u32 {
        let lies = Arc::as_ptr(profile).addr();
        if let Some((_, place)) = self.places.get(&lies) {
            return *place;
        }
        let message = written(profile);
        self.size += message.encoded_len();
        let place = u32::try_from(self.facts.profiles.len()).unwrap_or(u32::MAX);
        self.facts.profiles.push(message);
        self.places.insert(lies, (profile.clone(), place));
        place
    }

    /// The message, if it is full; then another one is begun.
    pub fn full(&mut self) -> Option<pb::WatchFacts> {
        if self.size < FULL { None } else { self.rest() }
    }

    /// The message, if there is anything in it.
    pub fn rest(&mut self) -> Option<pb::WatchFacts> {
        if self.size == 0 { None } else { Some(std::mem::take(self).facts) }
    }
}

fn exceptions(exceptions: &[Exception]) -> Vec<prost_types::Timestamp> {
    let approved = exceptions.iter().filter(|one| one.state == ExceptionState::Approved);
    approved.map(|one| to_pb(one.until)).collect()
}

fn enforcement(rule: &EnforcementRule) -> pb::WatchedEnforcement {
    pb::WatchedEnforcement {
        integrator_id: rule.integrator_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        effective_time: Some(to_pb(rule.from)),
        enforcement: rule.enforcement.to_pb(),
        minimum_assurance: rule.minimum_assurance.to_pb(),
    }
}

fn version(version: &Version) -> pb::WatchedVersion {
    pb::WatchedVersion {
        version: version.label.to_string(),
        undelivered_retention_days: version.undelivered_retention_days,
        support_retention_days: version.support_retention_days,
        change_class: version.change_class.to_pb(),
        effective_time: Some(to_pb(version.effective)),
        publish_time: Some(to_pb(version.published)),
        grace_seconds: version.grace_seconds,
        deadline_from: version.deadline_from.to_pb(),
        withdrawn: version.withdrawn,
    }
}

fn written(profile: &Profile) -> pb::WatchedProfile {
    let facts = profile.facts();
    let undelivered = |act: &Act| facts.unconfirmed.iter().any(|id| id.0 == act.id);
    pb::WatchedProfile {
        suspended: facts.suspension.is_some(),
        connections: facts.connections.iter().map(connection).collect(),
        acts: facts.acts.iter().map(|one| act(one, undelivered(one))).collect(),
        exceptions: exceptions(&facts.exceptions),
        notices: facts
            .notices
            .iter()
            .map(|notice| pb::WatchedNotice {
                agreement_id: notice.agreement_id.to_string(),
                version: notice.version.to_string(),
                notice_time: Some(to_pb(notice.time)),
            })
            .collect(),
    }
}

fn connection(connection: &Connection) -> pb::WatchedConnection {
    pb::WatchedConnection {
        integrator_id: connection.integrator_id.to_string(),
        state: connection.state.to_pb(),
        contest_deadline: connection.contested.map(to_pb),
        contact_point_present: connection.contact != ContactQuality::Missing,
        contact_point_looks_personal: connection.contact == ContactQuality::LooksPersonal,
        contact_point_bouncing: connection.contact_bounced,
        contact_point_confirmed: connection.contact_confirmed,
    }
}

fn act(act: &Act, confirmation_undelivered: bool) -> pb::WatchedAct {
    let (state, contest_deadline) = match act.state {
        ActState::Valid => (pb::WatchedActState::Valid, None),
        ActState::Contested { until, .. } => (pb::WatchedActState::Contested, Some(to_pb(until))),
        ActState::Invalidated => (pb::WatchedActState::Invalidated, None),
        ActState::CoverageEnded => (pb::WatchedActState::CoverageEnded, None),
    };
    pb::WatchedAct {
        // In a profile the time of an act is its place among the others.
        order: u32::try_from(act.time.micros()).unwrap_or(u32::MAX),
        agreement_id: act.agreement_id.to_string(),
        version: act.version.to_string(),
        kind: act.kind.to_pb(),
        assurance: act.assurance.to_pb(),
        state: state as i32,
        contest_deadline,
        retroactive_delivery: act.retroactive_delivery,
        confirmation_undelivered,
    }
}
