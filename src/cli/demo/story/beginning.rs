//! How it begins: agreements, registrations, the first acceptance, and a stranger.

use super::{ANNA, BOTH, BUREAU, DPA, DPA_1, ERICSSON, TERMS_1, VENDOR, company};
use crate::{
    cli::demo::{
        Chapter,
        call::{Act, Call, Question, Who},
        step,
    },
    pb::{AgreementKind, Assurance, ContentType, IntegratorKind},
};

/// The operator lets in an integrator and publishes its agreements.
pub(super) const PREPARE: Chapter = Chapter {
    title: "The operator prepares",
    steps: &[
        step(
            "A payroll bureau is let in.",
            ANNA,
            Call::CreateIntegrator {
                slug: "lonebyran",
                name: "Lönebyrån i Norr AB",
                number: "559999-9017",
                kind: IntegratorKind::PayrollBureau,
                domain: "lonebyran.example",
            },
            &["changed, ACTIVE"],
        ),
        step(
            "General terms, which every sender must accept.",
            ANNA,
            Call::CreateAgreement {
                agreement: "general-terms",
                kind: AgreementKind::GeneralTerms,
                titles: ("Allmänna villkor", "General terms"),
                content_types: &[],
                minimum: Assurance::Unspecified,
            },
            &["changed"],
        ),
        step(
            "A data processing agreement for payslips. That it is required is said, never assumed.",
            ANNA,
            Call::CreateAgreement {
                agreement: "dpa-payslip",
                kind: AgreementKind::Dpa,
                titles: ("Personuppgiftsbiträdesavtal för lönebesked", "Data processing agreement for payslips"),
                content_types: &[ContentType::Payslip],
                minimum: Assurance::Unspecified,
            },
            &["changed"],
        ),
        step("The terms are older than this service.", ANNA, Call::Publish(TERMS_1, 0), &["changed, IN_FORCE"]),
        step("So is the data processing agreement.", ANNA, Call::Publish(DPA_1, 0), &["changed, IN_FORCE"]),
    ],
};

/// The integrator registers companies, which is not yet their wish.
pub(super) const REGISTER: Chapter = Chapter {
    title: "The bureau registers companies",
    steps: &[
        step(
            "Before that, nobody is known.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran")),
            &["DENY, REJECT", "deny SENDER_NOT_VISIBLE → INTEGRATOR: REGISTER_SENDER"],
        ),
        step(
            "A number in any of the shapes that people type.",
            BUREAU,
            Call::Register(company("SE556016068001", "Telefonaktiebolaget LM Ericsson", "K-1001", "")),
            &["CREATED, connection UNCONFIRMED", "warn CONTACT_POINT_MISSING → INTEGRATOR: GIVE_CONTACT_POINT"],
        ),
        step(
            "Several at once; a bad row does not stop the others.",
            BUREAU,
            Call::RegisterAll(&[
                company("5560125790", "Aktiebolaget Volvo", "K-1002", "dataskydd@volvo.example"),
                company("556000-4616", "Skanska AB", "K-1004", "dataskydd@skanska.example"),
                company("16556000-4615", "Skanska AB", "K-1004", "dataskydd@skanska.example"),
                company("556036–2138", "Vattenfall AB", "K-1009", "dataskydd@vattenfall.example"),
            ]),
            &[
                "K-1002: CREATED, connection UNCONFIRMED",
                "K-1004: refused: INVALID_FIELDS",
                "K-1004: CREATED, connection UNCONFIRMED",
                "K-1009: CREATED, connection UNCONFIRMED",
            ],
        ),
        step(
            "Registering shows what the bureau wants, not what the company wants.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran")),
            &["DENY, HOLD", "deny CONNECTION_NOT_CONFIRMED → INTEGRATOR: CONFIRM_CONNECTION"],
        ),
    ],
};

/// A company accepts, and may send.
pub(super) const ACCEPT: Chapter = Chapter {
    title: "The company accepts",
    steps: &[
        step(
            "A data processing agreement presumes the general terms.",
            BUREAU,
            Call::Accept(Act::form("K-1001", DPA, "asa.olmeback@ericsson.example")),
            &["refused: GENERAL_TERMS_NOT_ACCEPTED"],
        ),
        step(
            "The bureau carries the paper; it may not sign it.",
            BUREAU,
            Call::Accept(Act::form("K-1001", BOTH, "asa.olmeback@lonebyran.example")),
            &["refused: SIGNATORY_IS_INTEGRATOR"],
        ),
        step(
            "Both in one act, all or nothing. It confirms the connection as well.",
            BUREAU,
            Call::Accept(
                Act::form("K-1001", BOTH, "asa.olmeback@ericsson.example")
                    .contact("asa.olmeback@ericsson.example")
                    .retroactive(),
            ),
            &[
                "CREATED: general-terms 1, INTEGRATOR_ATTESTED",
                "CREATED: dpa-payslip 1, INTEGRATOR_ATTESTED",
                "connection ACTIVE",
                "warn CONTACT_POINT_LOOKS_PERSONAL → INTEGRATOR: GIVE_CONTACT_POINT",
            ],
        ),
        step(
            "Now it may send. What could be better is a warning.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "lonebyran")),
            &[
                "ALLOW; keep undelivered 390 days, for support 75 days",
                "warn CONTACT_POINT_LOOKS_PERSONAL → INTEGRATOR: GIVE_CONTACT_POINT",
            ],
        ),
        step(
            "No agreement covers letters.",
            Who::Gateway,
            Call::Check(Question { content_type: ContentType::Letter, ..Question::payslip(ERICSSON, "lonebyran") }),
            &[
                "DENY, REJECT",
                "deny NO_AGREEMENT_FOR_CONTENT_TYPE → OPERATOR: PUBLISH_AGREEMENT",
                "warn CONTACT_POINT_LOOKS_PERSONAL → INTEGRATOR: GIVE_CONTACT_POINT",
            ],
        ),
    ],
};

/// A second integrator learns nothing and may not send.
pub(super) const OTHER: Chapter = Chapter {
    title: "Another integrator cannot send in its name",
    steps: &[
        step(
            "An output vendor is let in.",
            ANNA,
            Call::CreateIntegrator {
                slug: "utdatahuset",
                name: "Utdatahuset AB",
                number: "559999-9025",
                kind: IntegratorKind::OutputVendor,
                domain: "utdatahuset.example",
            },
            &["changed, ACTIVE"],
        ),
        step(
            "It registers the same company, and gets the answer that an unknown one would get.",
            VENDOR,
            Call::Register(company(ERICSSON, "Ericsson", "17", "dataskydd@ericsson.example")),
            &["CREATED, connection UNCONFIRMED"],
        ),
        step(
            "It cannot send.",
            Who::Gateway,
            Call::Check(Question::payslip(ERICSSON, "utdatahuset")),
            &["DENY, HOLD", "deny CONNECTION_NOT_CONFIRMED → INTEGRATOR: CONFIRM_CONNECTION"],
        ),
        step(
            "It sees nothing of what the company did elsewhere.",
            VENDOR,
            Call::Status { reference: "17" },
            &["connection UNCONFIRMED", "general-terms: NOT_ACCEPTED", "dpa-payslip: NOT_ACCEPTED"],
        ),
        step(
            "It cannot ask in the bureau's name either.",
            VENDOR,
            Call::Check(Question::payslip(ERICSSON, "lonebyran")),
            &["refused: INTEGRATOR_MISMATCH"],
        ),
    ],
};
