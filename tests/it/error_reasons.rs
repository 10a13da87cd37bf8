//! Every reason for which a call is refused, produced over gRPC, with its code and all its details.

mod cases;

use crate::support::{
    database::each,
    faulty::Faulty,
    server::{Server, settings, without_form},
    world::{accepted_sender, furnish, number, registration},
};
use cases::produce;
use ombord::{pb, service::error::ErrorReason};
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use std::{sync::Arc, time::Duration};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// A service, another node of it with a store that fails when told to, and both with little patience.
struct Stage {
    server: Server,
    troubled: Server,
    faulty: Arc<Faulty>,
}

/// What a refusal has beside its code and its reason.
#[derive(Debug, Default)]
struct Details {
    /// The fields at fault.
    fields: &'static [&'static str],
    /// The fields that something stands in the way of; one that is empty where it is no field.
    obstacles: &'static [&'static str],
    /// The type of what is not there, or is there already.
    resource: &'static str,
    /// Whether the same call may succeed later.
    retry: bool,
    /// Facts for programs.
    metadata: &'static [&'static str],
}

impl Stage {
    async fn set(store: Arc<dyn ombord::store::Store>) -> Self {
        let mut settings = settings();
        settings.gate.at_least_revision_wait = Duration::from_millis(20);
        settings.gate.watch_patience = Duration::from_millis(100);
        let server = Server::start_with(store.clone(), settings.clone()).await;
        furnish(&server).await;
        accepted_sender(&server, &number(1), "K-1").await;
        server.integrator("first").senders.register_sender(registration(&number(2), "K-2")).await.unwrap();
        let faulty = Faulty::over(store);
        without_form(&mut settings);
        settings.ledger.signing_key = None;
        settings.limits.in_flight_other = 1;
        settings.limits.max_deadline = Duration::from_millis(300);
        settings.gate.poll_interval = Duration::from_millis(20);
        let troubled = Server::start_with(faulty.clone(), settings).await;
        Self { server, troubled, faulty }
    }
}

/// What `errors.proto` says of a reason: the comment before it.
fn comment(file: &FileDescriptorProto, reason: ErrorReason) -> &str {
    let name = format!("ERROR_REASON_{}", reason.as_str());
    let (place, _) = file.enum_type[0].value.iter().enumerate().find(|(_, value)| value.name() == name).unwrap();
    let path = [5, 0, 2, i32::try_from(place).unwrap()];
    let places = &file.source_code_info.as_ref().unwrap().location;
    places.iter().find(|location| location.path == path).unwrap().leading_comments()
}

fn check(reason: ErrorReason, comment: &str, status: &Status, expected: &Details) {
    let name = reason.as_str();
    let published = comment.trim().split_once(':').unwrap().0;
    assert_eq!(ombord::grpc::status::code_name(status.code()), published, "{name}: the code that errors.proto says");
    assert!(!status.message().is_empty() && !format!("{status:?}").contains("secret"), "{name}: {}", status.message());

    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("{name}: no ErrorInfo"));
    assert_eq!((info.reason.as_str(), info.domain.as_str()), (name, "ombord"));
    let mut keys: Vec<&str> = info.metadata.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, expected.metadata, "{name}: facts");
    for key in keys {
        assert!(comment.contains(key), "{name}: errors.proto does not say {key}");
    }
    let promised = comment.split_whitespace().skip_while(|word| !word.ends_with("etadata")).nth(1);
    assert!(promised.is_none_or(|key| info.metadata.contains_key(key)), "{name}: errors.proto promises {promised:?}");

    let violations = details.bad_request().map(|bad| &bad.field_violations[..]).unwrap_or_default();
    assert_eq!(violations.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), expected.fields, "{name}: fields");
    assert!(violations.iter().all(|one| !one.description.is_empty()));
    let obstacles = details.precondition_failure().map(|failure| &failure.violations[..]).unwrap_or_default();
    let subjects: Vec<&str> = obstacles.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!(subjects, expected.obstacles, "{name}: obstacles");
    assert!(obstacles.iter().all(|one| one.r#type == name && !one.description.is_empty()));
    assert_eq!(!obstacles.is_empty(), status.code() == Code::FailedPrecondition, "{name}");

    let resource = details.resource_info().map(|resource| resource.resource_type.as_str()).unwrap_or_default();
    assert_eq!(resource, expected.resource, "{name}: the resource");
    assert_eq!(!resource.is_empty(), [Code::NotFound, Code::AlreadyExists].contains(&status.code()), "{name}");
    let delay = details.retry_info().and_then(|retry| retry.retry_delay);
    assert_eq!(delay.is_some_and(|delay| !delay.is_zero()), expected.retry, "{name}: when to come again");
    assert_eq!(comment.contains("RetryInfo"), expected.retry, "{name}: what errors.proto says");
    assert!(details.debug_info().is_none() && details.quota_failure().is_none(), "{name}");
    assert!(details.request_info().is_none() && details.help().is_none(), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_has_its_code_and_its_details() {
    let set = FileDescriptorSet::decode(pb::FILE_DESCRIPTOR_SET).unwrap();
    let file = set.file.into_iter().find(|file| file.name() == "ombord/v1/errors.proto").unwrap();
    let file = &file;
    each(|database| async move {
        let stage = Stage::set(database.store.clone()).await;
        for reason in ErrorReason::ALL {
            // A reason without a case there does not compile.
            let (status, expected) = produce(&stage, *reason).await;
            check(*reason, comment(file, *reason), &status, &expected);
        }
        stage.troubled.stop().await;
        stage.server.stop().await;
    })
    .await;
}
