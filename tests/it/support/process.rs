//! The real program in a process of its own, to be killed, stopped and traced.

use super::server::{Clients, issuer, settings};
use ombord::{
    app::System,
    auth::issuer::Grant,
    domain::ids::IntegratorId,
    service::{caller::Scopes, ports::Clock},
};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};
use tonic::transport::{Channel, Endpoint};

/// A running `ombord serve`. Killed when dropped.
pub struct Process {
    pub address: SocketAddr,
    pub child: Child,
    /// What it has logged so far.
    pub log: Arc<Mutex<String>>,
}

/// The program's command for a database, with the tests' signing key; `folder` is where the key set is written.
pub fn command(program: &str, arguments: &[&str], folder: &Path, database: &str) -> Command {
    let jwks = folder.join("jwks.json");
    std::fs::write(&jwks, issuer().public_keys()).unwrap();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("DATABASE_URL", database)
        .env("OMBORD_GRPC_LISTEN", "127.0.0.1:0")
        .env("OMBORD_AUTH_JWKS_FILE", &jwks)
        .env("OMBORD_AUTH_ISSUER", settings().auth.rules.issuer)
        .env("OMBORD_AUTH_AUDIENCE", settings().auth.rules.audience)
        .env("OMBORD_WEB_LISTEN", "127.0.0.1:0")
        .env("OMBORD_WEB_BASE_URL", "http://127.0.0.1:0")
        .env("OMBORD_OPERATOR_NAME", "Brevlådan AB")
        .env("OMBORD_OPERATOR_EMAIL", "avtal@brev.example")
        .env("OMBORD_OPERATOR_PRIVACY_NOTICE_URL", "https://brev.example/privacy")
        .env("OMBORD_LOG_FORMAT", "json")
        .env("OMBORD_SHUTDOWN_DRAIN", "0s")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Where the program is.
pub const OMBORD: &str = env!("CARGO_BIN_EXE_ombord");

impl Process {
    /// Starts the service and waits until it serves.
    pub fn start(folder: &Path, database: &str) -> Self {
        Self::spawn(command(OMBORD, &["serve"], folder, database))
    }

    /// Starts a command that ends up in the service, and waits until that serves.
    pub fn spawn(command: Command) -> Self {
        Self::try_spawn(command).unwrap_or_else(|told| panic!("the service did not start:\n{told}"))
    }

    /// The same for one that may refuse to start. What it said then.
    pub fn try_spawn(mut command: Command) -> Result<Self, String> {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = String::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                assert!(!child.wait().unwrap().success(), "it ended well");
                return Err(told);
            };
            told.push_str(&line);
            told.push('\n');
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["message"] == "serving" {
                break entry["address"].as_str().unwrap().parse().unwrap();
            }
        };
        // The log goes on; somebody must read it, or the service would wait for a full pipe.
        let log = Arc::new(Mutex::new(told));
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Ok(Self { address, child, log })
    }

    /// What the process has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Starts `ombord gate-proxy` before a server, with a token, and waits until it serves.
    pub fn proxy(folder: &Path, server: SocketAddr, token: &str, more: &[&str]) -> Self {
        let file = folder.join("token");
        std::fs::write(&file, token).unwrap();
        let (address, file) = (server.to_string(), file.to_str().unwrap());
        let fixed = ["gate-proxy", "--listen", "127.0.0.1:0", "--address", &address, "--token-file", file];
        Self::spawn(command(OMBORD, &[&fixed, more].concat(), folder, "sqlite://unused.db"))
    }

    /// A connection to this process.
    pub fn channel(&self) -> Channel {
        Endpoint::new(format!("http://{}", self.address)).unwrap().connect_lazy()
    }

    /// How much memory it has, in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Clients of this process.
    pub fn clients(&self, subject: &str, integrator: Option<&str>, scopes: Scopes) -> Clients {
        let integrator = integrator.map(|slug| IntegratorId::parse(slug).unwrap());
        let grant = Grant { subject: subject.into(), integrator, scopes, lifetime_seconds: 3600 };
        let token = issuer().mint(&grant, &settings().auth.rules, System.now()).unwrap();
        Clients::new(self.channel(), Some(&token))
    }

    /// An operator.
    pub fn operator(&self) -> Clients {
        self.clients("anna", None, Scopes::OPERATOR)
    }

    /// The integrator `first`.
    pub fn integrator(&self) -> Clients {
        self.clients(
            "system",
            Some("first"),
            Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE),
        )
    }

    /// An auditor.
    pub fn auditor(&self) -> Clients {
        self.clients("auditor", None, Scopes::AUDIT_READ)
    }

    /// The send gateway.
    pub fn gateway(&self) -> Clients {
        self.clients("gateway", None, Scopes::GATE_CHECK)
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Asks the process to end, a second time so that it does not wait for new calls to stay away, and waits until it has.
    pub fn end(mut self) -> Option<i32> {
        self.signal("TERM");
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }

    /// Kills the process as a power cut would, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `ombord migrate`.
pub fn migrate(folder: &Path, database: &str) {
    let output = command(OMBORD, &["migrate"], folder, database).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
