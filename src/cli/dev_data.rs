//! What `serve --dev` starts with: for each reason of the gate one sender that shows it, so that whoever writes a client
//! sees every answer.

use super::demo::{Act, Call, Company, DPA_PAYSLIP, DPA_PAYSLIP_2, GENERAL_TERMS, Question, Stage, Version, Who};
use crate::{
    app::System,
    pb::{self, AgreementKind, Assurance, ContentType, IntegratorKind, Reason},
    service::ports::Clock,
};
use std::net::SocketAddr;

/// The integrator of the ready-made senders.
pub(super) const INTEGRATOR: &str = "exempelbyran";
const STRICT: &str = "exempelhuset";
const SUSPENDED: &str = "exempelsystem";

/// The senders, and what a first acceptance needs to know.
pub(crate) struct DevData {
    /// One for each reason.
    pub(super) senders: Vec<DevSender>,
    /// The general terms' text in Swedish, as an acceptance names it.
    pub(super) terms: Option<pb::AcceptedDocument>,
    /// Why some could not be made: the database was not empty, and holds something else.
    pub(super) trouble: Option<String>,
}

/// A sender that shows a reason.
pub(super) struct DevSender {
    /// How to ask.
    pub(super) ready: &'static Ready,
    /// What the gate said.
    pub(super) answer: String,
    /// Whether the reason was among it.
    pub(super) shows: bool,
}

/// How a sender comes to show a reason.
pub(super) struct Ready {
    /// The reason. The sender and its reference are named so.
    pub(super) reason: Reason,
    /// How to ask.
    pub(super) question: Question,
    steps: &'static [(Who, Call)],
}

const ANNA: Who = Who::Operator("anna");
const BO: Who = Who::Operator("bo");
const BUREAU: Who = Who::Integrator(INTEGRATOR);
const CONTACT: &str = "dataskydd@avsandare.example";
const PERSON: &str = "asa.olmeback@avsandare.example";
const TERMS: &[(&str, &str)] = &[("general-terms", "1")];
const BOTH: &[(&str, &str)] = &[("general-terms", "1"), ("dpa-payslip", "3")];

const SETUP: &[(Who, Call)] = &[
    (ANNA, integrator(INTEGRATOR, "Exempelbyrån AB", "559999-8001", IntegratorKind::PayrollBureau)),
    (ANNA, integrator(STRICT, "Exempelhuset AB", "559999-8019", IntegratorKind::OutputVendor)),
    (ANNA, integrator(SUSPENDED, "Exempelsystem AB", "559999-8027", IntegratorKind::SystemVendor)),
    (ANNA, agreement("general-terms", AgreementKind::GeneralTerms, ("Allmänna villkor", "General terms"), &[])),
    (ANNA, agreement("dpa-payslip", AgreementKind::Dpa, ("Biträdesavtal för lönebesked", "DPA for payslips"), &[ContentType::Payslip])),
    (ANNA, Call::RequireMore { agreement: "dpa-payslip", integrator: STRICT, minimum: Assurance::SenderConfirmed }),
    (ANNA, Call::Publish(Version { agreement: "general-terms", label: "1", sample: GENERAL_TERMS, effective: EARLY, grace_hours: 720 }, 0)),
    (ANNA, Call::Publish(Version { agreement: "dpa-payslip", label: "1", sample: DPA_PAYSLIP, effective: EARLY, grace_hours: 720 }, 0)),
];
const EARLY: &str = "2018-05-25T00:00:00Z";
/// Must be accepted at once by the one sender that there is by then.
const DPA_2: Version = Version { agreement: "dpa-payslip", label: "2", sample: DPA_PAYSLIP_2, effective: "", grace_hours: 0 };
/// Must be accepted within 30 days by the one that accepted version 2.
const DPA_3: Version = Version { agreement: "dpa-payslip", label: "3", sample: DPA_PAYSLIP_2, effective: "", grace_hours: 720 };

