//! Receipts, checkpoints and proofs: accepted where they are true, by this program and by one that shares no code with
//! it, and refused where a byte is changed; and whoever changes the database behind the service's back is found out.

mod checkpoints;
mod columns;
mod example;
mod history;
mod million;
mod planted;
mod rollback;
mod tampering;
mod tools;

use crate::support::{
    database::{Database, each},
    every_rpc::sole_trader,
    process::OMBORD,
    server::{Clients, Server, log_key, request_id, settings},
    setting,
    world::{acceptance, evidence, furnish, number, registration},
};
use ombord::{
    auth::issuer::Issuer,
    domain::{
        ids::Digest,
        ledger::{
            note::{Checkpoint, VerifyingKey},
            proof,
            receipt::verify,
        },
    },
    pb,
    service::ledger::receipt::receipt_of_entry,
};
use std::{path::Path, process::Command, sync::Arc};
use tools::{python, verifies};

/// How many receipts a normal run makes; `OMBORD_TEST_CASES` says otherwise, up to a thousand.
const RECEIPTS: usize = 60;

/// Registers companies and sole traders with `first` and records an acceptance of each. The ids, one of each act.
async fn accept(server: &Server, count: usize) -> Vec<String> {
    let mut first = server.integrator("first");
    let company = |n: usize| if n.is_multiple_of(5) { sole_trader(n) } else { number(n) };
    let register = |n: usize| pb::RegisterSenderRequest {
        request_id: String::new(),
        ..registration(&company(n), &format!("R-{n}"))
    };
    let requests = (0..count).map(register).collect();
    let batch = pb::BatchRegisterSendersRequest { request_id: request_id(), requests, ..Default::default() };
    first.senders.batch_register_senders(batch).await.unwrap();
    let template = acceptance(&first, "R-0").await;
    let record = |n: usize| pb::RecordAcceptanceRequest {
        request_id: String::new(),
        external_reference: format!("R-{n}"),
        contact_point: n.is_multiple_of(2).then(|| pb::ContactPoint { email: format!("lon{n}@company.example") }),
        evidence: vec![pb::Evidence { reference: format!("Pärm {n}"), ..evidence("click") }],
        covered_organisations: if n.is_multiple_of(7) { vec![number(500_000 + n)] } else { Vec::new() },
        group_permission_declared: true,
        ..template.clone()
    };
    let requests = (0..count).map(record).collect();
    let batch = pb::BatchRecordAcceptancesRequest { request_id: request_id(), requests, ..Default::default() };
    let rows = first.acceptances.batch_record_acceptances(batch).await.unwrap().into_inner().results;
    let id = |row: pb::BatchRecordAcceptancesResult| match row.result.unwrap() {
        pb::batch_record_acceptances_result::Result::Response(done) => done.acceptances[0].acceptance_id.clone(),
        pb::batch_record_acceptances_result::Result::Error(refusal) => panic!("{refusal:?}"),
    };
    rows.into_iter().map(id).collect()
}

async fn receipt(clients: &Clients, acceptance_id: &str) -> pb::GetReceiptResponse {
    let request = pb::GetReceiptRequest { acceptance_id: acceptance_id.into() };
    clients.clone().acceptances.get_receipt(request).await.unwrap().into_inner()
}

