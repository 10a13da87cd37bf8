//! What of a sender's facts decides, without who the sender is. Most senders have done the same as thousands of others:
//! apart from ids, references and the times of their acts, their facts are equal, and one profile serves them all.
//!
//! A profile is again facts, so there is one decision and no second description of it. For every question and every
//! instant it gives the same answer as the facts that it was made of.

use super::{
    acts::{Act, ActState},
    agreement::Notice,
    catalogue::{Agreements, Catalogue},
    exception::{Exception, ExceptionState, Suspension},
    ids::{AcceptanceId, ConnectionId, ExceptionId, IntegratorId, RecordId, SenderId},
    sender::{Connection, SenderFacts},
    time::Timestamp,
    vocabulary::{ConnectionState, ContactQuality, DeadlineFrom},
};
use foldhash::quality::RandomState;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use uuid::Uuid;

/// Facts without what tells one sender from another.
#[derive(Debug, Clone)]
pub struct Profile {
    facts: SenderFacts,
    /// Given when it is first shared, and to no other profile of this process; 0 before.
    id: u64,
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts
    }
}

impl Eq for Profile {}

impl Hash for Profile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.facts.hash(state);
    }
}

/// The ids given so far.
static GIVEN: AtomicU64 = AtomicU64::new(0);

impl Profile {
    /// The profile of a sender's facts. The agreements tell which notices a deadline counts from.
    pub fn of(facts: &SenderFacts, agreements: &Agreements) -> Self {
        let mut order: Vec<&Act> = facts.acts.iter().collect();
        order.sort_by_key(|act| act.order());
        let unconfirmed: BTreeSet<Uuid> = facts.unconfirmed.iter().map(|id| id.0).collect();
        let nobody = RecordId(Uuid::nil());
        let mut exceptions: Vec<Exception> = facts
            .exceptions
            .iter()
            .filter(|exception| exception.state == ExceptionState::Approved)
            .map(|one| Exception { exception_id: ExceptionId(Uuid::nil()), proposed_by: nobody, ..one.clone() })
            .collect();
        exceptions.sort_by_key(|exception| exception.until);
        Self::from(SenderFacts {
            sender_id: SenderId(Uuid::nil()),
            number: None,
            suspension: facts.suspension.as_ref().map(|_| Suspension { since: Timestamp::BEGINNING, reason: nobody }),
            connections: connections(facts).map(|(_, alike)| alike).collect(),
            acts: acts(&order),
            exceptions,
            notices: notices(facts, agreements),
            unconfirmed: places(&order, |act| unconfirmed.contains(&act.id)),
            created: Timestamp::BEGINNING,
            revision: 0,
        })
    }

    /// Puts the catalogue's own slugs in the place of equal ones: to compare the very same is cheaper.
    fn link(&mut self, catalogue: &Catalogue) {
        for connection in &mut self.facts.connections {
            if let Some(known) = catalogue.integrators.get(&connection.integrator_id) {
                connection.integrator_id.clone_from(&known.integrator_id);
            }
        }
        for act in &mut self.facts.acts {
            let Some(agreement) = catalogue.agreements.get(&act.agreement_id) else { continue };
            act.agreement_id.clone_from(&agreement.agreement_id);
            if let Some(version) = agreement.version(&act.version) {
                act.version.clone_from(&version.label);
            }
        }
    }

    /// What an integrator is told of it: its own connection, and of the rest what shows over that at `now` (see
    /// [`SenderFacts::seen_through`]). Nothing where there never was a connection. Every question of the integrator's from
    /// `now` on has the same answer on it.
    pub fn seen_by(&self, integrator: &IntegratorId, now: Timestamp) -> Option<Self> {
        let connection = self.facts.connection(integrator)?;
        let mut seen = self.facts.seen_through(integrator, now).into_owned();
        seen.connections = vec![connection.clone()];
        if connection.state_at(now) != ConnectionState::Active {
            (seen.suspension, seen.exceptions) = (None, Vec::new());
            let own = &mut seen.connections[0];
            (own.contact, own.contact_bounced, own.contact_confirmed) = (ContactQuality::Missing, false, false);
        }
        Some(Self::from(seen))
    }

    /// Facts to decide on. Ids and times in them mean nothing.
    pub fn facts(&self) -> &SenderFacts {
        &self.facts
    }

