//! How the commands talk to a running service: one channel, and the API's client over it.

use crate::client::Client;
use anyhow::{Context, bail};
use std::{sync::Arc, time::Duration};
use tonic::transport::{Channel, Endpoint};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for an answer; the server's own limit is shorter.
const ANSWER: Duration = Duration::from_secs(120);

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

/// Calls over a channel in the name of one token.
pub(crate) fn client(channel: Channel, token: &str) -> Client {
    let token = token.to_owned();
    Client::new(channel, Arc::new(move || token.clone()))
}
