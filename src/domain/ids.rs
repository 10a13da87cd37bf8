//! Identifiers. A `sender_id` is a UUIDv4 (a v7 would tell when the company first appeared); all others are UUIDv7.

use super::from_text::from_text;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
    sync::Arc,
};
use uuid::Uuid;

/// A text that is not an identifier of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(&'static str);

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                hyphenated(text).map(Self)
            }
        }
    )+};
}

/// The one spelling that is accepted: 36 characters with hyphens, so that one id has one text.
fn hyphenated(text: &str) -> Result<Uuid, InvalidId> {
    let invalid = InvalidId("must be a UUID of 36 characters, such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427");
    if text.len() != 36 {
        return Err(invalid);
    }
    Uuid::try_parse(text).map_err(|_| invalid)
}

uuid_ids! {
    /// A sender, the same for all integrators.
    SenderId,
    /// A sender's connection with one integrator.
    ConnectionId,
    /// One acceptance of one version.
    AcceptanceId,
    /// One decline of one version.
    DeclineId,
    /// An operator's exception.
    ExceptionId,
    /// A row of personal data.
    RecordId,
    /// The ledger, new for a new ledger.
    LedgerId,
    /// A caller's own id of one request, the key of its retries.
    RequestId,
    /// An invitation.
    InvitationId,
    /// A mail; with the sending domain its Message-ID.
    MessageId,
}

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident, $longest:literal, $pattern:literal, $valid:path);+ $(;)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl PartialEq for $name {
            /// Facts that are kept together share their texts, so nearly all that are equal are the very same.
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl $name {
            /// Checks the text's shape.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                if text.len() <= $longest && $valid(text.as_bytes()) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId($pattern))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_text(deserializer, Self::parse)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

fn is_slug(text: &[u8]) -> bool {
    text.len() >= 2
        && text[0].is_ascii_lowercase()
        && text[text.len() - 1] != b'-'
        && text.iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == b'-')
}

fn is_label(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
}

slugs! {
    /// An integrator's slug, such as `lonebyran`.
    IntegratorId, 63, "must be 2 to 63 of a-z, 0-9 and -, begin with a letter and not end with -", is_slug;
    /// An agreement's slug, such as `dpa-payslip`.
    AgreementId, 63, "must be 2 to 63 of a-z, 0-9 and -, begin with a letter and not end with -", is_slug;
    /// A version's label, such as `2026-01`.
    VersionLabel, 40, "must be 1 to 40 of A-Z, a-z, 0-9, '.', '_' and '-'", is_label;
}

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut digest = [0; 32];
        digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
        Self(digest)
    }

    /// The digest of several pieces of bytes, one after the other.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        for part in parts {
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId("must be a SHA-256 digest of 64 lower-case hexadecimal digits");
        let nibble = |c: u8| match c {
            b'0'..=b'9' => Ok(c - b'0'),
            b'a'..=b'f' => Ok(c - b'a' + 10),
            _ => Err(invalid),
        };
        let text = text.as_bytes();
        if text.len() != 64 {
            return Err(invalid);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, str::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_have_one_shape() {
        for good in ["ab", "lonebyran", "a-1"] {
            assert!(IntegratorId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "A", "1a", "a-", "å", "a b", &"a".repeat(64)] {
            assert!(IntegratorId::parse(bad).is_err(), "{bad}");
            assert!(serde_json::from_value::<IntegratorId>(bad.into()).is_err(), "{bad}, stored");
        }
    }

    #[test]
    fn a_digest_reads_back_and_has_one_spelling() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!(digest.to_string().to_uppercase().parse::<Digest>().is_err());
    }

    #[test]
    fn a_uuid_has_one_spelling() {
        assert!("1b4e28ba-2fa1-41d2-883f-0016d3cca427".parse::<SenderId>().is_ok());
        assert!("1b4e28ba2fa141d2883f0016d3cca427".parse::<SenderId>().is_err());
        assert!("{1b4e28ba-2fa1-41d2-883f-0016d3cca427}".parse::<SenderId>().is_err());
    }
}
