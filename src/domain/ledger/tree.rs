//! The Merkle tree of RFC 9162 over the ledger's entries, kept as its frontier.

use crate::domain::ids::Digest;

/// The roots of full subtrees are kept at every so many levels, so that a proof reads few hashes.
pub const STEP: u32 = 8;

/// A full subtree: the `place`-th, from 0 on, of those of 2^`level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// How many levels above the leaves.
    pub level: u32,
    /// Which one of its level.
    pub place: u64,
    /// Its root.
    pub hash: Digest,
}

/// The roots of the full subtrees of a tree, largest first: one for each bit that is set in its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    roots: Vec<Digest>,
}

/// The hash of a leaf: SHA-256(0x00 || bytes).
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], bytes])
}

/// The hash of a node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], &left.0, &right.0])
}

impl Frontier {
    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Returns the subtrees of every [`STEP`]th level that it made full.
    pub fn push(&mut self, leaf: Digest) -> Vec<Subtree> {
        let mut full = Vec::new();
        let (mut root, mut level, mut place) = (leaf, 0, self.size);
        while place & 1 == 1 {
            if let Some(left) = self.roots.pop() {
                root = node_hash(&left, &root);
            }
            (level, place) = (level + 1, place >> 1);
            if level % STEP == 0 {
                full.push(Subtree { level, place, hash: root });
            }
        }
        self.roots.push(root);
        self.size += 1;
        full
    }

    /// The root hash; of the empty tree that of no bytes.
    pub fn root(&self) -> Digest {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => Digest::of(b""),
            Some(smallest) => roots.fold(*smallest, |right, left| node_hash(left, &right)),
        }
    }

    /// The hashes, 32 bytes each, for the head row.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.iter().flat_map(|root| root.0).collect()
    }

    /// Reads a frontier of a tree of `size` leaves; nothing where the count of hashes does not fit the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (chunks, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && u32::try_from(chunks.len()) == Ok(size.count_ones());
        fits.then(|| Self { size, roots: chunks.iter().map(|chunk| Digest(*chunk)).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 9162, section 2.1.1, word for word.
    fn by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of(b""),
            [leaf] => *leaf,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                node_hash(&by_definition(&leaves[..half]), &by_definition(&leaves[half..]))
            }
        }
    }

    #[test]
    fn the_frontier_has_the_root_of_the_definition() {
        let mut frontier = Frontier::default();
        let mut leaves = Vec::new();
        for n in 0..130u64 {
            assert_eq!(frontier.root(), by_definition(&leaves), "{n} leaves");
            assert_eq!(Frontier::from_bytes(n, &frontier.to_bytes()), Some(frontier.clone()));
            let leaf = leaf_hash(&n.to_be_bytes());
            frontier.push(leaf);
            leaves.push(leaf);
        }
        assert_eq!(Frontier::from_bytes(3, &[0; 32]), None);
    }

    #[test]
    fn subtrees_are_told_when_they_are_full() {
        let leaves: Vec<_> = (0..1024u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut frontier = Frontier::default();
        let full: Vec<_> = leaves.iter().flat_map(|leaf| frontier.push(*leaf)).collect();
        let wanted =
            leaves.chunks(256).zip(0..).map(|(leaves, place)| Subtree { level: 8, place, hash: by_definition(leaves) });
        assert_eq!(full, wanted.collect::<Vec<_>>());
        let mut large = Frontier { size: (1 << 16) - 1, roots: vec![Digest([7; 32]); 16] };
        assert_eq!(
            large.push(leaves[0]).iter().map(|one| (one.level, one.place)).collect::<Vec<_>>(),
            [(8, 255), (16, 0)]
        );
    }
}
