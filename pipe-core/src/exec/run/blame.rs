//! Who is to blame for a query that failed: what it read, or itself.

use polars::prelude::PolarsError;

use super::dispatch::Dispatcher;
use crate::exec::error::NodeProblem;
use crate::graph::NodeRef;

impl Dispatcher<'_> {
    /// The source or the checkpoint that made the node's query fail, if it was one.
    pub(super) fn blame(&self, node: usize, problem: &NodeProblem) -> Option<NodeProblem> {
        let error = polars_error(problem)?;
        let read = self.graph().read_by(node);
        let source = |input: &NodeRef| match *input {
            NodeRef::Input(i) => self.diagnose(i, error),
            NodeRef::Node(_) => None,
        };
        let checkpoint = |input: &NodeRef| match *input {
            NodeRef::Input(_) => None,
            NodeRef::Node(i) => self.damaged(i),
        };
        let source = read.iter().find_map(source);
        source.or_else(|| read.iter().find_map(checkpoint))
    }

    /// Whether a checkpoint is not any more what it was when it was verified.
    fn damaged(&self, node: usize) -> Option<NodeProblem> {
        let record = self.used[node].as_ref()?;
        let damage = self.store().check(record, &mut crate::digest::file).ok()?;
        let (node, problem) = (record.node.clone(), damage.err()?.to_string());
        Some(NodeProblem::CheckpointLost { node, problem })
    }

    /// Asks a source whether it is to blame.
    fn diagnose(&self, input: usize, error: &PolarsError) -> Option<NodeProblem> {
        let input = &self.graph().inputs[input];
        let diagnosed = input.source.diagnose(input.schema, error);
        diagnosed.map(NodeProblem::Source)
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
