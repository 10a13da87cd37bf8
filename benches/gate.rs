//! What the gate costs by itself, without gRPC: `cargo bench`. The database and the states are made anew in each run, which
//! takes a minute; `docs/performance.md` tells what the figures are for.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ombord::{
    app::{System, open_store},
    bench::{
        fill::{CONTENT_TYPE, INTEGRATOR, fill},
        numbers::{self, Dice},
    },
    config::{Mode, Settings},
    domain::{
        decision::{Question, decide},
        exception::{Exception, ExceptionState},
        ids::{ExceptionId, IntegratorId, LedgerId, RecordId, SenderId},
        organisation_number::OrganisationNumber,
        profile::Profiles,
        sender::SenderFacts,
    },
    gate::{
        Gate,
        ask::Named,
        feed::Reader,
        state::{Changed, State},
    },
    service::ports::{Clock, Entropy},
    store::Store,
};
use std::{hint::black_box, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How many senders the database has.
const STORED: u32 = 100_000;
/// How many a large state has.
const MANY: u32 = 1_000_000;
/// How many a small one has.
const FEW: u32 = 1_000;
/// In so many kinds, where they are not all of one.
const KINDS: u32 = 10_000;

/// Longer than any run.
const FRESH: Duration = Duration::from_secs(3600);

/// A filled database, and the facts of one of its senders.
struct Filled {
    runtime: Runtime,
    store: Arc<dyn Store>,
    sender: SenderFacts,
    _folder: TempDir,
}

impl Filled {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("ombord.db").display());
        let variable = ("DATABASE_URL".to_owned(), url);
        let settings = Settings::load(None, [variable].into_iter(), Mode::Command).unwrap();
        let runtime = Runtime::new().unwrap();
        let (store, sender) = runtime.block_on(async {
            let store = open_store(&settings.database).await.unwrap();
            store.migrate(LedgerId(System.uuid_v7())).await.unwrap();
            fill(store.clone(), STORED, &mut |_| {}).await.unwrap();
            let senders = store.read().await.unwrap().senders_after(None, 1).await.unwrap();
            (store, senders[0].clone())
        });
        Self { runtime, store, sender, _folder: folder }
    }

    fn load(&self) -> Arc<State> {
        let gate = Arc::new(Gate::new(FRESH));
        let mut reader = Reader::new(gate.clone(), self.store.clone(), Arc::new(|| System.now()), FRESH);
        self.runtime.block_on(reader.load()).unwrap();
        gate.state().unwrap()
    }

    /// The sender's facts, as those of the one at another place. Kinds differ in what decides, and share no profile.
    fn at(&self, place: u32, kinds: u32) -> SenderFacts {
        let mut facts = self.sender.clone();
        facts.sender_id = SenderId(uuid::Uuid::from_u128(u128::from(place) << 64 | 0x8000_0000_0000_0000));
        facts.number = numbers::number(place);
        facts.connections[0].external_reference = format!("B-{place}");
        if kinds > 1 {
            facts.exceptions.push(Exception {
                exception_id: ExceptionId(uuid::Uuid::nil()),
                state: ExceptionState::Approved,
                until: facts.created.plus_seconds(1_000_000 * (1 + i64::from(place % kinds))),
                proposed_by: RecordId(uuid::Uuid::nil()),
            });
        }
        facts
    }

    /// A state with so many senders like it.
    fn state(&self, loaded: &State, count: u32, kinds: u32, profiles: &mut Profiles) -> State {
        let catalogue = (**loaded.catalogue()).clone();
        let mut state = State::new(loaded.ledger_id, loaded.revision, loaded.history, catalogue);
        for from in (0..count).step_by(10_000) {
            let places = from..count.min(from + 10_000);
            let senders = places.map(|place| (self.at(place, kinds), None)).collect();
            state.change(Changed { senders, ..Changed::default() }, profiles);
        }
        state.settle();
        state
    }
}

/// Questions about senders at random, drawn beforehand.
fn drawn(count: u32) -> Vec<Named> {
    let mut dice = Dice::new(1);
    let number = |_| OrganisationNumber::Legal(numbers::number(dice.below(count)).unwrap());
    (0..1 << 20).map(number).map(Named::Number).collect()
}

fn gate(criterion: &mut Criterion) {
    let filled = Filled::make();
    let (loaded, now) = (filled.load(), System.now());
    let integrator = IntegratorId::parse(INTEGRATOR).unwrap();

    // As the gate holds them: the facts of a profile, which share their slugs with the catalogue.
    let sender = loaded.senders().next().map(|record| record.facts());
    let question =
        Question { integrator: loaded.catalogue().integrators.get(&integrator), sender, content_type: CONTENT_TYPE };
    assert!(decide(loaded.catalogue(), &question, now).allows());
    criterion.bench_function("decide, hot", |bench| {
        // Read where it is: to hand it to the harness by value would be a part of the figure.
        bench.iter(|| black_box(&decide(black_box(loaded.catalogue()), black_box(&question), black_box(now))).allows());
    });

    let mut profiles = Profiles::default();
    let mut many = filled.state(&loaded, MANY, 1, &mut profiles);
    let few = filled.state(&loaded, FEW, 1, &mut Profiles::default());
    let kinds = filled.state(&loaded, MANY, KINDS, &mut Profiles::default());
    for (state, count, name) in [
        (&few, FEW, "answer among 1,000"),
        (&many, MANY, "answer among 1,000,000"),
        (&kinds, MANY, "answer among 1,000,000 of 10,000 kinds"),
    ] {
        let questions = drawn(count);
        assert!(questions.iter().all(|one| state.answer(one, &integrator, CONTENT_TYPE, now).ruling.allows));
        let mut next = questions.iter().cycle();
        criterion.bench_function(name, |bench| {
            bench.iter(|| next.next().map(|one| state.answer(black_box(one), &integrator, CONTENT_TYPE, now)));
        });
    }

    drop(kinds);

    let mut dice = Dice::new(2);
    criterion.bench_function("apply one change to 1,000,000", |bench| {
        bench.iter_batched(
            || Changed { senders: vec![(filled.at(dice.below(MANY), 1), None)], ..Changed::default() },
            |changed| {
                // As the feed does it: the state that readers hold stays as it is.
                let mut changing = many.clone();
                changing.change(changed, &mut profiles);
                many = changing;
            },
            BatchSize::SmallInput,
        );
    });

    let mut group = criterion.benchmark_group("store");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("load 100,000 from SQLite", |bench| bench.iter(|| filled.load()));
    group.finish();
}

criterion_group!(benches, gate);
criterion_main!(benches);
