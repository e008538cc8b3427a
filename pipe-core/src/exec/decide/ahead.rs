//! Records that will surely be looked at, read side by side.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::graph::Graph;
use crate::store::{Records, Store};

/// Fewer are read as they are looked at.
const FEW: usize = 32;

/// To wait for files and answers is most of it, so the number of processors does not matter.
const THREADS: usize = 8;

/// The records of the nodes whose results are wanted, by node. Those that cannot be read are left to whoever
/// looks at them, in the order in which he does.
pub(super) fn read_ahead(store: &Store, graph: &Graph, wanted: &[bool]) -> Vec<Option<Records>> {
    let nodes: Vec<_> = (0..graph.nodes.len())
        .filter(|&node| wanted[node] && graph.nodes[node].options.checkpoint)
        .collect();
    if nodes.len() < FEW {
        return Vec::new();
    }
    let next = AtomicUsize::new(0);
    let read = || {
        let mut read = Vec::new();
        while let Some(&node) = nodes.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Ok(records) = store.records(&graph.nodes[node].name) {
                read.push((node, records));
            }
        }
        read
    };
    let mut all: Vec<_> = graph.nodes.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, &read).ok();
        let others: Vec<_> = (1..THREADS).filter_map(start).collect();
        let mut found = read();
        // One that panics has read nothing.
        found.extend(others.into_iter().filter_map(|it| it.join().ok()).flatten());
        for (node, records) in found {
            all[node] = Some(records);
        }
    });
    all
}
