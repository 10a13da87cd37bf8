//! How each sender comes to show its reason.

use super::{
    super::demo::{Act, Call, Company, DPA_PAYSLIP, DPA_PAYSLIP_2, GENERAL_TERMS, Question, Sample, Version, Who},
    name,
};
use crate::pb::{AgreementKind, Assurance, ContentType, IntegratorKind, MailKind, Reason};

/// The integrator of most ready-made senders.
pub(in crate::cli) const INTEGRATOR: &str = "exempelbyran";
/// One whose senders must have accepted more surely than is possible yet.
const STRICT: &str = "exempelhuset";
/// One that is suspended.
const SUSPENDED: &str = "exempelsystem";

/// A sender to make.
pub(super) struct Ready {
    pub(super) reason: Reason,
    pub(super) number: &'static str,
    through: &'static str,
    asked: ContentType,
    pub(super) makes: &'static [Make],
}

/// One step, about the sender where it does not say otherwise.
pub(super) enum Make {
    /// It is registered, with this contact point.
    Register(&'static str),
    /// Its instruction is shown.
    Confirm,
    /// It accepts.
    Accept(Documents),
    /// It declines the data processing agreement.
    Decline,
    /// Another company is registered.
    RegisterOther(Company),
    /// Another company accepts for the sender too.
    AcceptOther(&'static str, &'static [&'static str]),
    /// The coverage is ended.
    EndCoverage,
    /// The connection is ended.
    EndConnection,
    /// The operator suspends it.
    Suspend,
    /// The operator suspends the integrator.
    SuspendIntegrator,
    /// The operator invalidates the last acceptance.
    Invalidate,
    /// The mail that told the contact point of the acceptance comes back.
    Bounce,
    /// An operator proposes an exception, another one approves it.
    Propose,
    Approve,
    /// The operator publishes, whomever it stops.
    Publish(Version),
}
use Make::*;

type Documents = &'static [(&'static str, &'static str)];

const ANNA: Who = Who::Operator("anna");
const BO: Who = Who::Operator("bo");
const CONTACT: &str = "dataskydd@avsandare.example";
const PERSON: &str = "asa.olmeback@avsandare.example";
const EARLY: &str = "2018-05-25T00:00:00Z";

const TERMS: Documents = &[("general-terms", "1")];
const FIRST: Documents = &[("general-terms", "1"), ("dpa-payslip", "1")];
const SECOND: Documents = &[("general-terms", "1"), ("dpa-payslip", "2")];
const BOTH: Documents = &[("general-terms", "1"), ("dpa-payslip", "3")];

/// What there is before the senders.
pub(super) const SETUP: &[(Who, Call)] = &[
    integrator(INTEGRATOR, "Exempelbyrån AB", "559999-8001", IntegratorKind::PayrollBureau),
    integrator(STRICT, "Exempelhuset AB", "559999-8019", IntegratorKind::OutputVendor),
    integrator(SUSPENDED, "Exempelsystem AB", "559999-8027", IntegratorKind::SystemVendor),
    agreement("general-terms", AgreementKind::GeneralTerms, ("Allmänna villkor", "General terms"), &[]),
    agreement(
        "dpa-payslip",
        AgreementKind::Dpa,
        ("Biträdesavtal för lönebesked", "DPA for payslips"),
        &[ContentType::Payslip],
    ),
    (ANNA, Call::RequireMore { agreement: "dpa-payslip", integrator: STRICT, minimum: Assurance::SenderConfirmed }),
    (ANNA, Call::Publish(version("general-terms", "1", GENERAL_TERMS, EARLY, 720), 0)),
    (ANNA, Call::Publish(version("dpa-payslip", "1", DPA_PAYSLIP, EARLY, 720), 0)),
];

/// Must be accepted at once by the one sender that there is by then.
const AT_ONCE: Version = version("dpa-payslip", "2", DPA_PAYSLIP_2, "", 0);
/// Must be accepted within 30 days by the one that accepted version 2.
const IN_30_DAYS: Version = version("dpa-payslip", "3", DPA_PAYSLIP_2, "", 720);

const PARENT: &str = "PARENT_OF_COVERAGE_ENDED";
const COVERED: &str = "559999-8134";

/// The senders, in an order that works: the versions come in between.
pub(super) const READY: &[Ready] = &[
    ready(Reason::SenderNotVisible, "559999-8035", &[]),
    ready(Reason::AgreementReacceptanceOverdue, "559999-8043", &[Register(CONTACT), Accept(FIRST), Publish(AT_ONCE)]),
    ready(Reason::ReacceptanceDue, "559999-8050", &[Register(CONTACT), Accept(SECOND), Publish(IN_30_DAYS)]),
    ready(Reason::ConnectionNotConfirmed, "559999-8068", &[Register(CONTACT)]),
    ready(Reason::ConnectionEnded, "559999-8076", &[Register(CONTACT), Confirm, EndConnection]),
    ready(Reason::IntegratorSuspended, "559999-8084", &[Register(CONTACT), Accept(BOTH), SuspendIntegrator])
        .of(SUSPENDED),
    ready(Reason::SenderSuspended, "559999-8092", &[Register(CONTACT), Accept(BOTH), Suspend]),
    ready(Reason::AgreementDeclined, "559999-8100", &[Register(CONTACT), Accept(TERMS), Decline]),
    ready(Reason::AgreementInvalidated, "559999-8118", &[Register(CONTACT), Accept(BOTH), Invalidate]),
    ready(Reason::AgreementNotAccepted, "559999-8126", &[Register(CONTACT), Confirm]),
    ready(
        Reason::AgreementCoverageEnded,
        COVERED,
        &[
            Register(CONTACT),
            Confirm,
            RegisterOther(Company { number: "559999-8142", name: PARENT, reference: PARENT, contact: CONTACT }),
            AcceptOther(PARENT, &[COVERED]),
            EndCoverage,
        ],
    ),
    ready(Reason::AgreementAssuranceTooLow, "559999-8159", &[Register(CONTACT), Accept(BOTH)]).of(STRICT),
    ready(Reason::NoAgreementForContentType, "559999-8167", &[Register(CONTACT), Accept(BOTH)])
        .asked(ContentType::Letter),
    ready(Reason::ContactPointMissing, "559999-8175", &[Register(""), Accept(BOTH)]),
    ready(Reason::ContactPointLooksPersonal, "559999-8183", &[Register(PERSON), Accept(BOTH)]),
    ready(Reason::ContactPointBouncing, "559999-8209", &[Register(CONTACT), Accept(BOTH), Bounce]),
    ready(Reason::AllowedByException, "559999-8191", &[Register(CONTACT), Confirm, Propose, Approve]),
];

/// The reasons that take a person who follows a mailed link: what to do to see them.
pub(super) const BY_A_PERSON: &[(Reason, &str)] = &[
    (Reason::Contested, "follow the link in a mail that tells the contact point of an acceptance, and contest it"),
    (
        Reason::ConfirmationUndelivered,
        "accept through the form of an invitation; then RecordDelivery says that the confirmation came back",
    ),
];

impl Ready {
    const fn of(self, through: &'static str) -> Self {
        Self { through, ..self }
    }

    const fn asked(self, asked: ContentType) -> Self {
        Self { asked, ..self }
    }

    /// The question whose answer shows the reason.
    pub(super) fn question(&self) -> Question {
        Question { content_type: self.asked, ..Question::payslip(self.number, self.through) }
    }

    /// Who makes which call for a step.
    pub(super) fn call(&self, make: &Make) -> (Who, Call) {
        let own = Who::Integrator(self.through);
        let (integrator, reference) = (self.through, name(self.reason));
        match *make {
            Register(contact) => {
                (own, Call::Register(Company { number: self.number, name: reference, reference, contact }))
            }
            RegisterOther(company) => (own, Call::Register(company)),
            Confirm => (own, Call::Confirm { reference }),
            Accept(documents) => (own, Call::Accept(Act::form(reference, documents, PERSON))),
            AcceptOther(reference, covered) => {
                (own, Call::Accept(Act::form(reference, BOTH, PERSON).covering(covered, true)))
            }
            Decline => (own, Call::Decline { reference, agreement: "dpa-payslip", version: "3" }),
            EndCoverage => (own, Call::EndCoverage { number: self.number }),
            EndConnection => (own, Call::EndConnection { reference }),
            Suspend => (ANNA, Call::SuspendSender { integrator, reference }),
            SuspendIntegrator => (ANNA, Call::SuspendIntegrator { slug: integrator }),
            Invalidate => (ANNA, Call::Invalidate),
            Bounce => (ANNA, Call::Bounce(MailKind::AcceptanceAttested)),
            Propose => (ANNA, Call::Propose { integrator, reference, hours: 71, reason: "To show what it looks like" }),
            Approve => (BO, Call::ApproveException),
            Publish(version) => (ANNA, Call::Publish(version, 1)),
        }
    }
}

const fn ready(reason: Reason, number: &'static str, makes: &'static [Make]) -> Ready {
    Ready { reason, number, through: INTEGRATOR, asked: ContentType::Payslip, makes }
}

const fn version(
    agreement: &'static str,
    label: &'static str,
    sample: Sample,
    effective: &'static str,
    grace_hours: i64,
) -> Version {
    Version { agreement, label, sample, effective, grace_hours }
}

const fn integrator(slug: &'static str, name: &'static str, number: &'static str, kind: IntegratorKind) -> (Who, Call) {
    (ANNA, Call::CreateIntegrator { slug, name, number, kind, domain: "exempel.example" })
}

const fn agreement(
    agreement: &'static str,
    kind: AgreementKind,
    titles: (&'static str, &'static str),
    content_types: &'static [ContentType],
) -> (Who, Call) {
    (ANNA, Call::CreateAgreement { agreement, kind, titles, content_types, minimum: Assurance::Unspecified })
}
