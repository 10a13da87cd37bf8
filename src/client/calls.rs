//! Calls of any RPC: the token, and what is tried again.

use crate::pb::{
    acceptance_service_client::AcceptanceServiceClient, agreement_service_client::AgreementServiceClient,
    exception_service_client::ExceptionServiceClient, gate_service_client::GateServiceClient,
    integrator_service_client::IntegratorServiceClient, ledger_service_client::LedgerServiceClient,
    mail_service_client::MailServiceClient, sender_service_client::SenderServiceClient,
};
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};
use tonic_types::StatusExt;

/// Gives the token to show, at each try anew: whoever gives it renews it in time.
pub type CurrentToken = Arc<dyn Fn() -> String + Send + Sync>;

/// A channel that shows the current token.
pub type Link = InterceptedService<Channel, Bearer>;

/// How often a call is tried.
const TRIES: u32 = 5;
/// The wait before the second try where the server names none; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The largest message that the gate may send: the facts of one sender are in one, however much it did.
const LARGEST: usize = 64 << 20;

/// Puts the current token into the metadata of every call.
#[derive(Clone)]
pub struct Bearer(CurrentToken);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = format!("Bearer {}", (self.0)().trim()).parse::<MetadataValue<Ascii>>();
        let mut value = value.map_err(|_| Status::unauthenticated("the token holds characters that no token has"))?;
        value.set_sensitive(true);
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// Clients of all services, in the name of one token source.
#[derive(Clone)]
pub struct Client(Link);

impl Client {
    /// Calls over a channel, of which the caller chooses address, TLS and time-outs.
    pub fn new(channel: Channel, token: CurrentToken) -> Self {
        Self(InterceptedService::new(channel, Bearer(token)))
    }

    /// `IntegratorService`.
    pub fn integrators(&self) -> IntegratorServiceClient<Link> {
        IntegratorServiceClient::new(self.0.clone())
    }

    /// `SenderService`.
    pub fn senders(&self) -> SenderServiceClient<Link> {
        SenderServiceClient::new(self.0.clone())
    }

    /// `AgreementService`.
    pub fn agreements(&self) -> AgreementServiceClient<Link> {
        AgreementServiceClient::new(self.0.clone())
    }

    /// `AcceptanceService`.
    pub fn acceptances(&self) -> AcceptanceServiceClient<Link> {
        AcceptanceServiceClient::new(self.0.clone())
    }

    /// `ExceptionService`.
    pub fn exceptions(&self) -> ExceptionServiceClient<Link> {
        ExceptionServiceClient::new(self.0.clone())
    }

    /// `GateService`.
    pub fn gate(&self) -> GateServiceClient<Link> {
        GateServiceClient::new(self.0.clone()).max_decoding_message_size(LARGEST)
    }

    /// `MailService`.
    pub fn mail(&self) -> MailServiceClient<Link> {
        MailServiceClient::new(self.0.clone())
    }

    /// `LedgerService`.
    pub fn ledger(&self) -> LedgerServiceClient<Link> {
        LedgerServiceClient::new(self.0.clone())
    }
}

/// Tries a call again as long as that may help: when the server says after which time, when nothing answers, and once with
/// a token that may be newer. Only for reads, and for writes that have a `request_id` and repeat it.
pub async fn retry<T, F>(call: impl Fn() -> F) -> Result<Response<T>, Status>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut wait = FIRST_WAIT;
    let mut renewed = false;
    for _ in 1..TRIES {
        let status = match call().await {
            Ok(response) => return Ok(response),
            Err(status) => status,
        };
        match (status.code(), asked_for(&status)) {
            (Code::Unauthenticated, _) if !renewed => renewed = true,
            (_, Some(delay)) => tokio::time::sleep(jittered(delay.min(LONGEST_WAIT))).await,
            (Code::Unavailable, None) => {
                tokio::time::sleep(jittered(wait)).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            _ => return Err(status),
        }
    }
    call().await
}

/// The wait that the server asks for.
fn asked_for(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// Up to half as long again, so that not all callers come back at once.
pub(super) fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().hash_one(0u8) >> 40;
    wait + wait.mul_f64(0.5 * f64::from(u32::try_from(random).unwrap_or(0)) / f64::from(1u32 << 24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tonic_types::ErrorDetails;

    async fn tried(fails: u32, status: impl Fn() -> Status) -> (u32, Option<Code>) {
        let tries = AtomicU32::new(0);
        let told = retry(|| async {
            if tries.fetch_add(1, Ordering::Relaxed) < fails { Err(status()) } else { Ok(Response::new(())) }
        })
        .await;
        (tries.into_inner(), told.err().map(|status| status.code()))
    }

    #[tokio::test]
    async fn what_may_help_is_tried_again_and_nothing_else() {
        let asks = || {
            let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(200)));
            Status::with_error_details(Code::ResourceExhausted, "full", details)
        };
        assert_eq!(tried(3, || Status::unavailable("away")).await, (4, None));
        assert_eq!(tried(9, || Status::unavailable("away")).await, (TRIES, Some(Code::Unavailable)));
        assert_eq!(tried(2, asks).await, (3, None));
        assert_eq!(tried(1, || Status::resource_exhausted("too large")).await, (1, Some(Code::ResourceExhausted)));
        assert_eq!(tried(1, || Status::unauthenticated("expired")).await, (2, None));
        assert_eq!(tried(2, || Status::unauthenticated("never good")).await, (2, Some(Code::Unauthenticated)));
        assert_eq!(tried(1, || Status::invalid_argument("odd")).await, (1, Some(Code::InvalidArgument)));
    }

    #[test]
    fn a_wait_grows_by_half_at_most() {
        let second = Duration::from_secs(1);
        for _ in 0..100 {
            assert!((second..second * 2).contains(&jittered(second)));
        }
    }
}
