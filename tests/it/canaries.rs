//! Personal data stays where it belongs. Canaries are put into every text of every request; then everything that the
//! program wrote, traced, answered and stored is searched for them.

pub mod search;

use crate::support::{
    chance::Chance,
    collector::Collector,
    database::{Database, Kind, open},
    every_rpc::{Known, prepare, request, sole_trader},
    frames::{self, Answer, Wire},
    process::{OMBORD, Process, command},
    server::{Server, issuer, settings},
    wire::{Method, SCHEMA, Tree, Value, is_repeated, is_text},
};
use futures_util::future::join_all;
use ombord::{
    app::System,
    auth::{issuer::Grant, table::row},
    domain::ids::IntegratorId,
    pb,
    service::{caller::Scopes, ports::Clock},
};
use prost::Message;
use search::{Finding, everything_else, find};
use std::{collections::BTreeSet, fs::File, net::SocketAddr, path::Path, time::Duration};
use tonic::Code;

/// What all canaries but the numbers have in them, whatever is done to their case.
pub const MARK: &str = "qzxwv";
/// A sole trader's ten digits.
const BIRD: usize = 4_321;

fn number() -> String {
    sole_trader(BIRD)
}

/// The numbers' own mark: the ten digits, without the century.
pub fn digits() -> String {
    number()[2..].to_owned()
}

/// Canaries of every shape, the good and the bad.
fn canaries() -> Vec<String> {
    let (number, digits) = (number(), digits());
    let (day, rest) = digits.split_at(6);
    let century = &number[..2];
    vec![
        "Kanariefågel Qzxwv-Öberg".into(),
        "kanarie.qzxwv@canary.example".into(),
        number.clone(),
        format!("{century}{day}-{rest}"),
        format!("{century}{day}+{rest}"),
        format!(" {century}{day} {rest} "),
        format!("{century}{day}\u{a0}{rest}"),
        format!("{century}{day}–{rest}"),
        format!("{day}-{rest}"),
        digits.clone(),
        // Not good for anything, and not to be repeated for that.
        format!("{century}{day} qzxwv"),
        "Kanariefågel\u{202e}Qzxwv".into(),
        "kanarie qzxwv@@canary.example\n".into(),
        format!("K/{century}{day}-{rest}"),
    ]
}

/// Fields that hold no personal data, by what they are: texts of agreements and names of companies. And the operator's own
/// labels, in which a number would be no personal one.
const PUBLIC: [&str; 5] = ["display_name", "text", "markdown", "name", "version"];

/// The changes that take personal data in some of their fields.
const TAKE_PERSONAL_DATA: [&str; 14] = [
    "/RegisterSender",
    "/BatchRegisterSenders",
    "/ConfirmConnection",
    "/UpdateSender",
    "/SuspendSender",
    "/ResumeSender",
    "/SuspendIntegrator",
    "/ResumeIntegrator",
    "/WithdrawAgreementVersion",
    "/RecordAcceptance",
    "/BatchRecordAcceptances",
    "/RecordDecline",
    "/InvalidateAcceptance",
    "/ProposeException",
];

/// Every text field in a request, each with the place of the message it is in: of several alike, the first.
fn texts(tree: &mut Tree) -> Vec<(Vec<usize>, i32, bool, String)> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for place in tree.places() {
        let path: Vec<i32> = (0..place.len()).map(|depth| tree.at(&place[..depth]).fields[place[depth]].0).collect();
        if !seen.insert(path) {
            continue;
        }
        let message = tree.at(&place).message.clone();
        for field in SCHEMA.fields(&message).iter().filter(|field| is_text(field)) {
            found.push((place.clone(), field.number(), is_repeated(field), field.name().to_owned()));
        }
    }
    found
}

