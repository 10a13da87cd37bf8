//! Receipts: what the ledger says of an acceptance, proved and signed.

use super::{history::one_history, inclusion::inclusion, keys, prove::root_at};
use crate::{
    domain::{
        ids::{IntegratorId, LedgerId, RecordId, SenderId},
        ledger::{
            Event,
            event::Accepted,
            note::Checkpoint,
            receipt::{self, Context, Opened, Parts, Titles},
        },
    },
    service::{
        Services,
        entries::read,
        error::{Error, Result},
        private::name_of,
    },
    store::{EntryFilter, EntryRow, Reader},
};

/// The name and text of the receipt of the acceptance that a revision recorded. Nothing where that is no acceptance, or
/// where this service has no key to sign with.
pub async fn receipt_of_entry(
    services: &Services,
    reader: &mut dyn Reader,
    revision: u64,
) -> Result<Option<(String, String)>> {
    if services.log.is_none() {
        return Ok(None);
    }
    let Some(row) = reader.entry(revision).await? else { return Ok(None) };
    make(services, reader, row).await
}

/// Makes the receipt of an entry.
pub(in crate::service) async fn make(
    services: &Services,
    reader: &mut dyn Reader,
    row: EntryRow,
) -> Result<Option<(String, String)>> {
    let key = keys(services)?.signing();
    // A receipt holds a signed checkpoint.
    one_history(services, reader).await?;
    let entry = read(&row)?;
    let Event::AcceptanceRecorded { sender_id, integrator_id, accepted, .. } = &entry.event else { return Ok(None) };
    let Some(file_name) = receipt::file_name(&entry) else { return Ok(None) };
    let context = context(reader, *sender_id, integrator_id, accepted).await?;
    let ids: Vec<_> = entry.event.private().iter().map(|private| private.record_id).collect();
    let records = if ids.is_empty() { Vec::new() } else { reader.private(&ids).await? };
    let open = |id: &RecordId| records.iter().find(|record| record.record_id == *id);
    let private = ids.iter().filter_map(open).map(|one| Opened::new(one.record_id, &one.salt, one.body.clone()));
    let private = private.collect();
    let size = size_of(reader, entry.ledger_id, row.revision).await?;
    let root = root_at(reader, size).await?;
    let parts = Parts {
        inclusion: inclusion(reader, row.revision.saturating_sub(1), size).await?,
        checkpoint: Checkpoint::sign(key, entry.ledger_id, size, root),
        entry: row.canonical,
        private,
        context,
    };
    Ok(Some((file_name, receipt::write(key, parts).map_err(Error::internal)?)))
}

/// The size of the ledger that an entry is proved to be in: the whole of it. An entry from before entries were lost was
/// written under another id; it is in the ledger of that id as far as that was kept.
async fn size_of(reader: &mut dyn Reader, ledger_id: LedgerId, revision: u64) -> Result<u64> {
    let head = reader.head();
    if head.ledger_id == ledger_id {
        return Ok(head.revision);
    }
    let events = vec![Event::ROLLBACK_ACCEPTED.to_owned()];
    let filter = EntryFilter { after_revision: revision, events, ..EntryFilter::default() };
    let loss = reader.entries(&filter, 1).await?.pop();
    let loss = loss.ok_or_else(|| Error::internal(anyhow::anyhow!("an entry of another ledger")))?;
    Ok(loss.revision - 1)
}

/// The names that make a receipt readable.
async fn context(
    reader: &mut dyn Reader,
    sender: SenderId,
    integrator: &IntegratorId,
    accepted: &[Accepted],
) -> Result<Context> {
    let facts = reader.sender(sender).await?;
    let organisation_number = facts.and_then(|facts| facts.number).map(|number| number.dashed());
    let sender_name = match reader.connection(sender, integrator).await? {
        Some(row) => name_of(reader, &row).await?,
        None => None,
    };
    let integrator_name = reader.integrator(integrator).await?.map(|facts| facts.display_name);
    let mut agreements = Vec::with_capacity(accepted.len());
    for one in accepted {
        let titles = reader.agreement(&one.agreement_id).await?.map(|facts| facts.titles);
        agreements.push(Titles { agreement_id: one.agreement_id.clone(), titles: titles.unwrap_or_default() });
    }
    Ok(Context {
        agreements,
        integrator_name: integrator_name.unwrap_or_default(),
        organisation_number,
        sender_name: sender_name.unwrap_or_default(),
    })
}
