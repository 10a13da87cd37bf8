//! A whole service in this process, over real gRPC with real tokens, and clients for each role.

use ombord::{
    app::{self, Node, System},
    auth::{
        issuer::{Grant, Issuer},
        ring::KeySource,
    },
    config::Settings,
    domain::ids::IntegratorId,
    pb::{
        acceptance_service_client::AcceptanceServiceClient, agreement_service_client::AgreementServiceClient,
        exception_service_client::ExceptionServiceClient, gate_service_client::GateServiceClient,
        integrator_service_client::IntegratorServiceClient, ledger_service_client::LedgerServiceClient,
        mail_service_client::MailServiceClient, sender_service_client::SenderServiceClient,
    },
    service::{caller::Scopes, ports::Clock},
    store::Store,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};
use tonic::{
    Request, Status,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// Puts a token on every call.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<tonic::metadata::Ascii>>);

impl Bearer {
    /// With a token.
    pub fn of(token: &str) -> Self {
        Self(Some(format!("Bearer {token}").parse().unwrap()))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// A connection as one caller.
pub type Line = InterceptedService<Channel, Bearer>;

/// All clients of one caller, over one connection.
#[derive(Clone)]
pub struct Clients {
    pub integrators: IntegratorServiceClient<Line>,
    pub senders: SenderServiceClient<Line>,
    pub agreements: AgreementServiceClient<Line>,
    pub acceptances: AcceptanceServiceClient<Line>,
    pub exceptions: ExceptionServiceClient<Line>,
    pub gate: GateServiceClient<Line>,
    pub ledger: LedgerServiceClient<Line>,
    pub mail: MailServiceClient<Line>,
}

/// The most that a test's client takes and sends, so that limits shown are the server's.
const LARGE: usize = 64 << 20;

impl Clients {
    /// Clients that show this token, or none.
    pub fn new(channel: Channel, token: Option<&str>) -> Self {
        let bearer = token.map_or(Bearer(None), Bearer::of);
        let line = InterceptedService::new(channel, bearer);
        Self {
            integrators: IntegratorServiceClient::new(line.clone()).max_decoding_message_size(LARGE),
            senders: SenderServiceClient::new(line.clone())
                .max_decoding_message_size(LARGE)
                .max_encoding_message_size(LARGE),
            agreements: AgreementServiceClient::new(line.clone())
                .max_decoding_message_size(LARGE)
                .max_encoding_message_size(LARGE),
            acceptances: AcceptanceServiceClient::new(line.clone())
                .max_decoding_message_size(LARGE)
                .max_encoding_message_size(LARGE),
            exceptions: ExceptionServiceClient::new(line.clone()),
            gate: GateServiceClient::new(line.clone())
                .max_decoding_message_size(LARGE)
                .max_encoding_message_size(LARGE),
            ledger: LedgerServiceClient::new(line.clone()).max_decoding_message_size(LARGE),
            mail: MailServiceClient::new(line),
        }
    }
}

/// A running service.
pub struct Server {
    pub address: SocketAddr,
    pub store: Arc<dyn Store>,
    pub services: Arc<ombord::service::Services>,
    pub settings: Settings,
    channel: Channel,
    stop: mpsc::Sender<&'static str>,
    ended: JoinHandle<ombord::lifecycle::End>,
}

/// The signing key of all tests.
pub fn issuer() -> Issuer {
    Issuer::from_seed([42; 32]).unwrap()
}

/// The key that signs receipts and checkpoints in all tests.
pub fn log_key() -> Issuer {
    Issuer::from_seed([43; 32]).unwrap()
}

/// Settings for tests: any free port, tokens of [`issuer`], no waiting on the way down.
pub fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.grpc.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.auth.rules.issuer = "https://issuer.test".into();
    settings.auth.rules.audience = "ombord-test".into();
    settings.web.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.web.base_url = Some("http://127.0.0.1:0".into());
    settings.operator.name = Some("Brevlådan AB".into());
    settings.operator.email = Some("avtal@brev.example".into());
    settings.operator.privacy_notice_url = Some("https://brev.example/privacy".into());
    settings.mail.directory = std::env::temp_dir().join(format!("ombord-test-mail-{}", std::process::id()));
    settings.ledger.signing_key = Some(log_key().pem());
    settings.mail.per_minute = 60_000;
    settings.shutdown.drain = Duration::ZERO;
    settings.shutdown.deadline = Duration::from_secs(5);
    settings
}

/// Takes away the public address: there is no form then, and no mail.
pub fn without_form(settings: &mut Settings) {
    settings.web.base_url = None;
}

impl Server {
    /// Starts a service on a migrated database.
    pub async fn start(store: Arc<dyn Store>) -> Self {
        Self::start_with(store, settings()).await
    }

    /// The same with settings of the test's own.
    pub async fn start_with(store: Arc<dyn Store>, settings: Settings) -> Self {
        let keys = KeySource::Fixed(issuer().public_keys().to_owned());
        let node: Node = app::start(&settings, store.clone(), keys, Handle::current()).await.unwrap();
        let (address, services) = (node.address, node.services.clone());
        let (stop, signals) = mpsc::channel(1);
        let ended = tokio::spawn(node.run(signals));
        let channel = Endpoint::new(format!("http://{address}")).unwrap().connect_lazy();
        Self { address, store, services, settings, channel, stop, ended }
    }

    /// A genuine token.
    pub fn token(&self, subject: &str, integrator: Option<&str>, scopes: Scopes) -> String {
        let integrator = integrator.map(|slug| IntegratorId::parse(slug).unwrap());
        // Longer than the longest soak.
        let grant = Grant { subject: subject.into(), integrator, scopes, lifetime_seconds: 12 * 3600 };
        issuer().mint(&grant, &self.settings.auth.rules, System.now()).unwrap()
    }

    /// Clients with any token.
    pub fn with_token(&self, token: Option<&str>) -> Clients {
        Clients::new(self.channel.clone(), token)
    }

    /// An operator.
    pub fn operator(&self, subject: &str) -> Clients {
        self.with_token(Some(&self.token(subject, None, Scopes::OPERATOR)))
    }

    /// An integrator's system.
    pub fn integrator(&self, slug: &str) -> Clients {
        let scopes = Scopes::SENDERS_READ.or(Scopes::SENDERS_WRITE).or(Scopes::ACCEPTANCES_WRITE);
        self.with_token(Some(&self.token("system", Some(slug), scopes)))
    }

    /// The send gateway.
    pub fn gateway(&self) -> Clients {
        self.with_token(Some(&self.token("gateway", None, Scopes::GATE_CHECK)))
    }

    /// An auditor.
    pub fn auditor(&self) -> Clients {
        self.with_token(Some(&self.token("auditor", None, Scopes::AUDIT_READ)))
    }

    /// Stops the sending of mail and waits until nothing happens by itself any more.
    pub async fn rest(&self) {
        ombord::service::mail::set_paused(self.store.as_ref(), true).await.unwrap();
        let mut before = 0;
        loop {
            let now = self.store.read().await.unwrap().head().revision;
            if now == before {
                return;
            }
            before = now;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }

    /// Stops the service as SIGTERM does.
    pub async fn stop(self) -> Arc<dyn Store> {
        self.stop.send("test").await.unwrap();
        assert_eq!(self.ended.await.unwrap(), ombord::lifecycle::End::Asked);
        self.store
    }
}

/// A new request id.
pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The reason in a refusal's `google.rpc.ErrorInfo`.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    let info = status.get_details_error_info();
    info.map_or_else(|| format!("no ErrorInfo: {status:?}"), |info| info.reason)
}

/// The fields at fault in a refusal.
pub fn faults(status: &Status) -> Vec<String> {
    use tonic_types::StatusExt;
    let bad = status.get_details_bad_request();
    bad.map(|bad| bad.field_violations.into_iter().map(|v| v.field).collect()).unwrap_or_default()
}
