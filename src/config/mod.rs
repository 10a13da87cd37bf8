//! Settings: from a TOML file, from variables and from flags, in that order of rising weight; typed, checked together,
//! and refused with all errors at once. What the process reads of its surroundings comes in through [`Settings::load`].

mod ledger;
mod mail;
mod parse;
mod read;
mod sources;
mod web;

pub use ledger::Ledger;
pub use mail::{Mail, Security, SmtpServer};
pub use read::Described;
pub use web::{Operator, Web};

use crate::auth::{claims::TokenRules, ring::KeySource};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, net::SocketAddr, path::Path, time::Duration};

/// All settings of a process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Database,
    /// The gRPC listener.
    pub grpc: Grpc,
    /// Where counts and the process's state are shown (HTTP); nowhere where absent.
    pub admin_listen: Option<SocketAddr>,
    /// Who may call.
    pub auth: Auth,
    /// What one process takes on at once.
    pub limits: Limits,
    /// The gate in memory.
    pub gate: Gate,
    /// The ledger's signatures.
    pub ledger: Ledger,
    /// The public pages.
    pub web: Web,
    /// Who runs the service.
    pub operator: Operator,
    /// The mails that go out.
    pub mail: Mail,
    /// The log.
    pub log: Log,
    /// The traces of calls.
    pub traces: Traces,
    /// The way down.
    pub shutdown: Shutdown,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    /// `sqlite://` or `postgres://`; may hold a password.
    pub url: SecretString,
    /// Whether the URL was given, or is the default.
    pub given: bool,
    /// Connections of this process, at most.
    pub max_connections: u32,
    /// PostgreSQL's `lock_timeout`; SQLite's `busy_timeout`.
    pub lock_timeout: Duration,
    /// PostgreSQL's `statement_timeout`.
    pub statement_timeout: Duration,
    /// PostgreSQL's `idle_in_transaction_session_timeout`.
    pub idle_in_transaction_session_timeout: Duration,
}

/// Which database a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// `sqlite://`, one file, one process.
    Sqlite,
    /// `postgres://` or `postgresql://`.
    Postgres,
}

/// The gRPC listener.
#[derive(Debug, Clone)]
pub struct Grpc {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether server reflection is offered.
    pub reflection: bool,
}

/// Who may call.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Where the token issuer's keys come from; none with `serve --dev` and in commands that serve nobody.
    pub keys: Option<KeySource>,
    /// What a token must say.
    pub rules: TokenRules,
    /// How often the keys are read again.
    pub refresh_interval: Duration,
}

/// What one process takes on at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls of GateService under way, at most.
    pub in_flight_gate: usize,
    /// Calls of the other services under way, at most.
    pub in_flight_other: usize,
    /// Streams to followers at once, at most.
    pub watch_streams: usize,
    /// The longest time for one call, whatever its caller allows.
    pub max_deadline: Duration,
    /// Connections, at most; the next waits in the kernel's queue.
    pub max_connections: usize,
    /// Calls on one connection, at most.
    pub max_concurrent_streams: u32,
    /// Bytes of metadata of one call, at most.
    pub max_header_list_size: u32,
    /// How long a new connection may say nothing.
    pub hello_deadline: Duration,
    /// The age at which a connection is told to reconnect; differs by up to a tenth between processes.
    pub max_connection_age: Duration,
}

/// The gate in memory.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    /// How often the ledger is looked at for news; also how late a revocation at another node is seen.
    pub poll_interval: Duration,
    /// How old the facts may be that the gate answers from.
    pub max_staleness: Duration,
    /// How long the answer to a write waits for this node's gate to have it.
    pub apply_wait: Duration,
    /// How long a check waits for the revision it asks for.
    pub at_least_revision_wait: Duration,
    /// How long a follower may take nothing before its stream is closed.
    pub watch_patience: Duration,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Text,
}

/// The log.
#[derive(Debug, Clone)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged, in the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// The traces of calls.
#[derive(Debug, Clone)]
pub struct Traces {
    /// The collector that gets them, by OTLP over gRPC; without it there are none.
    pub endpoint: Option<http::Uri>,
    /// The share of calls that are traced, 0 to 1, where no gateway, operator or auditor decides by its `traceparent`.
    pub sample: f64,
}

/// The way down.
#[derive(Debug, Clone, Copy)]
pub struct Shutdown {
    /// How long calls are still taken after the health turned to NOT_SERVING.
    pub drain: Duration,
    /// When calls still under way are ended, counted from the signal; the last spans and the database's connections may take
    /// 8 s more.
    pub deadline: Duration,
}

