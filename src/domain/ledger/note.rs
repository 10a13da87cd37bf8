//! Signed notes and checkpoints, as C2SP describes them (signed-note, tlog-checkpoint): texts with Ed25519 signatures
//! that anyone can verify. One spelling only: a changed byte is never the same note.

use crate::domain::ids::{Digest, LedgerId};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{fmt, str::FromStr};

const ED25519_TYPE: u8 = 1;
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A key that cannot be used. Says nothing about the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// A name that a note cannot carry.
    #[error("a key's name must be 1 to 100 of A-Z, a-z, 0-9, '.', '-', '_' and '/'")]
    Name,
    /// Not a PEM text with one Ed25519 private key.
    #[error("not an Ed25519 private key in PEM (PKCS#8, as openssl genpkey -algorithm ed25519 writes)")]
    Private,
    /// Not the text of a public key.
    #[error("not a public key of the form NAME+HASH+KEY, whose hash fits")]
    Public,
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNote {
    /// It is no text with one signature below a blank line.
    #[error("it is no signed note with one signature")]
    Shape,
    /// It is signed by none of the keys.
    #[error("it is not signed by a key that was given")]
    UnknownKey,
    /// The signature does not fit the text.
    #[error("its signature does not fit it")]
    Signature,
    /// Its text is no checkpoint.
    #[error("it is no checkpoint")]
    Checkpoint,
}

/// Whether a note can carry a key's name. Narrower than the format, so that a name is also one word in a log and a URL.
fn is_name(name: &str) -> bool {
    let one = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_' | b'/');
    (1..=100).contains(&name.len()) && name.bytes().all(one)
}

/// The key that signs. It never shows itself.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

impl SigningKey {
    /// The key of a PEM text.
    pub fn from_pem(name: &str, pem: &str) -> Result<Self, InvalidKey> {
        let body = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(InvalidKey::Private)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| InvalidKey::Private)?;
        Self::of(name, Ed25519KeyPair::from_pkcs8(&der).map_err(|_| InvalidKey::Private)?)
    }

    /// The key of 32 random bytes.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, InvalidKey> {
        Self::of(name, Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| InvalidKey::Private)?)
    }

    fn of(name: &str, pair: Ed25519KeyPair) -> Result<Self, InvalidKey> {
        let key = pair.public_key().as_ref().try_into().map_err(|_| InvalidKey::Private)?;
        let public = VerifyingKey::new(name, key)?;
        Ok(Self { pair, public })
    }

    /// The key that verifies.
    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs a text, which ends with a line break.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let mut bytes = self.public.hash.to_vec();
        bytes.extend_from_slice(signature.as_ref());
        format!("{text}\n\u{2014} {} {}\n", self.public.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The key that verifies: a name, and the public half. Written `NAME+HASH+KEY`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    hash: [u8; 4],
    key: [u8; 32],
}

impl VerifyingKey {
    fn new(name: &str, key: [u8; 32]) -> Result<Self, InvalidKey> {
        if !is_name(name) {
            return Err(InvalidKey::Name);
        }
        let Digest([a, b, c, d, ..]) = Digest::of_parts(&[name.as_bytes(), b"\n", &[ED25519_TYPE], &key]);
        Ok(Self { name: name.to_owned(), hash: [a, b, c, d], key })
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for VerifyingKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidKey::Public);
        };
        let bytes = STANDARD.decode(key).map_err(|_| InvalidKey::Public)?;
        let Some((&ED25519_TYPE, key)) = bytes.split_first() else { return Err(InvalidKey::Public) };
        let found = Self::new(name, key.try_into().map_err(|_| InvalidKey::Public)?)?;
        // One spelling, and the hash that belongs to name and key.
        if found.to_string() == text { Ok(found) } else { Err(InvalidKey::Public) }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.hash;
        let key = STANDARD.encode([&[ED25519_TYPE], self.key.as_slice()].concat());
        write!(f, "{}+{a:02x}{b:02x}{c:02x}{d:02x}+{key}", self.name)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text of a note that one of the keys has signed, its last line break included, and which key. A note with more
/// than one signature is refused: nothing would bind the others.
pub fn open<'a, 'k>(note: &'a str, keys: &'k [VerifyingKey]) -> Result<(&'a str, &'k VerifyingKey), InvalidNote> {
    let end = note.rfind("\n\n").ok_or(InvalidNote::Shape)?;
    let (text, rest) = (&note[..=end], &note[end + 2..]);
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(InvalidNote::Shape);
    }
    let line = rest.strip_suffix('\n').filter(|line| !line.contains('\n')).ok_or(InvalidNote::Shape)?;
    let (name, signature) =
        line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' ')).ok_or(InvalidNote::Shape)?;
    let bytes = STANDARD.decode(signature).map_err(|_| InvalidNote::Shape)?;
    let (hash, signature) = bytes.split_first_chunk::<4>().ok_or(InvalidNote::Shape)?;
    let key = keys.iter().find(|key| key.name == name && key.hash == *hash).ok_or(InvalidNote::UnknownKey)?;
    let public = UnparsedPublicKey::new(&ED25519, key.key);
    public.verify(text.as_bytes(), signature).map_err(|_| InvalidNote::Signature)?;
    Ok((text, key))
}

