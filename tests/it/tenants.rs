//! Tenants are apart: every RPC by every role about its own, another's and nobody's. What belongs to another and what does
//! not exist are one answer, to the byte; who lacks the scope is told so before anything of the body is looked at.

mod stage;
mod table;
mod told;
mod unknown;

use crate::support::{
    database::{Database, Kind, each},
    raw::{Answer, Raw},
};
use futures_util::future::join_all;
use ombord::{pb, service::caller::Scopes};
use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorSet, MethodDescriptorProto};
use stage::{ROLES, Role, Stage, Subject, Way};
use std::collections::{BTreeMap, BTreeSet};
use table::{ROWS, Row};
use tonic::Code;

/// Bytes that are no message.
const GARBAGE: &[u8] = &[0xff, 0xff, 0xff];

async fn ask(stage: &Stage, row: &Row, role: Role, way: Way, subject: Subject) -> Answer {
    let names = stage.names(role, way, subject, row.of_pairs());
    stage.caller(role).call(&row.path(), (row.body)(stage, way, &names)).await
}

/// Why a role does not get as far as the body, if it does not.
fn stopped(row: &Row, role: Role) -> Option<(Code, &'static str)> {
    match role {
        Role::NoToken => Some((Code::Unauthenticated, "TOKEN_MISSING")),
        Role::BadToken => Some((Code::Unauthenticated, "TOKEN_INVALID")),
        _ if !role.scopes().any_of(row.scopes) => Some((Code::PermissionDenied, "SCOPE_MISSING")),
        _ => None,
    }
}

/// Whether a suspended integrator is refused because of that.
fn suspended(row: &Row, role: Role) -> bool {
    role == Role::Suspended && row.writes
}

