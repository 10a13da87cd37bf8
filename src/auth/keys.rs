//! The issuer's public keys, read from a JSON Web Key Set.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde_json::Value;
use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
};

/// The largest key set that is read, in bytes.
pub const LARGEST_SET: usize = 256 * 1024;
/// Keys beyond this number are passed over.
const MOST_KEYS: usize = 64;

/// One public key and the one algorithm it verifies. The algorithm comes from the key, never from a token.
pub(super) struct Key {
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

/// Public keys by `kid`.
#[derive(Default)]
pub struct KeySet(HashMap<String, Key>);

/// A member of a key set that is not used, and why. The others count all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its `kid`, if it has one.
    pub key_id: Option<String>,
    /// Why it is not used.
    pub why: &'static str,
}

/// A text that is not a key set at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// More than [`LARGEST_SET`].
    #[error("the key set is larger than 256 KiB")]
    TooLarge,
    /// Not JSON with a list named `keys`.
    #[error("the key set is not JSON with a list named \"keys\"")]
    NotAKeySet,
}

impl KeySet {
    /// Reads a key set. Odd members are passed over and reported, so that one cannot take the others away.
    pub fn parse(text: &[u8]) -> Result<(Self, Vec<Skipped>), KeySetError> {
        if text.len() > LARGEST_SET {
            return Err(KeySetError::TooLarge);
        }
        let mut set: Value = serde_json::from_slice(text).map_err(|_| KeySetError::NotAKeySet)?;
        let Some(Value::Array(members)) = set.get_mut("keys").map(Value::take) else {
            return Err(KeySetError::NotAKeySet);
        };
        let (mut keys, mut skipped) = (HashMap::new(), Vec::new());
        for member in members {
            let key_id = member.get("kid").and_then(Value::as_str).map(str::to_owned);
            let added = read(member).and_then(|(key_id, key)| match keys.len() {
                MOST_KEYS.. => Err("the set has too many keys"),
                _ => match keys.entry(key_id) {
                    Entry::Occupied(_) => Err("its kid is taken by an earlier key"),
                    Entry::Vacant(place) => {
                        place.insert(key);
                        Ok(())
                    }
                },
            });
            if let Err(why) = added {
                skipped.push(Skipped { key_id, why });
            }
        }
        Ok((Self(keys), skipped))
    }

    pub(super) fn get(&self, key_id: &str) -> Option<&Key> {
        self.0.get(key_id)
    }

    /// Whether there is a key of this `kid`.
    pub fn contains(&self, key_id: &str) -> bool {
        self.0.contains_key(key_id)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(key_id, key)| (key_id, key.algorithm))).finish()
    }
}

fn read(member: Value) -> Result<(String, Key), &'static str> {
    // A published private or secret key is known to everybody: what it signs proves nothing.
    if ["d", "p", "q", "k", "priv"].iter().any(|name| member.get(name).is_some()) {
        return Err("it holds a private or secret key");
    }
    let jwk: Jwk = serde_json::from_value(member).map_err(|_| "it is not a key of a known shape")?;
    let Some(key_id) = jwk.common.key_id.clone().filter(|key_id| !key_id.is_empty()) else {
        return Err("it has no kid");
    };
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return Err("its use is not sig");
    }
    if jwk.common.key_operations.as_ref().is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
        return Err("its key_ops do not have verify");
    }
    let algorithm = algorithm(&jwk)?;
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| "its numbers are not base64url")?;
    if key.family() != algorithm.family() {
        return Err("its kty and alg do not fit");
    }
    Ok((key_id, Key { algorithm, key }))
}

/// The one algorithm of a key: what it says itself, or what its type is used for; and only for keys of sound size.
fn algorithm(jwk: &Jwk) -> Result<Algorithm, &'static str> {
    let said = match jwk.common.key_algorithm.map(Algorithm::try_from) {
        Some(Ok(algorithm)) => Some(algorithm),
        Some(Err(_)) => return Err("its alg is none of RS256, PS256, ES256 and EdDSA"),
        None => None,
    };
    match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => match said.unwrap_or(Algorithm::RS256) {
            fit @ (Algorithm::RS256 | Algorithm::PS256) => match bits(&rsa.n) {
                2048..=8192 => Ok(fit),
                _ => Err("its modulus has not 2048 to 8192 bits"),
            },
            _ => Err("its kty and alg do not fit"),
        },
        AlgorithmParameters::EllipticCurve(ec) => match (&ec.curve, said.unwrap_or(Algorithm::ES256)) {
            (EllipticCurve::P256, Algorithm::ES256) if bytes(&ec.x) == 32 && bytes(&ec.y) == 32 => Ok(Algorithm::ES256),
            (EllipticCurve::P256, Algorithm::ES256) => Err("its point has not 32 and 32 bytes"),
            _ => Err("its curve is not P-256, or its alg not ES256"),
        },
        AlgorithmParameters::OctetKeyPair(okp) => match (&okp.curve, said.unwrap_or(Algorithm::EdDSA)) {
            (EllipticCurve::Ed25519, Algorithm::EdDSA) if bytes(&okp.x) == 32 => Ok(Algorithm::EdDSA),
            (EllipticCurve::Ed25519, Algorithm::EdDSA) => Err("its point has not 32 bytes"),
            _ => Err("its curve is not Ed25519, or its alg not EdDSA"),
        },
        // Symmetric keys and every type to come.
        _ => Err("its kty is none of RSA, EC and OKP"),
    }
}

fn bytes(text: &str) -> usize {
    URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len())
}

fn bits(text: &str) -> usize {
    let number = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    match &number[zeros..] {
        [] => 0,
        [first, rest @ ..] => rest.len() * 8 + (8 - first.leading_zeros() as usize),
    }
}
