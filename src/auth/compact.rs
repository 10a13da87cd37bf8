//! The outside of a token: three base64url parts, and a header that is refused if it asks for anything unusual.

use super::Refusal;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::{
    Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// The longest `kid` that is looked up, in bytes.
const LONGEST_KEY_ID: usize = 256;

/// A token taken apart, nothing of it verified yet.
pub(super) struct Compact<'a> {
    pub algorithm: Algorithm,
    pub key_id: String,
    /// What is signed: the first two parts with the dot between them.
    pub signed: &'a str,
    /// The third part, base64url.
    pub signature: &'a str,
    payload: &'a str,
}

impl<'a> Compact<'a> {
    /// Takes a token apart; refuses all that the JOSE standards allow and this service does not use.
    pub fn parse(token: &'a str) -> Result<Self, Refusal> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        if payload.contains('.') {
            return Err(Refusal::Malformed);
        }
        let header = object(header)?;
        let has = |name: &str| header.contains_key(name);
        if ["crit", "b64", "enc", "zip", "cty"].into_iter().any(has) {
            return Err(Refusal::Extension);
        }
        if ["jwk", "jku", "x5u", "x5c"].into_iter().any(has) {
            return Err(Refusal::BringsKey);
        }
        match header.get("typ") {
            None => {}
            Some(Value::String(typ)) => {
                let typ = typ.to_ascii_lowercase();
                if !matches!(typ.as_str(), "jwt" | "at+jwt" | "application/at+jwt") {
                    return Err(Refusal::Type);
                }
            }
            Some(_) => return Err(Refusal::Type),
        }
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("RS256") => Algorithm::RS256,
            Some("PS256") => Algorithm::PS256,
            Some("ES256") => Algorithm::ES256,
            Some("EdDSA") => Algorithm::EdDSA,
            _ => return Err(Refusal::Algorithm),
        };
        match header.get("kid") {
            Some(Value::String(kid)) if (1..=LONGEST_KEY_ID).contains(&kid.len()) => {
                Ok(Self { algorithm, key_id: kid.clone(), signed, signature, payload })
            }
            _ => Err(Refusal::NoKeyId),
        }
    }

    /// The claims. Only to be read once the signature is verified.
    pub fn claims(&self) -> Result<Map<String, Value>, Refusal> {
        object(self.payload)
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let object = reader.deserialize_map(UniqueNames).map_err(|_| Refusal::Malformed)?;
    reader.end().map_err(|_| Refusal::Malformed)?;
    Ok(object)
}

/// Reads an object and refuses repeated names, which two parsers could read in two ways (RFC 7519, section 4).
struct UniqueNames;

impl<'de> Visitor<'de> for UniqueNames {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = entries.next_entry::<String, Value>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is repeated"));
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Map<String, Value>, Refusal> {
        object(&URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn an_object_has_each_name_once_and_nothing_after_it() {
        assert_eq!(read(r#"{"a":1,"b":2}"#).unwrap().len(), 2);
        for bad in [r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, r#"{"a":1} x"#, "[]", "", "{", "7"] {
            assert_eq!(read(bad), Err(Refusal::Malformed), "{bad}");
        }
        assert_eq!(object("e30="), Err(Refusal::Malformed), "padding");
        assert_eq!(object("e3+/"), Err(Refusal::Malformed), "the other alphabet");
    }
}
