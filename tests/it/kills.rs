//! kill -9 during acknowledged writes: nothing acknowledged is lost, nothing is there twice, the ledger is whole.

use crate::support::setting;
use crate::support::{
    database::{self, Database, Kind},
    ledger,
    process::{Process, migrate},
    server::Clients,
    world::{number, registration},
};
use ombord::pb;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const WRITERS: usize = 8;

/// What became of each registration, by its place: the request, and the answer once there was one.
type Told = Arc<Mutex<HashMap<usize, (pb::RegisterSenderRequest, Option<pb::RegisterSenderResponse>)>>>;

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("ombord.db").display());
    kills(folder.path(), &url, Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_postgres() {
    let Some(database) = Database::make(Kind::Postgres).await else { return };
    let folder = tempfile::tempdir().unwrap();
    kills(folder.path(), &database.url, Kind::Postgres).await;
}

async fn kills(folder: &std::path::Path, url: &str, kind: Kind) {
    let (times, writes) = (setting("OMBORD_TEST_KILLS", 5), setting("OMBORD_TEST_WRITES", 500));
    migrate(folder, url);
    let told: Told = Arc::default();
    let next = Arc::new(AtomicUsize::new(0));
    for kill in 0..times {
        let service = Process::start(folder, url);
        if kill == 0 {
            create_first(&service.operator()).await;
        }
        // What was not acknowledged is sent again, with the id it had.
        resend(&service.integrator(), &told).await;
        let until = writes * (kill + 1) / times;
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| tokio::spawn(write(service.integrator(), told.clone(), next.clone(), until + WRITERS)))
            .collect();
        // Somewhere in the middle of writing, at another place each time.
        while next.load(Ordering::SeqCst) < until {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        tokio::time::sleep(Duration::from_micros(137 * kill as u64 % 1700)).await;
        service.kill();
        for writer in writers {
            writer.await.unwrap();
        }
    }
    let service = Process::start(folder, url);
    let known: Vec<_> = told.lock().unwrap().values().filter_map(|(_, answer)| answer.clone()).collect();
    assert!(known.len() >= writes - times * WRITERS, "only {} of {writes} writes were acknowledged", known.len());
    let entries = ledger::entries(&service.auditor()).await;
    ledger::verify(&entries);
    let mut registered: HashMap<String, u64> = HashMap::new();
    for entry in entries.iter().filter(|e| e.event_type == "SENDER_REGISTERED") {
        let said: serde_json::Value = serde_json::from_str(&entry.canonical_json).unwrap();
        let reference = said["event"]["terms"]["external_reference"].as_str().unwrap().to_owned();
        assert_eq!(registered.insert(reference, entry.revision), None, "registered twice");
    }
    for answer in &known {
        let revision = registered.get(&answer.external_reference);
        assert_eq!(revision, Some(&answer.revision), "acknowledged, and lost or another");
    }
    resend(&service.integrator(), &told).await;
    let all = told.lock().unwrap().len();
    let entries = ledger::entries(&service.auditor()).await;
    assert_eq!(
        entries.iter().filter(|e| e.event_type == "SENDER_REGISTERED").count(),
        all,
        "one for each request, no more"
    );
    println!("{times} kills over {all} writes, {} acknowledged before a kill: lost 0, twice 0", known.len());
    // The head row's tree is that of the entries, seen by a process of its own after this one has gone.
    service.kill();
    let store = database::open(kind, url).await;
    ledger::verify_with_head(&entries, store.as_ref()).await;
}

async fn create_first(operator: &Clients) {
    let request = pb::CreateIntegratorRequest {
        request_id: crate::support::server::request_id(),
        integrator_id: "first".into(),
        display_name: "First".into(),
        organisation_number: "5567115695".into(),
        kind: pb::IntegratorKind::PayrollBureau as i32,
        email_domains: vec![],
    };
    operator.clone().integrators.create_integrator(request).await.unwrap();
}

async fn write(mut clients: Clients, told: Told, next: Arc<AtomicUsize>, until: usize) {
    loop {
        let n = next.fetch_add(1, Ordering::SeqCst);
        if n >= until {
            return;
        }
        let request = registration(&number(n), &format!("K-{n}"));
        told.lock().unwrap().insert(n, (request.clone(), None));
        match clients.senders.register_sender(request.clone()).await {
            Ok(answer) => told.lock().unwrap().insert(n, (request, Some(answer.into_inner()))),
            Err(_) => return,
        };
    }
}

async fn resend(clients: &Clients, told: &Told) {
    let open: Vec<_> =
        told.lock().unwrap().iter().filter(|(_, (_, a))| a.is_none()).map(|(n, (r, _))| (*n, r.clone())).collect();
    for (n, request) in open {
        let answer = clients.clone().senders.register_sender(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.outcome(), pb::RegistrationOutcome::Created);
        told.lock().unwrap().insert(n, (request, Some(answer)));
    }
}
