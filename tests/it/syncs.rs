//! Each acknowledgement on SQLite comes after its fsync. kill -9 cannot show this, for the kernel keeps what was written;
//! the system calls can.

use crate::support::{
    process::Process,
    server::Server,
    unchecked::Unchecked,
    world::{furnish, number, registration},
};
use ombord::store::sqlite::{SqliteStore, SqliteSynchronous};
use std::{path::Path, process::Command, sync::Arc, time::Duration};

const WRITES: usize = 30;
const FOLDER: &str = "OMBORD_TEST_TRACED_FOLDER";
const MODE: &str = "OMBORD_TEST_TRACED_SYNCHRONOUS";
/// How strace shows what the service writes when it serves.
const SERVING: &str = r#"{\"message\":\""#;

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_comes_after_its_fsync() {
    let Some(calls) = traced("FULL").await else { return };
    let (acknowledged, unsynced) = judge(&calls);
    assert!(acknowledged >= WRITES, "only {acknowledged} answers seen");
    assert_eq!(unsynced, 0, "of {acknowledged} answers, without an fsync between write and answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_above_fails_without_syncs() {
    let Some(calls) = traced("NORMAL").await else { return };
    let (acknowledged, unsynced) = judge(&calls);
    assert!(
        unsynced > acknowledged / 2,
        "with synchronous=NORMAL {unsynced} of {acknowledged} answers came without an fsync"
    );
}

/// Runs the service under strace and writes, one after another. Its system calls from when it serves.
async fn traced(synchronous: &str) -> Option<Vec<String>> {
    if Command::new("strace").arg("-V").output().is_err() {
        assert!(crate::support::variable("CI").as_deref() != Some("true"), "this machine has no strace: install it");
        eprintln!("*** NO STRACE ON THIS MACHINE: SKIPPED ***");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let filter = "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg";
    let mut command = Command::new("strace");
    command.args(["-f", "-yy", "-e", filter, "-s", "16", "-o"]).arg(&trace).arg(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", "syncs::served_under_a_trace"]);
    command.env(FOLDER, folder.path()).env(MODE, synchronous);
    let mut service = Process::spawn(command);
    let mut clients = service.integrator();
    for n in 0..WRITES {
        clients.senders.register_sender(registration(&number(n), &format!("K-{n}"))).await.unwrap();
    }
    std::fs::write(folder.path().join("done"), "").unwrap();
    service.child.wait().unwrap();
    let text = std::fs::read_to_string(&trace).unwrap();
    // Before that, what is written and who connects have nothing to do with each other.
    Some(text.lines().skip_while(|line| !line.contains(SERVING)).map(str::to_owned).collect())
}

/// No test of its own: the service that [`traced`] runs under strace, in a process of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "is run under strace by the tests above"]
async fn served_under_a_trace() {
    let (Some(folder), Some(mode)) = (crate::support::variable(FOLDER), crate::support::variable(MODE)) else { return };
    let folder = Path::new(&folder);
    let synchronous = if mode == "FULL" { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let url = format!("sqlite://{}", folder.join("ombord.db").display());
    let store = SqliteStore::open_with(&url, 5, Duration::from_secs(5), synchronous).await.unwrap();
    let store = Unchecked::migrated(Arc::new(store)).await;
    let server = Server::start(store).await;
    furnish(&server).await;
    eprintln!(r#"{{"message":"serving","address":"{}"}}"#, server.address);
    while !folder.join("done").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop().await;
}

/// How many answers were sent after a write to the database's log, and how many of them without a sync in between.
fn judge(calls: &[String]) -> (usize, usize) {
    let (mut written, mut synced, mut acknowledged, mut unsynced) = (false, false, 0, 0);
    for call in calls {
        let log = call.contains("ombord.db-wal");
        if log && call.contains("sync(") {
            synced = true;
        } else if call.contains("<TCP:") && written {
            acknowledged += 1;
            unsynced += usize::from(!synced);
            (written, synced) = (false, false);
        } else if log {
            (written, synced) = (true, false);
        }
    }
    (acknowledged, unsynced)
}
