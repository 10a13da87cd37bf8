//! The settings of the ledger's signatures: receipts, and checkpoints that leave the database.

use crate::{
    domain::ledger::note::{InvalidKey, SigningKey, VerifyingKey},
    fetch::Url,
};
use secrecy::{ExposeSecret, SecretString};
use std::{path::PathBuf, time::Duration};

/// The ledger's signatures.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The name of the keys, which also begins the name of the ledger in checkpoints.
    pub name: String,
    /// The private key, PEM; without it there are neither receipts nor checkpoints.
    pub signing_key: Option<SecretString>,
    /// The public halves of the keys before it: what they signed stays good.
    pub former_keys: Vec<VerifyingKey>,
    /// Where the newest checkpoint is kept.
    pub checkpoint_file: Option<PathBuf>,
    /// Where checkpoints are posted to, and the newest one read from.
    pub checkpoint_url: Option<Url>,
    /// The mailbox that gets one a day.
    pub checkpoint_email: Option<String>,
    /// How often a checkpoint leaves the database, at most.
    pub checkpoint_interval: Duration,
}

impl Ledger {
    /// The private key under its name.
    pub fn key(&self) -> Result<Option<SigningKey>, InvalidKey> {
        self.signing_key.as_ref().map(|pem| SigningKey::from_pem(&self.name, pem.expose_secret())).transpose()
    }
}

/// Reads the private key; whether it fits its name is seen when both are known.
pub(super) fn signing_key(text: &str) -> Result<SecretString, &'static str> {
    const SHAPE: &str = "must be an Ed25519 private key in PEM (PKCS#8, as openssl genpkey -algorithm ed25519 writes)";
    SigningKey::from_pem("ombord", text).map_err(|_| SHAPE)?;
    Ok(SecretString::from(text))
}

/// Reads a list of public keys.
pub(super) fn former_keys(text: &str) -> Result<Vec<VerifyingKey>, &'static str> {
    const SHAPE: &str = "must be public keys of the form NAME+HASH+KEY, with commas between";
    let keys = text.split([',', '\n', ' ']).map(str::trim).filter(|key| !key.is_empty());
    let keys: Vec<VerifyingKey> = keys.map(|key| key.parse().map_err(|_| SHAPE)).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(SHAPE) } else { Ok(keys) }
}

/// Reads the keys' name.
pub(super) fn key_name(text: &str) -> Result<String, &'static str> {
    match SigningKey::from_seed(text, &[0; 32]) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be 1 to 100 of A-Z, a-z, 0-9, '.', '-', '_' and '/', such as ombord.example"),
    }
}
