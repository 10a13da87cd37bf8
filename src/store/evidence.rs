//! Every column of every table that holds evidence, or follows from it, for whoever compares all of them with the ledger.

use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A number or time.
    Number,
    /// A text.
    Text,
    /// An id.
    Id,
    /// Bytes.
    Bytes,
}

/// A column's value in one row. May be personal data: it does not show itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// NULL.
    Null,
    /// A number or time.
    Number(i64),
    /// A text.
    Text(String),
    /// An id.
    Id(Uuid),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How many of the columns, from the first on, are its key.
    pub key: usize,
    /// All its columns.
    pub columns: &'static [(&'static str, ColumnKind)],
}

use ColumnKind::{Bytes, Id, Number, Text};

/// The ledger's entries.
pub static ENTRY: Table = Table {
    name: "entry",
    key: 1,
    columns: &[
        ("revision", Number),
        ("time", Number),
        ("event", Text),
        ("sender_id", Id),
        ("integrator_id", Text),
        ("canonical", Text),
        ("leaf_hash", Bytes),
    ],
};

/// Personal data and the salts of its commitments.
pub static PRIVATE_RECORD: Table = Table {
    name: "private_record",
    key: 1,
    columns: &[("record_id", Id), ("kind", Text), ("body", Text), ("salt", Bytes), ("lookup", Text)],
};

/// Integrators.
pub static INTEGRATOR: Table =
    Table { name: "integrator", key: 1, columns: &[("integrator_id", Text), ("revision", Number), ("facts", Text)] };

/// Agreements.
pub static AGREEMENT: Table = Table {
    name: "agreement",
    key: 1,
    columns: &[("agreement_id", Text), ("kind", Text), ("revision", Number), ("facts", Text)],
};

/// Texts of versions.
pub static DOCUMENT: Table = Table {
    name: "document",
    key: 4,
    columns: &[("agreement_id", Text), ("version", Text), ("language", Text), ("format", Text), ("bytes", Bytes)],
};

/// Specifications of versions.
pub static SPECIFICATION: Table =
    Table { name: "specification", key: 2, columns: &[("agreement_id", Text), ("version", Text), ("canonical", Text)] };

/// Senders.
pub static SENDER: Table = Table {
    name: "sender",
    key: 1,
    columns: &[
        ("sender_id", Id),
        ("organisation_number", Text),
        ("private_number", Id),
        ("revision", Number),
        ("facts", Text),
    ],
};

/// Connections.
pub static CONNECTION: Table = Table {
    name: "connection",
    key: 1,
    columns: &[
        ("connection_id", Id),
        ("sender_id", Id),
        ("integrator_id", Text),
        ("state", Text),
        ("external_reference", Text),
        ("legal_name", Text),
        ("private_name", Id),
        ("contact", Id),
        ("contact_quality", Text),
        ("content_types", Text),
        ("created", Number),
        ("updated", Number),
        ("revision", Number),
    ],
};

/// Acceptances.
pub static ACCEPTANCE: Table = Table {
    name: "acceptance",
    key: 1,
    columns: &[
        ("acceptance_id", Id),
        ("sender_id", Id),
        ("integrator_id", Text),
        ("agreement_id", Text),
        ("version", Text),
        ("revision", Number),
        ("changed_revision", Number),
    ],
};

/// Declines.
pub static DECLINE: Table =
    Table { name: "decline", key: 1, columns: &[("decline_id", Id), ("sender_id", Id), ("revision", Number)] };

/// Exceptions.
pub static EXCEPTION: Table = Table {
    name: "exception",
    key: 1,
    columns: &[
        ("exception_id", Id),
        ("sender_id", Id),
        ("integrator_id", Text),
        ("state", Text),
        ("until", Number),
        ("proposed_by", Id),
        ("reason", Id),
        ("approved_by", Id),
        ("created", Number),
        ("approved", Number),
        ("ended", Number),
        ("revision", Number),
    ],
};

/// Invitations.
pub static INVITATION: Table = Table {
    name: "invitation",
    key: 1,
    columns: &[
        ("invitation_id", Id),
        ("sender_id", Id),
        ("connection_id", Id),
        ("integrator_id", Text),
        ("state", Text),
        ("recipient", Id),
        ("language", Text),
        ("two_signatories", Number),
        ("cause", Text),
        ("replaces", Id),
        ("joint_with", Id),
        ("signature_revision", Number),
        ("answer_revision", Number),
        ("reminders", Number),
        ("created", Number),
        ("sent", Number),
        ("expires", Number),
        ("ended", Number),
        ("revision", Number),
    ],
};

/// Links.
pub static LINK: Table = Table { name: "link", key: 1, columns: &[("token_sha256", Bytes), ("revision", Number)] };

/// Roots of full subtrees.
pub static SUBTREE: Table =
    Table { name: "subtree", key: 2, columns: &[("level", Number), ("place", Number), ("hash", Bytes)] };

/// All of them. The tables that are not here hold no evidence: first answers, mails and campaigns. The head row is held
/// against the entries on its own.
pub static TABLES: &[&Table] = &[
    &ENTRY,
    &PRIVATE_RECORD,
    &INTEGRATOR,
    &AGREEMENT,
    &DOCUMENT,
    &SPECIFICATION,
    &SENDER,
    &CONNECTION,
    &ACCEPTANCE,
    &DECLINE,
    &EXCEPTION,
    &INVITATION,
    &LINK,
    &SUBTREE,
];
