//! Cerbos, a decision server in Go, with a policy equal in spirit: the gateway may send when the attributes that come with
//! the question say that the connection is active and the agreements are accepted. It keeps no facts: whoever asks it has
//! to know them.

use super::{
    load::{
        Target,
        questions::{Questions, mark},
    },
    processes::{Running, pinned},
    rounds::answer,
};
use anyhow::{Context, bail};
use prost::Message;
use prost_types::{ListValue, Value, value::Kind};
use std::{
    collections::HashMap,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

/// The most resources of one call that it can be told to take.
const MOST_RESOURCES: usize = 500;
/// The longest start.
const START: Duration = Duration::from_secs(60);

const POLICY: &str = r#"apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: sender
  rules:
    - actions: ["send:payslip"]
      effect: EFFECT_ALLOW
      roles: ["gateway"]
      condition:
        match:
          all:
            of:
              - expr: R.attr.connection == "ACTIVE"
              - expr: R.attr.suspended == false
              - expr: R.attr.accepted.exists(one, one == "general-terms")
              - expr: R.attr.accepted.exists(one, one == "dpa-payslip")
"#;

#[derive(Clone, PartialEq, Message)]
struct CheckResourcesRequest {
    #[prost(message, optional, tag = "3")]
    principal: Option<Principal>,
    #[prost(message, repeated, tag = "4")]
    resources: Vec<ResourceEntry>,
}

#[derive(Clone, PartialEq, Message)]
struct Principal {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, repeated, tag = "3")]
    roles: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceEntry {
    #[prost(string, repeated, tag = "1")]
    actions: Vec<String>,
    #[prost(message, optional, tag = "2")]
    resource: Option<Resource>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "3")]
    id: String,
    #[prost(map = "string, message", tag = "4")]
    attr: HashMap<String, Value>,
}

#[derive(Clone, PartialEq, Message)]
struct CheckResourcesResponse {
    #[prost(message, repeated, tag = "2")]
    results: Vec<ResultEntry>,
}

#[derive(Clone, PartialEq, Message)]
struct ResultEntry {
    #[prost(map = "string, int32", tag = "2")]
    actions: HashMap<String, i32>,
}

/// What is asked for, and the number of `EFFECT_ALLOW`.
const ACTION: &str = "send:payslip";
const ALLOW: i32 = 1;

fn questions(senders: u32, items: usize) -> anyhow::Result<Questions> {
    let text = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    let accepted = ListValue { values: vec![text("general-terms"), text("dpa-payslip")] };
    let attr = HashMap::from([
        ("connection".to_owned(), text("ACTIVE")),
        ("suspended".to_owned(), Value { kind: Some(Kind::BoolValue(false)) }),
        ("accepted".to_owned(), Value { kind: Some(Kind::ListValue(accepted)) }),
    ]);
    let entry = |at| ResourceEntry {
        actions: vec![ACTION.to_owned()],
        resource: Some(Resource { kind: "sender".to_owned(), id: mark(at), attr: attr.clone() }),
    };
    let principal = Principal { id: "gateway".to_owned(), roles: vec!["gateway".to_owned()] };
    let message = CheckResourcesRequest { principal: Some(principal), resources: (0..items).map(entry).collect() };
    Questions::new(&message, items, senders, all_allowed)
}

fn all_allowed(message: &[u8], questions: usize) -> anyhow::Result<()> {
    let told = CheckResourcesResponse::decode(message)?;
    let allowed = told.results.iter().filter(|result| result.actions.get(ACTION) == Some(&ALLOW)).count();
    if allowed == questions && told.results.len() == questions {
        return Ok(());
    }
    bail!("{allowed} of {questions} answers of Cerbos are EFFECT_ALLOW")
}

/// Starts it and waits until it answers. `token` is sent as to the others; it means nothing to it.
pub async fn start(
    program: &Path,
    senders: u32,
    items: usize,
    token: Option<String>,
    processor: Option<usize>,
) -> anyhow::Result<(Running, Target)> {
    if items > MOST_RESOURCES {
        bail!("Cerbos takes at most {MOST_RESOURCES} questions in a call");
    }
    let folder = tempfile::Builder::new().prefix("ombord-bench-").tempdir()?;
    let policies = folder.path().join("policies");
    fs::create_dir(&policies)?;
    fs::write(policies.join("sender.yaml"), POLICY)?;
    let address = free()?;
    let settings = serde_json::json!({
        "server": {
            "grpcListenAddr": address.to_string(),
            "httpListenAddr": free()?.to_string(),
            "requestLimits": { "maxResourcesPerRequest": items.max(50) },
        },
        "storage": { "driver": "disk", "disk": { "directory": policies, "watchForChanges": false } },
        "telemetry": { "disabled": true },
        "audit": { "enabled": false },
    });
    // YAML reads JSON.
    let file = folder.path().join("cerbos.yaml");
    fs::write(&file, settings.to_string())?;
    let mut command = pinned(program, processor);
    // Without a line for each call, which would be held against it.
    command.args(["server", "--log-level=error", "--config"]).arg(file);
    let mut running = Running::start(command, folder)?;
    let target = Target {
        address,
        pid: Some(running.pid()),
        path: "/cerbos.svc.v1.CerbosService/CheckResources",
        token,
        questions: questions(senders, items)?,
    };
    running.until(START, "it listened", |_| std::net::TcpStream::connect(address).ok()).await?;
    answer(target.clone()).await.context("Cerbos' first answer")?;
    Ok((running, target))
}

/// An address that nobody listens at.
fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
