//! Public keys from the command line.

use crate::domain::ledger::note::VerifyingKey;
use anyhow::{Context, bail};

/// Reads keys: each text is one, or names a file with one on each line. Lines that begin with `#` say nothing.
pub(super) fn read(texts: &[String]) -> anyhow::Result<Vec<VerifyingKey>> {
    let mut keys = Vec::new();
    for text in texts {
        if let Ok(key) = text.parse() {
            keys.push(key);
            continue;
        }
        let lines = std::fs::read_to_string(text).with_context(|| {
            format!("--key {text}: neither a public key (NAME+HASH+KEY) nor a file that can be read")
        })?;
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            keys.push(line.parse().with_context(|| format!("a line of {text}"))?);
        }
    }
    if keys.is_empty() {
        bail!("--key: there is no key in it");
    }
    Ok(keys)
}
