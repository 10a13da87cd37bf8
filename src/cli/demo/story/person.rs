//! The sender's own person accepts.

use super::{BUREAU, SCANIA, company};
use crate::cli::demo::{
    Chapter,
    call::{Call, Question, Who},
    step,
};

const EVA: &str = "eva.lind@scania.example";

/// A mailed link, the form, the confirmation, and a receipt that needs nobody.
pub(super) const PERSON: Chapter = Chapter {
    title: "The company's own person",
    steps: &[
        step(
            "A company whose person is to read and accept for herself.",
            BUREAU,
            Call::Register(company(SCANIA, "Scania CV AB", "K-1012", "")),
            &["CREATED, connection UNCONFIRMED", "warn CONTACT_POINT_MISSING → INTEGRATOR: GIVE_CONTACT_POINT"],
        ),
        step(
            "The bureau invites one of its own people: that is no acceptance of the company's.",
            BUREAU,
            Call::Invite { reference: "K-1012", email: "eva.lind@lonebyran.example" },
            &["refused: RECIPIENT_IS_INTEGRATOR"],
        ),
        step(
            "It invites Eva Lind. The link goes to her, and to nobody else.",
            BUREAU,
            Call::Invite { reference: "K-1012", email: EVA },
            &["CREATED; the link is in the answer: no"],
        ),
        step("She follows the link, reads, and accepts.", Who::Person, Call::Follow { email: EVA }, &["accepted"]),
        step(
            "The gate lets her company's payslips through.",
            Who::Gateway,
            Call::Check(Question::payslip(SCANIA, "lonebyran")),
            &["ALLOW; keep undelivered 0 days, for support 75 days"],
        ),
        step(
            "The confirmation carries a receipt. Anyone can verify it, without this service.",
            Who::Person,
            Call::Verify { email: EVA },
            &["the receipt: GOOD", "with another name in it: REFUSED"],
        ),
    ],
};
