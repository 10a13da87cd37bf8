//! One immutable state: all facts that decide, at one revision.

use super::{
    keys::{self, ByFormer, ById, ByNumber, ByReference},
    piece::Spot,
    record::{Former, Found, Record},
    table::Table,
    timelines::Timelines,
};
use crate::domain::{
    agreement::AgreementFacts,
    catalogue::Catalogue,
    ids::{Digest, IntegratorId, LedgerId, SenderId},
    integrator::IntegratorFacts,
    organisation_number::{OrganisationNumber, PackedNumber},
    profile::{Profile, Profiles, connections},
    sender::SenderFacts,
    vocabulary::ConnectionState,
};
use foldhash::quality::RandomState;
use std::{collections::HashMap, hint::black_box, sync::Arc};

/// All facts at one revision. Copies share what did not change.
#[derive(Debug, Clone)]
pub struct State {
    /// Which ledger.
    pub ledger_id: LedgerId,
    /// The revision of every answer from this state.
    pub revision: u64,
    /// The root of the ledger's tree at the revision: what tells one history from another.
    pub history: Digest,
    catalogue: Arc<Catalogue>,
    /// Of this catalogue.
    timelines: Arc<Timelines>,
    by_id: Table<ById>,
    by_number: Table<ByNumber>,
    by_reference: Table<ByReference>,
    /// Of connections that ended, which go on answering by a reference while no open one has it.
    former: Table<ByFormer>,
    hasher: RandomState,
}

/// The facts of all that changed between two revisions, as they are at the later one.
#[derive(Debug, Default)]
pub struct Changed {
    /// Integrators.
    pub integrators: Vec<IntegratorFacts>,
    /// Agreements.
    pub agreements: Vec<AgreementFacts>,
    /// Senders, with the number of a sole trader where it is known.
    pub senders: Vec<(SenderFacts, Option<OrganisationNumber>)>,
}

impl State {
    /// A state without senders.
    pub fn new(ledger_id: LedgerId, revision: u64, history: Digest, catalogue: Catalogue) -> Self {
        let hasher = RandomState::default();
        Self {
            ledger_id,
            revision,
            history,
            catalogue: Arc::new(catalogue),
            timelines: Arc::default(),
            by_id: Table::new(&hasher),
            by_number: Table::new(&hasher),
            by_reference: Table::new(&hasher),
            former: Table::new(&hasher),
            hasher,
        }
    }

    /// What is the same for all senders.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// The answers of this catalogue.
    pub(super) fn timelines(&self) -> &Timelines {
        &self.timelines
    }

    /// A sender by its id.
    pub fn sender(&self, id: SenderId) -> Option<&Record> {
        let hash = keys::of_id(&self.hasher, id);
        self.by_id.get(hash, |one| one.is(hash, id)).map(|one| &*one.record)
    }

