//! What a service refuses, and why: a closed set of reasons, the faulty fields, and an inner cause that is never sent.

use crate::store::StoreError;
use std::{borrow::Cow, time::Duration};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Why a call failed: the values of the API's `ErrorReason`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorReason { $($(#[$doc])* $name),+ }

        impl ErrorReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The reason as it stands in `google.rpc.ErrorInfo`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

reasons! {
    /// No token.
    TokenMissing = "TOKEN_MISSING",
    /// A token that does not verify.
    TokenInvalid = "TOKEN_INVALID",
    /// A token that is too old.
    TokenExpired = "TOKEN_EXPIRED",
    /// The token lacks the scope.
    ScopeMissing = "SCOPE_MISSING",
    /// The integrator is suspended, or was never created.
    IntegratorSuspended = "INTEGRATOR_SUSPENDED",
    /// The body names another integrator than the token.
    IntegratorMismatch = "INTEGRATOR_MISMATCH",
    /// Two operators are needed.
    SameOperator = "SAME_OPERATOR",
    /// Fields at fault.
    InvalidFields = "INVALID_FIELDS",
    /// Bytes that are no message.
    MalformedMessage = "MALFORMED_MESSAGE",
    /// A page token of another list.
    PageTokenInvalid = "PAGE_TOKEN_INVALID",
    /// A request id used with another payload.
    RequestIdReused = "REQUEST_ID_REUSED",
    /// No such integrator.
    IntegratorNotFound = "INTEGRATOR_NOT_FOUND",
    /// No such sender for this caller.
    SenderNotFound = "SENDER_NOT_FOUND",
    /// No such agreement.
    AgreementNotFound = "AGREEMENT_NOT_FOUND",
    /// No such version.
    VersionNotFound = "VERSION_NOT_FOUND",
    /// No such acceptance for this caller.
    AcceptanceNotFound = "ACCEPTANCE_NOT_FOUND",
    /// No such exception.
    ExceptionNotFound = "EXCEPTION_NOT_FOUND",
    /// No such document.
    DocumentNotFound = "DOCUMENT_NOT_FOUND",
    /// No such invitation for this caller.
    InvitationNotFound = "INVITATION_NOT_FOUND",
    /// No such mail.
    MailNotFound = "MAIL_NOT_FOUND",
    /// The slug is taken by other data.
    IntegratorExists = "INTEGRATOR_EXISTS",
    /// The slug is taken by other data.
    AgreementExists = "AGREEMENT_EXISTS",
    /// The label is taken by other bytes.
    VersionExists = "VERSION_EXISTS",
    /// The reference is taken by another sender.
    ExternalReferenceTaken = "EXTERNAL_REFERENCE_TAKEN",
    /// Somebody changed it in between.
    EtagMismatch = "ETAG_MISMATCH",
    /// A follower takes nothing.
    ReaderTooSlow = "READER_TOO_SLOW",
    /// A DPA presumes the general terms (R3).
    GeneralTermsNotAccepted = "GENERAL_TERMS_NOT_ACCEPTED",
    /// Two DPAs would apply to one content type.
    AgreementOverlaps = "AGREEMENT_OVERLAPS",
    /// There are general terms already.
    GeneralTermsExist = "GENERAL_TERMS_EXIST",
    /// Looser than allowed.
    EnforcementTooLoose = "ENFORCEMENT_TOO_LOOSE",
    /// An EDITORIAL version with another specification.
    SpecificationChanged = "SPECIFICATION_CHANGED",
    /// More senders would be denied than acknowledged.
    ImpactLargerThanAcknowledged = "IMPACT_LARGER_THAN_ACKNOWLEDGED",
    /// Too late to withdraw.
    VersionInEffect = "VERSION_IN_EFFECT",
    /// The version was withdrawn.
    VersionWithdrawn = "VERSION_WITHDRAWN",
    /// The version was not in force at the time of the act.
    VersionNotInForce = "VERSION_NOT_IN_FORCE",
    /// The digest is not that of the version (R9).
    DigestMismatch = "DIGEST_MISMATCH",
    /// The version has no document in the language.
    LanguageNotAvailable = "LANGUAGE_NOT_AVAILABLE",
    /// The integrator's own person may not be the accepting one.
    SignatoryIsIntegrator = "SIGNATORY_IS_INTEGRATOR",
    /// The authority to sign was not declared (R4).
    AuthorityNotDeclared = "AUTHORITY_NOT_DECLARED",
    /// The group's permission was not declared (R7).
    GroupPermissionNotDeclared = "GROUP_PERMISSION_NOT_DECLARED",
    /// The connection has ended.
    ConnectionEnded = "CONNECTION_ENDED",
    /// The exception does not wait for approval.
    ExceptionNotProposed = "EXCEPTION_NOT_PROPOSED",
    /// The acceptance does not cover the company.
    CoverageNotFound = "COVERAGE_NOT_FOUND",
    /// A revision of another ledger.
    LedgerMismatch = "LEDGER_MISMATCH",
    /// There is no public address at which people could accept.
    InvitationsNotOffered = "INVITATIONS_NOT_OFFERED",
    /// The integrator's own person may not be the invited one.
    RecipientIsIntegrator = "RECIPIENT_IS_INTEGRATOR",
    /// The invitation has ended in another way.
    InvitationEnded = "INVITATION_ENDED",
    /// Everything that is published is accepted.
    NothingToAccept = "NOTHING_TO_ACCEPT",
    /// The sender's own person gave the contact point (R6).
    ContactPointConfirmed = "CONTACT_POINT_CONFIRMED",
    /// The sender's own person said no to this integrator.
    DeclinedBySender = "DECLINED_BY_SENDER",
    /// There is no key to sign receipts and checkpoints with.
    ReceiptsNotConfigured = "RECEIPTS_NOT_CONFIGURED",
    /// This node does not have the revision yet.
    RevisionNotReached = "REVISION_NOT_REACHED",
    /// The database is away.
    DatabaseUnavailable = "DATABASE_UNAVAILABLE",
    /// The gate has no facts, or met an event it does not know.
    GateNotReady = "GATE_NOT_READY",
    /// Too many calls at once.
    Overloaded = "OVERLOADED",
    /// The message is too large.
    MessageTooLarge = "MESSAGE_TOO_LARGE",
    /// Too late.
    DeadlineExceeded = "DEADLINE_EXCEEDED",
    /// Our fault.
    Internal = "INTERNAL",
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its path in the request, such as `signatories[0].email`.
    pub field: String,
    /// What is wrong with it. Never repeats the value.
    pub description: String,
}

