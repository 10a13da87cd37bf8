//! The story, as a table: who asks what, and what the answer must say.

mod beginning;
mod changes;
mod ending;
mod person;

use super::{
    Chapter,
    call::{Company, DPA_PAYSLIP, DPA_PAYSLIP_2, GENERAL_TERMS, Version, Who},
};

const ANNA: Who = Who::Operator("anna");
const BO: Who = Who::Operator("bo");
const BUREAU: Who = Who::Integrator("lonebyran");
const VENDOR: Who = Who::Integrator("utdatahuset");

const ERICSSON: &str = "556016-0680";
const VOLVO: &str = "556012-5790";
const SKANSKA: &str = "556000-4615";
const SCANIA: &str = "556084-0976";
const VATTENFALL: &str = "556036-2138";
const ELDISTRIBUTION: &str = "556417-0800";

const TERMS_1: Version = Version {
    agreement: "general-terms",
    label: "1",
    sample: GENERAL_TERMS,
    effective: "2018-05-25T00:00:00Z",
    grace_hours: 720,
};
const DPA_1: Version = Version {
    agreement: "dpa-payslip",
    label: "1",
    sample: DPA_PAYSLIP,
    effective: "2018-05-25T00:00:00Z",
    grace_hours: 720,
};
/// Two days, so that all of it lies within an exception's 72 hours. For a new sub-processor a real operator gives 45.
const DPA_2: Version =
    Version { agreement: "dpa-payslip", label: "2", sample: DPA_PAYSLIP_2, effective: "", grace_hours: 48 };

const BOTH: &[(&str, &str)] = &[("general-terms", "1"), ("dpa-payslip", "1")];
const TERMS: &[(&str, &str)] = &[("general-terms", "1")];
const DPA: &[(&str, &str)] = &[("dpa-payslip", "1")];

const fn company(number: &'static str, name: &'static str, reference: &'static str, contact: &'static str) -> Company {
    Company { number, name, reference, contact }
}

/// All chapters, in order, for an empty service.
pub(super) const STORY: &[Chapter] = &[
    beginning::PREPARE,
    beginning::REGISTER,
    beginning::ACCEPT,
    beginning::OTHER,
    changes::OLD_RECORD,
    changes::NEW_VERSION,
    changes::EXCEPTION,
    ending::GROUP,
    ending::DECLINE,
    person::PERSON,
    ending::EVIDENCE,
];
