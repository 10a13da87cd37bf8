//! A follower's end of `WatchGate`, message by message.

use super::server::{Bearer, Clients, Server};
use ombord::{
    domain::{
        catalogue::Catalogue,
        ids::Digest,
        organisation_number::OrganisationNumber,
        profile::{Profile, Profiles},
    },
    gate::{record::Former, state::State},
    pb::{
        WatchCheckpoint, WatchFacts, WatchGateRequest, WatchGateResponse, gate_service_client::GateServiceClient,
        watch_gate_response::Message,
    },
    service::caller::Scopes,
    wire::facts::{Chunk, take_in},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tonic::{Status, Streaming, service::interceptor::InterceptedService, transport::Endpoint};

/// A stream and what was learnt by it.
pub struct Watcher {
    clients: Clients,
    stream: Option<Streaming<WatchGateResponse>>,
    profiles: Profiles,
    pub state: Option<State>,
    pub last: Option<WatchCheckpoint>,
    /// All messages but checkpoints.
    pub told: Vec<WatchGateResponse>,
    /// How many times everything was forgotten.
    pub resets: usize,
}

impl Watcher {
    /// Begins from the beginning.
    pub async fn begin(clients: Clients) -> Result<Self, Status> {
        let mut watcher = Self {
            clients,
            stream: None,
            profiles: Profiles::default(),
            state: None,
            last: None,
            told: Vec::new(),
            resets: 0,
        };
        watcher.again().await?;
        Ok(watcher)
    }

    /// Goes on from the last checkpoint in a new stream.
    pub async fn again(&mut self) -> Result<(), Status> {
        let request = WatchGateRequest { after: self.last.clone() };
        self.stream = Some(self.clients.gate.watch_gate(request).await?.into_inner());
        Ok(())
    }

    /// Takes messages up to a checkpoint.
    pub async fn checkpoint(&mut self) -> Result<WatchCheckpoint, Status> {
        loop {
            let message = self.stream.as_mut().unwrap().message();
            let message = tokio::time::timeout(Duration::from_secs(20), message).await.expect("a word each second")?;
            let message = message.expect("a stream ends with an error");
            match message.message.clone().unwrap() {
                Message::Reset(reset) => {
                    self.resets += 1;
                    let ledger_id = reset.ledger_id.parse().unwrap();
                    self.state = Some(State::new(ledger_id, 0, Digest([0; 32]), Catalogue::default()));
                    self.told.push(message);
                }
                Message::Facts(facts) => {
                    take_in(self.state.as_mut().unwrap(), &mut self.profiles, facts).unwrap();
                    self.told.push(message);
                }
                Message::Checkpoint(checkpoint) => {
                    self.state.as_mut().unwrap().revision = checkpoint.revision;
                    self.last = Some(checkpoint.clone());
                    return Ok(checkpoint);
                }
            }
        }
    }

    /// Takes messages until a revision is reached.
    pub async fn reach(&mut self, revision: u64) -> Result<(), Status> {
        while self.checkpoint().await?.revision < revision {}
        Ok(())
    }

    /// Takes messages until the stream ends. Why.
    pub async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.checkpoint().await {
                return status;
            }
        }
    }
}

/// A checkpoint of one integrator's connections that no server has made.
pub fn checkpoint(ledger_id: &str) -> WatchCheckpoint {
    WatchCheckpoint {
        revision: 1,
        ledger_id: ledger_id.to_owned(),
        rules_version: 1,
        integrator_id: "first".to_owned(),
        history: vec![7; 32].into(),
        ..Default::default()
    }
}

/// What the gate of a server has now.
pub async fn newest(server: &Server) -> Arc<State> {
    let revision = server.store.read().await.unwrap().head().revision;
    assert!(server.services.gate.reaches(revision, Duration::from_secs(10)).await);
    server.services.gate.state().unwrap()
}

/// One sender: its number, its profile, its references, the revision of its last change.
type Told = (Option<OrganisationNumber>, Profile, Vec<String>, u64);

/// All facts of a state as a follower may know them: no sole trader's number, and of integrators and agreements what it is
/// told.
pub fn facts(state: &State) -> (BTreeMap<String, Told>, BTreeSet<String>, Option<WatchFacts>) {
    let mut catalogue = Chunk::default();
    state.catalogue().integrators.values().for_each(|one| catalogue.integrator(one));
    state.catalogue().agreements.iter().for_each(|one| catalogue.agreement(one));
    let told = state.senders().map(|record| {
        let number = record.number().and_then(OrganisationNumber::legal).map(OrganisationNumber::Legal);
        let references = record.references().map(|(_, reference)| reference.to_owned()).collect();
        (record.sender_id.to_string(), (number, Profile::clone(record.profile()), references, record.revision))
    });
    let former = |one: &Arc<Former>| format!("{one:?}");
    (told.collect(), state.formers().map(former).collect(), catalogue.rest())
}

/// A follower that opens a stream and takes nothing until it was closed for that. How it ended.
pub async fn take_nothing(server: &Server) -> Status {
    let endpoint = Endpoint::new(format!("http://{}", server.address)).unwrap().initial_stream_window_size(1);
    let token = server.token("gateway", None, Scopes::GATE_CHECK);
    let line = InterceptedService::new(endpoint.connect().await.unwrap(), Bearer::of(&token));
    let watching = GateServiceClient::new(line).watch_gate(WatchGateRequest::default()).await;
    let mut messages = watching.unwrap().into_inner();
    // Longer than the patience with it, and a word of the server's.
    tokio::time::sleep(server.settings.gate.watch_patience + Duration::from_secs(2)).await;
    loop {
        if let Err(status) = messages.message().await {
            return status;
        }
    }
}
