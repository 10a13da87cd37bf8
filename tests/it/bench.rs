//! The measuring tools: what they fill verifies, what they drive answers ALLOW, and what they print can be read. The figures
//! of a debug build mean nothing.

use crate::support::{
    database::{Database, Kind},
    process::OMBORD,
};
use hdrhistogram::{Histogram, serialization::Deserializer};
use serde_json::Value;
use std::{fs::File, path::Path, process::Command};

/// What the program printed, if it ended well; else what it complained of.
fn run(folder: &Path, database: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(OMBORD);
    // A round is shorter than spans wait by default for others to leave with.
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let output = command.args(arguments).env("DATABASE_URL", database).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Fills a database, and drives a service on it.
fn measured(folder: &Path, url: &str) {
    let bench = |arguments: &[&str]| run(folder, url, &[&["bench"], arguments].concat());
    bench(&["fill", "--database", url, "--senders", "200"]).unwrap();
    assert!(run(folder, url, &["ledger", "verify"]).unwrap().contains("GOOD"));
    let again = bench(&["fill", "--database", url, "--senders", "200"]).unwrap_err();
    assert!(again.contains("entries; give one that is new"), "{again}");

    let own = ["--own", "--database", url, "--rounds", "1", "--json", "--duration"];
    let driven = |arguments: &[&str]| bench(&[arguments, &own, &["1"]].concat());
    let quickly = ["--warm-up", "0", "--connections", "2", "--streams", "2"];
    let unary = [&["unary", "--senders", "200", "--histogram", "latencies"], &quickly[..]].concat();
    let report = json(&driven(&unary).unwrap());
    assert_eq!(
        (&report["servers"][0]["name"], &report["servers"][1]["name"]),
        (&"ombord".into(), &"bare tonic".into())
    );
    assert_eq!((&report["ratios"][0]["figure"], &report["ratios"][0]["by"]), (&"calls/s".into(), &"bare tonic".into()));
    assert!(report["ratios"][0]["ratio"]["median"].as_f64().unwrap() > 0.0, "{report}");
    for name in ["latencies", "latencies.bare-tonic"] {
        let mut file = File::open(folder.join(name)).unwrap();
        let read: Histogram<u64> = Deserializer::new().deserialize(&mut file).unwrap();
        assert!(!read.is_empty() && read.min() > 1_000, "{name}: nanoseconds");
    }

    let traced = json(&driven(&[&["unary", "--senders", "200", "--traces", "1"], &quickly[..]].concat()).unwrap());
    let spans = |place: usize| &traced["servers"][place]["rounds"][0]["spans_per_second"];
    assert!(spans(0).as_f64().unwrap() > 0.0 && spans(1).is_null(), "{traced}");

    let batch = [&["batch", "--senders", "200", "--size", "7", "--rate", "2"], &quickly[..]].concat();
    let report = json(&driven(&batch).unwrap());
    let round = &report["servers"][0]["rounds"][0];
    assert_eq!(round["checks_per_second"].as_f64().unwrap(), 7.0 * round["calls_per_second"].as_f64().unwrap());
    let followed = json(&driven(&["follower", "--senders", "200"]).unwrap());
    assert_eq!(followed["senders"], 200);

    // One sender more than there are: there are no figures of other answers.
    let denied = driven(&["unary", "--senders", "201"]).unwrap_err();
    assert!(denied.contains("the answer is not ALLOW") && denied.contains("SenderNotVisible"), "{denied}");

    // Last, for the writers leave senders behind.
    let writers = ["unary", "--senders", "200", "--writers", "2", "--writers-size", "3", "--alone"];
    // At a rate, and for longer: on a machine that other tests keep busy too, little is left to a writer.
    let beside = [&writers[..], &["--rate", "200"], &quickly, &own, &["5"]].concat();
    let report = json(&bench(&beside).unwrap());
    let server = |place: usize| &report["servers"][place];
    assert_eq!((&server(0)["name"], &server(1)["name"]), (&"ombord beside writers".into(), &"ombord".into()));
    assert!(server(0)["rounds"][0]["written_per_second"].as_f64().unwrap() > 0.0, "{report}");
    assert!(server(1)["rounds"][0]["written_per_second"].is_null(), "{report}");
    assert_eq!(report["ratios"][0]["by"], "ombord");
    assert!(run(folder, url, &["ledger", "verify"]).unwrap().contains("GOOD"));
}

#[test]
fn on_sqlite_all_that_is_asked_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    measured(folder.path(), &format!("sqlite://{}", folder.path().join("ombord.db").display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_all_that_is_asked_is_allowed() {
    let Some(database) = Database::make(Kind::Postgres).await else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), database.url.clone());
    tokio::task::spawn_blocking(move || measured(folder.path(), &url)).await.unwrap();
    database.discard().await;
}
