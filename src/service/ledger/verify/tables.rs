//! The tables of facts, and those beside them: each row as the entries make it, none missing and none more.

use super::{
    PAGE, Report,
    cells::{
        Want, agreement, bytes, compare, id, id_of, json, number, optional_id, optional_number, optional_text,
        optional_time, slug, text, time, word,
    },
    derived::{Derived, digits},
    each,
    entries::Known,
};
use crate::{
    domain::{
        agreement::AgreementFacts,
        ids::{
            AcceptanceId, AgreementId, ConnectionId, DeclineId, Digest, ExceptionId, IntegratorId, InvitationId,
            SenderId,
        },
        integrator::IntegratorFacts,
        sender::SenderFacts,
    },
    store::{
        AcceptanceRow, ConnectionRow, ExceptionRow, InvitationRow, Reader, StoreError,
        evidence::{
            ACCEPTANCE, AGREEMENT, CONNECTION, Cell, DECLINE, EXCEPTION, INTEGRATOR, INVITATION, LINK, SENDER, Table,
        },
    },
};
use std::{collections::HashMap, fmt::Display, hash::Hash};
use uuid::Uuid;

/// Holds one table against the rows that should be in it.
async fn table<K: Eq + Hash + Ord + Display + Send, V: Send>(
    reader: &mut dyn Reader,
    report: &mut Report,
    table: &'static Table,
    mut wanted: HashMap<K, V>,
    key: impl Fn(&Cell) -> Option<K> + Sync + Send,
    cells: impl Fn(&V) -> Vec<Want> + Sync + Send,
) -> Result<(), StoreError> {
    each(reader, table, PAGE, |row| {
        report.rows += 1;
        match row.first().and_then(&key).and_then(|key| wanted.remove(&key)) {
            Some(value) => compare(report, table, row, &cells(&value)),
            None => report.fault(table.name, "", id_of(table, row), "no entry made it"),
        }
    })
    .await?;
    let mut missing: Vec<K> = wanted.into_keys().collect();
    missing.sort_unstable();
    for key in missing {
        report.fault(table.name, "", key, "is missing");
    }
    Ok(())
}

fn uuid<K>(make: impl Fn(Uuid) -> K + Sync + Send) -> impl Fn(&Cell) -> Option<K> + Sync + Send {
    move |cell| if let Cell::Id(id) = cell { Some(make(*id)) } else { None }
}

fn digest(cell: &Cell) -> Option<Digest> {
    if let Cell::Bytes(bytes) = cell { bytes.as_slice().try_into().ok().map(Digest) } else { None }
}

fn words<K>(parse: impl Fn(&str) -> Option<K> + Sync + Send) -> impl Fn(&Cell) -> Option<K> + Sync + Send {
    move |cell| if let Cell::Text(text) = cell { parse(text) } else { None }
}

/// Holds all tables of facts and those beside them against the ledger.
pub(super) async fn verify(
    reader: &mut dyn Reader,
    report: &mut Report,
    known: Known,
    derived: Derived,
) -> Result<(), StoreError> {
    let Known { integrators, agreements, senders } = known;
    let Derived { connections, acceptances, declines, exceptions, invitations, links, numbers, .. } = derived;
    table(reader, report, &INTEGRATOR, integrators, words(|text| IntegratorId::parse(text).ok()), integrator).await?;
    table(reader, report, &AGREEMENT, agreements, words(|text| AgreementId::parse(text).ok()), agreement_row).await?;
    table(reader, report, &SENDER, senders, uuid(SenderId), |facts| {
        sender(facts, numbers.get(&facts.sender_id).map(|record| record.0))
    })
    .await?;
    table(reader, report, &CONNECTION, connections, uuid(ConnectionId), connection).await?;
    table(reader, report, &ACCEPTANCE, acceptances, uuid(AcceptanceId), acceptance).await?;
    let declines = declines.into_iter().map(|(id, (sender, revision))| (id, (id, sender, revision))).collect();
    table(reader, report, &DECLINE, declines, uuid(DeclineId), |(decline, sender, revision)| {
        vec![id(decline.0), id(sender.0), number(*revision)]
    })
    .await?;
    table(reader, report, &EXCEPTION, exceptions, uuid(ExceptionId), exception).await?;
    table(reader, report, &INVITATION, invitations, uuid(InvitationId), invitation).await?;
    let links = links.into_iter().map(|(token, revision)| (token, (token, revision))).collect();
    table(reader, report, &LINK, links, digest, |(token, revision)| vec![bytes(token), number(*revision)]).await
}

fn integrator(facts: &IntegratorFacts) -> Vec<Want> {
    vec![slug(&facts.integrator_id), number(facts.revision), Want::Facts(json(facts))]
}

fn agreement_row(facts: &AgreementFacts) -> Vec<Want> {
    vec![agreement(&facts.agreement_id), word(&facts.kind), number(facts.revision), Want::Facts(json(facts))]
}

fn sender(facts: &SenderFacts, private_number: Option<Uuid>) -> Vec<Want> {
    vec![
        id(facts.sender_id.0),
        optional_text(digits(facts.number)),
        optional_id(private_number),
        number(facts.revision),
        Want::Facts(json(facts)),
    ]
}

fn connection(row: &ConnectionRow) -> Vec<Want> {
    vec![
        id(row.connection_id.0),
        id(row.sender_id.0),
        slug(&row.integrator_id),
        word(&row.state),
        text(row.external_reference.as_str()),
        optional_text(row.legal_name.clone()),
        optional_id(row.private_name.map(|record| record.0)),
        optional_id(row.contact.map(|record| record.0)),
        word(&row.contact_quality),
        text(json(&row.content_types)),
        time(row.created),
        time(row.updated),
        number(row.revision),
    ]
}

fn acceptance(row: &AcceptanceRow) -> Vec<Want> {
    vec![
        id(row.acceptance_id.0),
        id(row.sender_id.0),
        slug(&row.integrator_id),
        agreement(&row.agreement_id),
        text(row.version.as_str()),
        number(row.revision),
        number(row.changed_revision),
    ]
}

fn exception(row: &ExceptionRow) -> Vec<Want> {
    vec![
        id(row.exception.exception_id.0),
        optional_id(row.sender_id.map(|id| id.0)),
        optional_text(row.integrator_id.as_ref().map(IntegratorId::as_str)),
        word(&row.exception.state),
        time(row.exception.until),
        id(row.exception.proposed_by.0),
        id(row.reason.0),
        optional_id(row.approved_by.map(|record| record.0)),
        time(row.created),
        optional_time(row.approved),
        optional_time(row.ended),
        number(row.revision),
    ]
}

fn invitation(row: &InvitationRow) -> Vec<Want> {
    vec![
        id(row.invitation_id.0),
        id(row.sender_id.0),
        id(row.connection_id.0),
        slug(&row.integrator_id),
        word(&row.state),
        id(row.recipient.0),
        word(&row.language),
        number(u64::from(row.two_signatories)),
        word(&row.cause),
        optional_id(row.replaces.map(|id| id.0)),
        optional_id(row.joint_with.map(|id| id.0)),
        optional_number(row.signature_revision),
        optional_number(row.answer_revision),
        // How often the service asked stands in no entry.
        Want::Any,
        time(row.created),
        optional_time(row.sent),
        time(row.expires),
        optional_time(row.ended),
        number(row.revision),
    ]
}
