//! One list of all settings: it reads, defaults and documents each of them, so the three cannot differ.

use super::{
    Auth, Database, Gate, Grpc, Limits, Log, LogFormat, Mail, Operator, Settings, SettingsErrors, Shutdown, Traces,
    Web,
    ledger::{Ledger, former_keys, key_name, signing_key},
    mail::smtp_url,
    parse::{address, claim_name, collector, database_url, duration, log_filter, share, switch, text, whole},
    web::{base_url, page_url},
};
use crate::{
    auth::{
        claims::{ClaimNames, TokenRules},
        ring::KeySource,
    },
    domain::text::email,
    fetch::Url,
};
use std::{collections::BTreeMap, path::PathBuf};

/// One setting, as documentation shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name: section and key of the file, with a dot between.
    pub name: &'static str,
    /// Its variable.
    pub variable: String,
    /// What holds when it is not given; empty if it has none.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Whether its value is secret: never shown, and also read from the file named by the variable with `_FILE`.
    pub secret: bool,
}

/// One value that was given.
pub(super) struct Given {
    pub text: String,
    /// Where, for the error.
    pub origin: String,
}

/// What every variable of a setting begins with.
pub(super) const PREFIX: &str = "OMBORD_";

/// The variable of a setting.
fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase().replace('.', "_"))
}

#[derive(Default)]
pub(super) struct Reader {
    pub given: BTreeMap<String, Given>,
    pub described: Vec<Described>,
    problems: Vec<String>,
}

type Parse<T> = fn(&str) -> Result<T, &'static str>;

impl Reader {
    pub fn refuse(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    pub fn finish(self, settings: Settings) -> Result<Settings, SettingsErrors> {
        if self.problems.is_empty() { Ok(settings) } else { Err(SettingsErrors(self.problems)) }
    }

    fn describe(&mut self, name: &'static str, default: &'static str, meaning: &'static str, secret: bool) {
        self.described.push(Described { name, variable: variable(name), default, meaning, secret });
    }

    /// A setting without default.
    fn optional<T>(&mut self, name: &'static str, meaning: &'static str, parse: Parse<T>) -> Option<T> {
        self.describe(name, "", meaning, false);
        self.parse(name, parse, false)
    }

    /// A setting with a default, which is read as if it had been given.
    fn value<T: Default>(
        &mut self,
        name: &'static str,
        default: &'static str,
        meaning: &'static str,
        parse: Parse<T>,
    ) -> T {
        self.describe(name, default, meaning, false);
        self.parse_or(name, default, parse, false).unwrap_or_default()
    }

    fn secret<T: Default>(
        &mut self,
        name: &'static str,
        default: &'static str,
        meaning: &'static str,
        parse: Parse<T>,
    ) -> T {
        self.describe(name, default, meaning, true);
        self.parse_or(name, default, parse, true).unwrap_or_default()
    }

    /// A secret without default.
    fn optional_secret<T>(&mut self, name: &'static str, meaning: &'static str, parse: Parse<T>) -> Option<T> {
        self.describe(name, "", meaning, true);
        self.parse(name, parse, true)
    }

    /// `None` only together with a problem, so that what stands in for it is never used.
    fn parse_or<T>(&mut self, name: &str, default: &str, parse: Parse<T>, secret: bool) -> Option<T> {
        if self.is_given(name) {
            return self.parse(name, parse, secret);
        }
        parse(default).map_err(|problem| self.refuse(format!("the default of {name}: {problem}"))).ok()
    }

    fn parse<T>(&mut self, name: &str, parse: Parse<T>, secret: bool) -> Option<T> {
        let given = self.given.get(name)?;
        match parse(&given.text) {
            Ok(value) => Some(value),
            Err(problem) => {
                let hidden = secret || has_credentials(&given.text);
                let shown = if hidden { String::new() } else { format!(", is {:?}", given.text) };
                let problem = format!("{}: {problem}{shown}", given.origin);
                self.problems.push(problem);
                None
            }
        }
    }
}

/// Whether a text is an address with a password or a token in it, whatever setting it was given for.
fn has_credentials(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains(['@', '?']))
}

