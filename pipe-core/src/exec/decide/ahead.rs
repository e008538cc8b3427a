//! Checkpoints that will surely be looked at, looked at side by side.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Decider, Found, Verify, first_sound};
use crate::store::{Record, Records, StoreError};

/// Fewer are looked at one after the other.
const FEW: usize = 32;

/// To wait for files and answers is most of it, so the number of processors does not matter.
const THREADS: usize = 8;

/// What there is of a node.
pub(super) struct Looked {
    pub(super) records: Records,
    /// What is wrong with records that cannot be read.
    pub(super) unreadable: Vec<String>,
    pub(super) found: Found,
}

impl Decider<'_> {
    /// The checkpoints of the wanted nodes, by node. Where that fails, it is left to be met again when it is
    /// the node's turn: what is told, and in which order, does not depend on threads.
    pub(super) fn look_ahead(&self, wanted: &[bool], verify: &Verify) -> Vec<Option<Looked>> {
        let nodes: Vec<_> = (0..wanted.len())
            .filter(|&node| wanted[node] && self.graph.nodes[node].options.checkpoint)
            .collect();
        if nodes.len() < FEW {
            return Vec::new();
        }
        let next = AtomicUsize::new(0);
        let look = || {
            let mut looked = Vec::new();
            while let Some(&node) = nodes.get(next.fetch_add(1, Ordering::Relaxed)) {
                looked.extend(self.look(node, verify).ok().map(|it| (node, it)));
            }
            looked
        };
        let mut all: Vec<_> = wanted.iter().map(|_| None).collect();
        std::thread::scope(|scope| {
            let start = |_| std::thread::Builder::new().spawn_scoped(scope, look).ok();
            let others: Vec<_> = (1..THREADS).filter_map(start).collect();
            let mut looked = look();
            // One that panics has seen nothing.
            looked.extend(others.into_iter().filter_map(|it| it.join().ok()).flatten());
            for (node, it) in looked {
                all[node] = Some(it);
            }
        });
        all
    }

    fn look(&self, node: usize, verify: &Verify) -> Result<Looked, StoreError> {
        let it = &self.graph.nodes[node];
        let recipe = self.keys.recipe(node);
        let mut records = self.store.records(&it.name)?;
        let unreadable = records.corrupt.clone();
        let fits = |record: &Record| record.has_recipe(recipe);
        let found = first_sound(self.store, it.step.output(), &mut records, fits, verify)?;
        Ok(Looked {
            records,
            unreadable,
            found,
        })
    }
}
