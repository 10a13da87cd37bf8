//! Canonical JSON (RFC 8785) for the values that the ledger uses: ASCII keys, texts, booleans and integers below 2^53.

use serde::Serialize;
use serde_json::Value;

/// A value that has no canonical form here: a fraction, an integer of 2^53 or more, or a key beyond ASCII.
#[derive(Debug, thiserror::Error)]
#[error("no canonical form: {0}")]
pub struct NotCanonical(String);

const LARGEST: u64 = (1 << 53) - 1;

/// The canonical text of a value.
pub fn canonical<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|error| NotCanonical(error.to_string()))?;
    let mut text = String::new();
    write(&value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_u64() {
            Some(integer) if integer <= LARGEST => out.push_str(&integer.to_string()),
            _ => return Err(NotCanonical(format!("number {number}"))),
        },
        Value::String(text) => quote(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by(|one, other| one.0.cmp(other.0));
            out.push('{');
            for (place, (key, member)) in members.into_iter().enumerate() {
                if !key.is_ascii() {
                    return Err(NotCanonical("a key beyond ASCII".to_owned()));
                }
                if place > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_rfc_8785_that_fit() {
        let value = json!({"string": "€$\u{f}\nA'B\"\\\\\"/", "literals": [null, true, false], "numbers": [0, 9_007_199_254_740_991_u64]});
        assert_eq!(
            canonical(&value).unwrap(),
            r#"{"literals":[null,true,false],"numbers":[0,9007199254740991],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    #[test]
    fn what_has_no_canonical_form_is_refused() {
        assert!(canonical(&json!({"a": 1.5})).is_err());
        assert!(canonical(&json!({"a": -1})).is_err());
        assert!(canonical(&json!({"a": 9_007_199_254_740_992_u64})).is_err());
        assert!(canonical(&json!({"å": 1})).is_err());
    }
}
