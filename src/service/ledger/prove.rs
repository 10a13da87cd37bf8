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
    let mut nodes = Nodes::default();
    for run in plan.runs() {
        nodes.add(run, whole(reader, run).await?);
    }
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

/// All hashes of a run. A subtree that an older program did not keep is made of those below it.
async fn whole(reader: &mut dyn Reader, run: Run) -> Result<Vec<Digest>> {
    let known = reader.nodes(run).await?;
    let mut known = known.into_iter().peekable();
    let mut hashes = Vec::new();
    for place in run.from..run.from + u64::from(run.count) {
        match known.next_if(|(found, _)| *found == place) {
            Some((_, hash)) => hashes.push(hash),
            None if run.level >= STEP => {
                let below = Run { level: run.level - STEP, from: place << STEP, count: 1 << STEP };
                let mut tree = Frontier::default();
                for hash in Box::pin(whole(reader, below)).await? {
                    tree.push(hash);
                }
                hashes.push(tree.root());
            }
            None => return Err(Error::internal(anyhow::anyhow!("the ledger has no entry at place {place}"))),
        }
    }
    Ok(hashes)
}
