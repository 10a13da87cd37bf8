//! Proofs, from the hashes that the store keeps.

use crate::{
    domain::{
        ids::Digest,
        ledger::{
            proof::{Nodes, Plan, Run},
            tree::{Frontier, STEP},
        },
    },
    service::error::{Error, Result},
    store::Reader,
};

/// The hashes of a plan.
pub(super) async fn prove(reader: &mut dyn Reader, plan: &Plan) -> Result<Vec<Digest>> {
    let nodes = whole(reader, &plan.runs()).await?;
    plan.fold(&nodes).ok_or_else(|| Error::internal(anyhow::anyhow!("a proof lacks a hash")))
}

/// The root that the tree had at a size.
pub(in crate::service) async fn root_at(reader: &mut dyn Reader, size: u64) -> Result<Digest> {
    if size == reader.head().revision {
        return Ok(reader.head().frontier.root());
    }
    match Plan::root(size) {
        Some(plan) => prove(reader, &plan).await?.pop().ok_or_else(|| Error::internal(anyhow::anyhow!("no root"))),
        None => Ok(Frontier::default().root()),
    }
}

/// All hashes of some runs. A subtree that an older program did not keep is made of those below it.
async fn whole(reader: &mut dyn Reader, runs: &[Run]) -> Result<Nodes> {
    let mut nodes = Nodes::default();
    for (level, place, hash) in reader.nodes(runs).await? {
        nodes.put(level, place, hash);
    }
    for (level, place) in nodes.missing(runs) {
        let below = level.checked_sub(STEP).map(|level| Run { level, from: place << STEP, count: 1 << STEP });
        let below =
            below.ok_or_else(|| Error::internal(anyhow::anyhow!("the ledger has no entry at place {place}")))?;
        let children = Box::pin(whole(reader, &[below])).await?;
        let mut tree = Frontier::default();
        for hash in below.places().filter_map(|place| children.get(below.level, place)) {
            tree.push(hash);
        }
        nodes.put(level, place, tree.root());
    }
    Ok(nodes)
}