    /// A sender by its number.
    pub fn sender_of(&self, number: &OrganisationNumber) -> Option<Found<'_>> {
        let number = number.packed();
        self.spot_of(number).find(|one| one.is(number)).map(Found::from)
    }

    fn spot_of(&self, number: PackedNumber) -> Spot<'_, ByNumber> {
        self.by_number.spot(keys::of_number(&self.hasher, number))
    }

    /// Senders by their numbers, in the order of these. Look-ups that follow each other closely wait for memory at the same
    /// time: so first it is found where each of them stands, then a word is read there, then all are looked at.
    pub(super) fn senders_of<'a>(
        &'a self,
        numbers: impl Iterator<Item = Option<PackedNumber>>,
    ) -> impl Iterator<Item = Option<Found<'a>>> {
        let spots: Vec<_> = numbers.map(|number| number.map(|number| (number, self.spot_of(number)))).collect();
        black_box(spots.iter().flatten().filter(|(_, spot)| spot.taken()).count());
        spots.into_iter().map(|spot| {
            let (number, spot) = spot?;
            spot.find(|one| one.is(number)).map(Found::from)
        })
    }

    /// A sender by an integrator's reference: that of the open connection, else of the one made last.
    pub fn sender_referred(&self, integrator: &IntegratorId, reference: &str) -> Option<&Record> {
        let hash = keys::of_reference(&self.hasher, integrator, reference);
        let open = self.by_reference.get(hash, |one| {
            one.hash == hash && one.record.open_references().any(|(known, own)| known == integrator && own == reference)
        });
        match open {
            Some(open) => Some(&*open.record),
            None => self.former(hash, integrator, reference).and_then(|former| self.sender(former.sender_id)),
        }
    }

    fn former(&self, hash: u64, integrator: &IntegratorId, reference: &str) -> Option<&Arc<Former>> {
        self.former.get(hash, |one| one.is(hash, integrator, reference)).map(|one| &one.former)
    }

    /// All senders, in no order.
    pub fn senders(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.by_id.values().map(|one| &one.record)
    }

    /// Puts in what changed.
    pub fn change(&mut self, changed: Changed, profiles: &mut Profiles) {
        let Changed { integrators, agreements, senders } = changed;
        self.change_catalogue(integrators, agreements);
        for (facts, number) in &senders {
            self.keep(facts, *number, profiles);
        }
    }

    /// Puts in what changed of what is the same for all senders.
    pub fn change_catalogue(&mut self, integrators: Vec<IntegratorFacts>, agreements: Vec<AgreementFacts>) {
        if !integrators.is_empty() || !agreements.is_empty() {
            let catalogue = Arc::make_mut(&mut self.catalogue);
            catalogue.integrators.extend(integrators.into_iter().map(|one| (one.integrator_id.clone(), one)));
            catalogue.agreements.extend(agreements);
            self.timelines = Arc::new(self.timelines.anew());
        }
    }

    fn keep(&mut self, facts: &SenderFacts, number: Option<OrganisationNumber>, profiles: &mut Profiles) {
        let number = facts.number.map(OrganisationNumber::Legal).or(number);
        let number = number.or_else(|| self.sender(facts.sender_id).and_then(|before| before.number()));
        let profile = profiles.share(facts, &self.catalogue);
        let references = connections(facts).map(|(connection, _)| connection.external_reference.as_str());
        self.put(Record::new(facts.sender_id, number, facts.revision, profile, references));
        for ended in facts.connections.iter().filter(|connection| connection.state == ConnectionState::Ended) {
            self.put_former(Former {
                integrator_id: ended.integrator_id.clone(),
                external_reference: ended.external_reference.clone(),
                connection_id: ended.connection_id,
                sender_id: facts.sender_id,
            });
        }
    }

    /// Puts a sender in the place of what was known of it.
    pub fn put(&mut self, record: Record) {
        if let Some(grown) = self.timelines.grown(record.profile()) {
            self.timelines = Arc::new(grown);
        }
        let record = Arc::new(record);
        let id = record.sender_id;
        let hash = keys::of_id(&self.hasher, id);
        if let Some(ById { record: before, .. }) = self.by_id.get(hash, |one| one.is(hash, id)).cloned() {
            for (integrator, reference) in before.open_references() {
                let hash = keys::of_reference(&self.hasher, integrator, reference);
                self.by_reference.remove(hash, |one| one.hash == hash && one.record.sender_id == id);
            }
        }
        self.by_id.put(hash, ById { hash, record: record.clone() }, |one| one.is(hash, id));
        // A number belongs to one sender, for good (R18).
        if let (Some(entry), Some(number)) = (ByNumber::of(&record), record.packed_number()) {
            self.by_number.put(keys::of_number(&self.hasher, number), entry, |one| one.is(number));
        }
        for (integrator, reference) in record.open_references() {
            let hash = keys::of_reference(&self.hasher, integrator, reference);
            let entry = ByReference { hash, record: record.clone() };
            self.by_reference.put(hash, entry, |one| one.hash == hash && one.record.sender_id == id);
        }
    }

    /// Puts in a connection that ended, unless a later one with its reference ended as well.
    pub fn put_former(&mut self, former: Former) {
        let hash = keys::of_reference(&self.hasher, &former.integrator_id, &former.external_reference);
        let known = self.former(hash, &former.integrator_id, &former.external_reference);
        if known.is_none_or(|known| known.connection_id < former.connection_id) {
            let former = Arc::new(former);
            self.former.put(hash, ByFormer { hash, former: former.clone() }, |one| {
                one.is(hash, &former.integrator_id, &former.external_reference)
            });
        }
    }

    /// The references of connections that ended, in no order.
    pub fn formers(&self) -> impl Iterator<Item = &Arc<Former>> {
        self.former.values().map(|one| &one.former)
    }

    /// Gives the tables as much room as is good for looking up, when many senders were put in.
    pub fn settle(&mut self) {
        self.by_id.settle();
        self.by_number.settle();
        self.by_reference.settle();
        self.former.settle();
    }
}

