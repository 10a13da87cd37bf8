//! What changes: an older record that is not sure enough, a new version, and an exception from both.

use super::{ANNA, BO, BOTH, BUREAU, DPA_2, ERICSSON, SKANSKA};
use crate::{
    cli::demo::{
        Chapter,
        call::{Act, Call, Question, When, Who},
        step,
    },
    pb::Assurance,
};

/// An imported acceptance counts, until more is demanded.
pub(super) const OLD_RECORD: Chapter = Chapter {
    title: "An older record counts for what it is",
    steps: &[
        step(
            "Skanska accepted in 2019. The record has a date and nothing else, and is not said to have more.",
            BUREAU,
            Call::Accept(Act::imported("K-1004", BOTH, "2019-03-01T00:00:00Z")),
            &[
                "CREATED: general-terms 1, IMPORTED",
                "CREATED: dpa-payslip 1, IMPORTED",
                "connection ACTIVE",
                "absent: signatories, authority_declared, evidence",
            ],
        ),
        step(
            "It may send.",
            Who::Gateway,
            Call::Check(Question::payslip(SKANSKA, "lonebyran")),
            &["ALLOW; keep undelivered 0 days, for support 75 days"],
        ),
        step(
            "The operator demands more of what comes through this bureau, from today on.",
            ANNA,
            Call::RequireMore {
                agreement: "dpa-payslip",
                integrator: "lonebyran",
                minimum: Assurance::IntegratorAttested,
            },
            &["changed"],
        ),
        step(
            "An old record no longer is enough.",
            Who::Gateway,
            Call::Check(Question::payslip(SKANSKA, "lonebyran")),
            &["DENY, HOLD", "deny AGREEMENT_ASSURANCE_TOO_LOW dpa-payslip → SENDER: ACCEPT_WITH_MORE_ASSURANCE"],
        ),
    ],
};

/// A MAJOR version: its impact, the warning, the denial.
pub(super) const NEW_VERSION: Chapter = Chapter {
    title: "A new version must be accepted again",
    steps: &[
        step(
            "Version 2 has one sub-processor more. First, whom would it stop?",
            ANNA,
            Call::ShowImpact(DPA_2),
            &["would deny: 1", "1 by AGREEMENT_REACCEPTANCE_OVERDUE, from the deadline on"],
        ),
        step(
            "Whoever publishes must have seen that.",
            ANNA,
            Call::Publish(DPA_2, 0),
            &["refused: IMPACT_LARGER_THAN_ACKNOWLEDGED"],
        ),
        step("Now with the number.", ANNA, Call::Publish(DPA_2, 1), &["changed, IN_FORCE"]),
        step(
            "Today nothing stops, but everybody learns by when to act.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran")),
            &[
                "ALLOW; keep undelivered 390 days, for support 75 days",
                "warn REACCEPTANCE_DUE dpa-payslip, the deadline → SENDER: ACCEPT_AGREEMENT",
                "warn CONTACT_POINT_LOOKS_PERSONAL → INTEGRATOR: GIVE_CONTACT_POINT",
                "the same until the deadline",
            ],
        ),
        step(
            "What will the gate say at the deadline, if nothing happens?",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran").at(When::Deadline)),
            OVERDUE,
        ),
    ],
};

/// Two operators lift both denials for a while.
pub(super) const EXCEPTION: Chapter = Chapter {
    title: "An exception, before somebody invents an acceptance",
    steps: &[
        step(
            "It is pay-day. Anna proposes to let the bureau's senders send for three days.",
            ANNA,
            Call::Propose { integrator: "lonebyran", reference: "", hours: 71, reason: "Lönedag" },
            &["PROPOSED"],
        ),
        step("She cannot approve it herself.", ANNA, Call::ApproveException, &["refused: SAME_OPERATOR"]),
        step(
            "Until somebody does, it changes nothing.",
            Who::Gateway,
            Call::Check(Question::payslip(SKANSKA, "lonebyran")),
            &[
                "DENY, HOLD",
                "deny AGREEMENT_ASSURANCE_TOO_LOW dpa-payslip → SENDER: ACCEPT_WITH_MORE_ASSURANCE",
                "the same until the deadline",
            ],
        ),
        step("Bo approves it.", BO, Call::ApproveException, &["ACTIVE"]),
        step(
            "Skanska may send at once.",
            Who::Gateway,
            Call::Check(Question::payslip(SKANSKA, "lonebyran")),
            &[
                "ALLOW; keep undelivered 0 days, for support 75 days",
                "warn AGREEMENT_ASSURANCE_TOO_LOW dpa-payslip → SENDER: ACCEPT_WITH_MORE_ASSURANCE",
                "warn ALLOWED_BY_EXCEPTION, the exception's end → SENDER: ACCEPT_AGREEMENT",
                "the same until the deadline",
            ],
        ),
        step(
            "Ericsson may still send when the deadline has passed.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran").at(When::Deadline)),
            &[
                "ALLOW; keep undelivered 390 days, for support 75 days",
                "warn AGREEMENT_REACCEPTANCE_OVERDUE dpa-payslip, the deadline → SENDER: ACCEPT_AGREEMENT",
                "warn CONTACT_POINT_LOOKS_PERSONAL → INTEGRATOR: GIVE_CONTACT_POINT",
                "warn ALLOWED_BY_EXCEPTION, the exception's end → SENDER: ACCEPT_AGREEMENT",
                "the same until the exception's end",
            ],
        ),
        step(
            "But not for ever.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran").at(When::ExceptionEnd)),
            OVERDUE,
        ),
        step(
            "Ericsson accepts version 2, and gives a function's address.",
            BUREAU,
            Call::Accept(
                Act::form("K-1001", &[("dpa-payslip", "2")], "asa.olmeback@ericsson.example")
                    .contact("dataskydd@ericsson.example")
                    .retroactive(),
            ),
            &["CREATED: dpa-payslip 2, INTEGRATOR_ATTESTED", "connection ACTIVE"],
        ),
        step("The operator ends the exception: it is needed no longer.", ANNA, Call::EndException, &["ENDED"]),
        step(
            "Without any exception, the deadline now changes nothing.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran").at(When::Deadline)),
            &["ALLOW; keep undelivered 390 days, for support 75 days"],
        ),
    ],
};

const OVERDUE: &[&str] = &[
    "DENY, HOLD",
    "deny AGREEMENT_REACCEPTANCE_OVERDUE dpa-payslip, the deadline → SENDER: ACCEPT_AGREEMENT",
    "warn CONTACT_POINT_LOOKS_PERSONAL → INTEGRATOR: GIVE_CONTACT_POINT",
];
