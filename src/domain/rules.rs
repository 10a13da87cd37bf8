//! The rules R1 to R20 with their figures; those of links and reminders stand in [`super::invitation`], those of mails in
//! [`super::mail`]. `docs/rules.md` tells each rule's place and test.
//!
//! Built: R1 [`super::integrator`], R2 [`super::agreement::AgreementFacts::enforcement_of`], R3
//! [`super::recording`], R4 [`super::authority`], R6 [`super::contact`], R7 [`super::facts`] and [`super::standing`], R8
//! [`super::decision::Handling`], R9 [`super::agreement::DocumentDigest`], R10 [`super::agreement::applicable`],
//! R18 (an organisation number is never edited: no event changes one), R5 and R19 `service::mail`.

/// R7: how many companies one acceptance may cover.
pub const COVERED_COMPANIES: usize = 200;

/// R7: how many companies all rows of one batch may cover together: each costs work while all other writers wait.
pub const COVERED_IN_A_BATCH: usize = 2000;

/// R4: how many persons sign one acceptance at most.
pub const SIGNATORIES: usize = 2;

/// R8: the longest retention that a specification may state for undelivered items, in days.
pub const UNDELIVERED_RETENTION_DAYS: u32 = 390;

/// R8: the longest retention that a specification may state for support, in days.
pub const SUPPORT_RETENTION_DAYS: u32 = 75;

/// How far an act's time may lie ahead of the recorder's clock, in seconds.
pub const CLOCK_TOLERANCE_SECONDS: i64 = 120;

/// How long the answer to a request id is kept, in days.
pub const REQUEST_ID_DAYS: i64 = 30;

/// How many characters a reason may have that a person gives.
pub const REASON_CHARACTERS: usize = 1000;

/// The longest time that an exception may last, in seconds.
pub const EXCEPTION_SECONDS: i64 = 72 * 3600;

/// For how many days what was recorded can be contested.
pub const CONTEST_DAYS: i64 = 90;

/// How many business days a contested act goes on counting.
pub const CONTEST_BUSINESS_DAYS: u32 = 5;

/// The version of everything that a decision rests on: the rules, and the facts that they look at. It changes with every
/// change after which a follower of an older program could say ALLOW where this one does not.
pub const RULES_VERSION: u32 = 1;
