//! The three places where facts live, held against one another: the ledger, the tables, the gate in memory.

use super::{
    folded_invitations::Invitations,
    server::{Clients, Server},
    world::in_seconds,
};
use ombord::{
    domain::{
        acts::{Act, ActKind},
        agreement::AgreementFacts,
        catalogue::Agreements,
        exception::ExceptionState,
        facts,
        ids::{AgreementId, Digest, IntegratorId, RecordId, SenderId},
        integrator::IntegratorFacts,
        ledger::{
            Entry, Event, Private,
            commitment::commitment,
            tree::{Frontier, leaf_hash},
        },
        organisation_number::OrganisationNumber,
        profile::Profile,
        sender::SenderFacts,
        time::Timestamp,
        vocabulary::ConnectionState,
    },
    gate::{Gate, feed::Reader as Feed, state::State},
    pb,
    service::ledger::verify::verify,
    store::{AcceptanceFilter, ConnectionFilter, EntryFilter, PrivateKind, Reader},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

/// More rows than any test writes.
const ALL: u32 = 1_000_000;

/// What the ledger alone says.
#[derive(Default)]
pub struct Folded {
    pub integrators: BTreeMap<IntegratorId, IntegratorFacts>,
    pub agreements: BTreeMap<AgreementId, AgreementFacts>,
    pub senders: BTreeMap<SenderId, SenderFacts>,
    /// The types of all events.
    pub events: BTreeSet<&'static str>,
    invitations: Invitations,
    numbers: BTreeMap<SenderId, RecordId>,
    private: Vec<Private>,
    actors: BTreeMap<RecordId, Option<Digest>>,
    /// The tree over them.
    pub tree: Frontier,
}

impl Folded {
    /// Folds one more entry.
    pub fn add(&mut self, entry: &Entry) {
        let touched = entry.event.touched();
        if let Some(id) = touched.integrator {
            let before = self.integrators.remove(&id);
            self.integrators.insert(id, facts::integrator(before, entry).unwrap());
        }
        if let Some(id) = touched.agreement {
            let before = self.agreements.remove(&id);
            self.agreements.insert(id, facts::agreement(before, entry).unwrap());
        }
        for id in touched.senders {
            let before = self.senders.remove(&id);
            self.senders.insert(id, facts::sender(before, id, entry).unwrap());
        }
        if let Event::SenderRegistered { sender_id, private_number: Some(number), .. } = &entry.event {
            self.numbers.insert(*sender_id, number.record_id);
        }
        self.invitations.add(entry);
        self.events.insert(entry.event.name());
        self.private.extend(entry.event.private());
        let bound = self.actors.insert(entry.author.actor_id, entry.author.commitment);
        assert!(bound.is_none_or(|bound| bound == entry.author.commitment), "an author is somebody else");
    }
}

/// The ledger from its first entry on, and all that binds it: revisions, bytes, leaf hashes, the head row's tree.
async fn fold(reader: &mut dyn Reader) -> Folded {
    let mut folded = Folded::default();
    for (place, row) in reader.entries(&EntryFilter::default(), ALL).await.unwrap().into_iter().enumerate() {
        let entry = Entry::read(&row.canonical).unwrap();
        assert_eq!((row.revision, entry.revision), (place as u64 + 1, place as u64 + 1), "a gap");
        assert_eq!(entry.canonical().unwrap(), row.canonical, "revision {} is not canonical", row.revision);
        assert_eq!(row.leaf_hash, leaf_hash(row.canonical.as_bytes()), "revision {}", row.revision);
        assert_eq!((row.time, row.event.as_str()), (entry.time, entry.event.name()), "revision {}", row.revision);
        assert_eq!(entry.ledger_id, reader.head().ledger_id);
        folded.tree.push(row.leaf_hash);
        folded.add(&entry);
    }
    assert_eq!(reader.head().revision, folded.tree.size());
    assert_eq!(reader.head().frontier, folded.tree, "the head row's tree");
    folded
}

/// Every commitment recomputes from its record, every author is known, and a sole trader has the number it had.
async fn check_private(reader: &mut dyn Reader, folded: &Folded) -> HashMap<SenderId, OrganisationNumber> {
    let wanted = |private: &[Private]| private.iter().map(|one| one.record_id).collect::<Vec<_>>();
    for private in folded.private.chunks(100) {
        let found: HashMap<_, _> =
            reader.private(&wanted(private)).await.unwrap().into_iter().map(|one| (one.record_id, one)).collect();
        for one in private {
            let record = found.get(&one.record_id).unwrap_or_else(|| panic!("record {} is not there", one.record_id));
            assert_eq!(commitment(&record.salt, &record.body), one.commitment, "record {}", one.record_id);
            assert_ne!(record.kind, PrivateKind::Actor);
        }
    }
    // The service itself is nobody; the holder of a link is known by the address that it went to.
    let actors: Vec<RecordId> = folded.actors.keys().copied().filter(|actor| !actor.0.is_nil()).collect();
    let known = reader.private(&actors).await.unwrap();
    assert_eq!(known.len(), actors.len(), "an entry by nobody");
    let holders = |kind| matches!(kind, PrivateKind::Actor | PrivateKind::Contact | PrivateKind::Person);
    assert!(known.iter().all(|record| holders(record.kind)));
    for record in known {
        let bound = folded.actors[&record.record_id];
        assert_eq!(bound.is_some(), record.kind == PrivateKind::Actor, "who called is bound by each entry");
        assert!(bound.is_none_or(|bound| bound == commitment(&record.salt, &record.body)));
    }
    let mut numbers = HashMap::new();
    for (sender, record) in &folded.numbers {
        let record = reader.private(&[*record]).await.unwrap().pop().unwrap();
        let body: serde_json::Value = serde_json::from_str(&record.body).unwrap();
        numbers.insert(*sender, OrganisationNumber::parse(body["number"].as_str().unwrap()).unwrap());
    }
    numbers
}

/// What stands beside the facts in tables of its own says the same as they do.
async fn check_rows(reader: &mut dyn Reader, folded: &Folded) {
    let rows = reader.connections(&ConnectionFilter::default(), ALL).await.unwrap();
    let mut connections = 0;
    for row in &rows {
        let sender = &folded.senders[&row.sender_id];
        let facts = sender.connections.iter().find(|one| one.connection_id == row.connection_id).unwrap();
        assert_eq!(
            (&row.integrator_id, row.state, row.contact_quality, &row.external_reference, &row.content_types),
            (&facts.integrator_id, facts.state, facts.contact, &facts.external_reference, &facts.content_types)
        );
        assert_eq!(row.legal_name.is_some(), sender.number.is_some(), "only a legal person's name stands in the clear");
        assert_eq!(row.private_name.is_some(), sender.number.is_none());
        connections += 1;
    }
    assert_eq!(connections, folded.senders.values().map(|sender| sender.connections.len()).sum::<usize>());

    let own = |kind| move |act: &&Act| act.kind == kind;
    let acceptances = reader.acceptances(&AcceptanceFilter::default(), ALL).await.unwrap();
    for row in &acceptances {
        let acts = &folded.senders[&row.sender_id].acts;
        let act = acts.iter().filter(own(ActKind::Acceptance)).find(|act| act.id == row.acceptance_id.0);
        let act = act.unwrap();
        assert_eq!((&row.agreement_id, &row.version, row.revision), (&act.agreement_id, &act.version, act.revision));
        assert_eq!(Some(&row.integrator_id), act.through.as_ref());
    }
    let acts = || folded.senders.values().flat_map(|sender| &sender.acts);
    assert_eq!(acceptances.len(), acts().filter(own(ActKind::Acceptance)).count());

    folded.invitations.check(reader).await;

    let exceptions = reader.exceptions(None, None, None, ALL).await.unwrap();
    let mut known = folded.senders.values().flat_map(|sender| &sender.exceptions).collect::<Vec<_>>();
    known.extend(folded.integrators.values().flat_map(|integrator| &integrator.exceptions));
    assert_eq!(exceptions.len(), known.len());
    for row in &exceptions {
        assert!(known.contains(&&row.exception), "exception {}", row.exception.exception_id);
        assert_eq!(row.ended.is_some(), row.exception.state == ExceptionState::Ended);
    }
}

/// How a state is asked.
fn check_state(state: &State, folded: &Folded, numbers: &HashMap<SenderId, OrganisationNumber>) {
    assert_eq!(state.catalogue().integrators, folded.integrators);
    let agreements: Agreements = folded.agreements.values().cloned().collect();
    assert_eq!(state.catalogue().agreements, agreements);
    assert_eq!(state.senders().count(), folded.senders.len());
    let mut references: BTreeMap<(&IntegratorId, &str), Vec<_>> = BTreeMap::new();
    for (id, facts) in &folded.senders {
        let record = state.sender(*id).unwrap();
        assert_eq!(record.revision, facts.revision);
        assert_eq!(**record.profile(), Profile::of(facts, &agreements));
        let number = facts.number.map_or_else(|| numbers[id], OrganisationNumber::Legal);
        assert_eq!(state.sender_of(&number).map(|found| found.record.sender_id), Some(*id));
        for one in &facts.connections {
            let place = references.entry((&one.integrator_id, &one.external_reference)).or_default();
            place.push((one.state != ConnectionState::Ended, one.connection_id, *id));
        }
    }
    // The open connection, else the one made last: as the store finds it.
    for ((integrator, reference), mut found) in references {
        found.sort_unstable_by_key(|(open, connection, _)| (*open, *connection));
        let wanted = found.last().map(|(.., sender)| *sender);
        let said = state.sender_referred(integrator, reference).map(|facts| facts.sender_id);
        assert_eq!(said, wanted, "{reference} of {integrator}");
    }
}

/// Facts folded from the ledger are the facts in the tables and those in the gate, be it one that followed the ledger or
/// one that starts now; every commitment recomputes; the ledger verifies.
pub async fn agree(server: &Server) -> Folded {
    server.rest().await;
    let mut reader = server.store.read().await.unwrap();
    let reader = reader.as_mut();
    let folded = fold(reader).await;
    let numbers = check_private(reader, &folded).await;
    check_rows(reader, &folded).await;

    let integrators = reader.integrators(None, ALL).await.unwrap();
    let integrators = integrators.into_iter().map(|one| (one.integrator_id.clone(), one));
    assert_eq!(integrators.collect::<BTreeMap<_, _>>(), folded.integrators, "the integrators' table");
    let agreements = reader.agreements().await.unwrap().into_iter().map(|one| (one.agreement_id.clone(), one));
    assert_eq!(agreements.collect::<BTreeMap<_, _>>(), folded.agreements, "the agreements' table");
    let everybody = reader.numbered_after(None, ALL).await.unwrap().read().unwrap();
    let senders = everybody.iter().map(|(one, _)| (one.sender_id, one.clone()));
    assert_eq!(senders.collect::<BTreeMap<_, _>>(), folded.senders, "the senders' table");
    for (facts, number) in &everybody {
        assert_eq!(number.as_ref(), numbers.get(&facts.sender_id));
    }

    let (gate, revision) = (&server.services.gate, reader.head().revision);
    assert_eq!(gate.blocked(), None);
    assert!(gate.reaches(revision, Duration::from_secs(10)).await, "the gate stays behind");
    let followed = gate.state().unwrap();
    assert_eq!((followed.ledger_id, followed.revision), (reader.head().ledger_id, revision));
    check_state(&followed, &folded, &numbers);
    // A node that starts now loads what the one that was there has followed.
    let started = Arc::new(Gate::new(Duration::from_secs(60)));
    let now = Arc::new(|| Timestamp::BEGINNING);
    Feed::new(started.clone(), server.store.clone(), now, Duration::from_secs(60)).load().await.unwrap();
    check_state(&started.state().unwrap(), &folded, &numbers);
    let verified = verify(reader, None, &mut |_| {}).await.unwrap();
    assert_eq!(verified.faults, [], "ombord ledger verify");
    folded
}

/// A node that starts now gives the gateway the answers of the one that has been there all the time, to the byte. How
/// many there were.
pub async fn same_answers(server: &Server, numbers: &[String]) -> usize {
    let another = Server::start(server.store.clone()).await;
    let state = server.services.gate.state().unwrap();
    let mut items: Vec<pb::BatchCheckSendItem> = Vec::new();
    let mut integrators: Vec<String> = state.catalogue().integrators.keys().map(ToString::to_string).collect();
    integrators.push("nobody".to_owned());
    let references: BTreeSet<String> =
        state.senders().flat_map(|one| one.references().map(|(_, reference)| reference.to_owned())).collect();
    for integrator_id in &integrators {
        let ask = || pb::BatchCheckSendItem { integrator_id: integrator_id.clone(), ..Default::default() };
        let ids = state.senders().map(|facts| facts.sender_id.to_string());
        items.extend(ids.map(|sender_id| pb::BatchCheckSendItem { sender_id, ..ask() }));
        items.extend(numbers.iter().map(|n| pb::BatchCheckSendItem { organisation_number: n.clone(), ..ask() }));
        items.extend(references.iter().map(|r| pb::BatchCheckSendItem { external_reference: r.clone(), ..ask() }));
    }
    let mut asked = 0;
    for content_type in [pb::ContentType::Payslip, pb::ContentType::Invoice, pb::ContentType::Other] {
        for days in [0, 20, 400] {
            let request = pb::BatchCheckSendRequest {
                items: items.clone(),
                content_type: content_type as i32,
                evaluate_time: Some(in_seconds(days * 86_400 + 60)),
                ..Default::default()
            };
            let (one, other) = (check(&server.gateway(), &request).await, check(&another.gateway(), &request).await);
            for ((item, one), other) in items.iter().zip(&one).zip(&other) {
                assert_eq!(one, other, "{item:?} in {days} days");
            }
            asked += one.len();
        }
    }
    another.stop().await;
    asked
}

/// The answers, each with the texts of its reasons, whose places in the whole answer may differ.
async fn check(gateway: &Clients, request: &pb::BatchCheckSendRequest) -> Vec<String> {
    let answer = gateway.clone().gate.batch_check_send(request.clone()).await.unwrap().into_inner();
    let full = |result: &pb::BatchCheckSendResult| {
        let reasons =
            result.reasons.iter().map(|reason| (&answer.reasons[reason.reason_index as usize], reason.deadline));
        let error = result.error_index.map(|place| &answer.errors[place as usize]);
        let bare = pb::BatchCheckSendResult { reasons: Vec::new(), error_index: None, ..result.clone() };
        format!("{:?} {bare:?} {error:?} at {}", reasons.collect::<Vec<_>>(), answer.revision)
    };
    answer.results.iter().map(full).collect()
}
