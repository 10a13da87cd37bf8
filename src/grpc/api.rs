//! All services of the API on one server.

use super::{
    acceptances, agreements, exceptions,
    gate::{self, server::gate_service_server::GateServiceServer},
    integrators, ledger, mail, senders,
};
use crate::{
    pb::{
        self, acceptance_service_server::AcceptanceServiceServer, agreement_service_server::AgreementServiceServer,
        exception_service_server::ExceptionServiceServer, integrator_service_server::IntegratorServiceServer,
        ledger_service_server::LedgerServiceServer, mail_service_server::MailServiceServer,
        sender_service_server::SenderServiceServer,
    },
    service::Services,
};
use std::sync::Arc;
use tokio::runtime::Handle;
use tonic::transport::server::Router;

/// All services of the API.
pub struct Api {
    services: Arc<Services>,
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

impl Api {
    /// The gate's name, in health too.
    pub const GATE: &'static str = "ombord.v1.GateService";
    /// The names of all services, in health too.
    pub const SERVICES: &'static [&'static str] = &[
        "ombord.v1.IntegratorService",
        "ombord.v1.SenderService",
        "ombord.v1.AgreementService",
        "ombord.v1.AcceptanceService",
        "ombord.v1.ExceptionService",
        Self::GATE,
        "ombord.v1.LedgerService",
        "ombord.v1.MailService",
    ];

    /// The API over these services.
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    /// The gate, which stands before the others: [`Self::routes`] does not have it.
    /// Whatever is no question to it is worked on by `others`.
    pub fn gate(&self, others: Handle) -> gate::Straight {
        let server = GateServiceServer::new(gate::GateApi(self.services.clone()));
        gate::Straight { gate: server.max_decoding_message_size(2 * MIB), others }
    }

    /// Adds all other services to a server, each with the largest message that one of its RPCs needs.
    pub fn routes<L: Clone>(
        self,
        mut server: tonic::transport::Server<L>,
        health: tonic_health::pb::health_server::HealthServer<impl tonic_health::pb::health_server::Health>,
        reflection: bool,
    ) -> anyhow::Result<Router<L>> {
        let of = |services: &Arc<Services>| services.clone();
        let services = &self.services;
        let router = server
            .add_service(health)
            .add_service(
                IntegratorServiceServer::new(integrators::Integrators(of(services)))
                    .max_decoding_message_size(64 * KIB),
            )
            .add_service(SenderServiceServer::new(senders::Senders(of(services))).max_decoding_message_size(4 * MIB))
            .add_service(
                AgreementServiceServer::new(agreements::Agreements(of(services))).max_decoding_message_size(4 * MIB),
            )
            .add_service(
                AcceptanceServiceServer::new(acceptances::Acceptances(of(services))).max_decoding_message_size(4 * MIB),
            )
            .add_service(
                ExceptionServiceServer::new(exceptions::Exceptions(of(services))).max_decoding_message_size(64 * KIB),
            )
            .add_service(LedgerServiceServer::new(ledger::Ledger(of(services))).max_decoding_message_size(64 * KIB))
            .add_service(MailServiceServer::new(mail::Mails(of(services))).max_decoding_message_size(64 * KIB));
        if reflection { Self::reflected(router, &[]) } else { Ok(router) }
    }

    /// Adds server reflection to a server, which tells of these services only; of all where none is named.
    pub fn reflected<L>(router: Router<L>, only: &[&str]) -> anyhow::Result<Router<L>> {
        // Both versions: grpcurl before 1.8.7 speaks only the older. Without the descriptors of google.rpc a client could
        // not show the details of errors.
        let reflect = || {
            let all = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET);
            only.iter().fold(all, |builder, name| builder.with_service_name(*name))
        };
        Ok(router.add_service(reflect().build_v1()?).add_service(reflect().build_v1alpha()?))
    }
}