/// In an order that works: the versions come in between.
const READY: &[Ready] = &[
    ready(Reason::SenderNotVisible, "559999-8035", INTEGRATOR, &[]),
    ready(Reason::AgreementReacceptanceOverdue, "559999-8043", INTEGRATOR, &[
        registered("559999-8043", "AGREEMENT_REACCEPTANCE_OVERDUE"),
        accepted("AGREEMENT_REACCEPTANCE_OVERDUE", &[("general-terms", "1"), ("dpa-payslip", "1")]),
        (ANNA, Call::Publish(DPA_2, 1)),
    ]),
    ready(Reason::ReacceptanceDue, "559999-8050", INTEGRATOR, &[
        registered("559999-8050", "REACCEPTANCE_DUE"),
        accepted("REACCEPTANCE_DUE", &[("general-terms", "1"), ("dpa-payslip", "2")]),
        (ANNA, Call::Publish(DPA_3, 1)),
    ]),
    ready(Reason::ConnectionNotConfirmed, "559999-8068", INTEGRATOR, &[registered("559999-8068", "CONNECTION_NOT_CONFIRMED")]),
    ready(Reason::ConnectionEnded, "559999-8076", INTEGRATOR, &[
        registered("559999-8076", "CONNECTION_ENDED"),
        confirmed("CONNECTION_ENDED"),
        (BUREAU, Call::EndConnection { reference: "CONNECTION_ENDED" }),
    ]),
    ready(Reason::IntegratorSuspended, "559999-8084", SUSPENDED, &[
        (Who::Integrator(SUSPENDED), Call::Register(company("559999-8084", "INTEGRATOR_SUSPENDED", CONTACT))),
        (Who::Integrator(SUSPENDED), Call::Accept(Act::form("INTEGRATOR_SUSPENDED", BOTH, PERSON))),
        (ANNA, Call::SuspendIntegrator { slug: SUSPENDED }),
    ]),
    ready(Reason::SenderSuspended, "559999-8092", INTEGRATOR, &[
        registered("559999-8092", "SENDER_SUSPENDED"),
        accepted("SENDER_SUSPENDED", BOTH),
        (ANNA, Call::SuspendSender { integrator: INTEGRATOR, reference: "SENDER_SUSPENDED" }),
    ]),
    ready(Reason::AgreementDeclined, "559999-8100", INTEGRATOR, &[
        registered("559999-8100", "AGREEMENT_DECLINED"),
        accepted("AGREEMENT_DECLINED", TERMS),
        (BUREAU, Call::Decline { reference: "AGREEMENT_DECLINED", agreement: "dpa-payslip", version: "3" }),
    ]),
    ready(Reason::AgreementInvalidated, "559999-8118", INTEGRATOR, &[
        registered("559999-8118", "AGREEMENT_INVALIDATED"),
        accepted("AGREEMENT_INVALIDATED", BOTH),
        (ANNA, Call::Invalidate),
    ]),
    ready(Reason::AgreementNotAccepted, "559999-8126", INTEGRATOR, &[
        registered("559999-8126", "AGREEMENT_NOT_ACCEPTED"),
        confirmed("AGREEMENT_NOT_ACCEPTED"),
    ]),
    ready(Reason::AgreementCoverageEnded, "559999-8134", INTEGRATOR, &[
        registered("559999-8134", "AGREEMENT_COVERAGE_ENDED"),
        confirmed("AGREEMENT_COVERAGE_ENDED"),
        registered("559999-8142", "PARENT_OF_COVERAGE_ENDED"),
        (BUREAU, Call::Accept(Act::form("PARENT_OF_COVERAGE_ENDED", BOTH, PERSON).covering(&["559999-8134"], true))),
        (BUREAU, Call::EndCoverage { number: "559999-8134" }),
    ]),
    ready(Reason::AgreementAssuranceTooLow, "559999-8159", STRICT, &[
        (Who::Integrator(STRICT), Call::Register(company("559999-8159", "AGREEMENT_ASSURANCE_TOO_LOW", CONTACT))),
        (Who::Integrator(STRICT), Call::Accept(Act::form("AGREEMENT_ASSURANCE_TOO_LOW", BOTH, PERSON))),
    ]),
    Ready {
        question: Question { content_type: ContentType::Letter, ..Question::payslip("559999-8167", INTEGRATOR) },
        ..ready(Reason::NoAgreementForContentType, "559999-8167", INTEGRATOR, &[
            registered("559999-8167", "NO_AGREEMENT_FOR_CONTENT_TYPE"),
            accepted("NO_AGREEMENT_FOR_CONTENT_TYPE", BOTH),
        ])
    },
    ready(Reason::ContactPointMissing, "559999-8175", INTEGRATOR, &[
        (BUREAU, Call::Register(company("559999-8175", "CONTACT_POINT_MISSING", ""))),
        accepted("CONTACT_POINT_MISSING", BOTH),
    ]),
    ready(Reason::ContactPointLooksPersonal, "559999-8183", INTEGRATOR, &[
        (BUREAU, Call::Register(company("559999-8183", "CONTACT_POINT_LOOKS_PERSONAL", PERSON))),
        accepted("CONTACT_POINT_LOOKS_PERSONAL", BOTH),
    ]),
    ready(Reason::AllowedByException, "559999-8191", INTEGRATOR, &[
        registered("559999-8191", "ALLOWED_BY_EXCEPTION"),
        confirmed("ALLOWED_BY_EXCEPTION"),
        (ANNA, Call::Propose { integrator: INTEGRATOR, reference: "ALLOWED_BY_EXCEPTION", hours: 71, reason: "To show what it looks like" }),
        (BO, Call::ApproveException),
    ]),
];

