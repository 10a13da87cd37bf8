//! The servers that are started to be measured.

use super::{
    clock,
    collector::Collector,
    fill::INTEGRATOR,
    processes::{Running, pinned},
};
use crate::{
    app::System,
    auth::{claims::ClaimNames, issuer::Issuer},
    service::{
        caller::Scopes,
        ports::{Clock, Entropy},
    },
};
use serde_json::json;
use std::{fs, net::SocketAddr, path::Path, process::Command, time::Duration};
use tempfile::TempDir;

/// The longest start: a node loads all its facts before it listens.
const START: Duration = Duration::from_secs(300);
/// As long as the longest measurement.
const LIFETIME: i64 = 12 * 3600;
/// How long a token is that an identity provider gives: about as long as that.
const TOKEN_LENGTH: usize = 500;
/// Issuer and audience of the tokens.
const NAME: &str = "ombord-bench";

/// A server that is ready.
#[derive(Debug)]
pub struct Ready {
    /// Its process.
    pub running: Running,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until it listened, all facts in memory.
    pub after: Duration,
}

impl Ready {
    async fn start(command: Command, folder: TempDir) -> anyhow::Result<Self> {
        let began = clock::now();
        let mut running = Running::start(command, folder)?;
        let address = running.address(START).await?;
        Ok(Self { running, address, after: clock::now().duration_since(began) })
    }
}

fn folder() -> anyhow::Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("ombord-bench-").tempdir()?)
}

/// This program's own service.
pub struct Own {
    /// Its process.
    pub ready: Ready,
    issuer: Issuer,
}

impl Own {
    /// A gateway's token.
    pub fn gateway(&self) -> anyhow::Result<String> {
        token(&self.issuer, Scopes::GATE_CHECK, None)
    }

    /// The token of the senders' integrator.
    pub fn integrator(&self) -> anyhow::Result<String> {
        token(&self.issuer, Scopes::SENDERS_WRITE, Some(INTEGRATOR))
    }
}

/// The share of its calls that a service traces, and who gets the traces.
#[derive(Debug, Clone)]
pub struct Traced {
    /// Who gets them.
    pub collector: Collector,
    /// 0 to 1.
    pub share: f64,
}

/// Starts this program's own service on a database, with keys of its own.
pub async fn own(
    program: &Path,
    database: &str,
    processor: Option<usize>,
    traced: Option<&Traced>,
) -> anyhow::Result<Own> {
    let folder = folder()?;
    let issuer = Issuer::from_seed(System.secret())?;
    let keys = folder.path().join("jwks.json");
    fs::write(&keys, issuer.public_keys())?;
    let mut command = pinned(program, processor);
    command
        .arg("serve")
        .env_remove("OMBORD_DATABASE_URL")
        .env_remove("OMBORD_AUTH_JWKS_URL")
        .env_remove("OMBORD_TRACES_ENDPOINT")
        .env_remove("OMBORD_TRACES_SAMPLE")
        .env("DATABASE_URL", database)
        .env("OMBORD_GRPC_LISTEN", "127.0.0.1:0")
        .env("OMBORD_AUTH_JWKS_FILE", keys)
        .env("OMBORD_AUTH_ISSUER", NAME)
        .env("OMBORD_AUTH_AUDIENCE", NAME)
        .env("OMBORD_LOG_FORMAT", "json");
    if let Some(Traced { collector, share }) = traced {
        let endpoint = format!("http://{}", collector.address);
        command.env("OMBORD_TRACES_ENDPOINT", endpoint).env("OMBORD_TRACES_SAMPLE", share.to_string());
    }
    Ok(Own { ready: Ready::start(command, folder).await?, issuer })
}

/// Starts a bare server that answers with the message of `reply`.
pub async fn bare(program: &Path, batch: bool, reply: &[u8], processor: Option<usize>) -> anyhow::Result<Ready> {
    let folder = folder()?;
    let file = folder.path().join("reply");
    fs::write(&file, reply)?;
    let mut command = pinned(program, processor);
    command.args(["bench", "bare", "--reply"]).arg(file);
    if batch {
        command.arg("--batch");
    }
    Ready::start(command, folder).await
}

/// A token, padded to the length of those that are given elsewhere.
fn token(issuer: &Issuer, scopes: Scopes, integrator: Option<&str>) -> anyhow::Result<String> {
    let (issued, _) = System.now().parts();
    let names = ClaimNames::default();
    let sign = |padding: usize| {
        let mut claims = json!({
            "iss": NAME,
            "aud": NAME,
            "iat": issued,
            "exp": issued + LIFETIME,
            (names.subject.as_str()): NAME,
            (names.scope.as_str()): scopes.to_string(),
            "jti": "0".repeat(padding),
        });
        if let Some(integrator) = integrator {
            claims[names.integrator.as_str()] = integrator.into();
        }
        issuer.sign(&claims)
    };
    let short = sign(0)?;
    // Three bytes make four characters.
    Ok(sign(TOKEN_LENGTH.saturating_sub(short.len()) * 3 / 4)?)
}
