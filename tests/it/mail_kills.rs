//! kill -9 between the commit that makes a mail wanted, its sending and its settling: every mail goes out at least once,
//! none is lost, each keeps its Message-ID, and what was accepted stands.

use crate::support::{
    database::{Database, Kind},
    ledger,
    mailing::{accept, free_port, furnish, invite, listed, mailing, person},
    process::{Process, migrate},
    setting,
    smtp::{Does, MailServer, Received, Speaks, Stage},
    world::{number, question},
};
use ombord::pb;
use sqlx::{AssertSqlSafe, Connection};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

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

/// What the mail server does in each round, and how long after the acts the process lives where nothing halts it.
const ROUNDS: [(Does, Option<Duration>); 6] = [
    // Right after the commit.
    (Does::Accept, Some(Duration::ZERO)),
    // While a mail is being sent.
    (Does::Halt(Stage::Recipient), None),
    // Once it was sent, before anybody knows.
    (Does::Halt(Stage::Taken), None),
    // Between the server's word and the settling.
    (Does::Halt(Stage::Answered), None),
    // Anywhere.
    (Does::Accept, Some(Duration::from_micros(2700))),
    (Does::Accept, Some(Duration::from_micros(9100))),
];

async fn kills(folder: &Path, url: &str, kind: Kind) {
    let times = setting("OMBORD_TEST_KILLS", 6);
    migrate(folder, url);
    let (web, server) = (free_port(), MailServer::start(Speaks::Tls).await);
    let start = || Process::spawn(mailing(&["serve"], folder, url, web, &server));
    // Companies whose acceptance the service acknowledged, and those that were asked to accept at all.
    let (mut accepted, mut asked) = (BTreeSet::new(), BTreeSet::new());
    // How many kills hit a mail that was surely under way: the server never said that it took it.
    let mut struck = 0;
    for kill in 0..times {
        let (does, lives) = ROUNDS[kill % ROUNDS.len()];
        server.does(if kill == 0 { Does::Accept } else { does });
        let service = start();
        if kill == 0 {
            furnish(&service).await;
        }
        if kill % ROUNDS.len() == 0 {
            // Now and then everything gets through.
            settled(&service).await;
        }
        invite(&service.integrator(), kill).await;
        // Some of those that have got a link by now accept; the confirmations are mails too.
        let arrived = server.received();
        let next: Vec<_> =
            (0..kill).filter(|n| !asked.contains(n)).filter_map(|n| Some((n, link(&arrived, n)?))).take(2).collect();
        for (n, link) in next {
            asked.insert(n);
            if accept(&link, n).await {
                accepted.insert(n);
            }
        }
        match lives {
            Some(time) => tokio::time::sleep(time * u32::try_from(kill % 11).unwrap()).await,
            None => server.halted().await,
        }
        service.kill();
        struck += usize::from(matches!(does, Does::Halt(Stage::Recipient | Stage::Taken)));
        // Some minutes pass: what the dead process had taken is due again.
        lapse(url, kind).await;
    }
    server.does(Does::Accept);
    let service = start();
    let mails = settled(&service).await;
    let received = server.received();
    // Every mail went out, under its own Message-ID and to one address, and no other mail did. An invitation that was
    // answered before its sending was settled is not sent again: CANCELLED, though it went out.
    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mail in &received {
        let id = mail.header("Message-ID").unwrap().trim_matches(['<', '>']);
        let id = id.strip_suffix("@brev.example").unwrap().to_owned();
        sent.entry(id).or_default().insert(mail.to.clone());
    }
    assert!(sent.values().all(|to| to.len() == 1));
    let wanted: BTreeSet<String> = mails.iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!(sent.keys().cloned().collect::<BTreeSet<_>>(), wanted, "lost, or never wanted");
    for n in 0..times {
        assert!(received.iter().any(|mail| mail.to == person(n)), "company {n} was invited and not told");
    }
    // What was acknowledged stands, and was confirmed to both addresses.
    let confirmations = mails.iter().filter(|mail| mail.kind() == pb::MailKind::Confirmation).count();
    assert!(confirmations >= 2 * accepted.len(), "{confirmations} confirmations of {} acceptances", accepted.len());
    assert!(accepted.len() * 3 + 3 >= times, "only {} of {times} accepted", accepted.len());
    for n in &accepted {
        let answer = service.gateway().gate.check_send(question(&number(*n), "first")).await.unwrap().into_inner();
        assert_eq!(answer.decision(), pb::Decision::Allow, "company {n}");
    }
    ledger::verify(&ledger::entries(&service.auditor()).await);
    service.kill();
    let tries = tries(url, kind).await;
    assert_eq!(tries.len(), wanted.len());
    assert!(
        tries.iter().all(|(taken, settled)| *taken > 0 && settled <= taken),
        "never tried, or settled twice: {tries:?}"
    );
    let unsettled: i64 = tries.iter().map(|(taken, settled)| taken - settled).sum();
    assert!(usize::try_from(unsettled).unwrap() >= struck, "{struck} kills hit {unsettled} tries: {tries:?}");
    println!(
        "{times} kills: {} mails, sent {} times, {unsettled} tries cut off; lost 0; {} acceptances stand",
        wanted.len(),
        received.len(),
        accepted.len()
    );
}

