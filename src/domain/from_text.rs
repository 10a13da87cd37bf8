//! Values that are written as texts, read without a copy of the text: a start reads tens of millions of them.

use serde::{Deserializer, de};
use std::{fmt, marker::PhantomData};

/// Reads a text and makes a value of it.
pub(super) fn from_text<'de, D, T, E>(deserializer: D, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    deserializer.deserialize_str(Parsed(parse, PhantomData))
}

struct Parsed<P, T>(P, PhantomData<T>);

impl<P: FnOnce(&str) -> Result<T, E>, T, E: fmt::Display> de::Visitor<'_> for Parsed<P, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<F: de::Error>(self, text: &str) -> Result<T, F> {
        (self.0)(text).map_err(F::custom)
    }
}