/// What a checkpoint says: which ledger had this root at this size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the key, and of the log.
    pub name: String,
    /// The ledger.
    pub ledger_id: LedgerId,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The signed note.
    pub fn sign(key: &SigningKey, ledger_id: LedgerId, size: u64, root: Digest) -> String {
        let name = key.public().name();
        key.sign(&format!("{name}/{ledger_id}\n{size}\n{}\n", STANDARD.encode(root.0)))
    }

    /// What a signed note says, once its signature is found good.
    pub fn open(note: &str, keys: &[VerifyingKey]) -> Result<Self, InvalidNote> {
        let (text, key) = open(note, keys)?;
        let invalid = InvalidNote::Checkpoint;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root), Some(""), None) =
            (lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(invalid);
        };
        let (name, ledger_id) = origin.rsplit_once('/').ok_or(invalid)?;
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok()).map(Digest).ok_or(invalid)?;
        let ledger_id = ledger_id.parse().map_err(|_| invalid)?;
        let number = size.parse::<u64>().ok().filter(|number| number.to_string() == size).ok_or(invalid)?;
        (name == key.name()).then(|| Self { name: name.to_owned(), ledger_id, size: number, root }).ok_or(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(name, &[seed; 32]).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_reads() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key: VerifyingKey = text.parse().unwrap();
        assert_eq!((key.to_string().as_str(), key.name()), (text, "PeterNeumann"));
        let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
            \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let (text, by) = open(note, std::slice::from_ref(&key)).unwrap();
        assert!(text.starts_with("If you") && text.ends_with("is.\n"));
        assert_eq!(by, &key);
    }

    #[test]
    fn every_byte_of_a_note_is_bound() {
        let key = key("ombord.example", 1);
        let keys = [key.public().clone()];
        let id = LedgerId(uuid::Uuid::from_u128(7));
        let note = Checkpoint::sign(&key, id, 12, Digest::of(b"root"));
        let wanted =
            Checkpoint { name: "ombord.example".to_owned(), ledger_id: id, size: 12, root: Digest::of(b"root") };
        assert_eq!(Checkpoint::open(&note, &keys), Ok(wanted));
        for place in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let good = String::from_utf8(bytes).is_ok_and(|text| Checkpoint::open(&text, &keys).is_ok());
                assert!(!good, "byte {place}, bit {bit}");
            }
            assert!(Checkpoint::open(&note[..note.floor_char_boundary(place)], &keys).is_err());
        }
        for other in [format!("{note}\n"), format!("\n{note}"), format!("{note}{}", note.lines().last().unwrap())] {
            assert!(Checkpoint::open(&other, &keys).is_err(), "{other}");
        }
    }

    #[test]
    fn a_signed_text_that_is_no_checkpoint_is_none() {
        let key = key("log", 1);
        let keys = [key.public().clone()];
        let (id, root) = (uuid::Uuid::from_u128(7), STANDARD.encode([1; 32]));
        for text in [
            format!("log/{id}\n012\n{root}\n"),
            format!("log/{id}\n12\n{root}\nmore\n"),
            format!("other/{id}\n12\n{root}\n"),
            format!("log/{id}\n-1\n{root}\n"),
            format!("log/{id}\n12\nAAAA\n"),
            "log\n12\n".to_owned(),
        ] {
            assert_eq!(Checkpoint::open(&key.sign(&text), &keys), Err(InvalidNote::Checkpoint), "{text}");
        }
    }

    #[test]
    fn a_key_of_another_name_or_seed_is_unknown() {
        let note = key("log", 1).sign("text\n");
        for other in [key("log", 2), key("lag", 1)] {
            assert_eq!(open(&note, &[other.public().clone()]), Err(InvalidNote::UnknownKey));
        }
        let other = key("log", 2);
        assert!(open(&note, &[other.public().clone(), key("log", 1).public().clone()]).is_ok());
    }

    #[test]
    fn keys_that_cannot_be_are_refused_and_a_private_one_shows_nowhere() {
        for name in ["", "a b", "a+b", "å", "a\n"] {
            assert_eq!(SigningKey::from_seed(name, &[1; 32]).err(), Some(InvalidKey::Name), "{name}");
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let body = STANDARD.encode(pair.to_pkcs8v1().unwrap());
        let pem = format!("{BEGIN}\n{body}\n{END}\n");
        let signing = SigningKey::from_pem("log", &pem).unwrap();
        assert_eq!(signing.public(), key("log", 1).public());
        assert_eq!(SigningKey::from_pem("log", &pem.replace("MC", "MD")).err(), Some(InvalidKey::Private));
        assert_eq!(SigningKey::from_pem("log", "x").err(), Some(InvalidKey::Private));
        assert!(!format!("{signing:?}").contains(&body));
        let text = signing.public().to_string();
        for changed in
            [text.replacen('+', "-", 1), text.replace("log", "lag"), format!("{text} "), text[..20].to_owned()]
        {
            assert_eq!(changed.parse::<VerifyingKey>().err(), Some(InvalidKey::Public), "{changed}");
        }
    }
}
