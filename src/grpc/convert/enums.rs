//! Enumerations in requests.

use super::Fields;
pub use crate::wire::enums::Paired;

impl Fields {
    /// A value that must be given.
    pub fn required_enum<E: Paired>(&mut self, field: &str, number: i32) -> Option<E> {
        let value = E::from_pb(number);
        if value.is_none() {
            self.fault(field, "must be one of the values of its enumeration, not UNSPECIFIED");
        }
        value
    }

    /// A value that may be left UNSPECIFIED.
    pub fn optional_enum<E: Paired>(&mut self, field: &str, number: i32) -> Option<E> {
        if number == 0 { None } else { self.required_enum(field, number) }
    }

    /// Values of a repeated field, each once.
    pub fn enums<E: Paired + PartialEq>(&mut self, field: &str, numbers: &[i32]) -> Vec<E> {
        let mut values = Vec::new();
        for (place, number) in numbers.iter().enumerate().take(64) {
            let path = format!("{field}[{place}]");
            if let Some(value) = self.required_enum::<E>(&path, *number) {
                if values.contains(&value) {
                    self.fault(&path, "must not be given twice");
                } else {
                    values.push(value);
                }
            }
        }
        if numbers.len() > 64 {
            self.fault(field, "must have at most 64 values");
        }
        values
    }
}
