//! What nodes read, looked up often.

use crate::graph::{Graph, NodeRef};

/// What each node of a graph reads, each input once, in order.
pub(super) struct Wiring {
    inputs: Vec<NodeRef>,
    /// Where those of a node end; they begin where those of the node before it end.
    ends: Vec<usize>,
}

impl Wiring {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut wiring = Self {
            inputs: Vec::new(),
            ends: Vec::with_capacity(graph.nodes.len()),
        };
        let mut inputs = Vec::new();
        for node in &graph.nodes {
            inputs.clone_from(&node.inputs);
            inputs.sort_unstable();
            inputs.dedup();
            wiring.inputs.extend_from_slice(&inputs);
            wiring.ends.push(wiring.inputs.len());
        }
        wiring
    }

    /// What a node reads.
    pub(super) fn inputs(&self, node: usize) -> &[NodeRef] {
        let start = node.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.inputs[start..self.ends[node]]
    }

    /// The nodes of these.
    pub(super) fn nodes(&self, node: usize) -> impl Iterator<Item = usize> {
        self.inputs(node).iter().filter_map(|input| match *input {
            NodeRef::Node(i) => Some(i),
            NodeRef::Input(_) => None,
        })
    }
}