/// Whether another's subject does not exist for this role.
fn hidden(row: &Row, role: Role, way: Way) -> bool {
    way.owned() && (role.slug().is_some() || row.of_pairs() || way == Way::Covered)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_does_not_exist() {
    each(|database| async move {
        let stage = Stage::set(database.store.clone()).await;
        let before = stage.revision().await;
        for row in ROWS {
            join_all(ROLES.into_iter().map(async |role| match stopped(row, role) {
                // That no database has a part in.
                Some(_) if database.kind == Kind::Postgres => {}
                Some((code, reason)) => stops_before_the_body(&stage, row, role, code, reason).await,
                None => hides_what_is_anothers(&stage, row, role).await,
            }))
            .await;
        }
        assert_eq!(stage.revision().await, before, "nothing of that changed anything");
        for row in ROWS {
            for role in ROLES.into_iter().filter(|role| stopped(row, *role).is_none()) {
                reaches_its_own(&stage, row, role).await;
            }
        }
        stage.server.stop().await;
    })
    .await;
}

async fn stops_before_the_body(stage: &Stage, row: &Row, role: Role, code: Code, reason: &str) {
    let path = row.path();
    let first = stage.caller(role).call(&path, GARBAGE.to_vec()).await;
    assert_eq!((first.code, first.outcome().as_str()), (code, reason), "{path} by {role:?}");
    let (way, ..) = row.ways[0];
    for subject in [Subject::Own, Subject::Foreign, Subject::Missing] {
        assert_eq!(ask(stage, row, role, way, subject).await, first, "{path} by {role:?} about {subject:?}");
    }
    assert_eq!(stage.caller(role).call(&path, Vec::new()).await, first, "{path} by {role:?}, an empty message");
}

async fn hides_what_is_anothers(stage: &Stage, row: &Row, role: Role) {
    let path = row.path();
    let garbage = stage.caller(role).call(&path, GARBAGE.to_vec()).await;
    assert_eq!((garbage.code, garbage.outcome().as_str()), (Code::InvalidArgument, "MALFORMED_MESSAGE"), "{path}");
    for (way, to_integrators, to_others) in row.ways.iter().filter(|(way, ..)| *way != Way::Nothing) {
        let expected = match role.slug() {
            Some(_) if suspended(row, role) => "INTEGRATOR_SUSPENDED",
            Some(_) => to_integrators,
            None => to_others,
        };
        let missing = ask(stage, row, role, *way, Subject::Missing).await;
        assert_eq!(missing.outcome(), expected, "{path} by {role:?} about nobody's {way:?}");
        if hidden(row, role, *way) {
            let mut missing = missing;
            let mut foreign = ask(stage, row, role, *way, Subject::Foreign).await;
            // A late hint of the database lets the gate look again, and then `confirmed_time` moves for both alike.
            for _ in 0..30 {
                let again = ask(stage, row, role, *way, Subject::Missing).await;
                if again == missing {
                    break;
                }
                missing = again;
                foreign = ask(stage, row, role, *way, Subject::Foreign).await;
            }
            assert_eq!(foreign, missing, "{path} by {role:?} about another's {way:?}");
        }
    }
}

/// The answers above say something only if those about what is there are others.
async fn reaches_its_own(stage: &Stage, row: &Row, role: Role) {
    let path = row.path();
    for (way, ..) in row.ways {
        let missing = ask(stage, row, role, *way, Subject::Missing).await;
        let own = ask(stage, row, role, *way, Subject::Own).await;
        if suspended(row, role) {
            assert_eq!(own, missing, "{path} by a suspended integrator about its own {way:?}");
            continue;
        }
        assert_eq!(own.outcome(), "OK", "{path} by {role:?} about its own {way:?}: {}", own.message);
        if *way != Way::Nothing {
            assert_ne!(own, missing, "{path} by {role:?} about its own {way:?}");
        }
        if way.owned() && !hidden(row, role, *way) {
            let any = ask(stage, row, role, *way, Subject::Foreign).await;
            assert_eq!(any.outcome(), "OK", "{path} by {role:?} about anybody's {way:?}: {}", any.message);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_opens_what_the_table_says_and_nothing_else() {
    let database = Database::make(Kind::Sqlite).await.unwrap();
    let stage = Stage::set(database.store.clone()).await;
    let general = [Scopes::GATE_CHECK, Scopes::OPERATOR, Scopes::AUDIT_READ];
    let of_integrators = [Scopes::SENDERS_READ, Scopes::SENDERS_WRITE, Scopes::ACCEPTANCES_WRITE, Scopes::GATE_CHECK];
    let mut callers: Vec<(Option<&str>, Scopes, Scopes)> = Vec::new();
    callers.extend(general.map(|scope| (None, scope, scope)));
    callers.extend(of_integrators.map(|scope| (Some("first"), scope, scope)));
    // Whatever else its token says, an integrator is no more than that.
    callers.push((Some("first"), Scopes::ALL, of_integrators.into_iter().fold(Scopes::NONE, Scopes::or)));
    callers.push((None, Scopes::ALL, general.into_iter().fold(Scopes::NONE, Scopes::or)));
    for (integrator, scopes, counting) in callers {
        let token = stage.server.token("somebody", integrator, scopes);
        let caller = Raw::new(stage.server.address, Some(&token));
        for row in ROWS {
            let expected = if counting.any_of(row.scopes) { "MALFORMED_MESSAGE" } else { "SCOPE_MISSING" };
            let answer = caller.call(&row.path(), GARBAGE.to_vec()).await;
            assert_eq!(answer.outcome(), expected, "{} with {scopes} as {integrator:?}", row.rpc);
        }
    }
    stage.server.stop().await;
}

/// All RPCs of the package by their path without the package, and all messages by their full name.
fn published() -> (BTreeMap<String, MethodDescriptorProto>, BTreeMap<String, DescriptorProto>) {
    let set = FileDescriptorSet::decode(pb::FILE_DESCRIPTOR_SET).unwrap();
    let (mut rpcs, mut messages) = (BTreeMap::new(), BTreeMap::new());
    for file in set.file.into_iter().filter(|file| file.package() == "ombord.v1") {
        for service in &file.service {
            rpcs.extend(service.method.iter().map(|m| (format!("{}/{}", service.name(), m.name()), m.clone())));
        }
        messages.extend(file.message_type.into_iter().map(|m| (format!(".ombord.v1.{}", m.name()), m)));
    }
    (rpcs, messages)
}

#[test]
fn every_rpc_has_a_row() {
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.rpc.to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "an RPC stands twice in tests/it/tenants/table.rs");
    let rpcs: BTreeSet<String> = published().0.into_keys().collect();
    let without: Vec<_> = rpcs.difference(&rows).collect();
    assert!(without.is_empty(), "give these RPCs a row in tests/it/tenants/table.rs: {without:?}");
    assert_eq!(rows.difference(&rpcs).collect::<Vec<_>>(), [""; 0], "rows of RPCs that are gone");
}

/// What these requests name is made by them, and need not be there.
const MADE: &[(&str, &str)] = &[
    ("IntegratorService/CreateIntegrator", "integrator_id"),
    ("IntegratorService/CreateIntegrator", "organisation_number"),
    ("SenderService/RegisterSender", "external_reference"),
    ("AgreementService/CreateAgreement", "agreement_id"),
    ("AgreementService/PublishAgreementVersion", "version"),
];

#[test]
fn every_field_that_names_something_is_tried() {
    let (rpcs, messages) = published();
    for row in ROWS {
        let request = &messages[rpcs[row.rpc].input_type()];
        for field in &request.field {
            let ways: &[Way] = match field.name() {
                "sender_id" => &[Way::Id],
                "external_reference" => &[Way::Reference],
                "organisation_number" => &[Way::Number, Way::Covered],
                "integrator_id" => &[Way::Integrator, Way::Slug],
                "acceptance_id" => &[Way::Acceptance],
                "exception_id" => &[Way::Exception],
                "invitation_id" => &[Way::Invitation],
                "message_id" => &[Way::Message],
                "agreement_id" => &[Way::Agreement],
                "version" => &[Way::Version],
                other if other.ends_with("_id") && !["request_id", "ledger_id"].contains(&other) => {
                    panic!("{}: say here by which way {other} names something", row.rpc)
                }
                _ => continue,
            };
            let tried = row.ways.iter().any(|(way, ..)| ways.contains(way));
            let made = MADE.contains(&(row.rpc, field.name()));
            assert!(tried || made, "{}: no way in tests/it/tenants/table.rs for {}", row.rpc, field.name());
        }
    }
}
