//! `ombord health`: asks a running service whether it serves, as a container's probe would. Needs no token.

use super::{client, output::say};
use clap::Args;
use std::process::ExitCode;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Where the service listens.
    #[arg(long, env = "OMBORD_ADDRESS", default_value = "127.0.0.1:50051")]
    address: String,
    /// Which service, such as ombord.v1.GateService; empty for the process as a whole.
    #[arg(long, default_value = "")]
    service: String,
}

/// Prints the status; exit code 0 only if it is SERVING.
pub(crate) async fn run(verb: Health) -> anyhow::Result<ExitCode> {
    let serving = check(&verb.address, &verb.service).await?;
    say!("{}", if serving { "SERVING" } else { "NOT_SERVING" })?;
    Ok(if serving { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the service serves; an error if it does not answer, or does not know the name.
pub(crate) async fn check(address: &str, service: &str) -> anyhow::Result<bool> {
    let mut health = HealthClient::new(client::connect(address).await?);
    let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await;
    let answer =
        answer.map_err(|status| anyhow::anyhow!("{address} does not tell of {service:?}: {}", status.message()))?;
    Ok(answer.get_ref().status() == ServingStatus::Serving)
}
