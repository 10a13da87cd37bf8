//! GateService on the gateway's own machine, answered from a follower; what only the server can answer is asked there.
//! It asks for no token.

mod guard;

use crate::{
    client::{CannotDecide, Client, GateFollower, Lease},
    config::{Limits, Shutdown},
    domain::organisation_number::OrganisationNumber,
    grpc::{
        api::Api,
        convert::answer,
        gate::{
            batch, check_response, questions,
            server::gate_service_server::{GateService, GateServiceServer},
            watch,
        },
        status,
    },
    lifecycle::{self, End, Health, Lifecycle},
    pb,
    service::{
        caller::{Caller, Scopes},
        checks::{
            Named,
            moment::{Moment, When},
        },
        error::{Error, ErrorReason, Result},
        ports::Clock,
    },
};
use futures_util::TryStreamExt;
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::mpsc};
use tonic::{Request, Response, Status};

/// How long a question waits for the revision that it asks for.
const PATIENCE: Duration = Duration::from_secs(2);
/// The largest question, as the server has it.
const LARGEST: usize = 2 << 20;

/// What reflection tells of: what is served here, of all that the API has.
const SERVED: [&str; 2] = [Api::GATE, tonic_health::pb::health_server::SERVICE_NAME];

/// Serves a proxy until a signal.
pub async fn serve(
    proxy: Proxy,
    listener: TcpListener,
    limits: &Limits,
    reflection: bool,
    shutdown: Shutdown,
    signals: mpsc::Receiver<&'static str>,
) -> anyhow::Result<End> {
    let mut lifecycle = Lifecycle::new();
    let stopping = lifecycle.stopping();
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let health = Health::new(reporter, &[Api::GATE]);
    let router = lifecycle::server(limits, 0)
        .layer(guard::Guard)
        .add_service(health_service)
        .add_service(GateServiceServer::new(proxy.clone()).max_decoding_message_size(LARGEST));
    let router = if reflection { Api::reflected(router, &SERVED)? } else { router };
    let served = router.serve_with_incoming_shutdown(
        lifecycle::connections(listener, limits, stopping.clone()),
        stopping.clone().cancelled_owned(),
    );
    lifecycle.spawn("grpc", async { served.await.map_err(Into::into) });
    let follows = health.clone();
    lifecycle.spawn("health", async move {
        // The gate is all that there is: the process as a whole is no healthier.
        stopping.run_until_cancelled(follows.follow(&[Api::GATE, ""], move || proxy.answers())).await;
        Ok(())
    });
    Ok(lifecycle.run(shutdown, signals, async move { health.down().await }).await)
}

struct Inner {
    follower: GateFollower,
    server: Client,
    clock: Arc<dyn Clock>,
}

/// A gate that follows a server's.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

/// Who answers.
enum By {
    /// The facts that are here, for a caller of this reach.
    Facts(Moment, Caller),
    /// The server.
    Server,
}

impl Proxy {
    /// Begins to follow.
    pub fn start(server: Client, lease: Lease, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { follower: GateFollower::start(server.clone(), lease), server, clock }))
    }

    /// Whether it can answer: from its facts, or by asking a server that does not refuse, where only that can tell.
    fn answers(&self) -> std::result::Result<(), CannotDecide> {
        let follower = &self.0.follower;
        match follower.facts(self.0.clock.now()) {
            Err(cannot) if !cannot.asks_the_server() || follower.refusal().is_some() => Err(cannot),
            _ => Ok(()),
        }
    }

    async fn by(&self, when: &When) -> Result<By> {
        if let Some((_, revision)) = when.at_least {
            self.0.follower.reaches(revision, PATIENCE).await;
        }
        let now = self.0.clock.now();
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
        let response = told.map_err(unavailable)?;
        self.0.follower.recent(confirmed(response.get_ref()), self.0.clock.now()).map_err(unavailable)?;
        Ok(Response::new(response.into_inner()))
    }
}

/// Whatever the server itself refuses has details: without them it is the way there that failed, or its answer that could
/// not be read, and that is not the caller's fault.
fn unavailable(status: Status) -> Status {
    match status.details() {
        [] => status::status(&not_ready(&status.message())),
        _ => status,
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
            let (question, when) = questions::check(message.clone())?;
            if about_a_sole_trader(&question.sender) {
                return Ok(None);
            }
            match self.by(&when).await? {
                By::Facts(moment, caller) => check_response(&moment, &caller, question.ask()).map(Some),
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
        request: Request<batch::Asked>,
    ) -> std::result::Result<Response<batch::Encoded>, Status> {
        let message = request.into_inner();
        let asked = async {
            let (integrator_id, when) = message.of_all()?;
            // One revision for all: the server answers all of them then.
            let by = if message.items.iter().any(batch::Item::about_a_sole_trader) {
                By::Server
            } else {
                self.by(&when).await?
            };
            Ok((integrator_id, by))
        };
        match asked.await {
            Ok((integrator_id, By::Facts(moment, caller))) => {
                Ok(Response::new(batch::response(&moment, &caller, integrator_id.as_ref(), &message).await))
            }
            Ok((_, By::Server)) => {
                let told = self.0.server.gate().batch_check_send(pb::BatchCheckSendRequest::from(message)).await;
                self.told(told, |told| told.confirmed_time).map(|told| told.map(batch::Encoded::from))
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
        let told = self.0.server.gate().watch_gate(request.into_inner()).await.map_err(unavailable)?;
        Ok(Response::new(Box::pin(told.into_inner().map_err(unavailable))))
    }
}
