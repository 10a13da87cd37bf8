//! Checkpoints leave the database: to an address, from which the next start reads the newest one; and `ombord ledger`.

use super::{accept, key_of};
use crate::support::{
    database::{Database, Kind},
    process::{OMBORD, command},
    server::{Server, log_key, settings},
    visitor::Visitor,
    world::furnish,
};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use ombord::domain::ledger::note::Checkpoint;
use secrecy::ExposeSecret;
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

type Kept = Arc<Mutex<Option<String>>>;

/// A place elsewhere that keeps what it was given last.
async fn elsewhere() -> (SocketAddr, Kept) {
    let kept = Kept::default();
    let read = |State(kept): State<Kept>| async move { kept.lock().unwrap().clone().ok_or(StatusCode::NOT_FOUND) };
    let write = |State(kept): State<Kept>, note: String| async move { *kept.lock().unwrap() = Some(note) };
    let router = Router::new().route("/ombord", get(read).post(write)).with_state(kept.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_are_posted_whenever_the_ledger_has_grown() {
    let database = Database::make(Kind::Sqlite).await.unwrap();
    let (address, kept) = elsewhere().await;
    let mut settings = settings();
    settings.ledger.checkpoint_url = Some(format!("http://{address}/ombord").parse().unwrap());
    settings.ledger.checkpoint_interval = Duration::from_millis(50);
    let server = Server::start_with(database.store.clone(), settings.clone()).await;
    furnish(&server).await;
    let mut sizes = Vec::new();
    for count in [1, 2] {
        accept(&server, count).await;
        let wanted = database.store.read().await.unwrap().head().revision;
        for _ in 0..200 {
            let note = kept.lock().unwrap().clone().unwrap_or_default();
            if Checkpoint::open(&note, &[key_of(&server)]).is_ok_and(|checkpoint| checkpoint.size == wanted) {
                sizes.push(wanted);
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(sizes.len(), 2);
    server.stop().await;
    // The next start is held against it.
    let ledger_id = database.ledger_id;
    let key = settings.ledger.key().unwrap().unwrap();
    *kept.lock().unwrap() = Some(Checkpoint::sign(&key, ledger_id, 10_000, ombord::domain::ids::Digest::of(b"")));
    let keys = ombord::auth::ring::KeySource::Fixed(crate::support::server::issuer().public_keys().to_owned());
    let refused = ombord::app::start(&settings, database.store.clone(), keys, tokio::runtime::Handle::current())
        .await
        .err()
        .unwrap();
    assert!(format!("{refused:#}").contains("to 10000 are lost"), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_elsewhere_gets_one_a_day() {
    let database = Database::make(Kind::Sqlite).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.mail.directory = folder.path().to_owned();
    settings.ledger.checkpoint_email = Some("keeper@else.example".into());
    settings.ledger.checkpoint_interval = Duration::from_millis(50);
    let server = Server::start_with(database.store.clone(), settings).await;
    furnish(&server).await;
    accept(&server, 2).await;
    let visitor = Visitor::of(&server);
    let letter = visitor.mail("keeper@else.example", 1).await;
    assert!(letter.raw.contains(&format!("{}/{}", server.settings.ledger.name, database.ledger_id)), "{}", letter.raw);
    accept(&server, 3).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mails = visitor.mails().into_iter().filter(|letter| letter.to().contains("keeper")).count();
    // Two where midnight came between.
    assert!(mails <= 2, "{mails}");
    let queued = database.texts("SELECT purpose FROM mail WHERE purpose LIKE '%CHECKPOINT%'").await;
    assert_eq!(queued.len(), mails);
    server.stop().await;
}

fn run(folder: &Path, database: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = command(OMBORD, arguments, folder, database);
    command.env("OMBORD_LEDGER_SIGNING_KEY_FILE", folder.join("log.pem"));
    let ran = command.output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
    (ran.status.code().unwrap(), out)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_verified_at_the_command_line() {
    let database = Database::make(Kind::Sqlite).await.unwrap();
    let server = Server::start(database.store.clone()).await;
    furnish(&server).await;
    accept(&server, 3).await;
    let note = ombord::service::ledger::get_checkpoint(&server.services).await.unwrap().note;
    let key = key_of(&server).to_string();
    let folder = database.directory.as_ref().unwrap().path().to_owned();
    std::fs::write(folder.join("log.pem"), log_key().pem().expose_secret()).unwrap();
    let (code, out) = run(&folder, &database.url, &["ledger", "verify"]);
    assert!(code == 2 && out.contains("while the service is stopped, or on a copy"), "{out}");
    server.stop().await;
    let Database { store, url, directory, .. } = database;
    drop(store);
    let folder = directory.as_ref().unwrap().path();
    std::fs::write(folder.join("checkpoint"), &note).unwrap();
    let (code, out) = run(folder, &url, &["ledger", "keys"]);
    assert_eq!((code, out.trim()), (0, key.as_str()));
    let since = folder.join("checkpoint").display().to_string();
    for arguments in [&["ledger", "verify"][..], &["ledger", "verify", "--since", &since, "--key", &key]] {
        let (code, out) = run(folder, &url, arguments);
        assert!(code == 0 && out.contains("GOOD: everything is as it was written"), "{out}");
    }
    let strange = [
        "ledger",
        "verify",
        "--since",
        &since,
        "--key",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ];
    assert_eq!(run(folder, &url, &strange).0, 2, "the checkpoint cannot be believed");
    let mut conn: sqlx::SqliteConnection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::raw_sql("UPDATE private_record SET body = replace(body, 'CFO', 'CEO')").execute(&mut conn).await.unwrap();
    sqlx::Connection::close(conn).await.unwrap();
    let (code, out) = run(folder, &url, &["ledger", "verify"]);
    assert!(code == 1 && out.contains("FAULT private_record.body, ") && out.contains("CHANGED"), "{out}");
    assert!(!out.contains("CEO") && !out.contains("Åsa"), "no personal data: {out}");
    // Who only looks makes nothing: an empty ledger at a mistyped place would be good.
    let elsewhere = folder.join("elsewhere");
    let (code, out) =
        run(folder, &format!("sqlite://{}", elsewhere.join("ombord.db").display()), &["ledger", "verify"]);
    assert!(code == 2 && out.contains("there is no database at") && !elsewhere.exists(), "{out}");
}