    /// What tells it from all other profiles of this process; 0 where it was never shared.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The greatest id so far.
    pub fn newest_id() -> u64 {
        GIVEN.load(Ordering::Relaxed)
    }
}

impl From<SenderFacts> for Profile {
    fn from(facts: SenderFacts) -> Self {
        Self { facts, id: 0 }
    }
}

/// The connection with each integrator that counts, the last one, in the order of their slugs: as it is, and without
/// what tells it from another sender's.
pub fn connections(facts: &SenderFacts) -> impl Iterator<Item = (&Connection, Connection)> {
    let mut last: BTreeMap<&str, &Connection> = BTreeMap::new();
    for connection in &facts.connections {
        last.insert(connection.integrator_id.as_str(), connection);
    }
    last.into_values().map(|connection| {
        let alike = Connection {
            connection_id: ConnectionId(Uuid::nil()),
            external_reference: String::new(),
            content_types: Vec::new(),
            confirmed: None,
            ended: None,
            ..connection.clone()
        };
        (connection, alike)
    })
}

/// Of the time and the id of an act, its place among the others is all that decides.
fn acts(order: &[&Act]) -> Vec<Act> {
    let mut alike: Vec<Act> = Vec::with_capacity(order.len());
    let mut rank = 0;
    for (place, act) in order.iter().enumerate() {
        if place > 0 && order[place - 1].order() != act.order() {
            rank += 1;
        }
        alike.push(Act {
            id: id(place),
            time: Timestamp::from_micros(rank).unwrap_or(Timestamp::BEGINNING),
            revision: 0,
            state: match act.state {
                ActState::Contested { until, .. } => ActState::Contested { until, with: None },
                state => state,
            },
            through: None,
            ..(*act).clone()
        });
    }
    alike
}

fn places(order: &[&Act], is: impl Fn(&Act) -> bool) -> Vec<AcceptanceId> {
    order.iter().enumerate().filter(|(_, act)| is(act)).map(|(place, _)| AcceptanceId(id(place))).collect()
}

fn id(place: usize) -> Uuid {
    Uuid::from_u128(place as u128 + 1)
}

/// The notices from which a deadline counts; others were given, and change no answer.
fn notices(facts: &SenderFacts, agreements: &Agreements) -> Vec<Notice> {
    let counts = |notice: &&Notice| {
        let version = agreements.get(&notice.agreement_id).and_then(|agreement| agreement.version(&notice.version));
        version.is_none_or(|version| version.deadline_from == DeadlineFrom::Notice)
    };
    let mut notices: Vec<Notice> = facts.notices.iter().filter(counts).cloned().collect();
    notices.sort_by(|one, other| (&one.agreement_id, &one.version).cmp(&(&other.agreement_id, &other.version)));
    notices
}

/// After so much that is new, profiles that nobody else holds are let go.
const TIDY: usize = 10_000;
/// So many acts weigh as much as a profile without any: what is no longer held stays below some 20 MiB, also where one
/// sender with very many acts changes again and again.
const ACTS: usize = 16;

/// Profiles, each once however many senders have it.
#[derive(Debug, Default)]
pub struct Profiles {
    known: HashSet<Arc<Profile>, RandomState>,
    /// What has come since they were last tidied.
    grown: usize,
}

impl Profiles {
    /// The equal one that is known already, or a new one, whose slugs are then the very ones of the catalogue.
    pub fn share(&mut self, facts: &SenderFacts, catalogue: &Catalogue) -> Arc<Profile> {
        let mut profile = Profile::of(facts, &catalogue.agreements);
        if let Some(known) = self.known.get(&profile) {
            return known.clone();
        }
        profile.link(catalogue);
        profile.id = GIVEN.fetch_add(1, Ordering::Relaxed) + 1;
        let new = Arc::new(profile);
        self.grown += 1 + new.facts.acts.len() / ACTS;
        self.known.insert(new.clone());
        new
    }

    /// Forgets, once enough has come, those that nobody else holds.
    pub fn tidy(&mut self) {
        if self.grown > TIDY {
            self.grown = 0;
            self.known.retain(|profile| Arc::strong_count(profile) > 1);
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.known.len()
    }
}
