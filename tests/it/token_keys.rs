//! The token issuer's keys: fetched over HTTP or read from a file, refreshed, and never fetched more often than needed.

use ombord::{
    auth::{
        Authenticator, Refusal,
        claims::{ClaimNames, TokenRules},
        issuer::{Grant, Issuer},
        ring::{KeyRing, KeyRingError, KeySource},
        verify::verify,
    },
    domain::time::Timestamp,
    service::caller::Scopes,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

fn now() -> Timestamp {
    Timestamp::from_parts(1_800_000_000, 0).unwrap()
}

fn rules() -> TokenRules {
    TokenRules {
        issuer: "https://id.example".into(),
        audience: "ombord".into(),
        names: ClaimNames::default(),
        max_lifetime_seconds: 3600,
        leeway_seconds: 30,
    }
}

fn mint(issuer: &Issuer) -> String {
    let grant = Grant { subject: "a".into(), integrator: None, scopes: Scopes::OPERATOR, lifetime_seconds: 60 };
    issuer.mint(&grant, &rules(), now()).unwrap()
}

/// A key set's address that counts its visitors and can be told what to answer.
struct KeyServer {
    url: String,
    visits: Arc<AtomicUsize>,
    answer: Arc<std::sync::Mutex<String>>,
}

impl KeyServer {
    async fn start(answer: String) -> Self {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let server = Self { url, visits: Arc::default(), answer: Arc::new(std::sync::Mutex::new(answer)) };
        let (visits, answer) = (Arc::clone(&server.visits), Arc::clone(&server.answer));
        tokio::spawn(async move {
            loop {
                let (mut peer, _) = listener.accept().await.unwrap();
                visits.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                tokio::spawn(async move {
                    let _ = peer.read(&mut [0; 4096]).await;
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    let _ = peer.write_all(answer.as_bytes()).await;
                });
            }
        });
        server
    }

    fn says(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_new_key_is_fetched_once_however_many_ask() {
    let (old, new) = (Issuer::from_seed([1; 32]).unwrap(), Issuer::from_seed([2; 32]).unwrap());
    let server = KeyServer::start(ok(old.public_keys())).await;
    let ring = KeyRing::open(KeySource::Url(server.url.parse().unwrap())).await.unwrap();
    let authenticator = Authenticator::new(Arc::clone(&ring), rules());
    assert!(authenticator.authenticate(&mint(&old), now()).await.is_ok());
    assert_eq!(server.visits.load(Ordering::SeqCst), 1);

    server.says(ok(new.public_keys()));
    let token = mint(&new);
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (authenticator, token) = (authenticator.clone(), token.clone());
            tokio::spawn(async move { authenticator.authenticate(&token, now()).await.is_ok() })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.unwrap(), "whoever came while the keys were fetched waits for them");
    }
    assert_eq!(server.visits.load(Ordering::SeqCst), 2);
    assert_eq!(authenticator.authenticate(&mint(&old), now()).await, Err(Refusal::UnknownKey), "taken back");

    // Made-up kids, by many at once, fetch nothing more within the pause.
    let third = mint(&Issuer::from_seed([3; 32]).unwrap());
    for _ in 0..200 {
        assert_eq!(authenticator.authenticate(&third, now()).await, Err(Refusal::UnknownKey));
    }
    assert_eq!(server.visits.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn after_the_pause_an_unknown_key_is_looked_for_again() {
    let (old, new) = (Issuer::from_seed([1; 32]).unwrap(), Issuer::from_seed([2; 32]).unwrap());
    let server = KeyServer::start(ok(old.public_keys())).await;
    let source = KeySource::Url(server.url.parse().unwrap());
    let ring = KeyRing::open_with_pause(source, Duration::from_millis(150)).await.unwrap();
    ring.refresh_for_unknown_key().await;
    ring.refresh_for_unknown_key().await;
    assert_eq!(ring.reads(), 2);
    server.says(ok(new.public_keys()));
    tokio::time::sleep(Duration::from_millis(400)).await;
    ring.refresh_for_unknown_key().await;
    assert_eq!(ring.reads(), 3);
    assert!(verify(&mint(&new), &ring.keys(), &rules(), now()).is_ok());
}

#[tokio::test]
async fn a_failing_address_leaves_the_keys_as_they_are() {
    let issuer = Issuer::from_seed([1; 32]).unwrap();
    let server = KeyServer::start(ok(issuer.public_keys())).await;
    let ring = KeyRing::open(KeySource::Url(server.url.parse().unwrap())).await.unwrap();
    let huge = format!("{{\"keys\":[]{}}}", " ".repeat(300_000));
    let moved = ok(r#"{"keys":[]}"#).replace("200 OK", "302 Found\r\nlocation: https://evil.example/");
    for answer in [moved, ok(r#"{"keys":[]}"#).replace("200", "500"), ok(&huge), ok("<html>"), "x".into()] {
        server.says(answer);
        assert!(ring.refresh().await.is_err());
        assert_eq!(ring.keys().len(), 1);
    }
    server.says(ok(r#"{"keys":[]}"#));
    ring.refresh().await.unwrap();
    assert!(ring.keys().is_empty(), "an issuer may take all its keys back");
    let empty = KeyRing::open(KeySource::Fixed(r#"{"keys":[]}"#.into())).await;
    assert!(matches!(empty, Err(KeyRingError::NoKey)), "but that is nothing to start with");
}

#[tokio::test]
async fn a_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    assert!(matches!(KeyRing::open(KeySource::File(path.clone())).await, Err(KeyRingError::File(_))));
    let (old, new) = (Issuer::from_seed([1; 32]).unwrap(), Issuer::from_seed([2; 32]).unwrap());
    std::fs::write(&path, old.public_keys()).unwrap();
    let ring = KeyRing::open(KeySource::File(path.clone())).await.unwrap();
    let fresh = tokio::spawn({
        let ring = Arc::clone(&ring);
        async move { ring.keep_fresh(Duration::from_millis(20)).await }
    });
    std::fs::write(&path, new.public_keys()).unwrap();
    let token = mint(&new);
    let seen = async {
        while verify(&token, &ring.keys(), &rules(), now()).is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), seen).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(verify(&token, &ring.keys(), &rules(), now()).is_ok(), "a lost file leaves the keys as they are");
    fresh.abort();
}
