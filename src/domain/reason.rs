//! Why an answer is what it is: one closed set of reasons, in the order that makes the first DENY the primary one.

use super::{ids::AgreementId, standing::Outcome, time::Timestamp};
use serde::{Deserialize, Serialize};

/// A reason of an answer. The order is the order of the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// Unknown sender or integrator, or never connected.
    SenderNotVisible,
    /// Registered, but no act of the sender came through this integrator yet.
    ConnectionNotConfirmed,
    /// The connection was ended.
    ConnectionEnded,
    /// The operator suspended the integrator.
    IntegratorSuspended,
    /// The operator suspended the sender.
    SenderSuspended,
    /// The sender said no.
    AgreementDeclined,
    /// The acceptance was invalidated.
    AgreementInvalidated,
    /// Nobody accepted yet.
    AgreementNotAccepted,
    /// The covering acceptance no longer covers.
    AgreementCoverageEnded,
    /// The acceptance is not sure enough.
    AgreementAssuranceTooLow,
    /// A newer version had to be accepted by now.
    AgreementReacceptanceOverdue,
    /// No data processing agreement covers this content type (R10).
    NoAgreementForContentType,
    /// A newer version must be accepted by the deadline.
    ReacceptanceDue,
    /// The sender says that what was recorded was not its own act; it counts until the deadline.
    Contested,
    /// The controller has no contact point of its own (R6).
    ContactPointMissing,
    /// The contact point looks like one person's address (R6).
    ContactPointLooksPersonal,
    /// Mail to the contact point came back (R6).
    ContactPointBouncing,
    /// The confirmation of the acceptance did not reach the person who gave it (R5).
    ConfirmationUndelivered,
    /// An exception lifts what would stop sending.
    AllowedByException,
}

/// What a reason does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It stops sending.
    Deny,
    /// It does not.
    Warning,
}

/// Who can clear a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The integrator.
    Integrator,
    /// The sender's authorised person.
    Sender,
    /// Operator staff.
    Operator,
    /// Nobody needs to: it passes.
    Time,
}

/// What clears a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Register the sender.
    RegisterSender,
    /// Record an acceptance through the connection, or confirm it with the sender's instruction.
    ConfirmConnection,
    /// Resume the integrator.
    ResumeIntegrator,
    /// Resume the sender.
    ResumeSender,
    /// Have the sender's authorised person accept the version in force.
    Accept,
    /// Have it accepted with a surer method.
    AcceptWithMoreAssurance,
    /// Publish a version of the agreement, or an agreement that covers the content type.
    PublishAgreement,
    /// Wait for the accepted version to take effect.
    WaitForEffect,
    /// Give a contact point that is not one person's address.
    SetContactPoint,
    /// Find out what is true of the contested act, and resolve the contest or invalidate the act.
    ResolveContest,
}

/// One reason of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Which.
    pub code: Code,
    /// What it does.
    pub severity: Severity,
    /// About which agreement, where one is meant.
    pub agreement_id: Option<&'a AgreementId>,
    /// By when, or until when.
    pub deadline: Option<Timestamp>,
    /// Who can clear it, and how.
    pub remedy: (Actor, Action),
}

impl Code {
    /// Every reason, in order.
    pub const ALL: &'static [Self] = &[
        Self::SenderNotVisible,
        Self::ConnectionNotConfirmed,
        Self::ConnectionEnded,
        Self::IntegratorSuspended,
        Self::SenderSuspended,
        Self::AgreementDeclined,
        Self::AgreementInvalidated,
        Self::AgreementNotAccepted,
        Self::AgreementCoverageEnded,
        Self::AgreementAssuranceTooLow,
        Self::AgreementReacceptanceOverdue,
        Self::NoAgreementForContentType,
        Self::ReacceptanceDue,
        Self::Contested,
        Self::ContactPointMissing,
        Self::ContactPointLooksPersonal,
        Self::ContactPointBouncing,
        Self::ConfirmationUndelivered,
        Self::AllowedByException,
    ];

    /// The reason of an outcome that is not plain acceptance.
    pub fn of(outcome: Outcome) -> Option<Self> {
        Some(match outcome {
            Outcome::Accepted => return None,
            Outcome::AssuranceTooLow => Self::AgreementAssuranceTooLow,
            Outcome::Declined => Self::AgreementDeclined,
            Outcome::ReacceptanceOverdue => Self::AgreementReacceptanceOverdue,
            Outcome::Invalidated => Self::AgreementInvalidated,
            Outcome::CoverageEnded => Self::AgreementCoverageEnded,
            Outcome::NotAccepted => Self::AgreementNotAccepted,
        })
    }

    /// Whether a message that this reason denies is best given up: asking again later will not help by itself.
    pub fn rejects(self) -> bool {
        matches!(
            self,
            Self::SenderNotVisible | Self::ConnectionEnded | Self::AgreementDeclined | Self::NoAgreementForContentType
        )
    }

    /// Who can clear the reason, and how.
    pub fn remedy(self) -> (Actor, Action) {
        match self {
            Self::SenderNotVisible | Self::ConnectionEnded => (Actor::Integrator, Action::RegisterSender),
            Self::ConnectionNotConfirmed => (Actor::Integrator, Action::ConfirmConnection),
            Self::IntegratorSuspended => (Actor::Operator, Action::ResumeIntegrator),
            Self::SenderSuspended => (Actor::Operator, Action::ResumeSender),
            Self::AgreementDeclined
            | Self::AgreementInvalidated
            | Self::AgreementNotAccepted
            | Self::AgreementCoverageEnded
            | Self::AgreementReacceptanceOverdue
            | Self::ReacceptanceDue
            | Self::AllowedByException => (Actor::Sender, Action::Accept),
            Self::AgreementAssuranceTooLow => (Actor::Sender, Action::AcceptWithMoreAssurance),
            Self::NoAgreementForContentType => (Actor::Operator, Action::PublishAgreement),
            Self::Contested => (Actor::Operator, Action::ResolveContest),
            Self::ContactPointMissing
            | Self::ContactPointLooksPersonal
            | Self::ContactPointBouncing
            | Self::ConfirmationUndelivered => (Actor::Integrator, Action::SetContactPoint),
        }
    }
}