/// What somebody knows already.
#[derive(Debug, Clone)]
pub enum Since {
    /// Nothing.
    Nothing,
    /// All facts of a revision of this ledger.
    Revision(u64),
    /// A state from which this one has come.
    State(Arc<State>),
}

/// What is new to somebody who knows less.
impl State {
    /// Integrators.
    pub fn integrators_since<'a>(&'a self, since: &'a Since) -> impl Iterator<Item = &'a IntegratorFacts> {
        self.catalogue.integrators.values().filter(move |one| match since {
            Since::Nothing => true,
            Since::State(known) if Arc::ptr_eq(&known.catalogue, &self.catalogue) => false,
            Since::Revision(known) => one.revision > *known,
            Since::State(known) => known.catalogue.integrators.get(&one.integrator_id) != Some(one),
        })
    }

    /// Agreements.
    pub fn agreements_since<'a>(&'a self, since: &'a Since) -> impl Iterator<Item = &'a AgreementFacts> {
        self.catalogue.agreements.iter().filter(move |one| match since {
            Since::Nothing => true,
            Since::State(known) if Arc::ptr_eq(&known.catalogue, &self.catalogue) => false,
            Since::Revision(known) => one.revision > *known,
            Since::State(known) => known.catalogue.agreements.get(&one.agreement_id) != Some(one),
        })
    }

    /// Senders, in no order.
    pub fn senders_since<'a>(&'a self, since: &'a Since) -> Box<dyn Iterator<Item = &'a Arc<Record>> + Send + 'a> {
        match since {
            Since::Nothing => Box::new(self.senders()),
            Since::Revision(known) => Box::new(self.senders().filter(move |one| one.revision > *known)),
            Since::State(known) => {
                let same = |one: &ById, other: &ById| Arc::ptr_eq(&one.record, &other.record);
                Box::new(self.by_id.changed(&known.by_id, same).map(|one| &one.record))
            }
        }
    }

    /// References of connections that ended, in no order; all of them for who knows a revision only.
    pub fn formers_since<'a>(&'a self, since: &'a Since) -> Box<dyn Iterator<Item = &'a Arc<Former>> + Send + 'a> {
        match since {
            Since::Nothing | Since::Revision(_) => Box::new(self.formers()),
            Since::State(known) => {
                let same = |one: &ByFormer, other: &ByFormer| Arc::ptr_eq(&one.former, &other.former);
                Box::new(self.former.changed(&known.former, same).map(|one| &one.former))
            }
        }
    }
}

/// Each profile among some senders, with how many of them have it.
pub fn count<'a>(senders: impl Iterator<Item = &'a Record>) -> impl Iterator<Item = (Arc<Profile>, u64)> {
    let mut counted: HashMap<*const Profile, (Arc<Profile>, u64)> = HashMap::new();
    for record in senders {
        counted.entry(Arc::as_ptr(record.profile())).or_insert_with(|| (record.profile().clone(), 0)).1 += 1;
    }
    counted.into_values()
}
