//! The composition root: the only file that names concrete types, and the only one that reads the clock and draws
//! random numbers.

mod gauges;
mod witness;

pub use witness::accept_rollback;

use crate::{
    admin,
    auth::{
        Authenticator,
        authenticator::self_test,
        ring::{KeyRing, KeySource},
        table,
    },
    checkpoints,
    config::{Database, DatabaseKind, Limits, Mail, Settings, Web},
    domain::{ledger::commitment::Salt, rules::REQUEST_ID_DAYS, time::Timestamp},
    gate::{Gate, feed},
    grpc::{api::Api, layers},
    lifecycle::{self, End, Health, Lifecycle},
    outbox::{self, Outbox, chores, words::Operator},
    pb,
    service::{
        FormSettings, Services,
        checks::watch::Watches,
        ports::{Clock, Entropy},
    },
    store::{
        Store,
        postgres::{PostgresOptions, PostgresStore},
        sqlite::SqliteStore,
    },
    telemetry::Traces,
    web,
};
use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, runtime::Handle, sync::mpsc};
use uuid::Uuid;

/// The machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(micros).unwrap_or(Timestamp::BEGINNING)
    }
}

impl Entropy for System {
    #[expect(clippy::disallowed_methods, reason = "the one place where ids are drawn")]
    fn uuid_v4(&self) -> Uuid {
        Uuid::new_v4()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where ids are drawn")]
    fn uuid_v7(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn salt(&self) -> Salt {
        Salt(System::random())
    }

    fn secret(&self) -> [u8; 32] {
        System::random()
    }
}

impl System {
    /// Thirty-two random bytes. Two random UUIDs stand in where the system has none to give, which it always has.
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
    pub fn random() -> [u8; 32] {
        let mut bytes = [0; 32];
        if aws_lc_rs::rand::fill(&mut bytes).is_err() {
            bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
            bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        }
        bytes
    }
}

/// Opens the database that the settings name.
pub async fn open_store(database: &Database) -> anyhow::Result<Arc<dyn Store>> {
    let url = database.url.expose_secret();
    match database.kind() {
        DatabaseKind::Sqlite => {
            let store = SqliteStore::open(url, database.max_connections, database.lock_timeout).await;
            Ok(Arc::new(store.context("the SQLite database cannot be opened")?))
        }
        DatabaseKind::Postgres => {
            let options = PostgresOptions {
                max_connections: database.max_connections,
                lock_timeout: database.lock_timeout,
                statement_timeout: database.statement_timeout,
                idle_in_transaction_timeout: database.idle_in_transaction_session_timeout,
            };
            let store = PostgresStore::open(url, &options).await;
            Ok(Arc::new(store.context("the PostgreSQL database cannot be opened")?))
        }
    }
}

/// For who only looks: a database file that is not there is not to be made.
pub fn must_exist(database: &Database) -> anyhow::Result<()> {
    let missing = match database.kind() {
        DatabaseKind::Sqlite => SqliteStore::missing_file(database.url.expose_secret()),
        DatabaseKind::Postgres => None,
    };
    match missing {
        Some(file) => anyhow::bail!("there is no database at {}", file.display()),
        None => Ok(()),
    }
}

/// How long the database's connections may take to end.
const STORE_CLOSE: Duration = Duration::from_secs(5);

/// Ends the database's connections before the process does, so that an SQLite file is whole without the log beside it.
pub async fn close_store(store: &dyn Store) {
    if tokio::time::timeout(STORE_CLOSE, store.close()).await.is_err() {
        tracing::warn!("the database's connections did not end in time");
    }
}

/// A running service.
pub struct Node {
    /// Where it listens for gRPC.
    pub address: SocketAddr,
    /// Where it shows counts, if it does.
    pub admin_address: Option<SocketAddr>,
    /// Where it listens for HTTP, if it does.
    pub web_address: Option<SocketAddr>,
    /// What it is made of, for whoever runs it in the same process.
    pub services: Arc<Services>,
    lifecycle: Lifecycle,
    health: Health,
    traces: Option<Traces>,
    shutdown: crate::config::Shutdown,
}

/// Starts the service: checks everything that could be wrong, loads the gate, then listens.
///
/// `gate_threads` are those on which calls come in and checks are answered; all else runs where this is called.
pub async fn start(
    settings: &Settings,
    store: Arc<dyn Store>,
    keys: KeySource,
    gate_threads: Handle,
) -> anyhow::Result<Node> {
    let missing = table::missing_rows(pb::FILE_DESCRIPTOR_SET);
    if !missing.is_empty() {
        bail!("these RPCs have no row in the table of scopes: {}", missing.join(", "));
    }
    let stale = table::stale_rows(pb::FILE_DESCRIPTOR_SET);
    if !stale.is_empty() {
        bail!("these rows of the table of scopes are of no RPC: {}", stale.join(", "));
    }
    self_test(System::random(), System.now())?;
    let obstacles = store.obstacles().await?;
    if !obstacles.is_empty() {
        bail!("the database is not fit to start on:\n  - {}", obstacles.join("\n  - "));
    }
    let ring = KeyRing::open(keys).await.context("the token issuer's public keys cannot be read")?;

    let pages = match &settings.web.base_url {
        Some(_) => Some(listen("web.listen", settings.web.listen).await?),
        None => None,
    };
    let admin = match settings.admin_listen {
        Some(address) => Some(listen("admin.listen", address).await?),
        None => None,
    };
    let web_address = pages.as_ref().map(TcpListener::local_addr).transpose()?;
    let registry = prometheus::Registry::new();
    let traces = Traces::start(&settings.traces, &registry)?;
    let gate = Arc::new(Gate::new(settings.gate.max_staleness));
    let mut reader =
        feed::Reader::new(gate.clone(), store.clone(), Arc::new(|| System.now()), settings.gate.poll_interval);
    reader.load().await.context("the gate cannot load its facts")?;
    let mut lifecycle = Lifecycle::new();
    let stopping = lifecycle.stopping();
    let services = Arc::new(Services {
        log: witness::log_keys(&settings.ledger)?,
        form: web_address.and_then(|address| form(settings, address)),
        store: store.clone(),
        clock: Arc::new(System),
        entropy: Arc::new(System),
        gate: gate.clone(),
        apply_patience: settings.gate.apply_wait,
        revision_patience: settings.gate.at_least_revision_wait,
        watches: Watches::new(
            settings.limits.watch_streams,
            settings.gate.watch_patience,
            settings.limits.max_connection_age,
            stopping.clone(),
        ),
    });

    let outbox = outbox(&services, &settings.mail)?;
    let places = witness::places(&settings.ledger);
    witness::refuse_older(&services, &places).await?;

    let listener = listen("grpc.listen", settings.grpc.listen).await?;
    let address = listener.local_addr()?;
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let health = Health::new(reporter, Api::SERVICES);

    let jitter = u16::from_be_bytes([System::random()[0], System::random()[1]]);
    let layers = layers::stack(layers::Parts {
        authenticator: Authenticator::new(ring.clone(), settings.auth.rules.clone()),
        now: Arc::new(|| System.now()),
        process: u64::from_be_bytes(System::random().first_chunk().copied().unwrap_or_default()),
        in_flight_gate: settings.limits.in_flight_gate,
        in_flight_other: settings.limits.in_flight_other,
        max_deadline: settings.limits.max_deadline,
        tally: layers::Tally::new(&registry)?,
        tracer: traces.as_ref().map(Traces::tracer),
    });
    let api = Api::new(services.clone());
    let server = lifecycle::server(&settings.limits, jitter).layer(layers).layer(api.gate(Handle::current()));
    let router = api.routes(server, health_service, settings.grpc.reflection)?;
    let (limits, until) = (settings.limits, stopping.clone());
    // In the task and not before it: a connection belongs to the threads that accept it.
    lifecycle.spawn_on(&gate_threads, "grpc", async move {
        let connections = lifecycle::connections(listener, &limits, until.clone());
        router.serve_with_incoming_shutdown(connections, until.cancelled_owned()).await.map_err(Into::into)
    });

    if let Some(outbox) = outbox {
        let until = stopping.clone();
        lifecycle.spawn("outbox", async move {
            outbox.run(until).await;
            Ok(())
        });
        let (until, all) = (stopping.clone(), services.clone());
        lifecycle.spawn("notices", async move {
            until.run_until_cancelled(chores::campaigns(all)).await;
            Ok(())
        });
        let (until, all) = (stopping.clone(), services.clone());
        lifecycle.spawn("reminders", async move {
            until.run_until_cancelled(chores::reminders(all)).await;
            Ok(())
        });
    }
    if let (Some(listener), Some(form)) = (pages, services.form.clone()) {
        let verbs = Arc::new(web::Live(services.clone()));
        let Web { per_minute, behind_proxy, .. } = settings.web;
        let site = web::Site::new(verbs, Arc::new(System), form, per_minute, behind_proxy);
        let Limits { max_connections: connections, hello_deadline: patience, .. } = settings.limits;
        let (bounds, until) = (web::Bounds::new(connections, patience, behind_proxy), stopping.clone());
        lifecycle.spawn("web", async move {
            web::serve(listener, web::router(site), bounds, until).await;
            Ok(())
        });
    }
    let until = stopping.clone();
    lifecycle.spawn("feed", async move {
        reader.run(until.cancelled_owned()).await;
        Ok(())
    });
    let (interval, until) = (settings.auth.refresh_interval, stopping.clone());
    lifecycle.spawn("keys", async move {
        until.run_until_cancelled(ring.keep_fresh(interval)).await;
        Ok(())
    });
    if services.log.is_some() {
        let (kept, until) = (services.clone(), stopping.clone());
        let interval = settings.ledger.checkpoint_interval;
        lifecycle.spawn("checkpoints", async move {
            until.run_until_cancelled(checkpoints::keep(kept, places, interval)).await;
            Ok(())
        });
    }
    let until = stopping.clone();
    lifecycle.spawn("request ids", async move {
        until.run_until_cancelled(forget_requests(store)).await;
        Ok(())
    });
    let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose()?;
    if let Some(listener) = admin {
        let shown = shown(registry, gate.clone())?;
        let until = stopping.clone();
        lifecycle.spawn("admin", async { admin::serve(listener, shown, until).await.map_err(Into::into) });
    }
    health.up().await;
    // The gate's own health follows whether it can answer; the other services' do not.
    let follows = health.clone().follow(&[Api::GATE], move || match gate.fresh(System.now()) {
        Some(_) => Ok(()),
        None => Err("the facts are not all there, or are older than gate.max_staleness"),
    });
    lifecycle.spawn("health", async move {
        stopping.run_until_cancelled(follows).await;
        Ok(())
    });
    Ok(Node { address, admin_address, web_address, services, lifecycle, health, traces, shutdown: settings.shutdown })
}

impl Node {
    /// Runs until a signal comes on `signals` or a task dies.
    pub async fn run(self, signals: mpsc::Receiver<&'static str>) -> End {
        let health = self.health;
        let end = self.lifecycle.run(self.shutdown, signals, async move { health.down().await }).await;
        if let Some(traces) = self.traces {
            traces.end().await;
        }
        end
    }
}

/// Listens where a setting says.
async fn listen(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// What is shown to whoever runs the service.
fn shown(registry: prometheus::Registry, gate: Arc<Gate>) -> anyhow::Result<admin::Shown> {
    let gauges = gauges::Gauges::new(&registry)?;
    let watched = gate.clone();
    Ok(admin::Shown {
        registry,
        refresh: Arc::new(move || gauges.set(&watched, System.now())),
        ready: Arc::new(move || gate.fresh(System.now()).is_some()),
    })
}

/// What links, mails and the form say of this service; nothing where it has no public address.
fn form(settings: &Settings, web: SocketAddr) -> Option<FormSettings> {
    let base_url = settings.web.base_url.clone()?;
    // Port 0 is, as in web.listen, the one that was free.
    let base_url = base_url.strip_suffix(":0").map(|host| format!("{host}:{}", web.port())).unwrap_or(base_url);
    Some(FormSettings {
        base_url,
        operator_name: settings.operator.name.clone()?,
        privacy_notice_url: settings.operator.privacy_notice_url.clone()?,
        operator_email: settings.operator.email.clone(),
        checkpoint_email: settings.ledger.checkpoint_email.clone(),
    })
}

/// The worker that sends mails, where there are any: what they say begins with the address of the form.
fn outbox(services: &Arc<Services>, settings: &Mail) -> anyhow::Result<Option<Outbox>> {
    let Some(form) = &services.form else { return Ok(None) };
    let operator = Operator {
        name: form.operator_name.clone(),
        privacy_notice: Some(form.privacy_notice_url.clone()),
        email: form.operator_email.clone(),
    };
    let mailer = outbox::mailer(settings, &operator).context("mails cannot be sent as configured")?;
    let post = Arc::new(outbox::post::Database(services.clone()));
    Ok(Some(Outbox::new(post, mailer, operator, settings.per_minute)))
}

/// Answers to request ids are kept for a month.
async fn forget_requests(store: Arc<dyn Store>) {
    loop {
        let before = System.now().plus_seconds(-REQUEST_ID_DAYS * 86_400);
        if let Err(error) = store.forget_requests(before).await {
            tracing::warn!(
                cause = format!("{:#}", anyhow::Error::from(error)),
                "old request ids could not be forgotten"
            );
        }
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}
