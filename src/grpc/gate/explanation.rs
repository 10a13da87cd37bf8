//! The facts behind an answer. An integrator sees of what came through another only agreement, version, time and
//! assurance.

use crate::{
    domain::{
        acts::{Act, ActKind},
        agreement::AgreementFacts,
        decision::Verdict,
        exception::{Exception, ExceptionState},
        explanation::AgreementExplanation,
        standing::{Outcome, Standing},
        time::Timestamp,
        vocabulary::ContactQuality,
        weighing::Worth,
    },
    grpc::convert::{enums::Paired, reasons, times},
    pb,
    service::{
        caller::{Caller, Reach},
        checks::explain::Explained,
    },
};

/// The answer with everything behind it.
pub fn response(caller: &Caller, explained: &Explained) -> pb::ExplainSendResponse {
    let (answer, why) = explained.answer();
    let answered = Some(super::response(&explained.at, &answer));
    let Some((sender, explanation)) = why else {
        return pb::ExplainSendResponse { answer: answered, ..Default::default() };
    };
    let integrator_id = &explained.integrator_id;
    let connection = explanation.connection.map(|connection| pb::ConnectionFacts {
        sender_id: sender.sender_id.to_string(),
        connection_id: connection.connection_id.to_string(),
        integrator_id: integrator_id.to_string(),
        external_reference: connection.external_reference.clone(),
        state: connection.state_at(explained.at.evaluate).to_pb(),
    });
    let Verdict::Judged { contact, .. } = explanation.verdict else {
        return pb::ExplainSendResponse { answer: answered, connection, ..Default::default() };
    };
    let integrator = explained.catalogue.integrators.get(integrator_id);
    let integrator_since = integrator.and_then(|i| i.suspension.as_ref()).map(|s| times::to_pb(s.since));
    let sender_since = sender.suspension.as_ref().map(|s| times::to_pb(s.since));
    let lifted: Vec<i32> = lifted(&explanation.verdict);
    let now = explained.at.evaluate;
    pb::ExplainSendResponse {
        answer: answered,
        connection,
        suspensions: Some(pb::SuspensionFacts {
            integrator_suspended: integrator_since.is_some(),
            integrator_suspend_time: integrator_since,
            sender_suspended: sender_since.is_some(),
            sender_suspend_time: sender_since,
        }),
        agreements: explanation.agreements.iter().map(|one| agreement(one, caller, now)).collect(),
        exceptions: explanation
            .exceptions
            .iter()
            .filter(|exception| now < exception.until && exception.state != ExceptionState::Ended)
            .map(|one| exception(one, sender.exceptions.contains(one), &lifted))
            .collect(),
        contact_point: Some(pb::ContactPointFacts {
            present: contact != ContactQuality::Missing,
            looks_personal: contact == ContactQuality::LooksPersonal,
        }),
    }
}

/// The reasons that an exception turned into warnings.
fn lifted(verdict: &Verdict<'_>) -> Vec<i32> {
    let Verdict::Judged { terms, dpa, .. } = verdict else { return Vec::new() };
    let lifted = [Some(*terms), *dpa].into_iter().flatten().filter(|judged| judged.lifted);
    let codes = lifted.filter_map(|judged| crate::domain::reason::Code::of(judged.standing.outcome));
    codes.map(|code| reasons::code(code) as i32).collect()
}

fn exception(exception: &Exception, for_sender: bool, lifted: &[i32]) -> pb::ExceptionFacts {
    let approved = exception.state == ExceptionState::Approved;
    let state = if approved { pb::ExceptionState::Active } else { pb::ExceptionState::Proposed };
    pb::ExceptionFacts {
        exception_id: exception.exception_id.to_string(),
        state: state as i32,
        until: Some(times::to_pb(exception.until)),
        for_sender,
        lifted_reasons: if approved { lifted.to_vec() } else { Vec::new() },
    }
}

fn agreement(one: &AgreementExplanation<'_>, caller: &Caller, now: Timestamp) -> pb::AgreementFacts {
    let facts: &AgreementFacts = one.agreement;
    let standing = one.standing;
    let mut shown: Vec<&(&Act, Worth)> = one.acts.iter().collect();
    shown.sort_by_key(|(act, _)| act.order());
    pb::AgreementFacts {
        agreement_id: facts.agreement_id.to_string(),
        kind: facts.kind.to_pb(),
        enforcement: one.in_force.enforcement.to_pb(),
        minimum_assurance: one.in_force.minimum_assurance.to_pb(),
        version_in_force: facts.in_force(now).map(|v| v.label.to_string()).unwrap_or_default(),
        standing: outcome(standing.outcome) as i32,
        deadline: standing.deadline.map(times::to_pb),
        counting_act_id: standing.act.filter(|act| sees(caller, act)).map(|act| act.id.to_string()).unwrap_or_default(),
        acts: shown.into_iter().map(|(shown, worth)| act(shown, *worth, &standing, caller)).collect(),
    }
}

/// The outcome on the wire.
pub fn outcome(outcome: Outcome) -> pb::Standing {
    match outcome {
        Outcome::Accepted => pb::Standing::Accepted,
        Outcome::AssuranceTooLow => pb::Standing::AssuranceTooLow,
        Outcome::Declined => pb::Standing::Declined,
        Outcome::ReacceptanceOverdue => pb::Standing::ReacceptanceOverdue,
        Outcome::Invalidated => pb::Standing::Invalidated,
        Outcome::CoverageEnded => pb::Standing::CoverageEnded,
        Outcome::NotAccepted => pb::Standing::NotAccepted,
    }
}

fn sees(caller: &Caller, act: &Act) -> bool {
    match caller.reach() {
        Reach::All => true,
        Reach::Own(own) => act.through.as_ref() == Some(own) && act.kind != ActKind::Coverage,
    }
}

fn act(act: &Act, worth: Worth, standing: &Standing<'_>, caller: &Caller) -> pb::ActFacts {
    let decided = standing.act.is_some_and(|deciding| deciding == act);
    let verdict = match worth {
        Worth::Current(_) if decided && standing.outcome == Outcome::Accepted => pb::ActVerdict::Counts,
        Worth::Current(_) if standing.outcome == Outcome::AssuranceTooLow => pb::ActVerdict::AssuranceTooLow,
        Worth::Current(_) => pb::ActVerdict::NotBest,
        Worth::Overdue(_) => pb::ActVerdict::ReacceptanceOverdue,
        Worth::NotYetEffective => pb::ActVerdict::NotInEffectYet,
        Worth::Void => pb::ActVerdict::VersionWithdrawn,
        Worth::Invalidated => pb::ActVerdict::Invalidated,
        Worth::CoverageEnded => pb::ActVerdict::CoverageEnded,
        Worth::Displaced | Worth::Overruled => pb::ActVerdict::Displaced,
        Worth::Blocked => pb::ActVerdict::BlockedByDecline,
        Worth::Declines if decided => pb::ActVerdict::DeclineEffective,
        Worth::Declines => pb::ActVerdict::DeclineWaiting,
    };
    let own = sees(caller, act);
    pb::ActFacts {
        kind: act.kind.to_pb(),
        act_id: if own { act.id.to_string() } else { String::new() },
        version: act.version.to_string(),
        assurance: act.assurance.to_pb(),
        act_time: Some(times::to_pb(act.time)),
        revision: if own { act.revision } else { 0 },
        integrator_id: if own {
            act.through.as_ref().map(ToString::to_string).unwrap_or_default()
        } else {
            String::new()
        },
        counts: decided,
        verdict: verdict as i32,
    }
}
