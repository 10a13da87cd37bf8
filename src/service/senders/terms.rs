//! What an integrator writes about a sender: which parts are personal data, and what differs from what is known.

use crate::{
    domain::{
        ids::RecordId,
        ledger::{Private, event::ConnectionTerms},
        vocabulary::ContentType,
    },
    service::{
        error::Result,
        private::{self, Contact, PrivateName},
        write::Write,
    },
    store::{ConnectionRow, PrivateKind, PrivateRecord, Reader},
};
use serde::de::DeserializeOwned;

/// Keeps a contact point's address, if there is one.
pub(super) async fn keep_contact(write: &mut Write, email: Option<String>) -> Result<Option<Private>> {
    match email {
        Some(email) => Ok(Some(write.keep(PrivateKind::Contact, &Contact { email }).await?)),
        None => Ok(None),
    }
}

/// Keeps a sole trader's name.
pub(super) async fn keep_name(write: &mut Write, name: String) -> Result<Private> {
    write.keep(PrivateKind::Name, &PrivateName { name }).await
}

/// A connection's name and contact point, in the clear.
pub(super) struct Known {
    records: Vec<PrivateRecord>,
    legal_name: Option<String>,
    private_name: Option<RecordId>,
    contact: Option<RecordId>,
}

impl Known {
    /// Reads what a connection says.
    pub(super) async fn of(reader: &mut dyn Reader, row: &ConnectionRow) -> Result<Self> {
        let ids: Vec<RecordId> = row.private_name.into_iter().chain(row.contact).collect();
        let records = if ids.is_empty() { Vec::new() } else { reader.private(&ids).await? };
        Ok(Self { records, legal_name: row.legal_name.clone(), private_name: row.private_name, contact: row.contact })
    }

    fn record(&self, id: Option<RecordId>) -> Option<&PrivateRecord> {
        id.and_then(|id| self.records.iter().find(|record| record.record_id == id))
    }

    /// The name; absent where it was erased.
    pub(super) fn name(&self) -> Result<Option<String>> {
        match &self.legal_name {
            Some(name) => Ok(Some(name.clone())),
            None => Ok(body::<PrivateName>(self.record(self.private_name))?.map(|private| private.name)),
        }
    }

    /// The contact point's address; absent where there is none or it was erased.
    pub(super) fn contact(&self) -> Result<Option<String>> {
        Ok(body::<Contact>(self.record(self.contact))?.map(|contact| contact.email))
    }

    /// The name's private record, as an event refers to it.
    pub(super) fn private_name(&self) -> Option<Private> {
        self.record(self.private_name).map(PrivateRecord::reference)
    }

    /// The contact point's private record, as an event refers to it.
    pub(super) fn private_contact(&self) -> Option<Private> {
        self.record(self.contact).map(PrivateRecord::reference)
    }
}

pub(super) fn body<T: DeserializeOwned>(record: Option<&PrivateRecord>) -> Result<Option<T>> {
    record.map(private::read).transpose()
}

/// Content types in one order, so that the order they were given in makes no difference.
pub(super) fn in_order(mut content_types: Vec<ContentType>) -> Vec<ContentType> {
    content_types.sort_unstable();
    content_types.dedup();
    content_types
}

/// Takes over into the row what an event says.
pub(super) fn write_into(row: &mut ConnectionRow, terms: &ConnectionTerms) {
    row.legal_name.clone_from(&terms.legal_name);
    row.private_name = terms.private_name.map(|private| private.record_id);
    row.external_reference.clone_from(&terms.external_reference);
    row.content_types.clone_from(&terms.content_types);
    row.contact = terms.contact.map(|private| private.record_id);
    row.contact_quality = terms.contact_quality;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_content_types_makes_no_difference() {
        let types = [ContentType::Letter, ContentType::Payslip, ContentType::Letter];
        assert_eq!(in_order(types.to_vec()), [ContentType::Payslip, ContentType::Letter]);
    }
}