/// The service in a process of its own that logs and traces all it can, and where its log is.
fn start(folder: &Path, database: &str, collector: SocketAddr) -> (Process, std::path::PathBuf) {
    let log = folder.join("log");
    let mut command = command(OMBORD, &["serve"], folder, database);
    command.env("OMBORD_TRACES_ENDPOINT", format!("http://{collector}")).env("OMBORD_TRACES_SAMPLE", "1");
    command.env("OTEL_BSP_SCHEDULE_DELAY", "100");
    command.env("OMBORD_LOG_FILTER", "trace").stdout(File::create(folder.join("stdout")).unwrap());
    let child = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
    let mut process = Process { address: SocketAddr::from(([127, 0, 0, 1], 0)), child, log: Default::default() };
    let address = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).ok()?;
        (entry["message"] == "serving").then(|| entry["address"].as_str().unwrap().parse().unwrap())
    };
    for _ in 0..600 {
        if let Some(address) = std::fs::read_to_string(&log).unwrap().lines().find_map(address) {
            process.address = address;
            return (process, log);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the service did not start:\n{}", std::fs::read_to_string(&log).unwrap());
}

/// Callers whose subjects are canaries, by what they may do.
fn callers(service: &Process) -> Vec<(Scopes, Wire)> {
    let integrator = Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE);
    let caller = |role: &str, slug: Option<&str>, scopes| {
        let subject = format!("kanarie.qzxwv.{role}@canary.example");
        let integrator = slug.map(|slug| IntegratorId::parse(slug).unwrap());
        let grant = Grant { subject, integrator, scopes, lifetime_seconds: 3600 };
        let token = issuer().mint(&grant, &settings().auth.rules, System.now()).unwrap();
        (scopes, Wire::new(service.address, &token))
    };
    vec![
        caller("operator", None, Scopes::OPERATOR),
        caller("integrator", Some("first"), integrator),
        caller("gateway", None, Scopes::GATE_CHECK),
        caller("auditor", None, Scopes::AUDIT_READ),
    ]
}

/// What an answer must not hold: no canary in a refusal or in the answer to a change, no number in any answer.
fn search_answer(method: &Method, answer: &Answer) -> Vec<Finding> {
    let refusal = [answer.status.message().as_bytes(), answer.status.details()].concat();
    let mut found = find(&format!("the refusal of {}", method.path), &refusal);
    let message = String::from_utf8_lossy(&answer.message).into_owned();
    let told = find(&format!("the answer of {}", method.path), message.as_bytes());
    found.extend(told.into_iter().filter(|finding| method.changes || finding.number));
    found
}

/// The etag of the sender that updates are about, as it is now.
async fn etag(known: &Known, operator: &Wire) -> String {
    let get = pb::GetSenderRequest { sender_id: known.waiting.sender_id.clone(), ..Default::default() };
    let answer = operator.call("/ombord.v1.SenderService/GetSender", &get.encode_to_vec()).await.unwrap();
    pb::GetSenderResponse::decode(answer.message).unwrap().sender.unwrap().connections[0].etag.clone()
}