/// The list.
pub(super) fn settings(r: &mut Reader) -> Settings {
    Settings {
        database: Database {
            url: r.secret(
                "database.url",
                "sqlite://data/ombord.db",
                "the database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME; also read from DATABASE_URL",
                database_url,
            ),
            given: r.is_given("database.url"),
            max_connections: r.value("database.max_connections", "8", "connections of this process", whole::<1, 1000>)
                as u32,
            lock_timeout: r.value(
                "database.lock_timeout",
                "3s",
                "how long a statement waits for another's lock",
                duration::<10, 60_000>,
            ),
            statement_timeout: r.value(
                "database.statement_timeout",
                "10s",
                "how long one statement may run (PostgreSQL)",
                duration::<10, 600_000>,
            ),
            idle_in_transaction_session_timeout: r.value(
                "database.idle_in_transaction_session_timeout",
                "2s",
                "how long a node that hangs may hold up the others (PostgreSQL)",
                duration::<10, 60_000>,
            ),
        },
        grpc: Grpc {
            listen: r.value("grpc.listen", "127.0.0.1:50051", "where gRPC listens", address).0,
            reflection: r.value("grpc.reflection", "true", "whether server reflection is offered", switch),
        },
        admin_listen: r
            .optional(
                "admin.listen",
                "where /metrics, /live and /ready are shown (HTTP), for the inside only",
                address,
            )
            .map(|address| address.0),
        auth: auth(r),
        limits: limits(r),
        gate: Gate {
            poll_interval: r.value(
                "gate.poll_interval",
                "200ms",
                "how often the gate looks for news; how late it may see what another node wrote",
                duration::<1, 60_000>,
            ),
            max_staleness: r.value(
                "gate.max_staleness",
                "60s",
                "how old the facts may be that the gate answers from while the database is away; then it answers nobody",
                duration::<1_000, 3_600_000>,
            ),
            apply_wait: r.value(
                "gate.apply_wait",
                "1s",
                "how long the answer to a write waits for this node's gate to have it",
                duration::<0, 60_000>,
            ),
            at_least_revision_wait: r.value(
                "gate.at_least_revision_wait",
                "5s",
                "how long a check waits for the revision it asks for",
                duration::<0, 60_000>,
            ),
            watch_patience: r.value(
                "gate.watch_patience",
                "30s",
                "how long a follower may take nothing before its stream is closed",
                duration::<100, 600_000>,
            ),
        },
        ledger: ledger(r),
        web: web(r),
        operator: operator(r),
        mail: mail(r),
        log: Log {
            format: r.value("log.format", "text", "json or text", |text| match text {
                "json" => Ok(LogFormat::Json),
                "text" => Ok(LogFormat::Text),
                _ => Err("must be json or text"),
            }),
            filter: r.value("log.filter", "info", "what is logged, such as info or info,ombord=debug", log_filter),
        },
        traces: Traces {
            endpoint: r.optional(
                "traces.endpoint",
                "the collector that gets traces of calls (OTLP over gRPC), such as http://localhost:4317; without it nothing is traced, and gate-proxy never is",
                collector,
            ),
            sample: r.value(
                "traces.sample",
                "0.01",
                "the share of calls that are traced, 0 to 1; where the gateway, an operator or an auditor sends traceparent, its sampled flag decides instead",
                share,
            ),
        },
        shutdown: Shutdown {
            drain: r.value(
                "shutdown.drain",
                "5s",
                "how long calls are still taken after health says NOT_SERVING",
                duration::<0, 3_600_000>,
            ),
            deadline: r.value(
                "shutdown.deadline",
                "30s",
                "when calls still under way are ended, counted from the signal; the last spans and the database's connections may take 8s more",
                duration::<1, 3_600_000>,
            ),
        },
    }
}

fn auth(r: &mut Reader) -> Auth {
    let file = r.optional("auth.jwks_file", "a file with the token issuer's public keys (JWKS), read again", |path| {
        text(path).map(|path| KeySource::File(path.into()))
    });
    let url = r.optional("auth.jwks_url", "the https address of the token issuer's public keys (JWKS)", |url| {
        url.parse::<Url>()
            .map(KeySource::Url)
            .map_err(|_| "must be an https:// address without user and password (http:// only for this machine itself)")
    });
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Auth {
        keys: file.or(url),
        rules: TokenRules {
            issuer: r.optional("auth.issuer", "the iss of accepted tokens", text).unwrap_or_default(),
            audience: r.optional("auth.audience", "the aud of accepted tokens", text).unwrap_or_default(),
            names: ClaimNames {
                subject: r.value("auth.subject_claim", "sub", "the claim that says who calls", claim_name),
                scope: r.value("auth.scope_claim", "scope", "the claim with the scopes, a text or a list", claim_name),
                integrator: r.value(
                    "auth.integrator_claim",
                    "integrator_id",
                    "the claim with the integrator's slug",
                    claim_name,
                ),
            },
            max_lifetime_seconds: seconds(r.value(
                "auth.max_token_lifetime",
                "24h",
                "the longest time from a token's iat to its exp",
                duration::<60_000, 2_678_400_000>,
            )),
            leeway_seconds: seconds(r.value(
                "auth.leeway",
                "30s",
                "how far the token issuer's clock may be off",
                duration::<0, 300_000>,
            )),
        },
        refresh_interval: r.value(
            "auth.refresh_interval",
            "5m",
            "how often the token issuer's keys are read again",
            duration::<1_000, 86_400_000>,
        ),
    }
}

