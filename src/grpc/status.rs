//! The only place where errors become gRPC statuses.

use crate::service::error::{Error, ErrorReason, Resource};
use std::{borrow::Cow, collections::HashMap};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};

/// The domain of every `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "ombord";

/// The canonical code of a reason.
pub fn code(reason: ErrorReason) -> Code {
    use ErrorReason as R;
    match reason {
        R::TokenMissing | R::TokenInvalid | R::TokenExpired => Code::Unauthenticated,
        R::ScopeMissing | R::IntegratorSuspended | R::IntegratorMismatch | R::SameOperator => Code::PermissionDenied,
        R::InvalidFields | R::MalformedMessage | R::PageTokenInvalid | R::RequestIdReused => Code::InvalidArgument,
        R::IntegratorNotFound
        | R::SenderNotFound
        | R::AgreementNotFound
        | R::VersionNotFound
        | R::AcceptanceNotFound
        | R::ExceptionNotFound
        | R::DocumentNotFound
        | R::InvitationNotFound
        | R::MailNotFound => Code::NotFound,
        R::IntegratorExists | R::AgreementExists | R::VersionExists | R::ExternalReferenceTaken => Code::AlreadyExists,
        R::EtagMismatch | R::ReaderTooSlow => Code::Aborted,
        R::GeneralTermsNotAccepted
        | R::AgreementOverlaps
        | R::GeneralTermsExist
        | R::EnforcementTooLoose
        | R::SpecificationChanged
        | R::ImpactLargerThanAcknowledged
        | R::VersionInEffect
        | R::VersionWithdrawn
        | R::VersionNotInForce
        | R::DigestMismatch
        | R::LanguageNotAvailable
        | R::SignatoryIsIntegrator
        | R::AuthorityNotDeclared
        | R::GroupPermissionNotDeclared
        | R::ConnectionEnded
        | R::ExceptionNotProposed
        | R::CoverageNotFound
        | R::LedgerMismatch
        | R::ReceiptsNotConfigured
        | R::InvitationsNotOffered
        | R::RecipientIsIntegrator
        | R::InvitationEnded
        | R::NothingToAccept
        | R::ContactPointConfirmed
        | R::DeclinedBySender => Code::FailedPrecondition,
        R::RevisionNotReached | R::DatabaseUnavailable | R::GateNotReady => Code::Unavailable,
        R::Overloaded | R::MessageTooLarge => Code::ResourceExhausted,
        R::DeadlineExceeded => Code::DeadlineExceeded,
        R::Internal => Code::Internal,
    }
}