/// Puts each canary into each text of one RPC's request, one at a time. How many calls said yes.
async fn let_fly(known: &Known, method: &Method, callers: &[(Scopes, Wire)], found: &mut Vec<Finding>) -> usize {
    let (mut chance, mut known, mut n, mut yes) = (Chance::new(1), known.clone(), 100, 0);
    let may: Vec<_> = callers.iter().filter(|(scopes, _)| row(&method.path).unwrap().any_of.any_of(*scopes)).collect();
    // Even ones are of sole traders.
    let valid = |known: &Known, n: usize| Tree::read(&method.input, &request(known, &method.path, 2 * n));
    for (place, number, repeated, name) in texts(&mut valid(&known, 0)) {
        if PUBLIC.contains(&name.as_str()) {
            continue;
        }
        known.waiting.etag = etag(&known, &callers[0].1).await;
        let calls = canaries().into_iter().map(|canary| {
            n += 1;
            let mut tree = valid(&known, n);
            let value = Value::Bytes(canary.clone().into_bytes());
            match repeated {
                true => tree.at(&place).fields.push((number, value)),
                false => tree.at(&place).set(number, value),
            }
            let caller = &chance.of(&may).1;
            async move { (canary, caller.call(&method.path, &tree.bytes()).await.unwrap()) }
        });
        for (canary, answer) in join_all(calls.collect::<Vec<_>>()).await {
            let never = [Code::Internal, Code::Unknown, Code::Unavailable];
            assert!(!never.contains(&answer.status.code()), "{} with {name}: {:?}", method.path, answer.status);
            yes += usize::from(answer.status.code() == Code::Ok);
            found.extend(search_answer(method, &answer).into_iter().map(|one| one.of(&format!("{name} = {canary:?}"))));
        }
    }
    yes
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_stays_put() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(mut database) = Database::make(kind).await else { continue };
        // The world is made here; what is looked at comes from a process whose log is ours alone.
        let server = Server::start(database.store.clone()).await;
        let known = prepare(&server).await;
        server.stop().await;
        let folder = tempfile::tempdir().unwrap();
        if kind == Kind::Sqlite {
            // A file belongs to one process: this one lets go of it.
            database.store = open(kind, &format!("sqlite://{}", folder.path().join("idle.db").display())).await;
        }
        let (collector, address) = Collector::start().await;
        let (service, log) = start(folder.path(), &database.url, address);
        let callers = callers(&service);
        let (mut found, mut silent) = (Vec::new(), Vec::new());
        for method in &SCHEMA.methods {
            if let_fly(&known, method, &callers, &mut found).await == 0 {
                silent.push(method.path.as_str());
            }
        }
        // A token that is none, and a method that is none.
        let stranger = Wire::new(service.address, "kanarie-qzxwv");
        let mut call = frames::request("/ombord.v1.SenderService/kanarie-qzxwv", frames::frame(&[]));
        call.headers_mut().insert("user-agent", "kanarie-qzxwv".parse().unwrap());
        assert_eq!(stranger.send(call).await.unwrap().status.code(), Code::Unimplemented);
        let refused = stranger.call("/ombord.v1.GateService/CheckSend", &[]).await.unwrap();
        assert_eq!(refused.status.code(), Code::Unauthenticated);

        collector.settled().await;
        assert!(collector.spans().len() >= 500, "the traces are not worth the search");
        service.kill();
        found.extend(find("the traces", &collector.bytes()));
        let logged = std::fs::read(&log).unwrap();
        assert!(logged.len() > 100_000, "the log is not worth the search");
        found.extend(find("the log", &logged));
        found.extend(find("standard output", &std::fs::read(folder.path().join("stdout")).unwrap()));
        let tables = everything_else(&database).await;
        assert!(
            tables.contains_key("entry") && tables.contains_key("request") && !tables.contains_key("private_record")
        );
        for (table, contents) in &tables {
            found.extend(find(&format!("table {table}"), contents));
        }
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "{} findings:\n{}", found.len(), search::list(&found));

        // They did fly: the one table for them has some of each kind.
        for kind in ["NUMBER", "NAME", "PERSON", "CONTACT", "ACTOR", "NOTE"] {
            let kept = database.texts(&format!("SELECT body FROM private_record WHERE kind = '{kind}'")).await.concat();
            assert!(!find(kind, kept.as_bytes()).is_empty(), "no canary among the records of kind {kind}");
        }
        for change in TAKE_PERSONAL_DATA {
            assert!(!silent.iter().any(|path| path.ends_with(change)), "{change} took no canary");
        }
        database.discard().await;
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for canary in canaries() {
        assert!(!find("", format!("a {canary} b").as_bytes()).is_empty(), "{canary}");
        assert!(!find("", serde_json::to_string(&canary).unwrap().as_bytes()).is_empty(), "{canary}");
    }
    assert!(find("", b"K-1 5560160680 4321").is_empty());
}
