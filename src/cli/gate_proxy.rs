//! `ombord gate-proxy`: GateService on this machine, answered from a follower, so that a gateway in any language decides
//! without the network.

use super::{Given, client};
use crate::{
    app::System,
    client::{Client, CurrentToken, Lease, WhenOver},
    config::Mode,
    lifecycle,
    proxy::{self, Proxy},
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
    let proxy = Proxy::start(server, lease, Arc::new(System));

    let listener = TcpListener::bind(verb.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {} (--listen)", verb.listen))?;
    let address = listener.local_addr()?;
    let signals = lifecycle::signals()?;
    tracing::info!(%address, "serving");
    let served = proxy::serve(proxy, listener, &settings.limits, settings.grpc.reflection, settings.shutdown, signals);
    Ok(served.await?.exit_code())
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
