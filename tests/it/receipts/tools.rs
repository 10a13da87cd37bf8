//! The verifier in another language, and how it is run.

use crate::support::variable;
use ombord::domain::ledger::note::VerifyingKey;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// A Python with `cryptography`. Where there is none the run says so and goes on; with CI=true it fails.
pub fn python() -> Option<PathBuf> {
    let tools = variable("CI_TOOLS").map(PathBuf::from).or_else(|| {
        let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| format!("{home}/.cache")));
        cache.map(|cache| Path::new(&cache).join("ombord-tools"))
    });
    let candidates = tools.map(|tools| tools.join("venv/bin/python")).into_iter().chain([PathBuf::from("python3")]);
    let able = |python: &PathBuf| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    let found = candidates.into_iter().find(able);
    if found.is_none() {
        assert!(variable("CI").as_deref() != Some("true"), "no Python with cryptography: run .ci/tools");
        // Not by eprintln!, which is only shown when a test fails.
        let _ = writeln!(
            std::io::stderr(),
            "\n*** NO PYTHON WITH cryptography: THE SECOND VERIFIER IS SKIPPED (run .ci/tools) ***\n"
        );
    }
    found
}

/// How many receipts of a folder the other verifier accepts, and how many it refuses.
pub fn verifies(python: &Path, key: &VerifyingKey, folder: &Path) -> (usize, usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier/verify_receipt.py");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let ran = Command::new(python).arg(script).arg(key.to_string()).args(files).output().unwrap();
    let told = String::from_utf8(ran.stdout).unwrap();
    let count = |word: &str| told.lines().filter(|line| line.starts_with(word)).count();
    let counted = (count("GOOD "), count("REFUSED "));
    assert_eq!(ran.status.code(), Some(i32::from(counted.1 > 0)), "{}", String::from_utf8_lossy(&ran.stderr));
    counted
}