/// What a call is about and does not exist, or exists already. Names nothing the caller did not say itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// An integrator.
    Integrator,
    /// A sender.
    Sender,
    /// An agreement.
    Agreement,
    /// A version of an agreement.
    Version,
    /// An acceptance.
    Acceptance,
    /// An exception.
    Exception,
    /// A document.
    Document,
    /// An invitation.
    Invitation,
    /// A mail.
    Mail,
}

/// A refused call. What it says to the caller is apart from the cause, which is only logged.
#[derive(Debug)]
pub struct Error {
    /// Why.
    pub reason: ErrorReason,
    /// In words; no personal data, nothing of the inside.
    pub message: Cow<'static, str>,
    /// All fields at fault.
    pub violations: Vec<Violation>,
    /// Facts about it for programs, by name; no personal data.
    pub metadata: Vec<(&'static str, String)>,
    /// What the inside said; logged once, at the boundary, and never sent.
    pub cause: Option<anyhow::Error>,
}

/// What a service returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A refusal in fixed words.
    pub fn new(reason: ErrorReason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, message: message.into(), violations: Vec::new(), metadata: Vec::new(), cause: None }
    }

    /// A refusal that points at one field.
    pub fn field(reason: ErrorReason, field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        let violations = vec![Violation { field: field.into(), description: message.clone().into_owned() }];
        Self { reason, message, violations, metadata: Vec::new(), cause: None }
    }

    /// The same with one more fact for programs.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.metadata.push((name, value.to_string()));
        self
    }

    /// Fields at fault, all at once.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::new(ErrorReason::InvalidFields, "some fields are at fault; see the details") }
    }

    /// What the caller may not see and what is not there: one answer for both, to the byte.
    pub fn not_found(resource: Resource) -> Self {
        let (reason, message) = match resource {
            Resource::Integrator => (ErrorReason::IntegratorNotFound, "there is no such integrator"),
            Resource::Sender => (ErrorReason::SenderNotFound, "there is no such sender for this caller"),
            Resource::Agreement => (ErrorReason::AgreementNotFound, "there is no such agreement"),
            Resource::Version => (ErrorReason::VersionNotFound, "the agreement has no such version"),
            Resource::Acceptance => (ErrorReason::AcceptanceNotFound, "there is no such acceptance for this caller"),
            Resource::Exception => (ErrorReason::ExceptionNotFound, "there is no such exception"),
            Resource::Document => (ErrorReason::DocumentNotFound, "the version has no such document"),
            Resource::Invitation => (ErrorReason::InvitationNotFound, "there is no such invitation for this caller"),
            Resource::Mail => (ErrorReason::MailNotFound, "there is no such mail"),
        };
        Self::new(reason, message)
    }

    /// Our fault.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(ErrorReason::Internal, "internal error") }
    }

    /// What the log says of it, wherever it ends: the reason and, as far as there is one, the chain of causes. No personal
    /// data is in either.
    pub fn told(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{}: {cause:#}", self.reason.as_str()),
            None => format!("{}: {}", self.reason.as_str(), self.message),
        }
    }

    /// Which resource a not-found or exists answer is about.
    pub fn resource(&self) -> Option<Resource> {
        Some(match self.reason {
            ErrorReason::IntegratorNotFound | ErrorReason::IntegratorExists => Resource::Integrator,
            ErrorReason::SenderNotFound | ErrorReason::ExternalReferenceTaken => Resource::Sender,
            ErrorReason::AgreementNotFound | ErrorReason::AgreementExists => Resource::Agreement,
            ErrorReason::VersionNotFound | ErrorReason::VersionExists => Resource::Version,
            ErrorReason::AcceptanceNotFound => Resource::Acceptance,
            ErrorReason::ExceptionNotFound => Resource::Exception,
            ErrorReason::DocumentNotFound => Resource::Document,
            ErrorReason::InvitationNotFound => Resource::Invitation,
            ErrorReason::MailNotFound => Resource::Mail,
            _ => return None,
        })
    }

    /// After how long the same call may succeed; nothing where repeating it does not help.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.reason {
            ErrorReason::RevisionNotReached | ErrorReason::Overloaded => Some(Duration::from_millis(200)),
            ErrorReason::DatabaseUnavailable | ErrorReason::GateNotReady => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self {
                cause: Some(error.into()),
                ..Self::new(
                    ErrorReason::DatabaseUnavailable,
                    "the database is unavailable; nothing is known to have been done",
                )
            },
            // During a rolling upgrade: a node of the newer program answers, or this one when it is replaced.
            StoreError::TooNew { .. } => Self {
                cause: Some(error.into()),
                ..Self::new(
                    ErrorReason::DatabaseUnavailable,
                    "a newer version of the service has written to the database; nothing was done here, ask another node",
                )
            },
            StoreError::Corrupt { .. } | StoreError::Fault(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_the_log_its_whole_cause() {
        let away = StoreError::Unavailable(anyhow::anyhow!("no route").context("the pool"));
        let told = Error::from(away).told();
        assert_eq!(told, "DATABASE_UNAVAILABLE: the database is unavailable: the pool: no route");
        assert_eq!(Error::not_found(Resource::Mail).told(), "MAIL_NOT_FOUND: there is no such mail");
    }
}
