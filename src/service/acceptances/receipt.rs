//! `GetReceipt`.

use super::{misplaced, visible};
use crate::{
    domain::ids::AcceptanceId,
    service::{
        Services,
        caller::Caller,
        error::Result,
        ledger::{keys, receipt::make},
    },
};

/// A receipt.
pub struct Receipt {
    /// The file's name.
    pub file_name: String,
    /// The file. Holds personal data: not to be printed.
    pub text: String,
    /// The key that verifies it.
    pub key: String,
    /// The revision it was read at.
    pub revision: u64,
}

/// Makes the receipt of one acceptance that came through the caller, or of any for who reaches all.
pub async fn get_receipt(services: &Services, caller: &Caller, id: AcceptanceId) -> Result<Receipt> {
    let mut reader = services.store.read().await?;
    let reader = reader.as_mut();
    let row = visible(reader, caller, id).await?;
    let key = keys(services)?.signing().public().to_string();
    let entry = reader.entry(row.revision).await?.ok_or_else(|| misplaced(row.revision))?;
    let (file_name, text) = make(services, reader, entry).await?.ok_or_else(|| misplaced(row.revision))?;
    Ok(Receipt { file_name, text, key, revision: reader.head().revision })
}
