//! Proofs, held against the definitions of RFC 9162 word for word.

use super::*;
use crate::domain::ledger::tree::{Frontier, leaf_hash};
use proptest::prelude::*;

/// Section 2.1.1.
fn mth(d: &[Digest]) -> Digest {
    match d {
        [] => Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            let k = d.len().next_power_of_two() / 2;
            node_hash(&mth(&d[..k]), &mth(&d[k..]))
        }
    }
}

/// Section 2.1.3.1.
fn path(m: usize, d: &[Digest]) -> Vec<Digest> {
    if d.len() == 1 {
        return Vec::new();
    }
    let k = d.len().next_power_of_two() / 2;
    let (mut rest, last) = if m < k { (path(m, &d[..k]), mth(&d[k..])) } else { (path(m - k, &d[k..]), mth(&d[..k])) };
    rest.push(last);
    rest
}

/// Section 2.1.4.1.
fn subproof(m: usize, d: &[Digest], b: bool) -> Vec<Digest> {
    if m == d.len() {
        return if b { Vec::new() } else { vec![mth(d)] };
    }
    let k = d.len().next_power_of_two() / 2;
    let (mut rest, last) =
        if m <= k { (subproof(m, &d[..k], b), mth(&d[k..])) } else { (subproof(m - k, &d[k..], false), mth(&d[..k])) };
    rest.push(last);
    rest
}

fn leaves(count: usize) -> Vec<Digest> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// All that a store keeps.
struct Kept {
    leaves: Vec<Digest>,
    subtrees: HashMap<(u32, u64), Digest>,
}

impl Kept {
    fn of(leaves: Vec<Digest>) -> Self {
        let mut tree = Frontier::default();
        let full = leaves.iter().flat_map(|leaf| tree.push(*leaf));
        let subtrees = full.map(|one| ((one.level, one.place), one.hash)).collect();
        Self { leaves, subtrees }
    }

    fn prove(&self, plan: &Plan) -> Vec<Digest> {
        let mut nodes = Nodes::default();
        for run in plan.runs() {
            assert!(run.count <= 512, "{run:?}");
            let places = run.from..run.from + u64::from(run.count);
            let hash = |place: u64| match run.level {
                0 => self.leaves[usize::try_from(place).unwrap()],
                level => self.subtrees[&(level, place)],
            };
            nodes.add(run, places.map(hash));
        }
        plan.fold(&nodes).unwrap()
    }
}

fn check(kept: &Kept, m: usize, n: usize) {
    let d = &kept.leaves[..n];
    let root = mth(d);
    let proof = kept.prove(&Plan::inclusion(m as u64, n as u64).unwrap());
    assert_eq!(proof, path(m, d), "inclusion of {m} in {n}");
    assert!(includes(d[m], m as u64, n as u64, &proof, root));
    let older = (m as u64 + 1, mth(&d[..=m]));
    let proof = kept.prove(&Plan::consistency(older.0, n as u64).unwrap());
    assert_eq!(proof, subproof(m + 1, d, true), "consistency of {} with {n}", m + 1);
    assert!(extends(older, (n as u64, root), &proof));
    assert_eq!(kept.prove(&Plan::root(n as u64).unwrap()), [root]);
}

#[test]
fn all_small_proofs_are_those_of_the_definition() {
    let kept = Kept::of(leaves(300));
    for n in (1..=70).chain(250..=260).chain([300]) {
        (0..n).for_each(|m| check(&kept, m, n));
    }
}

#[test]
fn what_does_not_exist_has_no_proof() {
    assert_eq!(Plan::inclusion(5, 5), None);
    assert_eq!(Plan::inclusion(0, 0), None);
    assert_eq!(Plan::consistency(0, 5), None);
    assert_eq!(Plan::consistency(6, 5), None);
    assert_eq!(Plan::root(0), None);
    assert_eq!(Plan::consistency(5, 5), Some(Plan(Vec::new())));
    assert_eq!(Plan::inclusion(1, 2).unwrap().fold(&Nodes::default()), None);
}

#[test]
fn a_proof_of_a_billion_entries_reads_little_and_is_short() {
    let size = (1 << 30) - 3;
    for place in [0, 1, 12_345_678, size / 2, size - 1] {
        let runs = Plan::inclusion(place, size).unwrap().runs();
        assert!(runs.iter().map(|run| run.count).sum::<u32>() <= 4 * 512, "{runs:?}");
        assert!(Plan::inclusion(place, size).unwrap().0.len() <= 30);
        let runs = Plan::consistency(place + 1, size).unwrap().runs();
        assert!(runs.iter().map(|run| run.count).sum::<u32>() <= 4 * 512, "{runs:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn large_proofs_are_those_of_the_definition(n in 300usize..3_000, part in 0.0..1.0f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a small number")]
        let m = (part * n as f64) as usize;
        check(&Kept::of(leaves(n)), m.min(n - 1), n);
    }

    #[test]
    fn a_changed_proof_proves_nothing(n in 2usize..400, m in 0usize..400, at in 0usize..40, bit in 0u8..8) {
        let d = leaves(n);
        let m = m % n;
        let root = mth(&d);
        let proof = path(m, &d);
        let mut changed = proof.clone();
        let place = at % changed.len();
        changed[place].0[at % 32] ^= 1 << bit;
        prop_assert!(!includes(d[m], m as u64, n as u64, &changed, root));
        prop_assert!(!includes(d[m], m as u64, n as u64, &proof[..proof.len() - 1], root));
        prop_assert!(!includes(d[m], m as u64, n as u64, &[&proof[..], &proof[..1]].concat(), root));
        prop_assert!(!includes(d[m], (m as u64 + 1) % n as u64, n as u64, &proof, root));
        prop_assert!(!includes(leaf_hash(b"another"), m as u64, n as u64, &proof, root));
        let older = ((m + 1) as u64, mth(&d[..=m]));
        let proof = subproof(m + 1, &d, true);
        if let Some(place) = at.checked_rem(proof.len()) {
            let mut changed = proof.clone();
            changed[place].0[at % 32] ^= 1 << bit;
            prop_assert!(!extends(older, (n as u64, root), &changed));
            prop_assert!(!extends(older, (n as u64, root), &proof[1..]));
            prop_assert!(!extends((older.0, leaf_hash(b"another")), (n as u64, root), &proof));
            prop_assert!(!extends(older, (n as u64, leaf_hash(b"another")), &proof));
        }
    }
}