/// The status of an error, with all its details. The cause stays here: it is logged once and never sent.
pub fn status(error: &Error) -> Status {
    if let Some(cause) = &error.cause {
        if error.reason == ErrorReason::Internal {
            tracing::error!(reason = error.reason.as_str(), cause = format!("{cause:#}"), "a call failed");
        } else {
            tracing::warn!(reason = error.reason.as_str(), cause = format!("{cause:#}"), "a call failed");
        }
    }
    let metadata: HashMap<String, String> =
        error.metadata.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut details = ErrorDetails::with_error_info(error.reason.as_str(), DOMAIN, metadata);
    let code = code(error.reason);
    if code == Code::FailedPrecondition {
        let one = |subject: &str, text: &str| PreconditionViolation::new(error.reason.as_str(), subject, text);
        details.set_precondition_failure(match &error.violations[..] {
            [] => vec![one("", &error.message)],
            all => all.iter().map(|v| one(&v.field, &v.description)).collect(),
        });
    } else if !error.violations.is_empty() {
        let fields = error.violations.iter().map(|v| FieldViolation::new(&v.field, &v.description));
        details.set_bad_request(fields.collect::<Vec<_>>());
    }
    if let Some(resource) = error.resource() {
        details.set_resource_info(resource_type(resource), "", "", error.message.clone());
    }
    if let Some(delay) = error.retry_after() {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(code, words(error), details)
}

/// What is said in words. Many see nothing but this, so it names the field where there is one at fault.
fn words(error: &Error) -> String {
    match &error.violations[..] {
        [one] => format!("{}: {}", one.field, one.description),
        _ => error.message.clone().into_owned(),
    }
}

/// The same as a message inside a batch's answer.
pub fn row(error: &Error) -> tonic_types::pb::Status {
    use prost::Message;
    let status = status(error);
    tonic_types::pb::Status::decode(status.details()).unwrap_or_else(|_| tonic_types::pb::Status {
        code: i32::from(status.code()),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}

fn resource_type(resource: Resource) -> &'static str {
    match resource {
        Resource::Integrator => "ombord.v1.Integrator",
        Resource::Sender => "ombord.v1.Sender",
        Resource::Agreement => "ombord.v1.Agreement",
        Resource::Version => "ombord.v1.AgreementVersion",
        Resource::Acceptance => "ombord.v1.Acceptance",
        Resource::Exception => "ombord.v1.SendException",
        Resource::Document => "ombord.v1.AgreementDocument",
        Resource::Invitation => "ombord.v1.Invitation",
        Resource::Mail => "ombord.v1.Mail",
    }
}

/// The status of a reason in words of the layers' own; its code and details are those that the reason always has.
pub fn of(reason: ErrorReason, message: impl Into<Cow<'static, str>>) -> Status {
    status(&Error::new(reason, message))
}

/// The answer to bytes that are not the message of the method. The decoder's text is not told.
pub fn malformed() -> Status {
    of(ErrorReason::MalformedMessage, "the request is not the message that the method takes")
}

/// The answer to a message beyond the limit of the method.
pub fn too_large() -> Status {
    of(ErrorReason::MessageTooLarge, "the message is larger than this method takes")
}

/// The answer to our own faults. Its text never says more; the cause is in the log, by the request id.
pub fn internal() -> Status {
    of(ErrorReason::Internal, "an internal error; the log tells more by the request id")
}

/// How many codes there are; each is a number below this.
pub const CODES: usize = 17;

/// A code as the gRPC documents write it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pb, service::error::Violation};

    #[test]
    fn every_reason_is_in_the_published_enum_and_the_other_way_round() {
        for reason in ErrorReason::ALL {
            let name = format!("ERROR_REASON_{}", reason.as_str());
            assert!(pb::ErrorReason::from_str_name(&name).is_some(), "{name} is not in errors.proto");
        }
        let published = (0..1000).filter_map(|n| pb::ErrorReason::try_from(n).ok()).count();
        assert_eq!(published, ErrorReason::ALL.len() + 1);
    }

    #[test]
    fn a_status_names_every_field_and_hides_the_cause() {
        let mut error = Error::field(ErrorReason::InvalidFields, "legal_name", "must not be empty");
        error.cause = Some(anyhow::anyhow!("secret"));
        let status = status(&error);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(!format!("{status:?}").contains("secret"));
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "INVALID_FIELDS");
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "legal_name");
    }

    #[test]
    fn the_words_name_the_field_where_there_is_one() {
        let at_fault = |field: &str| Violation { field: field.to_owned(), description: "must not be empty".to_owned() };
        let said = |violations| status(&Error::invalid(violations)).message().to_owned();
        assert_eq!(said(vec![at_fault("legal_name")]), "legal_name: must not be empty");
        assert_eq!(said(vec![at_fault("legal_name"), at_fault("role")]), "some fields are at fault; see the details");
        let taken = Error::field(ErrorReason::ExternalReferenceTaken, "external_reference", "is in use");
        assert_eq!(status(&taken).message(), "external_reference: is in use");
        assert_eq!(row(&taken).message, "external_reference: is in use");
        assert_eq!(status(&Error::not_found(Resource::Mail)).message(), "there is no such mail");
    }
}