/// What the settings are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `serve`: the token issuer must be known.
    Serve,
    /// `serve --dev`: has an issuer of its own, another would contradict it.
    Dev,
    /// A command that serves nobody: the token issuer may be known.
    Command,
}

/// Everything that is wrong with the settings, each with where it stands. Values of secrets are not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsErrors(pub Vec<String>);

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Settings {
    /// Reads and checks the settings: the defaults, then the TOML file, then the `OMBORD_…` variables (`grpc.listen` is
    /// `OMBORD_GRPC_LISTEN`) and `DATABASE_URL`. Flags are given as further variables at the end of `env`.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        mode: Mode,
    ) -> Result<Self, SettingsErrors> {
        let mut reader = sources::collect(file, env, &Self::describe());
        let settings = read::settings(&mut reader);
        settings.check(mode, &mut reader);
        reader.finish(settings)
    }

    /// Every setting: its name, variable, default and meaning, as [`Settings::load`] itself reads them.
    pub fn describe() -> Vec<Described> {
        let mut reader = read::Reader::default();
        let _ = read::settings(&mut reader);
        reader.described
    }

    /// What only shows when settings are seen together.
    fn check(&self, mode: Mode, reader: &mut read::Reader) {
        let given = |reader: &read::Reader, name: &str| reader.is_given(name);
        let (file, url) = (given(reader, "auth.jwks_file"), given(reader, "auth.jwks_url"));
        match mode {
            _ if file && url => reader.refuse("auth.jwks_file and auth.jwks_url: give one of them, not both"),
            Mode::Dev if file || url => {
                reader.refuse("auth.jwks_file, auth.jwks_url: --dev has a token issuer of its own, leave them out");
            }
            Mode::Serve if !file && !url => reader.refuse(
                "auth.jwks_file or auth.jwks_url: one is needed, where the token issuer's public keys are \
                 (to try things out, serve --dev has an issuer of its own)",
            ),
            _ => {}
        }
        if file || url {
            for name in ["auth.issuer", "auth.audience"] {
                if !given(reader, name) {
                    reader.refuse(format!("{name}: needed with auth.jwks_file or auth.jwks_url"));
                }
            }
        }
        let names = &self.auth.rules.names;
        if names.subject == names.scope || names.subject == names.integrator || names.scope == names.integrator {
            reader.refuse("auth.subject_claim, auth.scope_claim, auth.integrator_claim: must be three claims");
        }
        if self.web.base_url.is_some() {
            for name in ["operator.name", "operator.privacy_notice_url", "operator.email"] {
                if !given(reader, name) {
                    reader.refuse(format!("{name}: needed with web.base_url"));
                }
            }
        }
        if self.mail.smtp.is_some() && self.mail.from.is_none() && !given(reader, "mail.from") {
            reader.refuse("mail.from: needed with mail.smtp_url");
        }
        if self.mail.smtp_ca_file.is_some() && !given(reader, "mail.smtp_url") {
            reader.refuse("mail.smtp_ca_file: only with mail.smtp_url");
        }
        for name in ["ledger.checkpoint_file", "ledger.checkpoint_url", "ledger.checkpoint_email"] {
            if given(reader, name) && !given(reader, "ledger.signing_key") && mode != Mode::Dev {
                reader.refuse(format!("{name}: needs ledger.signing_key"));
            }
        }
        if self.shutdown.deadline <= self.shutdown.drain {
            reader.refuse("shutdown.deadline: must be longer than shutdown.drain");
        }
        if self.gate.poll_interval >= self.gate.max_staleness {
            reader.refuse("gate.poll_interval: must be shorter than gate.max_staleness");
        }
        if self.gate.at_least_revision_wait >= self.limits.max_deadline {
            reader.refuse("gate.at_least_revision_wait: must be shorter than limits.max_deadline");
        }
        if self.gate.apply_wait >= self.limits.max_deadline {
            reader.refuse("gate.apply_wait: must be shorter than limits.max_deadline");
        }
    }
}

impl Default for Settings {
    /// The settings when nothing is given.
    fn default() -> Self {
        read::settings(&mut read::Reader::default())
    }
}

impl Database {
    /// Which database the URL names.
    pub fn kind(&self) -> DatabaseKind {
        if self.url.expose_secret().starts_with("sqlite:") { DatabaseKind::Sqlite } else { DatabaseKind::Postgres }
    }
}

#[cfg(test)]
mod tests;
