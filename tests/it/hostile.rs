//! Hostile bytes do nothing: no panic, no INTERNAL, no UNKNOWN, and facts that still agree afterwards.

mod absurd;
mod names;

use crate::support::{
    chance::Chance,
    database::{Database, Kind},
    every_rpc::{Known, prepare, request},
    fold,
    frames::{self, Answer, Wire},
    server::{Server, settings},
    setting,
    wire::SCHEMA,
};
use absurd::spoil;
use ombord::{auth::table::row, pb, service::caller::Scopes};
use prost::Message;
use std::{
    collections::HashMap,
    sync::{
        Arc, Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tonic::Code;

/// How many spoilt calls there are, unless `OMBORD_TEST_CASES` says otherwise.
const CASES: usize = 5_000;
/// How many one world bears: it fills with what was valid in spite of all.
const WORLD: usize = 5_000;
const CALLERS: usize = 8;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts the panics of the program; those of tests are their failures.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.location().is_none_or(|place| !place.file().starts_with("tests/")) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            before(panic);
        }));
    });
}

/// Callers of every kind, each with a connection of its own.
struct Callers(Vec<(Scopes, Wire)>);

impl Callers {
    fn of(server: &Server) -> Self {
        let integrator = Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE);
        let caller = |slug, scopes| (scopes, Wire::new(server.address, &server.token("caller", slug, scopes)));
        Self(vec![
            caller(None, Scopes::OPERATOR),
            caller(Some("first"), integrator),
            caller(None, Scopes::GATE_CHECK),
            caller(None, Scopes::AUDIT_READ),
        ])
    }

    /// One that may call this RPC.
    fn any(&self, chance: &mut Chance, path: &str) -> &Wire {
        let may: Vec<_> = self.0.iter().filter(|(scopes, _)| row(path).unwrap().any_of.any_of(*scopes)).collect();
        &chance.of(&may).1
    }
}

/// What is wrong with an answer, if anything is.
fn fault(path: &str, answer: &Result<Answer, String>) -> Option<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(broken) => return Some(broken.clone()),
    };
    let never = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Cancelled];
    if never.contains(&answer.status.code()) {
        return Some(format!("{:?}", answer.status));
    }
    // Rows of a batch have codes of their own.
    let rows: Vec<tonic_types::pb::Status> = match path.rsplit('/').next().unwrap() {
        "BatchRegisterSenders" => {
            let response = pb::BatchRegisterSendersResponse::decode(answer.message.clone()).unwrap();
            let error = |row: pb::BatchRegisterSendersResult| match row.result {
                Some(pb::batch_register_senders_result::Result::Error(error)) => Some(error),
                _ => None,
            };
            response.results.into_iter().filter_map(error).collect()
        }
        "BatchRecordAcceptances" => {
            let response = pb::BatchRecordAcceptancesResponse::decode(answer.message.clone()).unwrap();
            let error = |row: pb::BatchRecordAcceptancesResult| match row.result {
                Some(pb::batch_record_acceptances_result::Result::Error(error)) => Some(error),
                _ => None,
            };
            response.results.into_iter().filter_map(error).collect()
        }
        "BatchCheckSend" => pb::BatchCheckSendResponse::decode(answer.message.clone()).unwrap().errors,
        _ => Vec::new(),
    };
    rows.into_iter().find(|error| never.contains(&Code::from(error.code))).map(|error| format!("a row: {error:?}"))
}