/// The newest link that the n-th company's person got to accept by.
fn link(received: &[Received], n: usize) -> Option<String> {
    let invited = |mail: &&Received| mail.to == person(n) && !mail.data.contains("multipart/mixed");
    received.iter().rev().find(invited)?.link()
}

/// What is being sent is due at once.
async fn lapse(url: &str, kind: Kind) {
    let sql = "UPDATE mail SET due = created WHERE state = 'PENDING' RETURNING attempts";
    numbers(url, kind, sql).await;
}

/// Answers of the database while no process has it.
async fn numbers(url: &str, kind: Kind, sql: &'static str) -> Vec<i64> {
    let sql = AssertSqlSafe(sql);
    match kind {
        Kind::Sqlite => {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            let found = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            found
        }
        Kind::Postgres => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            let found = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            found
        }
    }
}

/// For each mail that came to be, how often it was taken to be sent, and how many of those tries were settled. Each try
/// mints a link of its own, and all mails here carry one.
async fn tries(url: &str, kind: Kind) -> Vec<(i64, i64)> {
    let taken = match kind {
        Kind::Sqlite => {
            "SELECT (SELECT COUNT(*) FROM entry e WHERE e.event = 'LINK_MINTED' AND \
             replace(e.canonical, '-', '') LIKE '%' || lower(hex(m.message_id)) || '%') FROM mail m ORDER BY m.message_id"
        }
        Kind::Postgres => {
            "SELECT (SELECT COUNT(*) FROM entry e WHERE e.event = 'LINK_MINTED' AND \
             e.canonical LIKE '%' || m.message_id::text || '%') FROM mail m ORDER BY m.message_id"
        }
    };
    let settled = "SELECT m.attempts FROM mail m ORDER BY m.message_id";
    numbers(url, kind, taken).await.into_iter().zip(numbers(url, kind, settled).await).collect()
}

/// Waits until nothing is left to send. All mails.
async fn settled(service: &Process) -> Vec<pb::Mail> {
    for _ in 0..1500 {
        if listed(service, &[pb::MailState::Pending]).await.is_empty() {
            let mails = listed(service, &[]).await;
            let answered =
                |mail: &pb::Mail| mail.state() == pb::MailState::Cancelled && mail.kind() == pb::MailKind::Invitation;
            assert!(mails.iter().all(|mail| mail.state() == pb::MailState::Sent || answered(mail)), "{mails:?}");
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still waiting: {:?}", listed(service, &[pb::MailState::Pending]).await);
}
