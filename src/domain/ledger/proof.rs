//! Proofs of RFC 9162: that an entry is in the ledger, and that an older ledger is the beginning of a newer one.
//!
//! A [`Plan`] says which hashes a proof is made of, as runs of kept nodes; whoever has them hands them back to be folded.

use super::tree::{STEP, node_hash};
use crate::domain::ids::Digest;
use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

/// Neighbouring full subtrees of one level, leaves where it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Their level, a multiple of [`STEP`].
    pub level: u32,
    /// The place of the first.
    pub from: u64,
    /// How many.
    pub count: u32,
}

impl Run {
    /// The places of all.
    pub fn places(&self) -> Range<u64> {
        self.from..self.from.saturating_add(self.count.into())
    }
}

/// The hashes that a plan asked for.
#[derive(Debug, Default)]
pub struct Nodes(HashMap<(u32, u64), Digest>);

impl Nodes {
    /// Takes one.
    pub fn put(&mut self, level: u32, place: u64, hash: Digest) {
        self.0.insert((level, place), hash);
    }

    /// One of them.
    pub fn get(&self, level: u32, place: u64) -> Option<Digest> {
        self.0.get(&(level, place)).copied()
    }

    /// Those of some runs that it has not got.
    pub fn missing(&self, runs: &[Run]) -> Vec<(u32, u64)> {
        let all = runs.iter().flat_map(|run| run.places().map(|place| (run.level, place)));
        all.filter(|node| !self.0.contains_key(node)).collect()
    }

    /// Takes the hashes of a run, in order.
    pub fn add(&mut self, run: Run, hashes: impl IntoIterator<Item = Digest>) {
        self.0.extend(hashes.into_iter().zip(run.from..).map(|(hash, place)| ((run.level, place), hash)));
    }

    /// The root of a full subtree, made of those below it where it is not kept itself.
    fn full(&self, level: u32, place: u64) -> Option<Digest> {
        if level.is_multiple_of(STEP) {
            return self.get(level, place);
        }
        let (left, right) = (self.full(level - 1, place * 2)?, self.full(level - 1, place * 2 + 1)?);
        Some(node_hash(&left, &right))
    }
}

/// What a proof consists of: the roots over these stretches of leaves, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Vec<Range<u64>>);

/// The largest power of two smaller than a size of at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The full subtrees that a stretch of leaves consists of, left to right. The stretches of proofs begin where their
/// first subtree does.
fn pieces(range: &Range<u64>) -> Vec<(u32, u64)> {
    let (mut from, mut pieces) = (range.start, Vec::new());
    while from < range.end {
        let level = (range.end - from).ilog2();
        pieces.push((level, from >> level));
        from += 1 << level;
    }
    pieces
}

impl Plan {
    /// The proof that the leaf at `place` is in the tree of `size` leaves: PATH of section 2.1.3.1.
    pub fn inclusion(place: u64, size: u64) -> Option<Self> {
        let mut parts = Vec::new();
        let mut tree = (place < size).then_some(0..size)?;
        while tree.end - tree.start > 1 {
            let middle = tree.start + split(tree.end - tree.start);
            if place < middle {
                parts.push(middle..tree.end);
                tree.end = middle;
            } else {
                parts.push(tree.start..middle);
                tree.start = middle;
            }
        }
        parts.reverse();
        Some(Self(parts))
    }

    /// The proof that the tree of `old` leaves is the beginning of that of `new` leaves: PROOF of section 2.1.4.1.
    pub fn consistency(old: u64, new: u64) -> Option<Self> {
        let mut parts = Vec::new();
        let mut tree = (0 < old && old <= new).then_some(0..new)?;
        // The older tree's own root is known to whoever asks, as long as it is a subtree of the newer one.
        let mut known = true;
        while old != tree.end {
            let middle = tree.start + split(tree.end - tree.start);
            if old <= middle {
                parts.push(middle..tree.end);
                tree.end = middle;
            } else {
                parts.push(tree.start..middle);
                (tree.start, known) = (middle, false);
            }
        }
        if !known {
            parts.push(tree);
        }
        parts.reverse();
        Some(Self(parts))
    }

    /// The root of the tree that the first `size` leaves had. Of the empty tree there is none to ask for.
    pub fn root(size: u64) -> Option<Self> {
        (size > 0).then(|| Self(std::iter::once(0..size).collect()))
    }

    /// The kept nodes that are needed.
    pub fn runs(&self) -> Vec<Run> {
        let mut needed: BTreeMap<u32, Vec<Range<u64>>> = BTreeMap::new();
        for (level, place) in self.0.iter().flat_map(pieces) {
            let (base, above) = (level - level % STEP, level % STEP);
            needed.entry(base).or_default().push(place << above..(place + 1) << above);
        }
        let mut runs = Vec::new();
        for (level, mut stretches) in needed {
            stretches.sort_unstable_by_key(|stretch| stretch.start);
            let mut merged: Vec<Range<u64>> = Vec::new();
            for stretch in stretches {
                match merged.last_mut().filter(|last| stretch.start <= last.end) {
                    Some(last) => last.end = last.end.max(stretch.end),
                    None => merged.push(stretch),
                }
            }
            let run =
                |r: Range<u64>| Run { level, from: r.start, count: u32::try_from(r.end - r.start).unwrap_or(u32::MAX) };
            runs.extend(merged.into_iter().map(run));
        }
        runs
    }

    /// The hashes of the proof. Nothing where a node that was asked for is missing.
    pub fn fold(&self, nodes: &Nodes) -> Option<Vec<Digest>> {
        let root = |range: &Range<u64>| {
            let pieces = pieces(range).into_iter().rev();
            let roots = pieces.map(|(level, place)| nodes.full(level, place)).collect::<Option<Vec<_>>>()?;
            roots.into_iter().reduce(|right, left| node_hash(&left, &right))
        };
        self.0.iter().map(root).collect()
    }
}

/// Whether a proof shows that a leaf stands at `place` of the tree with this size and root: section 2.1.3.2.
pub fn includes(leaf: Digest, place: u64, size: u64, proof: &[Digest], root: Digest) -> bool {
    if place >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (place, size - 1, leaf);
    for part in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(part, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, part);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// A tree's size and root.
pub type Tree = (u64, Digest);

/// Whether a proof shows that the older tree is the beginning of the newer one: section 2.1.4.2.
pub fn extends((old, old_root): Tree, (new, new_root): Tree, proof: &[Digest]) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    let own = old.is_power_of_two().then_some(old_root);
    let mut proof = own.iter().chain(proof);
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let Some(first) = proof.next() else { return false };
    let (mut older, mut newer) = (*first, *first);
    for part in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (older, newer) = (node_hash(part, &older), node_hash(part, &newer));
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            newer = node_hash(&newer, part);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && older == old_root && newer == new_root
}

#[cfg(test)]
mod tests;
