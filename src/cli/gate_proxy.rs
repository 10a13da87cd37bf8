//! `ombord gate-proxy`: GateService on this machine, answered from a follower, so that a gateway in any language decides
//! without the network.

use super::{Given, client};
use crate::{
    app::System,
    client::{Client, CurrentToken, GateFollower, Lease, WhenOver},
    config::Mode,
    domain::organisation_number::OrganisationNumber,
    grpc::{
        api::Api,
        convert::answer,
        gate::{batch, check_response, questions, watch},
        status,
    },
    lifecycle::{self, Lifecycle},
    pb::{self, gate_service_server::GateService, gate_service_server::GateServiceServer},
    service::{
        caller::{Caller, Scopes},
        checks::{
            Named,
            moment::{Moment, When},
        },
        error::{Error, ErrorReason, Result},
        ports::Clock,
    },
    telemetry,
};
use anyhow::{Context, bail};
use clap::Args;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

#[derive(Debug, Args)]
pub(crate) struct GateProxy {
    /// Where the service listens.
    #[arg(long, env = "OMBORD_ADDRESS", default_value = "127.0.0.1:50051")]
    address: String,
    /// A file that holds the token of a gateway or an integrator. It is read again for each call, so whoever renews the
    /// token writes it there.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Where the proxy listens. Only on this machine: whoever reaches it may ask, without a token.
    #[arg(long, default_value = "127.0.0.1:50052")]
    listen: SocketAddr,
    /// How long it decides after the node last knew that it had everything, in milliseconds.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1_000..=60_000))]
    lease_ms: u64,
    /// By how much this machine's clock and the node's may differ, in milliseconds. It is taken off the lease.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    clock_skew_ms: u64,
}

