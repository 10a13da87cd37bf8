//! How it ends: a group of companies, a no, and what an auditor finds of all this.

use super::{ANNA, BUREAU, ELDISTRIBUTION, ERICSSON, SKANSKA, TERMS, VATTENFALL, VENDOR, VOLVO, company};
use crate::cli::demo::{
    Chapter,
    call::{Act, Call, Question, When, Who},
    step,
};

const BOTH_NOW: &[(&str, &str)] = &[("general-terms", "1"), ("dpa-payslip", "2")];

/// A company accepts for another one of its group.
pub(super) const GROUP: Chapter = Chapter {
    title: "A group of companies",
    steps: &[
        step(
            "Vattenfall accepts for a subsidiary too, but nobody said that the subsidiary permits it.",
            BUREAU,
            Call::Accept(
                Act::form("K-1009", BOTH_NOW, "asa.olmeback@vattenfall.example").covering(&[ELDISTRIBUTION], false),
            ),
            &["refused: GROUP_PERMISSION_NOT_DECLARED"],
        ),
        step(
            "With the declaration.",
            BUREAU,
            Call::Accept(
                Act::form("K-1009", BOTH_NOW, "asa.olmeback@vattenfall.example").covering(&[ELDISTRIBUTION], true),
            ),
            &[
                "CREATED: general-terms 1, INTEGRATOR_ATTESTED",
                "CREATED: dpa-payslip 2, INTEGRATOR_ATTESTED",
                "connection ACTIVE",
            ],
        ),
        step(
            "The subsidiary is a sender of its own.",
            BUREAU,
            Call::Register(company(
                ELDISTRIBUTION,
                "Vattenfall Eldistribution AB",
                "K-1109",
                "dataskydd@vattenfall.example",
            )),
            &["CREATED, connection UNCONFIRMED"],
        ),
        step(
            "It is covered, but it has not said that this bureau may send for it.",
            Who::Gateway,
            Call::Check(Question::payslip(ELDISTRIBUTION, "lonebyran")),
            &["DENY, HOLD", "deny CONNECTION_NOT_CONFIRMED → INTEGRATOR: CONFIRM_CONNECTION"],
        ),
        step(
            "The bureau has its written instruction.",
            BUREAU,
            Call::Confirm { reference: "K-1109" },
            &["changed, connection ACTIVE"],
        ),
        step(
            "It may send.",
            Who::Gateway,
            Call::Check(Question::payslip(ELDISTRIBUTION, "lonebyran")),
            &["ALLOW; keep undelivered 0 days, for support 75 days"],
        ),
    ],
};

/// A company says no.
pub(super) const DECLINE: Chapter = Chapter {
    title: "A company says no",
    steps: &[
        step(
            "Volvo accepts the general terms.",
            BUREAU,
            Call::Accept(Act::form("K-1002", TERMS, "asa.olmeback@volvo.example")),
            &["CREATED: general-terms 1, INTEGRATOR_ATTESTED", "connection ACTIVE"],
        ),
        step(
            "But not the data processing agreement.",
            BUREAU,
            Call::Decline { reference: "K-1002", agreement: "dpa-payslip", version: "2" },
            &["CREATED, connection ACTIVE"],
        ),
        step(
            "There is no use in waiting: its payslips go back.",
            Who::Gateway,
            Call::Check(Question::payslip(VOLVO, "lonebyran")),
            &["DENY, REJECT", "deny AGREEMENT_DECLINED dpa-payslip → SENDER: ACCEPT_AGREEMENT"],
        ),
    ],
};

/// What can be shown afterwards.
pub(super) const EVIDENCE: Chapter = Chapter {
    title: "What can be shown afterwards",
    steps: &[
        step(
            "The whole pay-day in one question, at one revision.",
            Who::Gateway,
            Call::CheckAll {
                through: "lonebyran",
                numbers: &[ERICSSON, VOLVO, SKANSKA, VATTENFALL, ELDISTRIBUTION, "202100-5489", "556016-0681"],
                at: When::Now,
            },
            &[
                "556016-0680: ALLOW",
                "556012-5790: DENY, REJECT AGREEMENT_DECLINED",
                "556000-4615: DENY, HOLD AGREEMENT_ASSURANCE_TOO_LOW",
                "556036-2138: ALLOW",
                "556417-0800: ALLOW",
                "202100-5489: DENY, REJECT SENDER_NOT_VISIBLE",
                "556016-0681: DENY, REJECT (a bad question)",
            ],
        ),
        step(
            "Why the subsidiary may send.",
            ANNA,
            Call::Explain(Question::payslip(ELDISTRIBUTION, "lonebyran")),
            &[
                "ALLOW; keep undelivered 0 days, for support 75 days",
                "general-terms, REQUIRED, in force 1: ACCEPTED",
                "  COVERAGE of 1, INTEGRATOR_ATTESTED: COUNTS",
                "dpa-payslip, REQUIRED, in force 2: ACCEPTED",
                "  COVERAGE of 2, INTEGRATOR_ATTESTED: COUNTS",
            ],
        ),
        step("The ledger is not for integrators.", VENDOR, Call::Ledger, &["refused: SCOPE_MISSING"]),
        step(
            "The auditor reads all of it. It tells everything that happened, and nobody's name.",
            Who::Auditor,
            Call::Ledger,
            &[
                "every revision from the first to the head: yes",
                "every leaf hash is that of its bytes: yes",
                "entries with an e-mail address in them: 0",
            ],
        ),
    ],
};