const fn integrator(slug: &'static str, name: &'static str, number: &'static str, kind: IntegratorKind) -> Call {
    Call::CreateIntegrator { slug, name, number, kind, domain: "exempel.example" }
}

const fn agreement(
    agreement: &'static str,
    kind: AgreementKind,
    titles: (&'static str, &'static str),
    content_types: &'static [ContentType],
) -> Call {
    Call::CreateAgreement { agreement, kind, titles, content_types, minimum: Assurance::Unspecified }
}

const fn company(number: &'static str, reference: &'static str, contact: &'static str) -> Company {
    Company { number, name: reference, reference, contact }
}

const fn registered(number: &'static str, reference: &'static str) -> (Who, Call) {
    (BUREAU, Call::Register(company(number, reference, CONTACT)))
}

const fn confirmed(reference: &'static str) -> (Who, Call) {
    (BUREAU, Call::Confirm { reference })
}

const fn accepted(reference: &'static str, documents: &'static [(&'static str, &'static str)]) -> (Who, Call) {
    (BUREAU, Call::Accept(Act::form(reference, documents, PERSON)))
}

const fn ready(reason: Reason, number: &'static str, through: &'static str, steps: &'static [(Who, Call)]) -> Ready {
    Ready { reason, question: Question::payslip(number, through), steps }
}

/// Makes the senders over gRPC, unless they are there from an earlier start, and asks the gate about each.
pub(crate) async fn fill(address: SocketAddr, mint: &dyn Fn(Who) -> String) -> anyhow::Result<DevData> {
    let mut stage = Stage::open(address, mint, System.now()).await?;
    let all = SETUP.iter().chain(READY.iter().flat_map(|ready| ready.steps));
    let mut trouble = None;
    for (place, (who, call)) in all.enumerate() {
        let answer = stage.play(*who, call).await?;
        let first = answer.said.first().map_or("", String::as_str);
        if place == 0 && first.starts_with("unchanged") {
            break;
        }
        if first.starts_with("refused") || first.starts_with("failed") {
            trouble = Some(format!("{call:?}: {first}: {}", answer.more.join("; ")));
            break;
        }
    }
    let mut senders = Vec::new();
    for ready in READY {
        let said = stage.play(Who::Gateway, &Call::Check(ready.question)).await?.said;
        let name = name(ready.reason);
        let shows = said.iter().any(|line| line.split([' ', ',']).nth(1) == Some(name));
        let answer = said.first().and_then(|line| line.split(';').next()).unwrap_or_default().to_owned();
        senders.push(DevSender { ready, answer, shows });
    }
    let terms = stage.document(BUREAU, "general-terms", "1").await.ok();
    Ok(DevData { senders, terms, trouble })
}

/// A reason as ready-made senders and their references are named.
pub(super) fn name(reason: Reason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("REASON_").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::organisation_number::OrganisationNumber;

    #[test]
    fn every_reason_has_its_sender() {
        for reason in (1..1000).filter_map(|number| Reason::try_from(number).ok()) {
            assert_eq!(READY.iter().filter(|ready| ready.reason == reason).count(), 1, "{reason:?}");
        }
    }

    #[test]
    fn senders_are_named_by_their_reason_and_have_sound_numbers() {
        for ready in READY {
            assert!(OrganisationNumber::parse(ready.question.number).is_ok(), "{:?}", ready.reason);
            let own = ready.steps.iter().filter_map(|(_, call)| match call {
                Call::Register(company) if company.number == ready.question.number => Some(company.reference),
                _ => None,
            });
            assert!(own.into_iter().all(|reference| reference == name(ready.reason)), "{:?}", ready.reason);
        }
    }
}