fn ledger(r: &mut Reader) -> Ledger {
    Ledger {
        name: r.value(
            "ledger.name",
            "ombord",
            "the name of this service's ledger and keys in receipts and checkpoints, such as ombord.example",
            key_name,
        ),
        signing_key: r.optional_secret(
            "ledger.signing_key",
            "the Ed25519 private key (PEM) that signs receipts and checkpoints; without it there are none",
            signing_key,
        ),
        former_keys: r
            .optional(
                "ledger.former_keys",
                "the public halves of earlier signing keys (NAME+HASH+KEY, commas between), so that what they signed stays good",
                former_keys,
            )
            .unwrap_or_default(),
        checkpoint_file: r.optional(
            "ledger.checkpoint_file",
            "a file elsewhere that keeps the newest checkpoint; at the start the database is held against it",
            |path| text(path).map(PathBuf::from),
        ),
        checkpoint_url: r.optional(
            "ledger.checkpoint_url",
            "an https address that checkpoints are posted to, and that the newest one is read from at the start",
            |url| {
                url.parse::<Url>().map_err(|_| {
                    "must be an https:// address without user and password (http:// only for this machine itself)"
                })
            },
        ),
        checkpoint_email: r.optional(
            "ledger.checkpoint_email",
            "a mailbox elsewhere that gets a checkpoint a day",
            |text| email(text).map_err(|_| "must be an e-mail address"),
        ),
        checkpoint_interval: r.value(
            "ledger.checkpoint_interval",
            "1m",
            "how often a new checkpoint leaves the database, at most",
            duration::<100, 86_400_000>,
        ),
    }
}

fn web(r: &mut Reader) -> Web {
    Web {
        listen: r
            .value(
                "web.listen",
                "127.0.0.1:8080",
                "where the public pages and the form listen (HTTP), if there is a web.base_url",
                address,
            )
            .0,
        base_url: r.optional(
            "web.base_url",
            "the public address that links in mails begin with; without it there are no invitations and no mails",
            base_url,
        ),
        behind_proxy: r.value(
            "web.behind_proxy",
            "false",
            "whether a proxy stands before web.listen, whose X-Forwarded-For names the peer",
            switch,
        ),
        per_minute: r.value("web.per_minute", "600", "requests of one address a minute, at most", whole::<1, 100_000>)
            as u32,
    }
}

fn operator(r: &mut Reader) -> Operator {
    let address = |text: &str| email(text).map_err(|_| "must be an e-mail address");
    Operator {
        name: r.optional("operator.name", "the operator's name, in mails and on the form", text),
        privacy_notice_url: r.optional(
            "operator.privacy_notice_url",
            "the https address of the operator's privacy notice, for the readers of the form",
            page_url,
        ),
        email: r.optional(
            "operator.email",
            "the operator's address: for answers to mails, and told of contests",
            address,
        ),
    }
}

fn mail(r: &mut Reader) -> Mail {
    let path = |path: &str| text(path).map(PathBuf::from);
    Mail {
        smtp: r.optional_secret(
            "mail.smtp_url",
            "the mail server: smtps://USER:PASSWORD@HOST:465 (TLS) or smtp://USER:PASSWORD@HOST:587 (STARTTLS, required)",
            smtp_url,
        ),
        smtp_ca_file: r.optional(
            "mail.smtp_ca_file",
            "a file with certificate authorities (PEM) for the mail server, beside the machine's own",
            path,
        ),
        from: r.optional("mail.from", "the address that mails come from, and that bounces go to", |text| {
            email(text).map_err(|_| "must be an e-mail address")
        }),
        directory: r.value(
            "mail.directory",
            "data/mail",
            "where mails are written as files when there is no mail.smtp_url",
            path,
        ),
        directory_given: r.is_given("mail.directory"),
        per_minute: r.value("mail.per_minute", "60", "mails a minute, at most", whole::<1, 60_000>) as u32,
    }
}

fn limits(r: &mut Reader) -> Limits {
    Limits {
        in_flight_gate: r.value(
            "limits.in_flight_gate",
            "1024",
            "calls of GateService under way, half of them of integrators and a quarter of one integrator at most; the next is told to come again",
            whole::<1, 1_000_000>,
        ),
        in_flight_other: r.value(
            "limits.in_flight_other",
            "256",
            "calls of the other services under way, half of them of integrators and a quarter of one integrator at most; the next is told to come again",
            whole::<1, 1_000_000>,
        ),
        watch_streams: r.value(
            "limits.watch_streams",
            "256",
            "streams to followers at once; the next is told to come again",
            whole::<1, 100_000>,
        ),
        max_deadline: r.value(
            "limits.max_deadline",
            "30s",
            "the longest time for one call, whatever its caller allows",
            duration::<100, 600_000>,
        ),
        max_connections: r.value("limits.max_connections", "1024", "connections at once", whole::<1, 1_000_000>),
        max_concurrent_streams: r.value(
            "limits.max_concurrent_streams",
            "256",
            "calls on one connection at once",
            whole::<1, 10_000>,
        ) as u32,
        max_header_list_size: r.value(
            "limits.max_header_list_size",
            "8192",
            "bytes of metadata of one call, the token included",
            whole::<1024, 65_536>,
        ) as u32,
        hello_deadline: r.value(
            "limits.hello_deadline",
            "5s",
            "how long a new connection may say nothing",
            duration::<10, 60_000>,
        ),
        max_connection_age: r.value(
            "limits.max_connection_age",
            "30m",
            "the age at which a connection is told to reconnect, so that load spreads to new nodes",
            duration::<1_000, 86_400_000>,
        ),
    }
}