/// How long a question waits for the revision that it asks for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the proxy until a signal.
pub(crate) async fn run(given: &Given, verb: GateProxy) -> anyhow::Result<ExitCode> {
    let settings = given.settings(Mode::Command)?;
    telemetry::start(&settings.log)?;
    if !verb.listen.ip().is_loopback() {
        bail!(
            "{}: the proxy asks for no token, so it listens on this machine only, such as 127.0.0.1:50052",
            verb.listen
        );
    }
    let (length, clock_skew) = (Duration::from_millis(verb.lease_ms), Duration::from_millis(verb.clock_skew_ms));
    if clock_skew >= length {
        bail!("--clock-skew-ms must be less than --lease-ms, or the lease would be over before it begins");
    }
    let token = current_token(&verb.token_file)?;
    let server = Client::new(client::connect(&verb.address).await?, token);
    let lease = Lease { length, clock_skew, when_over: WhenOver::CannotDecide };
    let proxy = Proxy(Arc::new(Inner { follower: GateFollower::start(server.clone(), lease), server }));

    let listener = TcpListener::bind(verb.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", verb.listen))?;
    let address = listener.local_addr()?;
    let mut lifecycle = Lifecycle::new();
    let stopping = lifecycle.stopping();
    let (health, health_service) = tonic_health::server::health_reporter();
    let serve = lifecycle::server(&settings.limits, 0)
        .add_service(health_service)
        .add_service(GateServiceServer::new(proxy.clone()).max_decoding_message_size(2 << 20))
        .serve_with_incoming_shutdown(
            lifecycle::connections(listener, &settings.limits, stopping.clone()),
            stopping.clone().cancelled_owned(),
        );
    lifecycle.spawn("grpc", async { serve.await.map_err(Into::into) });
    let reporter = health.clone();
    lifecycle.spawn("health", async move {
        stopping.run_until_cancelled(proxy.report(reporter)).await;
        Ok(())
    });
    tracing::info!(%address, "serving");
    let not_serving =
        async move { health.set_service_status(Api::GATE, tonic_health::ServingStatus::NotServing).await };
    Ok(lifecycle.run(settings.shutdown, lifecycle::signals()?, not_serving).await.exit_code())
}

/// The token in a file, read at each call. While the file cannot be read, the one that was there counts.
fn current_token(file: &Path) -> anyhow::Result<CurrentToken> {
    let read =
        std::fs::read_to_string(file).with_context(|| format!("the token cannot be read from {}", file.display()))?;
    let (last, file) = (Mutex::new(read), file.to_owned());
    Ok(Arc::new(move || {
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Ok(read) = std::fs::read_to_string(&file)
            && !read.trim().is_empty()
        {
            *last = read;
        }
        last.clone()
    }))
}

struct Inner {
    follower: GateFollower,
    server: Client,
}

#[derive(Clone)]
struct Proxy(Arc<Inner>);

/// Who answers.
enum By {
    /// The facts that are here, for a caller of this reach.
    Facts(Moment, Caller),
    /// The server.
    Server,
}

impl Proxy {
    /// The gate is healthy while it can decide.
    async fn report(self, health: tonic_health::server::HealthReporter) {
        loop {
            let decides = self.0.follower.facts(System.now()).is_ok();
            let status =
                if decides { tonic_health::ServingStatus::Serving } else { tonic_health::ServingStatus::NotServing };
            health.set_service_status(Api::GATE, status).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn by(&self, when: &When) -> Result<By> {
        if let Some((_, revision)) = when.at_least {
            self.0.follower.reaches(revision, PATIENCE).await;
        }
        let now = System.now();
        let facts = match self.0.follower.facts(now) {
            Ok(facts) => facts,
            Err(cannot) if cannot.asks_the_server() => return Ok(By::Server),
            Err(cannot) => return Err(not_ready(&cannot)),
        };
        let caller = Caller::from_claims("gate-proxy".to_owned(), facts.scope().cloned(), Scopes::GATE_CHECK);
        let caller = caller.ok_or_else(|| Error::internal(anyhow::anyhow!("no caller")))?;
        let moment = Moment::of(facts.state().clone(), facts.confirmed(), when, now)?;
        Ok(By::Facts(moment, caller))
    }

    /// An answer of the server's, unless its facts are older than the lease allows. One that cannot be had is told as the
    /// server itself would tell that it cannot decide.
    fn told<T>(
        &self,
        told: std::result::Result<Response<T>, Status>,
        confirmed: impl Fn(&T) -> Option<prost_types::Timestamp>,
    ) -> std::result::Result<Response<T>, Status> {
        let unavailable = |status: Status| match status.code() {
            tonic::Code::Unavailable if status.details().is_empty() => status::status(&not_ready(&status.message())),
            _ => status,
        };
        let response = told.map_err(unavailable)?;
        self.0.follower.recent(confirmed(response.get_ref()), System.now()).map_err(unavailable)?;
        Ok(Response::new(response.into_inner()))
    }
}

fn not_ready(why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorReason::GateNotReady, format!("this proxy cannot decide; do not send, and ask again: {why}"))
}

/// Whether a question is one that only the server can answer.
fn about_a_sole_trader(named: &Named) -> bool {
    matches!(named, Named::Number(OrganisationNumber::SoleTrader(_)))
}

#[tonic::async_trait]
impl GateService for Proxy {
    async fn check_send(
        &self,
        request: Request<pb::CheckSendRequest>,
    ) -> std::result::Result<Response<pb::CheckSendResponse>, Status> {
        let message = request.into_inner();
        let asked = async {
            let (ask, when) = questions::check(message.clone())?;
            if about_a_sole_trader(&ask.sender) {
                return Ok(None);
            }
            match self.by(&when).await? {
                By::Facts(moment, caller) => check_response(&moment, &caller, &ask).map(Some),
                By::Server => Ok(None),
            }
        };
        match asked.await {
            Ok(Some(response)) => Ok(Response::new(response)),
            Ok(None) => self.told(self.0.server.gate().check_send(message).await, |told| told.confirmed_time),
            Err(error) => answer(Err(error)),
        }
    }

    async fn batch_check_send(
        &self,
        request: Request<pb::BatchCheckSendRequest>,
    ) -> std::result::Result<Response<pb::BatchCheckSendResponse>, Status> {
        let message = request.into_inner();
        let sole_trader = |item: &pb::BatchCheckSendItem| {
            let number = OrganisationNumber::parse(&item.organisation_number);
            number.is_ok_and(|number| about_a_sole_trader(&Named::Number(number)))
        };
        let asked = async {
            let when = questions::batch(&message)?;
            // One revision for all: the server answers all of them then.
            if message.items.iter().any(sole_trader) {
                return Ok(By::Server);
            }
            self.by(&when).await
        };
        match asked.await {
            Ok(By::Facts(moment, caller)) => Ok(Response::new(batch::response(&moment, &caller, message).await)),
            Ok(By::Server) => {
                self.told(self.0.server.gate().batch_check_send(message).await, |told| told.confirmed_time)
            }
            Err(error) => answer(Err(error)),
        }
    }

    async fn explain_send(
        &self,
        request: Request<pb::ExplainSendRequest>,
    ) -> std::result::Result<Response<pb::ExplainSendResponse>, Status> {
        let told = self.0.server.gate().explain_send(request.into_inner()).await;
        self.told(told, |told| told.answer.as_ref().and_then(|answer| answer.confirmed_time))
    }

    type WatchGateStream = watch::Messages;

    async fn watch_gate(
        &self,
        request: Request<pb::WatchGateRequest>,
    ) -> std::result::Result<Response<Self::WatchGateStream>, Status> {
        let told = self.0.server.gate().watch_gate(request.into_inner()).await?;
        Ok(Response::new(Box::pin(told.into_inner())))
    }
}
