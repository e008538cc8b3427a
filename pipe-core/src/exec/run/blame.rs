//! Who is to blame for a query that failed: what it read, or itself.

use polars::prelude::PolarsError;

use super::{NodeProblem, NodeRef, Running};

impl Running<'_> {
    /// The source or the checkpoint that made the node's query fail, if it was one.
    pub(super) fn blame(&self, node: usize, problem: &NodeProblem) -> Option<NodeProblem> {
        self.diagnose(node, problem)
            .or_else(|| self.damaged(node, problem))
    }

    /// The checkpoint that the failed query read and that is not what it was when it was verified.
    fn damaged(&self, node: usize, problem: &NodeProblem) -> Option<NodeProblem> {
        polars_error(problem)?;
        self.graph.nodes[node].inputs.iter().find_map(|&input| {
            let NodeRef::Node(i) = input else { return None };
            let Some(record) = &self.used[i] else {
                return self.damaged(i, problem);
            };
            let damage = self.store.check(record, &mut crate::digest::file).ok()?;
            let (node, problem) = (record.node.clone(), damage.err()?.to_string());
            Some(NodeProblem::CheckpointLost { node, problem })
        })
    }

    /// Asks the sources whose data the failed query read whether they are to blame.
    fn diagnose(&self, node: usize, problem: &NodeProblem) -> Option<NodeProblem> {
        let error = polars_error(problem)?;
        self.graph.nodes[node]
            .inputs
            .iter()
            .find_map(|&input| match input {
                NodeRef::Input(i) => {
                    let input = &self.graph.inputs[i];
                    input
                        .source
                        .diagnose(input.schema, error)
                        .map(NodeProblem::Source)
                }
                NodeRef::Node(i) if self.graph.nodes[i].options.checkpoint => None,
                NodeRef::Node(i) => self.diagnose(i, problem),
            })
    }
}

/// What Polars says of a query that failed, in the step or after it.
fn polars_error(problem: &NodeProblem) -> Option<&PolarsError> {
    match problem {
        NodeProblem::Query(error) => Some(error),
        NodeProblem::Step(error) => error.downcast_ref(),
        _ => None,
    }
}
