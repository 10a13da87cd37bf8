//! A standby that lacks the newest commits is promoted: no node goes on as if nothing were lost, until the loss is accepted.

use super::{PATIENCE, Sender, furnished, suspend, through};
use crate::support::{
    cluster::Cluster,
    database::{self, Kind},
    health::Health,
    ledger::{entries, kept, verify_with_head},
    process::{OMBORD, Process, command},
    relay::Relay,
    server::{Clients, Server, log_key, reason},
    watching::{facts, newest},
    world::{number, question, registration},
};
use ombord::{
    app::System,
    client::{Client, GateFollower, Lease},
    domain::{ids::LedgerId, ledger::note::SigningKey},
    grpc::api::Api,
    pb,
    service::{caller::Scopes, ports::Clock},
    store::{Head, Store},
};
use secrecy::ExposeSecret;
use std::{
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tonic::transport::Endpoint;
use uuid::Uuid;

/// Two databases, two nodes that run on, and who asks them.
struct Stage {
    primary: Cluster,
    standby: Cluster,
    /// From the standby to the primary.
    stream: Relay,
    /// From each node to the database.
    wires: [Relay; 2],
    /// One in this process.
    one: Server,
    /// One in its own, which keeps checkpoints.
    two: Option<Process>,
    folder: TempDir,
    senders: Vec<Sender>,
}

async fn open(url: &str) -> Arc<dyn Store> {
    database::open(Kind::Postgres, url).await
}

async fn head(database: &Cluster) -> Head {
    open(&database.url()).await.read().await.unwrap().head().clone()
}

fn key() -> SigningKey {
    SigningKey::from_pem("ombord", log_key().pem().expose_secret()).unwrap()
}

impl Stage {
    async fn set() -> Option<Self> {
        let primary = Cluster::make().await?;
        let store = open(&primary.url()).await;
        store.migrate(LedgerId(Uuid::from_u64_pair(8, 8))).await.unwrap();
        let senders = furnished(&store, 2).await;
        drop(store);
        let stream = Relay::to(primary.address).await;
        let standby = Cluster::standby(stream.address).await;
        let wires = [Relay::to(primary.address).await, Relay::to(primary.address).await];
        let folder = tempfile::tempdir().unwrap();
        let one = Server::start(open(&through(&primary.url(), wires[0].address)).await).await;
        std::fs::write(folder.path().join("ledger.pem"), log_key().pem().expose_secret()).unwrap();
        let mut stage = Self { primary, standby, stream, wires, one, two: None, folder, senders };
        stage.two = Some(Process::spawn(stage.second(&["serve"])));
        Some(stage)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    /// The command of the node that keeps checkpoints.
    fn second(&self, arguments: &[&str]) -> Command {
        let url = through(&self.primary.url(), self.wires[1].address);
        let mut command = command(OMBORD, arguments, self.folder.path(), &url);
        command
            .env("OMBORD_LEDGER_SIGNING_KEY_FILE", self.folder.path().join("ledger.pem"))
            .env("OMBORD_LEDGER_CHECKPOINT_FILE", self.file())
            .env("OMBORD_LEDGER_CHECKPOINT_INTERVAL", "100ms");
        command
    }

    fn two(&self) -> &Process {
        self.two.as_ref().unwrap()
    }

    /// Everybody who may be asked, each with its health.
    fn nodes(&self) -> [(Clients, Health); 2] {
        let two = self.two();
        [(self.one.gateway(), Health::at(self.one.address)), (two.gateway(), Health::at(two.address))]
    }

    /// Commits that the standby never hears of. The revision of the last one.
    async fn lose(&self) -> Head {
        let (began, before) = (Instant::now(), head(&self.primary).await);
        while head(&self.standby).await != before {
            assert!(began.elapsed() < PATIENCE, "the standby stays behind");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.stream.shut().await;
        let done = suspend(&mut self.one.operator("anna"), &self.senders[0].id).await;
        for (mut gate, _) in self.nodes() {
            let about = pb::CheckSendRequest {
                at_least_revision: done.revision,
                ledger_id: done.ledger_id.clone(),
                ..question(&self.senders[0].number, "first")
            };
            let answer = gate.gate.check_send(about).await.unwrap().into_inner();
            assert_eq!(answer.decision(), pb::Decision::Deny);
        }
        kept(&self.file(), &key(), done.revision).await;
        let lost = head(&self.primary).await;
        assert_eq!(lost.revision, done.revision);
        lost
    }

    /// The primary is gone, and the standby is what there is.
    async fn fail_over(&self) {
        self.primary.crash().await;
        self.standby.promote().await;
        self.wires.iter().for_each(|wire| wire.lead_to(self.standby.address));
    }
}

/// Asks the nodes for the sender whose right was revoked in the lost commits, all the time.
async fn ask_on(
    nodes: [(Clients, Health); 2],
    sender: Sender,
    allowed: Arc<Mutex<Vec<String>>>,
    asked: Arc<AtomicUsize>,
) {
    let about = question(&sender.number, "first");
    loop {
        for (place, (clients, _)) in nodes.iter().enumerate() {
            if let Ok(answer) = clients.clone().gate.check_send(about.clone()).await
                && answer.get_ref().decision() == pb::Decision::Allow
            {
                allowed.lock().unwrap().push(format!("node {place}: {answer:?}"));
            }
        }
        asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What a node says of a sender: the decision, or why it gives none.
async fn decision(gate: &mut Clients, sender: &Sender) -> Result<pb::Decision, String> {
    let answer = gate.gate.check_send(question(&sender.number, "first")).await;
    answer.map(|answer| answer.into_inner().decision()).map_err(|refused| reason(&refused))
}

/// Waits until a node answers nobody, and says so to whoever asks for its health.
async fn stops(gate: &mut Clients, health: &mut Health, sender: &Sender) {
    let began = Instant::now();
    while decision(gate, sender).await != Err("GATE_NOT_READY".to_owned()) || health.serves(Api::GATE).await {
        assert!(began.elapsed() < PATIENCE, "it goes on as if nothing were lost");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(health.serves("").await && health.serves("ombord.v1.SenderService").await);
}

async fn register(clients: &mut Clients, n: usize) -> Result<u64, String> {
    let request = pb::RegisterSenderRequest { contact_point: None, ..registration(&number(n), &format!("L-{n}")) };
    let done = clients.senders.register_sender(request).await;
    done.map(|done| done.into_inner().revision).map_err(|refused| reason(&refused))
}

/// Waits until a node decides on a ledger. What it says of the two senders then.
async fn goes_on(gate: &mut Clients, senders: &[Sender], ledger_id: LedgerId) -> [pb::Decision; 2] {
    let began = Instant::now();
    loop {
        let answer = gate.gate.check_send(question(&senders[0].number, "first")).await;
        if answer.is_ok_and(|answer| answer.get_ref().ledger_id == ledger_id.to_string()) {
            let first = decision(gate, &senders[0]).await.unwrap();
            return [first, decision(gate, &senders[1]).await.unwrap()];
        }
        assert!(began.elapsed() < PATIENCE, "it does not go on after the loss was accepted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_node_goes_on_over_commits_that_a_promoted_standby_lacks() {
    let Some(mut stage) = Stage::set().await else { return };
    // A follower of the second node.
    let door = Relay::to(stage.two().address).await;
    let token = stage.one.token("gateway", None, Scopes::GATE_CHECK);
    let channel = Endpoint::new(format!("http://{}", door.address)).unwrap().connect_lazy();
    let follower = GateFollower::start(Client::new(channel, Arc::new(move || token.clone())), Lease::default());

    let lost = stage.lose().await;
    assert!(follower.reaches(lost.revision, PATIENCE).await);
    let (allowed, asked): (Arc<Mutex<Vec<String>>>, Arc<AtomicUsize>) = Default::default();
    let asking = ask_on(stage.nodes(), stage.senders[0].clone(), allowed.clone(), asked.clone());
    let asking = tokio::spawn(asking);
    stage.fail_over().await;
    let left = head(&stage.standby).await;
    assert_eq!((left.ledger_id, left.revision), (lost.ledger_id, lost.revision - 1), "the standby lacks one commit");

    // Both nodes knew more than there is now: they answer nobody and write nothing.
    let began = Instant::now();
    for (mut gate, mut health) in stage.nodes() {
        stops(&mut gate, &mut health, &stage.senders[1]).await;
    }
    let stopped = began.elapsed();
    for mut writer in [stage.one.integrator("first"), stage.two().integrator()] {
        assert_eq!(register(&mut writer, 50).await, Err("GATE_NOT_READY".to_owned()));
    }
    assert_eq!(head(&stage.standby).await, left, "nothing was written");

    // One that starts now and sees no checkpoint cannot know. The ledger becomes longer than it was, and is another one.
    let unaware = Server::start(open(&stage.standby.url()).await).await;
    for n in 60..63 {
        register(&mut unaware.integrator("first"), n).await.unwrap();
    }
    assert!(head(&stage.standby).await.revision > lost.revision);
    let rounds = asked.load(Ordering::SeqCst);
    while asked.load(Ordering::SeqCst) < rounds + 30 {
        for (mut gate, _) in stage.nodes() {
            assert_eq!(decision(&mut gate, &stage.senders[1]).await, Err("GATE_NOT_READY".to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for mut writer in [stage.one.integrator("first"), stage.two().integrator()] {
        assert_eq!(register(&mut writer, 51).await, Err("GATE_NOT_READY".to_owned()));
    }

    // Nor is anything explained on it.
    for (mut gate, _) in stage.nodes() {
        let asked = question(&stage.senders[0].number, "first");
        let about = pb::ExplainSendRequest {
            organisation_number: asked.organisation_number,
            integrator_id: asked.integrator_id,
            content_type: asked.content_type,
            ..Default::default()
        };
        let refused = gate.gate.explain_send(about).await.unwrap_err();
        assert_eq!(reason(&refused), "GATE_NOT_READY");
    }

    // Nor is a checkpoint signed of what followed, or the last one taken back that tells of the loss.
    let refused = stage.two().auditor().ledger.get_checkpoint(pb::GetCheckpointRequest {}).await.unwrap_err();
    assert_eq!(reason(&refused), "GATE_NOT_READY");
    let mut auditor = stage.two().auditor();
    let acceptances = auditor.acceptances.list_acceptances(pb::ListAcceptancesRequest::default()).await;
    let acceptance_id = acceptances.unwrap().into_inner().acceptances.remove(0).acceptance_id;
    let receipt = auditor.acceptances.get_receipt(pb::GetReceiptRequest { acceptance_id }).await;
    assert_eq!(reason(&receipt.unwrap_err()), "GATE_NOT_READY");
    let checkpoint = kept(&stage.file(), &key(), lost.revision).await;
    assert_eq!((checkpoint.size, checkpoint.ledger_id), (lost.revision, lost.ledger_id));

    // A follower of the lost history that comes to the unaware node begins anew, and has nothing of it.
    door.lead_to(unaware.address);
    let began = Instant::now();
    let state = newest(&unaware).await;
    loop {
        match follower.facts(System.now()) {
            Ok(held) if held.state().history == state.history => {
                assert_eq!(facts(held.state()), facts(&state));
                break;
            }
            _ => assert!(began.elapsed() < PATIENCE, "the follower does not take what is left"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    // The node that keeps checkpoints does not start on it, until the loss is accepted.
    asking.abort();
    assert_eq!(*allowed.lock().unwrap(), [""; 0], "what was revoked is not allowed, whatever was lost");
    stage.two.take().unwrap().kill();
    let told = Process::try_spawn(stage.second(&["serve"])).err().expect("it starts on another history");
    assert!(told.contains("--accept-rollback"), "{told}");
    stage.two = Some(Process::spawn(stage.second(&["serve", "--accept-rollback", "Disk brann"])));

    // Then all nodes go on from what is left, as another ledger.
    let now = head(&stage.standby).await;
    assert_ne!(now.ledger_id, lost.ledger_id);
    let [one, two] = stage.nodes().map(|(gate, _)| gate);
    for mut gate in [one, two, unaware.gateway()] {
        let told = goes_on(&mut gate, &stage.senders, now.ledger_id).await;
        assert_eq!(told, [pb::Decision::Allow; 2], "the revocation is among what was lost, and was accepted so");
    }
    for mut writer in [stage.one.integrator("first"), stage.two().integrator(), unaware.integrator("first")] {
        register(&mut writer, 50).await.unwrap();
    }
    let all = entries(&stage.one.auditor()).await;
    assert_eq!(all.iter().filter(|entry| entry.event_type == "ROLLBACK_ACCEPTED").count(), 1);
    verify_with_head(&all, open(&stage.standby.url()).await.as_ref()).await;
    println!(
        "both nodes stopped {stopped:?} after the standby was theirs, asked {} times; all went on as {}",
        asked.load(Ordering::SeqCst),
        now.ledger_id
    );
    drop(follower);
    unaware.stop().await;
    stage.one.stop().await;
}
