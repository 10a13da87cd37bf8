//! Which scopes each RPC asks for. The table is looked up by path before anything of the request's body is read, and
//! the process does not start if an RPC of its own descriptors has no row.

use crate::service::caller::Scopes;
use foldhash::fast::RandomState;
use prost::Message;
use prost_types::FileDescriptorSet;
use std::{collections::HashMap, sync::LazyLock};

/// The package that the table covers.
const PACKAGE: &str = "ombord.v1";

/// Which of the two in-flight limits an RPC counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The gate's questions, so that they find places whatever else is under way.
    Gate,
    /// Everything else.
    Other,
}

/// What one RPC asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// `/ombord.v1.Service/Method`.
    pub path: &'static str,
    /// One of these scopes is enough.
    pub any_of: Scopes,
    /// Its place in the table.
    pub number: usize,
    /// The in-flight limit it counts against.
    pub pool: Pool,
    /// Whether it is a check of the gate: answered on the gate's own threads, and only counted when it is answered well. A
    /// gateway asks thousands of times a second, and what a line would say of that nobody can read; each other answer has its
    /// line.
    pub check: bool,
}

const OPERATOR: Scopes = Scopes::OPERATOR;
const AUDITOR: Scopes = Scopes::AUDIT_READ;
const ANYONE: Scopes = Scopes::ALL;
const READS_SENDERS: Scopes = Scopes::SENDERS_READ.or(OPERATOR);
const WRITES_SENDERS: Scopes = Scopes::SENDERS_WRITE.or(OPERATOR);
const READS_ACTS: Scopes = READS_SENDERS.or(AUDITOR);
const WRITES_ACTS: Scopes = Scopes::ACCEPTANCES_WRITE.or(OPERATOR);
const CHECKS: Scopes = Scopes::GATE_CHECK.or(READS_SENDERS);
const EXPLAINS: Scopes = CHECKS.or(AUDITOR);

macro_rules! rows {
    ($($service:literal { $($method:literal: $any_of:ident $(in $pool:ident $($check:ident)?)?),+ $(,)? })+) => {
        &numbered([$($(Row {
            number: 0,
            path: concat!("/ombord.v1.", $service, "/", $method),
            any_of: $any_of,
            pool: rows!(@pool $($pool)?),
            check: rows!(@check $($($check)?)?),
        }),+),+])
    };
    (@pool) => { Pool::Other };
    (@pool $pool:ident) => { Pool::$pool };
    (@check) => { false };
    (@check checking) => { true };
}

const fn numbered<const N: usize>(mut rows: [Row; N]) -> [Row; N] {
    let mut number = 0;
    while number < N {
        rows[number].number = number;
        number += 1;
    }
    rows
}

/// The whole table.
pub const TABLE: &[Row] = rows! {
    "IntegratorService" {
        "CreateIntegrator": OPERATOR,
        "GetIntegrator": OPERATOR,
        "ListIntegrators": OPERATOR,
        "UpdateIntegrator": OPERATOR,
        "SuspendIntegrator": OPERATOR,
        "ResumeIntegrator": OPERATOR,
    }
    "SenderService" {
        "RegisterSender": WRITES_SENDERS,
        "BatchRegisterSenders": WRITES_SENDERS,
        "ConfirmConnection": WRITES_SENDERS,
        "GetSender": READS_SENDERS,
        "ListSenders": READS_SENDERS,
        "UpdateSender": WRITES_SENDERS,
        "EndConnection": WRITES_SENDERS,
        "SuspendSender": OPERATOR,
        "ResumeSender": OPERATOR,
    }
    "AgreementService" {
        "CreateAgreement": OPERATOR,
        "SetEnforcement": OPERATOR,
        "PublishAgreementVersion": OPERATOR,
        "WithdrawAgreementVersion": OPERATOR,
        "GetAgreement": ANYONE,
        "ListAgreements": ANYONE,
        "GetAgreementVersion": ANYONE,
        "ListAgreementVersions": ANYONE,
        "GetAgreementDocument": ANYONE,
    }
    "AcceptanceService" {
        "RecordAcceptance": WRITES_ACTS,
        "BatchRecordAcceptances": WRITES_ACTS,
        "RecordDecline": WRITES_ACTS,
        "EndGroupCoverage": WRITES_ACTS,
        "InvalidateAcceptance": OPERATOR,
        "GetAcceptance": READS_ACTS,
        "GetReceipt": READS_ACTS,
        "ListAcceptances": READS_ACTS,
        "GetAcceptanceStatus": READS_ACTS,
        "CreateInvitation": WRITES_ACTS,
        "GetInvitation": READS_ACTS,
        "ListInvitations": READS_ACTS,
        "CancelInvitation": WRITES_ACTS,
        "ResolveContest": OPERATOR,
    }
    "MailService" {
        "RecordDelivery": OPERATOR,
        "ListMail": OPERATOR,
        "RetryMail": OPERATOR,
    }
    "ExceptionService" {
        "ProposeException": OPERATOR,
        "ApproveException": OPERATOR,
        "EndException": OPERATOR,
        "ListExceptions": OPERATOR,
    }
    "GateService" {
        "CheckSend": CHECKS in Gate checking,
        "BatchCheckSend": CHECKS in Gate checking,
        "ExplainSend": EXPLAINS in Gate,
        "WatchGate": CHECKS in Gate,
    }
    "LedgerService" {
        "ListEntries": AUDITOR,
        "GetCheckpoint": AUDITOR,
        "GetInclusionProof": AUDITOR,
        "GetConsistencyProof": AUDITOR,
    }
};

