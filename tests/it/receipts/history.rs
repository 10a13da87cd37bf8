//! A history in which everything happens that leaves a row: over the API, and through the hosted form.

use super::accept;
use crate::{
    fold::walk::Walk,
    support::{
        chance::Chance,
        database::Database,
        hosted::invite,
        server::{Server, request_id, settings},
        visitor::{Visitor, acceptance},
        world::{furnish, in_seconds, integrator, number, registration},
    },
};
use ombord::{domain::ledger::note::Checkpoint, pb};
use std::time::Duration;

/// How many calls the random part has.
const STEPS: usize = 200;

/// Registers a sender with `first` and invites somebody there. The token of the link.
async fn invited(server: &Server, visitor: &Visitor, n: usize, email: &str) -> String {
    let mut first = server.integrator("first");
    let reference = format!("H-{n}");
    let registered = registration(&number(610_000 + n), &reference);
    first.senders.register_sender(registered).await.unwrap();
    first.acceptances.create_invitation(invite(&reference, email)).await.unwrap();
    visitor.mail(email, 1).await.token()
}

/// What people do: accept alone and jointly, forward, say no to both agreements in one act, ask for another link.
async fn people(server: &Server, visitor: &Visitor) {
    let token = invited(server, visitor, 1, "asa@company.example").await;
    assert_eq!(visitor.accept(&token, &[]).await.status, 303);

    let token = invited(server, visitor, 2, "eva@second.company.example").await;
    let second = [("two", "on"), ("second_name", "Bo Ek"), ("second_email", "bo@second.company.example")];
    let own = [("full_name", "Eva Lind"), ("email", "eva@second.company.example")];
    assert_eq!(visitor.accept(&token, &[second.as_slice(), &own].concat()).await.status, 303);
    let token = visitor.mail("bo@second.company.example", 1).await.token();
    let signs = [("full_name", "Bo Ek"), ("email", "bo@second.company.example"), ("role", "VD")];
    assert_eq!(visitor.accept(&token, &signs).await.status, 303);

    let token = invited(server, visitor, 3, "li@third.company.example").await;
    let forward = [("do", "forward"), ("recipient", "mo@third.company.example")];
    assert_eq!(visitor.post(&token, &forward).await.status, 303);
    let token = visitor.mail("mo@third.company.example", 1).await.token();
    let shown = visitor.page(&token).await.hidden("shown");
    let more = [("do", "decline-confirm"), ("at", "decline-confirm"), ("confirm", "on")];
    let mut fields = acceptance(&shown, &more);
    fields.retain(|(name, _)| *name != "agree");
    assert_eq!(visitor.post(&token, &fields).await.status, 303, "the company declines");

    let token = invited(server, visitor, 4, "ulf@fourth.company.example").await;
    assert_eq!(visitor.post(&token, &[("do", "not-ours"), ("confirm", "on")]).await.status, 303);
}

/// A company says no, and two operators lift what is required for all senders of an integrator.
async fn declined_and_lifted(server: &Server) {
    let request = pb::RecordDeclineRequest {
        request_id: request_id(),
        external_reference: "R-1".into(),
        agreement_id: "dpa".into(),
        version: "1".into(),
        method: pb::AcceptanceMethod::SignedDocument as i32,
        reason: "Vi avstår".into(),
        ..Default::default()
    };
    server.integrator("first").acceptances.record_decline(request).await.unwrap();
    let request = pb::ProposeExceptionRequest {
        request_id: request_id(),
        integrator_id: "second".into(),
        until: Some(in_seconds(3600)),
        reason: "Lönedag".into(),
        ..Default::default()
    };
    let proposed = server.operator("anna").exceptions.propose_exception(request).await.unwrap().into_inner();
    let request = pb::ApproveExceptionRequest { request_id: request_id(), exception_id: proposed.exception_id };
    server.operator("bo").exceptions.approve_exception(request).await.unwrap();
}

/// Waits until nothing is left to be mailed: what was mailed leaves entries too.
async fn quiet(database: &Database) {
    let mut left = Vec::new();
    for _ in 0..600 {
        left = database.texts("SELECT purpose || coalesce(fault, '') FROM mail WHERE state = 'PENDING'").await;
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("mails are left: {left:?}");
}

/// Everything; the last entry registers the sender `Z-1`, and nothing else. A checkpoint of all of it.
pub async fn everything(database: &Database) -> Checkpoint {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.mail.directory = folder.path().to_owned();
    settings.mail.per_minute = 60_000;
    settings.web.per_minute = 100_000;
    let server = Server::start_with(database.store.clone(), settings).await;
    furnish(&server).await;
    accept(&server, 120).await;
    // What people wait for does not stand behind all that.
    quiet(database).await;
    people(&server, &Visitor::of(&server)).await;
    declined_and_lifted(&server).await;
    // The random part pauses the outbox; nothing comes after it that it did not do itself.
    quiet(database).await;
    let mut walk = Walk::new(&server, Chance::new(7)).await;
    for _ in 0..STEPS {
        walk.step().await;
    }
    // Whatever became of the others: one that registers at the end.
    integrator(&server, "third", &number(600_000)).await;
    let mut request = registration(&number(600_001), "Z-1");
    (request.contact_point, request.request_id) = (None, request_id());
    let last: pb::RegisterSenderResponse =
        server.integrator("third").senders.register_sender(request).await.unwrap().into_inner();
    let head = database.store.read().await.unwrap().head().clone();
    assert_eq!(last.revision, head.revision, "nothing came after it");
    let name = server.settings.ledger.name.clone();
    server.stop().await;
    Checkpoint { name, ledger_id: head.ledger_id, size: head.revision, root: head.frontier.root() }
}
