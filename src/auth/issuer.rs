//! A token issuer for development: `ombord token`, `serve --dev`, and tests. Production has an identity provider.

use super::claims::TokenRules;
use crate::{
    domain::{ids::IntegratorId, time::Timestamp},
    service::caller::Scopes,
};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    signature::Ed25519KeyPair,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Map, Value, json};
use std::fmt;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// An Ed25519 key pair that signs tokens.
pub struct Issuer {
    key: EncodingKey,
    pkcs8: SecretSlice<u8>,
    key_id: String,
    public_keys: String,
}

/// What a token is to grant.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who the token speaks for.
    pub subject: String,
    /// The integrator it acts for, if any.
    pub integrator: Option<IntegratorId>,
    /// Its scopes.
    pub scopes: Scopes,
    /// Seconds from now until it expires.
    pub lifetime_seconds: i64,
}

/// A key that cannot be used, or a token that could not be made. Says nothing about the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not a PEM file with one PKCS#8 (version 1) Ed25519 private key.
    #[error(
        "the signing key is not an Ed25519 private key in PEM (PKCS#8, as openssl genpkey -algorithm ed25519 writes)"
    )]
    Key,
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Signing,
}

impl Issuer {
    /// The key pair of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, IssuerError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| IssuerError::Key)?;
        // Version 1, without the public key: the form that jsonwebtoken can make a public JWK of.
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| IssuerError::Key)?;
        Self::from_pkcs8(der.as_ref())
    }

    /// The key pair of a PEM file's text.
    pub fn from_pem(pem: &SecretString) -> Result<Self, IssuerError> {
        let body = pem
            .expose_secret()
            .trim()
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix(END))
            .ok_or(IssuerError::Key)?;
        let body: String = body.split_ascii_whitespace().collect();
        Self::from_pkcs8(&STANDARD.decode(body).map_err(|_| IssuerError::Key)?)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, IssuerError> {
        Ed25519KeyPair::from_pkcs8(der).map_err(|_| IssuerError::Key)?;
        let key = EncodingKey::from_ed_der(der);
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).map_err(|_| IssuerError::Key)?;
        let key_id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| IssuerError::Key)?;
        jwk.common.key_id = Some(key_id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let public_keys = json!({ "keys": [jwk] }).to_string();
        Ok(Self { key, pkcs8: SecretSlice::from(der.to_vec()), key_id, public_keys })
    }

    /// The private key as PEM, to keep in a file that only its owner reads.
    pub fn pem(&self) -> SecretString {
        SecretString::from(format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(self.pkcs8.expose_secret())))
    }

    /// The public key as a JSON Web Key Set.
    pub fn public_keys(&self) -> &str {
        &self.public_keys
    }

    /// Signs a token that passes `rules` from `now` on.
    pub fn mint(&self, grant: &Grant, rules: &TokenRules, now: Timestamp) -> Result<String, IssuerError> {
        let (issued, _) = now.parts();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(rules.issuer)),
            ("aud".to_owned(), json!(rules.audience)),
            ("iat".to_owned(), json!(issued)),
            ("exp".to_owned(), json!(issued.saturating_add(grant.lifetime_seconds))),
            (rules.names.subject.clone(), json!(grant.subject)),
            (rules.names.scope.clone(), json!(grant.scopes.to_string())),
        ]);
        if let Some(integrator) = &grant.integrator {
            claims.insert(rules.names.integrator.clone(), json!(integrator.as_str()));
        }
        self.sign(&Value::Object(claims))
    }

    /// Signs any claims, sound or not.
    pub fn sign(&self, claims: &Value) -> Result<String, IssuerError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|_| IssuerError::Signing)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file_and_shows_nowhere_else() {
        let issuer = Issuer::from_seed([3; 32]).unwrap();
        let pem = issuer.pem();
        let again = Issuer::from_pem(&pem).unwrap();
        assert_eq!(again.public_keys(), issuer.public_keys());
        let secret = pem.expose_secret().lines().nth(1).unwrap();
        for text in [format!("{issuer:?}"), format!("{pem:?}"), issuer.public_keys().to_owned()] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(!issuer.public_keys().contains("\"d\""));
    }

    #[test]
    fn other_files_are_refused() {
        let ec = aws_lc_rs::signature::EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING);
        let ec = STANDARD.encode(ec.unwrap().to_pkcs8v1().unwrap());
        for text in ["", "x", &format!("{BEGIN}\n{END}"), &format!("{BEGIN}\n{ec}\n{END}")] {
            assert_eq!(Issuer::from_pem(&SecretString::from(text)).err(), Some(IssuerError::Key), "{text}");
        }
    }
}
