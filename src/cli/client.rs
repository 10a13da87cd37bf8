//! How the commands talk to a running service: one channel, and one client per service that carries a token.

use crate::pb::{
    acceptance_service_client::AcceptanceServiceClient, agreement_service_client::AgreementServiceClient,
    exception_service_client::ExceptionServiceClient, gate_service_client::GateServiceClient,
    integrator_service_client::IntegratorServiceClient, ledger_service_client::LedgerServiceClient,
    mail_service_client::MailServiceClient, sender_service_client::SenderServiceClient,
};
use anyhow::{Context, bail};
use std::time::Duration;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for an answer; the server's own limit is shorter.
const ANSWER: Duration = Duration::from_secs(120);

/// A channel that presents a token.
pub(crate) type Link = InterceptedService<Channel, Bearer>;

/// Puts the token into the metadata of every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Connects to `HOST:PORT` or `http://HOST:PORT`.
pub(crate) async fn connect(address: &str) -> anyhow::Result<Channel> {
    let uri = match address.split_once("://") {
        None => format!("http://{address}"),
        Some(("http", _)) => address.to_owned(),
        Some(_) => bail!(
            "{address}: give HOST:PORT; this client speaks gRPC in clear text and leaves TLS to a proxy beside it"
        ),
    };
    let endpoint =
        Endpoint::from_shared(uri).with_context(|| format!("{address} is no address such as 127.0.0.1:50051"))?;
    let channel = endpoint.connect_timeout(CONNECT).timeout(ANSWER).connect().await;
    channel.with_context(|| format!("nothing answers at {address}; is the service running there?"))
}

/// One caller's clients.
#[derive(Clone)]
pub(crate) struct Client(Link);

impl Client {
    /// Calls over `channel` in the name of `token`.
    pub(crate) fn new(channel: Channel, token: &str) -> anyhow::Result<Self> {
        let value = format!("Bearer {}", token.trim()).parse::<MetadataValue<Ascii>>();
        let mut value = value.context("the token holds characters that no token has")?;
        value.set_sensitive(true);
        Ok(Self(InterceptedService::new(channel, Bearer(value))))
    }

    /// `IntegratorService`.
    pub(crate) fn integrators(&self) -> IntegratorServiceClient<Link> {
        IntegratorServiceClient::new(self.0.clone())
    }

    /// `SenderService`.
    pub(crate) fn senders(&self) -> SenderServiceClient<Link> {
        SenderServiceClient::new(self.0.clone())
    }

    /// `AgreementService`.
    pub(crate) fn agreements(&self) -> AgreementServiceClient<Link> {
        AgreementServiceClient::new(self.0.clone())
    }

    /// `AcceptanceService`.
    pub(crate) fn acceptances(&self) -> AcceptanceServiceClient<Link> {
        AcceptanceServiceClient::new(self.0.clone())
    }

    /// `ExceptionService`.
    pub(crate) fn exceptions(&self) -> ExceptionServiceClient<Link> {
        ExceptionServiceClient::new(self.0.clone())
    }

    /// `GateService`.
    pub(crate) fn gate(&self) -> GateServiceClient<Link> {
        GateServiceClient::new(self.0.clone())
    }

    /// `MailService`.
    pub(crate) fn mail(&self) -> MailServiceClient<Link> {
        MailServiceClient::new(self.0.clone())
    }

    /// `LedgerService`.
    pub(crate) fn ledger(&self) -> LedgerServiceClient<Link> {
        LedgerServiceClient::new(self.0.clone())
    }
}