/// The key of a test service.
fn key_of(server: &Server) -> VerifyingKey {
    server.settings.ledger.key().unwrap().unwrap().public().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn true_receipts_are_accepted_and_changed_ones_are_not_by_two_verifiers() {
    let count = setting("OMBORD_TEST_CASES", RECEIPTS).clamp(10, 1_000);
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let ids = accept(&server, count).await;
        let (first, key) = (server.integrator("first"), key_of(&server));
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("good"), folder.path().join("bad"));
        for folder in [&good, &bad] {
            std::fs::create_dir(folder).unwrap();
        }
        for (n, id) in ids.iter().enumerate() {
            let made = receipt(&first, id).await;
            assert_eq!(made.verifying_key, key.to_string());
            assert_eq!(made.file_name, format!("ombord-receipt-{}.txt", &id[..8]));
            let says = verify(&made.receipt, std::slice::from_ref(&key)).unwrap();
            assert_eq!(says.people[0].known.as_ref().unwrap()[0], "Åsa Öberg");
            assert_eq!(says.contact.is_some(), n.is_multiple_of(2));
            std::fs::write(good.join(format!("{n}.txt")), &made.receipt).unwrap();

            // One byte of it, all over the file, to another one that is still text.
            let mut bytes = made.receipt.into_bytes();
            let place = (n * 7919 + n / 3) % bytes.len();
            bytes[place] = if bytes[place].is_ascii() { bytes[place] ^ 1 } else { b'?' };
            let changed = String::from_utf8_lossy(&bytes);
            assert!(verify(&changed, std::slice::from_ref(&key)).is_err(), "byte {place} of receipt {n}");
            std::fs::write(bad.join(format!("{n}.txt")), &bytes).unwrap();
        }
        if let Some(python) = python() {
            assert_eq!(verifies(&python, &key, &good), (count, 0), "true receipts");
            assert_eq!(verifies(&python, &key, &bad), (0, count), "changed receipts");
        }
        println!("{count} receipts on {:?}", database.kind);
        server.stop().await;
    })
    .await;
}

/// The command's exit code and what it printed.
fn verify_command(arguments: &[&str]) -> (i32, String) {
    let ran = Command::new(OMBORD).args(["receipt", "verify"]).args(arguments).output().unwrap();
    (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap())
}