/// Some of the calls of one world; what went wrong.
async fn attack(
    server: Arc<Server>,
    known: Arc<Known>,
    cases: impl Iterator<Item = usize>,
    told: &mut HashMap<Code, usize>,
) -> Vec<String> {
    let callers = Callers::of(&server);
    let seed = setting("OMBORD_TEST_SEED", 1) as u64;
    let mut faults = Vec::new();
    for case in cases {
        let mut chance = Chance::new(seed.wrapping_mul(0x1_0000_0001).wrapping_add(case as u64));
        let method = &SCHEMA.methods[case % SCHEMA.methods.len()];
        let valid = request(&known, &method.path, case % 90_000);
        let spoilt = spoil(&mut chance, method, &known, &valid);
        let mut call = frames::request(&method.path, spoilt.body.clone());
        for (name, value) in spoilt.headers {
            call.headers_mut().insert(name, value);
        }
        let answer = callers.any(&mut chance, &method.path).send(call).await;
        if let Ok(answer) = &answer {
            *told.entry(answer.status.code()).or_default() += 1;
        }
        if let Some(fault) = fault(&method.path, &answer) {
            let shown: Vec<String> = spoilt.body.iter().take(300).map(|byte| format!("{byte:02x}")).collect();
            faults.push(format!("case {case}: {} with {}: {fault}\n    {}", method.path, spoilt.how, shown.concat()));
        }
    }
    faults
}

/// One world and its calls.
async fn world(kind: Kind, cases: std::ops::Range<usize>, told: &mut HashMap<Code, usize>) -> Option<Vec<String>> {
    let database = Database::make(kind).await?;
    let mut settings = settings();
    // Revisions from far ahead are asked for all the time.
    settings.gate.at_least_revision_wait = Duration::from_millis(2);
    let server = Arc::new(Server::start_with(database.store.clone(), settings).await);
    let known = Arc::new(prepare(&server).await);
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (server, known, mine) = (server.clone(), known.clone(), cases.clone().skip(caller).step_by(CALLERS));
            tokio::spawn(async move {
                let mut told = HashMap::new();
                (attack(server, known, mine, &mut told).await, told)
            })
        })
        .collect();
    let mut faults = Vec::new();
    for task in tasks {
        let (found, codes) = task.await.unwrap();
        faults.extend(found);
        codes.into_iter().for_each(|(code, times)| *told.entry(code).or_default() += times);
    }
    if faults.is_empty() {
        fold::agree(&server).await;
    }
    Arc::into_inner(server).unwrap().stop().await;
    database.discard().await;
    Some(faults)
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bytes_do_nothing() {
    count_panics();
    let cases = setting("OMBORD_TEST_CASES", CASES);
    let (mut told, mut faults, mut done) = (HashMap::new(), Vec::new(), 0);
    for (place, from) in (0..cases).step_by(WORLD).enumerate() {
        let range = from..cases.min(from + WORLD);
        let kind = if place % 2 == 0 { Kind::Sqlite } else { Kind::Postgres };
        let Some(found) = world(kind, range.clone(), &mut told).await else { continue };
        done += range.len();
        faults.extend(found);
        assert!(faults.len() < 200, "{} faults, such as\n{}", faults.len(), faults[..20].join("\n"));
    }
    println!("{done} hostile calls: {told:?}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    // Were all of them turned away at the door, little would be shown.
    assert!(told[&Code::Ok] * 20 > done, "hardly any call got through: {told:?}");
}

/// A caller that hangs up in the middle of its message, and one whose message never ends, harm nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_breaks_off_harms_nobody() {
    use futures_util::stream;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    count_panics();
    let Some(database) = Database::make(Kind::Sqlite).await else { return };
    let server = Server::start(database.store.clone()).await;
    let known = prepare(&server).await;
    let callers = Callers::of(&server);
    let mut chance = Chance::new(7);
    for (n, method) in SCHEMA.methods.iter().cycle().take(200).enumerate() {
        let bytes = frames::frame(&request(&known, &method.path, n));
        let begun = bytes::Bytes::from(bytes[..chance.below(bytes.len())].to_vec());
        let broken = stream::iter([Ok(Frame::data(begun)), Err(std::io::Error::other("hung up"))]);
        let call = frames::request(&method.path, Vec::new()).map(|_| tonic::body::Body::new(StreamBody::new(broken)));
        let answer = callers.any(&mut chance, &method.path).send(call).await;
        if let Ok(answer) = answer {
            assert!(![Code::Internal, Code::Unknown].contains(&answer.status.code()), "{:?}", answer.status);
        }
    }
    fold::agree(&server).await;
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    server.stop().await;
}
