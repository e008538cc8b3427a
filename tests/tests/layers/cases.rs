//! Random frames and random pipelines over them.

use proptest::prelude::*;
use proptest::sample::select;

use crate::operations::{KINDS, LITTLE, Operation};

/// A pipeline: its nodes, each with the operation it does and the numbers of its inputs. Number 0 is the
/// source, number n the node before the n-th.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) rows: usize,
    pub(crate) seed: u64,
    pub(crate) nodes: Vec<Node>,
    /// Where a run is broken off, in operations on the store.
    pub(crate) killed_after: usize,
    /// Which node is cleared before the last run, with all after it.
    pub(crate) cleared: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) operation: Operation,
    pub(crate) input: usize,
    pub(crate) other: usize,
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    // Mostly such as may be stored as layers, but for the columns that they are about.
    let kind = prop_oneof![3 => select(&KINDS[..LITTLE]), 1 => select(&KINDS[..])];
    let operation = (kind, 0..100_usize, 0..100_usize);
    let operation = operation.prop_map(|(kind, a, b)| Operation { kind, a, b });
    let node = (operation, 0..10_usize, 0..100_usize, 0..100_usize);
    let nodes = prop::collection::vec(node, 2..14);
    let rows = prop_oneof![1 => 0..4_usize, 9 => 10..70_usize];
    (rows, any::<u64>(), nodes, 0..150_usize, 0..100_usize).prop_map(
        |(rows, seed, nodes, killed_after, cleared)| Case {
            rows,
            seed,
            cleared: cleared % nodes.len(),
            nodes: nodes
                .into_iter()
                .enumerate()
                .map(|(i, (operation, far, input, other))| Node {
                    operation,
                    // Mostly the one before it.
                    input: if far < 9 { i } else { input % (i + 1) },
                    other: other % (i + 1),
                })
                .collect(),
            killed_after,
        },
    )
}