static BY_PATH: LazyLock<HashMap<&'static str, &'static Row, RandomState>> =
    LazyLock::new(|| TABLE.iter().map(|row| (row.path, row)).collect());

/// The row of an RPC's path.
pub fn row(path: &str) -> Option<&'static Row> {
    BY_PATH.get(path).copied()
}

/// The RPCs of the package in an encoded `FileDescriptorSet` that have no row. Start is refused unless it is empty.
pub fn missing_rows(descriptors: &[u8]) -> Vec<String> {
    match paths(descriptors) {
        Ok(paths) => paths.into_iter().filter(|path| row(path).is_none()).collect(),
        Err(_) => vec!["(the descriptors cannot be decoded)".to_owned()],
    }
}

/// The rows whose RPC is not in an encoded `FileDescriptorSet`. Start is refused unless it is empty.
pub fn stale_rows(descriptors: &[u8]) -> Vec<&'static str> {
    let paths = paths(descriptors).unwrap_or_default();
    TABLE.iter().map(|row| row.path).filter(|path| !paths.iter().any(|known| known == path)).collect()
}

fn paths(descriptors: &[u8]) -> Result<Vec<String>, prost::DecodeError> {
    let set = FileDescriptorSet::decode(descriptors)?;
    let mut paths = Vec::new();
    for file in set.file.iter().filter(|file| file.package() == PACKAGE) {
        for service in &file.service {
            paths.extend(service.method.iter().map(|m| format!("/{PACKAGE}.{}/{}", service.name(), m.name())));
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

    fn descriptors(package: &str, service: &str, methods: &[&str]) -> Vec<u8> {
        let method = |name: &&str| MethodDescriptorProto { name: Some((*name).into()), ..Default::default() };
        let service = ServiceDescriptorProto {
            name: Some(service.into()),
            method: methods.iter().map(method).collect(),
            ..Default::default()
        };
        let file = FileDescriptorProto { package: Some(package.into()), service: vec![service], ..Default::default() };
        FileDescriptorSet { file: vec![file] }.encode_to_vec()
    }

    #[test]
    fn an_rpc_without_a_row_is_named() {
        let set = descriptors(PACKAGE, "GateService", &["CheckSend", "ForgetGate"]);
        assert_eq!(missing_rows(&set), ["/ombord.v1.GateService/ForgetGate"]);
        assert_eq!(missing_rows(&descriptors("grpc.health.v1", "Health", &["Check"])), [""; 0]);
        assert!(!missing_rows(b"\xff").is_empty());
        assert_eq!(stale_rows(&set).len(), TABLE.len() - 1);
    }

    #[test]
    fn no_row_stands_twice_and_none_is_open() {
        assert_eq!(BY_PATH.len(), TABLE.len());
        assert!(TABLE.iter().all(|row| !row.any_of.is_empty()));
        assert_eq!(TABLE.len(), 53);
    }

    #[test]
    fn writes_need_a_writing_scope() {
        let reading = Scopes::SENDERS_READ.or(Scopes::GATE_CHECK).or(Scopes::AUDIT_READ);
        for row in TABLE {
            let method = row.path.rsplit('/').next().unwrap();
            let reads =
                ["Get", "List", "Check", "BatchCheck", "Explain", "Watch"].iter().any(|verb| method.starts_with(verb));
            assert!(reads || !row.any_of.any_of(reading), "{}", row.path);
            assert_eq!(row.pool == Pool::Gate, row.path.starts_with("/ombord.v1.GateService/"), "{}", row.path);
        }
    }
}
