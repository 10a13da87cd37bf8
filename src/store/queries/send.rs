//! Sends pending rows to the database, table by table, parents first.

use super::{
    Conn, acts, connections, documents, exceptions, facts, head_and_entries, invitations, outbox, private, requests,
    subtrees,
};
use crate::store::{
    StoreError,
    pending::{Layer, every, latest},
};

/// Sends all rows of some layers, in as few statements as there are tables and sizes.
pub(super) async fn send(conn: &mut Conn, layers: &[&Layer]) -> Result<(), StoreError> {
    facts::put_integrators(conn, &latest(layers, |l| &l.integrators)).await?;
    facts::put_agreements(conn, &latest(layers, |l| &l.agreements)).await?;
    documents::add_documents(conn, &every(layers, |l| &l.documents)).await?;
    documents::add_specifications(conn, &every(layers, |l| &l.specifications)).await?;
    private::add_private(conn, &every(layers, |l| &l.private)).await?;
    facts::put_senders(conn, &latest(layers, |l| &l.senders)).await?;
    connections::put_connections(conn, &latest(layers, |l| &l.connections)).await?;
    acts::put_acceptances(conn, &latest(layers, |l| &l.acceptances)).await?;
    acts::add_declines(conn, &every(layers, |l| &l.declines)).await?;
    exceptions::put_exceptions(conn, &latest(layers, |l| &l.exceptions)).await?;
    invitations::put_invitations(conn, &latest(layers, |l| &l.invitations)).await?;
    invitations::add_links(conn, &every(layers, |l| &l.links)).await?;
    outbox::put_mails(conn, &latest(layers, |l| &l.mails)).await?;
    outbox::put_campaigns(conn, &latest(layers, |l| &l.campaigns)).await?;
    if let Some(paused) = layers.iter().rev().find_map(|l| l.paused) {
        outbox::put_paused(conn, paused).await?;
    }
    let entries: Vec<_> = every(layers, |l| &l.entries).into_iter().map(|(_, entry)| entry).collect();
    head_and_entries::add_entries(conn, &entries).await?;
    let full: Vec<_> = every(layers, |l| &l.subtrees).into_iter().map(|(_, subtree)| *subtree).collect();
    subtrees::add_subtrees(conn, &full).await?;
    requests::add_requests(conn, &every(layers, |l| &l.requests)).await
}