async fn one_receipt(database: &Database) -> (String, String) {
    let server = Server::start(database.store.clone()).await;
    furnish(&server).await;
    let ids = accept(&server, 1).await;
    let made = receipt(&server.integrator("first"), &ids[0]).await;
    server.stop().await;
    (made.receipt, made.verifying_key)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_needs_nothing_but_the_file_and_the_key() {
    let database = Database::make(crate::support::database::Kind::Sqlite).await.unwrap();
    let (text, key) = one_receipt(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    write("receipt.txt", &text);
    write("changed.txt", &text.replace("Åsa", "Eva"));
    write("keys", &format!("# the operator's keys\n\n{key}\n"));
    std::fs::write(path("bytes"), [0xff, 0xfe]).unwrap();
    for key in [key.clone(), path("keys")] {
        let (code, out) = verify_command(&[&path("receipt.txt"), "--key", &key]);
        assert_eq!(code, 0, "{out}");
        assert!(out.starts_with("GOOD") && out.contains("Åsa Öberg") && out.contains("Vad det inte bevisar"), "{out}");
    }
    let (code, out) = verify_command(&[&path("changed.txt"), "--key", &key]);
    assert_eq!((code, out.trim()), (1, "REFUSED: the receipt: its signature does not fit it"));
    write("ends.txt", &text.replace('\n', "\r\n"));
    let (code, out) = verify_command(&[&path("ends.txt"), "--key", &key]);
    assert!(code == 1 && out.starts_with("REFUSED: its line ends seem changed"), "{out}");
    write("both.txt", &text.replace("Åsa", "Eva").replace('\n', "\r\n"));
    let (code, out) = verify_command(&[&path("both.txt"), "--key", &key]);
    assert!(code == 1 && !out.contains("line ends"), "{out}");
    assert_eq!(verify_command(&[&path("bytes"), "--key", &key]).0, 1);
    let other = Issuer::from_seed([1; 32]).unwrap().pem();
    let mut settings = settings();
    settings.ledger.signing_key = Some(other);
    let other = settings.ledger.key().unwrap().unwrap().public().to_string();
    assert_eq!(verify_command(&[&path("receipt.txt"), "--key", &other]).0, 1);
    assert_eq!(verify_command(&[&path("nowhere.txt"), "--key", &key]).0, 2);
    assert_eq!(verify_command(&[&path("receipt.txt"), "--key", "nonsense"]).0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_outlives_the_key_and_the_person() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let ids = accept(&server, 2).await;
        let (old, old_key) = (receipt(&server.integrator("first"), &ids[1]).await.receipt, key_of(&server));
        server.stop().await;

        // A new key, and the person is erased.
        let mut settings = settings();
        settings.ledger.signing_key = Some(Issuer::from_seed([9; 32]).unwrap().pem());
        settings.ledger.former_keys = vec![old_key.clone()];
        database.execute("UPDATE private_record SET body = NULL, salt = NULL WHERE kind = 'PERSON'").await.unwrap();
        let server = Server::start_with(database.store.clone(), settings).await;
        let new = receipt(&server.integrator("first"), &ids[1]).await.receipt;
        let published = server.services.log.as_ref().unwrap().verifying().to_vec();
        assert_eq!(published, [key_of(&server), old_key.clone()]);
        let before = verify(&old, &published).unwrap();
        let after = verify(&new, &published).unwrap();
        assert!(verify(&new, &[old_key]).is_err());
        assert_eq!(before.entry, after.entry);
        assert!(before.people[0].known.is_some() && after.people[0].known.is_none());

        // Whoever does not see the acceptance sees no receipt; other entries have none.
        let request = pb::GetReceiptRequest { acceptance_id: ids[1].clone() };
        let refused = server.integrator("second").acceptances.get_receipt(request).await.unwrap_err();
        assert_eq!(crate::support::server::reason(&refused), "ACCEPTANCE_NOT_FOUND");
        let mut reader = database.store.read().await.unwrap();
        assert_eq!(receipt_of_entry(&server.services, reader.as_mut(), 1).await.unwrap(), None);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_lead_from_every_entry_to_every_checkpoint() {
    each(|database: Arc<Database>| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut auditor = server.auditor();
        let mut checkpoints = Vec::new();
        for count in [5, 150] {
            accept(&server, count).await;
            server.rest().await;
            let signed = auditor.ledger.get_checkpoint(pb::GetCheckpointRequest {}).await.unwrap().into_inner();
            let opened = Checkpoint::open(&signed.checkpoint, &[key_of(&server)]).unwrap();
            assert_eq!((opened.size, opened.root.to_string()), (signed.tree_size, signed.root_hash));
            assert_eq!(opened.ledger_id.to_string(), signed.ledger_id);
            checkpoints.push(opened);
        }
        let digests = |hashes: &[String]| hashes.iter().map(|hash| hash.parse().unwrap()).collect::<Vec<Digest>>();
        assert!(checkpoints[1].size > 300, "subtrees are read");
        for checkpoint in &checkpoints {
            for revision in (1..=checkpoint.size).step_by(13) {
                let request = pb::GetInclusionProofRequest { revision, tree_size: checkpoint.size };
                let proof = auditor.ledger.get_inclusion_proof(request).await.unwrap().into_inner();
                let hashes = digests(&proof.hashes);
                let leaf = proof.leaf_hash.parse().unwrap();
                assert!(
                    proof::includes(leaf, proof.leaf_index, proof.tree_size, &hashes, checkpoint.root),
                    "{revision}"
                );
            }
        }
        let tree = |checkpoint: &Checkpoint| (checkpoint.size, checkpoint.root);
        let request = pb::GetConsistencyProofRequest {
            first_tree_size: checkpoints[0].size,
            second_tree_size: checkpoints[1].size,
        };
        let proof = auditor.ledger.get_consistency_proof(request).await.unwrap().into_inner();
        assert!(proof::extends(tree(&checkpoints[0]), tree(&checkpoints[1]), &digests(&proof.hashes)));
        let newest = checkpoints[1].size;
        for (revision, tree_size) in [(0, 0), (newest + 1, 0), (1, newest + 1), (9, 8)] {
            let request = pb::GetInclusionProofRequest { revision, tree_size };
            assert!(auditor.ledger.get_inclusion_proof(request).await.is_err(), "{revision} in {tree_size}");
        }
        for (first_tree_size, second_tree_size) in [(0, 1), (9, 8), (1, newest + 1)] {
            let request = pb::GetConsistencyProofRequest { first_tree_size, second_tree_size };
            assert!(auditor.ledger.get_consistency_proof(request).await.is_err());
        }
        server.stop().await;
    })
    .await;
}

#[test]
fn the_verifier_in_another_language_is_short() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier/verify_receipt.py");
    assert!(std::fs::read_to_string(path).unwrap().lines().count() <= 80);
    assert_ne!(log_key().public_keys(), crate::support::server::issuer().public_keys());
}
