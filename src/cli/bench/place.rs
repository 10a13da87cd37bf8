//! Where the service is that is measured, and who is asked about.

use crate::{
    bench::{
        numbers,
        processes::Pinning,
        servers::{self, Own, Traced},
    },
    cli::output::hint,
};
use anyhow::{Context, bail};
use clap::Args;
use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

#[derive(Debug, Args)]
pub(super) struct Place {
    /// Start this program's own service, on one processor where there are several, and drive it from another.
    #[arg(long, requires = "database", conflicts_with = "token_file")]
    own: bool,
    /// The filled database of the own service.
    #[arg(long, value_name = "URL", requires = "own")]
    database: Option<String>,
    /// Where a running service listens.
    #[arg(long, env = "OMBORD_ADDRESS", default_value = "127.0.0.1:50051")]
    address: String,
    /// A gateway's token. Better given by variable: others on the machine see flags.
    #[arg(long, env = "OMBORD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that holds the token; it goes before the other two.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Ask about one of so many senders at random; the database must be filled with at least as many.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(numbers::MOST)))]
    pub(super) senders: u32,
}

/// A service that can be asked.
pub(super) struct Opened {
    /// The own service, which ends with this.
    pub(super) own: Option<Own>,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// A gateway's token.
    pub(super) token: String,
}

impl Opened {
    /// The service's process, where it is known.
    pub(super) fn pid(&self) -> Option<u32> {
        self.own.as_ref().map(|own| own.ready.running.pid())
    }
}

impl Place {
    /// Starts the own service, or finds the running one.
    pub(super) async fn open(&self, pinning: Option<&Pinning>, traced: Option<&Traced>) -> anyhow::Result<Opened> {
        match &self.database {
            Some(database) => {
                let processor = pinning.map(|pinning| pinning.server);
                let own = servers::own(&super::program()?, database, processor, traced).await?;
                hint!("the service was ready after {:.2} s", own.ready.after.as_secs_f64());
                Ok(Opened { address: own.ready.address, token: own.gateway()?, own: Some(own) })
            }
            None => Ok(Opened { own: None, address: resolved(&self.address)?, token: self.token()? }),
        }
    }

    fn token(&self) -> anyhow::Result<String> {
        match (&self.token_file, &self.token) {
            (Some(file), _) => std::fs::read_to_string(file).with_context(|| format!("{}", file.display())),
            (None, Some(token)) => Ok(token.clone()),
            (None, None) => bail!("give a gateway's token (--token, --token-file, OMBORD_TOKEN), or --own"),
        }
    }
}

fn resolved(address: &str) -> anyhow::Result<SocketAddr> {
    let plain = address.strip_prefix("http://").unwrap_or(address);
    let found = plain.to_socket_addrs().with_context(|| format!("{address} is no HOST:PORT"))?.next();
    found.with_context(|| format!("{address} has no address"))
}
