//! What the standard health service says of a process.

use std::net::SocketAddr;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

/// One who asks.
#[derive(Clone)]
pub struct Health(HealthClient<Channel>);

impl Health {
    /// Of the process that listens there.
    pub fn at(address: SocketAddr) -> Self {
        Self(HealthClient::new(Endpoint::new(format!("http://{address}")).unwrap().connect_lazy()))
    }

    /// Whether a service serves; the empty name is the process as a whole.
    pub async fn serves(&mut self, service: &str) -> bool {
        let answer = self.0.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap();
        answer.into_inner().status() == ServingStatus::Serving
    }
}
