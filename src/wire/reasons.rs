//! Reasons, remedies and their texts: the only place where a reason becomes words.

use super::times;
use crate::{
    domain::reason::{Action, Actor, Code, Reason, Severity},
    pb,
};

/// The reason as it is sent.
pub fn to_pb(reason: &Reason<'_>) -> pb::ReasonDetail {
    pb::ReasonDetail {
        code: code(reason.code) as i32,
        severity: severity(reason.severity) as i32,
        agreement_id: reason.agreement_id.map(ToString::to_string).unwrap_or_default(),
        deadline: reason.deadline.map(times::to_pb),
        remedy: Some(remedy(reason.remedy)),
        message: message(reason.code, reason.remedy.1).to_owned(),
    }
}

/// The code on the wire.
pub fn code(code: Code) -> pb::Reason {
    match code {
        Code::SenderNotVisible => pb::Reason::SenderNotVisible,
        Code::ConnectionNotConfirmed => pb::Reason::ConnectionNotConfirmed,
        Code::ConnectionEnded => pb::Reason::ConnectionEnded,
        Code::IntegratorSuspended => pb::Reason::IntegratorSuspended,
        Code::SenderSuspended => pb::Reason::SenderSuspended,
        Code::AgreementDeclined => pb::Reason::AgreementDeclined,
        Code::AgreementInvalidated => pb::Reason::AgreementInvalidated,
        Code::AgreementNotAccepted => pb::Reason::AgreementNotAccepted,
        Code::AgreementCoverageEnded => pb::Reason::AgreementCoverageEnded,
        Code::AgreementAssuranceTooLow => pb::Reason::AgreementAssuranceTooLow,
        Code::AgreementReacceptanceOverdue => pb::Reason::AgreementReacceptanceOverdue,
        Code::NoAgreementForContentType => pb::Reason::NoAgreementForContentType,
        Code::ReacceptanceDue => pb::Reason::ReacceptanceDue,
        Code::Contested => pb::Reason::Contested,
        Code::ContactPointMissing => pb::Reason::ContactPointMissing,
        Code::ContactPointLooksPersonal => pb::Reason::ContactPointLooksPersonal,
        Code::ContactPointBouncing => pb::Reason::ContactPointBouncing,
        Code::ConfirmationUndelivered => pb::Reason::ConfirmationUndelivered,
        Code::AllowedByException => pb::Reason::AllowedByException,
    }
}

/// The code in the domain of a number on the wire.
pub fn code_of(number: i32) -> Option<Code> {
    Code::ALL.iter().copied().find(|known| code(*known) as i32 == number)
}

/// The severity on the wire.
pub fn severity(severity: Severity) -> pb::Severity {
    match severity {
        Severity::Deny => pb::Severity::Deny,
        Severity::Warning => pb::Severity::Warning,
    }
}

/// The remedy on the wire.
pub fn remedy((actor, action): (Actor, Action)) -> pb::Remedy {
    let actor = match actor {
        Actor::Integrator => pb::RemedyActor::Integrator,
        Actor::Sender => pb::RemedyActor::Sender,
        Actor::Operator => pb::RemedyActor::Operator,
        Actor::Time => pb::RemedyActor::Time,
    };
    let action = match action {
        Action::RegisterSender => pb::RemedyAction::RegisterSender,
        Action::ConfirmConnection => pb::RemedyAction::ConfirmConnection,
        Action::ResumeIntegrator => pb::RemedyAction::ResumeIntegrator,
        Action::ResumeSender => pb::RemedyAction::ResumeSender,
        Action::Accept => pb::RemedyAction::AcceptAgreement,
        Action::AcceptWithMoreAssurance => pb::RemedyAction::AcceptWithMoreAssurance,
        Action::PublishAgreement => pb::RemedyAction::PublishAgreement,
        Action::WaitForEffect => pb::RemedyAction::Wait,
        Action::SetContactPoint => pb::RemedyAction::GiveContactPoint,
        Action::ResolveContest => pb::RemedyAction::ClarifyContest,
    };
    pb::Remedy { actor: actor as i32, action: action as i32 }
}

/// What the reason says to a person. Never holds a time or a name, so that a batch can send each text once.
pub fn message(code: Code, action: Action) -> &'static str {
    match (code, action) {
        (Code::SenderNotVisible, _) => "The sender is not registered with this integrator.",
        (Code::ConnectionNotConfirmed, _) => {
            "The sender is registered, but nothing shows yet that it wants this integrator to send for it. Record its acceptance, or confirm the connection with its instruction."
        }
        (Code::ConnectionEnded, _) => {
            "The connection between the sender and this integrator has ended. Registering again opens a new one."
        }
        (Code::IntegratorSuspended, _) => "The operator has suspended the integrator.",
        (Code::SenderSuspended, _) => "The operator has suspended the sender.",
        (Code::AgreementDeclined, _) => {
            "The sender has declined the agreement. Only the sender can change that, by accepting it."
        }
        (Code::AgreementInvalidated, _) => {
            "The sender's acceptance was invalidated. The sender must accept the agreement again."
        }
        (Code::AgreementNotAccepted, Action::PublishAgreement) => {
            "There is no version of the agreement that could be accepted. The operator must publish one."
        }
        (Code::AgreementNotAccepted, Action::WaitForEffect) => {
            "The sender has accepted a version that has not taken effect yet."
        }
        (Code::AgreementNotAccepted, _) => "The sender has not accepted the agreement.",
        (Code::AgreementCoverageEnded, _) => {
            "The group company's acceptance no longer covers the sender. The sender must accept the agreement itself."
        }
        (Code::AgreementAssuranceTooLow, _) => {
            "The sender's acceptance is not sure enough. It must be accepted again in a surer way."
        }
        (Code::AgreementReacceptanceOverdue, _) => "The time to accept the newer version of the agreement has run out.",
        (Code::NoAgreementForContentType, _) => "No data processing agreement covers this content type.",
        (Code::ReacceptanceDue, _) => "A newer version of the agreement must be accepted by the deadline.",
        (Code::Contested, _) => {
            "The sender says that this was not its own act. It counts until the deadline, unless the operator finds that it stands."
        }
        (Code::ContactPointMissing, _) => "The sender has no contact point of its own.",
        (Code::ContactPointLooksPersonal, _) => {
            "The contact point looks like one person's address. A function's address lasts longer."
        }
        (Code::ContactPointBouncing, _) => {
            "Mail to the sender's contact point came back. It needs another address, or it cannot be told of new versions."
        }
        (Code::ConfirmationUndelivered, _) => {
            "The confirmation came back from the address of the person who accepted. Ask the sender whether the address is right."
        }
        (Code::AllowedByException, _) => {
            "An exception of the operator lifts what would otherwise stop sending, until the deadline."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_number_of_its_own_in_the_order_of_the_decision() {
        let numbers: Vec<i32> = Code::ALL.iter().map(|known| code(*known) as i32).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(Code::ALL.iter().all(|known| code_of(code(*known) as i32) == Some(*known)));
        assert_eq!(code_of(0), None);
    }
}
