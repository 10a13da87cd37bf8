//! The bytes of every kind of entry, as they stand in ledgers out there. A file in `golden/` never changes: another shape
//! of an event is another schema, and what was written under the old one is read for ever.
//!
//! A new event: add it to the samples, run the test, look at the file that it wrote, commit it.

mod samples;

use ombord::domain::{
    ids::{Digest, LedgerId, RecordId, SenderId},
    ledger::{Author, Entry, Event, entry::SCHEMA},
    vocabulary::{InvitationCause, Role},
};
use samples::{integrator, listed, private, samples, time, uuid};
use std::{collections::BTreeSet, fs, path::PathBuf};

/// The samples with their places: those of older schemas first, each schema's as they are listed. So a file depends on none
/// that came later.
fn entries() -> Vec<(&'static str, Entry)> {
    let mut samples = samples();
    samples.sort_by_key(|(_, event)| event.schema());
    let mut entries: Vec<_> =
        samples.into_iter().enumerate().map(|(n, (name, event))| (name, entry(n, event))).collect();
    let mut bound = entry(0, Event::SenderResumed { sender_id: SenderId(uuid(12)), reason: private(7) });
    bound.author =
        Author { role: Role::Operator, integrator_id: None, commitment: Some(Digest::of(b"actor")), ..bound.author };
    bound.schema = bound.author.schema();
    entries.push(("sender_resumed_by_a_bound_actor", bound));
    entries
}

/// On whose behalf: in the first schema by turns an operator's and an integrator's, then whoever does such things.
fn role(n: usize, event: &Event) -> Role {
    match event {
        event if event.schema() == 1 => [Role::Operator, Role::Integrator][n % 2],
        Event::InvitationCreated { cause: InvitationCause::Requested, .. } => Role::Integrator,
        Event::VersionPublished { .. }
        | Event::ContestResolved { .. }
        | Event::ConnectionContestResolved { .. }
        | Event::ConnectionUpdated { .. }
        | Event::RollbackAccepted { .. } => Role::Operator,
        Event::LinkMinted { .. }
        | Event::InvitationSent { .. }
        | Event::InvitationBounced { .. }
        | Event::NoticeGiven { .. }
        | Event::NoticeFailed { .. }
        | Event::MailUndelivered { .. } => Role::System,
        _ => Role::Sender,
    }
}

fn entry(n: usize, event: Event) -> Entry {
    let role = role(n, &event);
    Entry {
        schema: event.schema(),
        ledger_id: LedgerId(uuid(0)),
        revision: n as u64 + 1,
        time: time("2026-01-22T13:14:15.161718Z"),
        author: Author {
            role,
            integrator_id: (role == Role::Integrator).then(integrator),
            actor_id: RecordId(uuid(99)),
            commitment: None,
        },
        event,
    }
}

fn file(name: &str, entry: &Entry) -> String {
    format!("{name}.{}.json", entry.schema)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden")
}

#[test]
fn the_bytes_of_every_entry_are_what_they_were() {
    let mut unseen = Vec::new();
    for (name, entry) in entries() {
        listed(&entry.event);
        let bytes = entry.canonical().unwrap();
        let path = folder().join(file(name, &entry));
        match fs::read_to_string(&path) {
            Ok(golden) => {
                let schema = entry.schema;
                assert_eq!(
                    bytes, golden,
                    "{name}: the bytes of schema {schema} have changed, and with them every leaf hash"
                );
                assert_eq!(Entry::read(&golden).unwrap(), entry, "{name} reads as something else");
            }
            Err(_) => {
                fs::write(&path, bytes).unwrap();
                unseen.push(path);
            }
        }
    }
    assert!(unseen.is_empty(), "written, now look at them and commit them: {unseen:?}");
}

#[test]
fn every_event_and_no_other_has_its_file() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let entries = entries();
    let names = entries.iter().map(|(name, entry)| file(name, entry));
    assert_eq!(files.collect::<BTreeSet<_>>(), names.collect());
    for (name, entry) in entries {
        assert!(name.to_uppercase().starts_with(entry.event.name()), "{name} shows {}", entry.event.name());
    }
}

#[test]
fn every_role_and_every_schema_has_a_file() {
    let (mut roles, mut schemas) = (BTreeSet::new(), BTreeSet::new());
    for (_, entry) in entries() {
        roles.insert(entry.author.role);
        schemas.insert(entry.schema);
        let event = format!("{:?}", entry.event);
        // A reader of the first schema knows neither of them: an entry in it names none.
        let newer = matches!(entry.author.role, Role::Sender | Role::System) || event.contains("HostedForm");
        assert!(entry.schema >= 2 || !newer, "{event}");
    }
    assert_eq!(roles, Role::ALL.iter().copied().collect());
    assert_eq!(schemas, (1..=SCHEMA).collect());
}
