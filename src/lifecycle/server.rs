//! tonic's server with limits where it has none.

use crate::config::Limits;
use std::time::Duration;
use tonic::transport::Server;

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Streams of one connection that broke the protocol before the connection is closed; by default each is answered.
const MOST_BROKEN_STREAMS: usize = 1024;

/// A server with the configured limits. `jitter` is random: it moves the age at which connections are told to reconnect
/// by up to a tenth, so that processes that started together do not all say so together.
pub fn server(limits: &Limits, jitter: u16) -> Server {
    let earlier = limits.max_connection_age.mul_f64(0.1 * f64::from(jitter) / f64::from(u16::MAX));
    Server::builder()
        .max_concurrent_streams(limits.max_concurrent_streams)
        .http2_max_header_list_size(limits.max_header_list_size)
        .http2_max_local_error_reset_streams(Some(MOST_BROKEN_STREAMS))
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        // Without the grace, which would send no GOAWAY at the age and cut calls after it.
        .max_connection_age(limits.max_connection_age.saturating_sub(earlier))
}
