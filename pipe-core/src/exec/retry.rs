//! Whether and when a node that failed is tried again.

use std::time::Duration;

use super::error::{NodeError, NodeProblem};
use super::process::Remote;
use crate::graph::Node;
use crate::retry::{Retry, random};
use crate::step::StepOptions;

/// What has become of the attempts at a node. There is one budget of them, whatever fails.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// Those that were started.
    pub(super) count: u32,
    /// What went wrong in those that failed and were followed by another one, oldest first.
    pub(super) history: Vec<String>,
}

/// The node's rule for retries: its own options, or else its step's.
pub(super) fn rule(node: &Node, step: &StepOptions) -> Option<Retry> {
    node.options.retry.or(step.retry)
}

impl Attempts {
    /// How long to wait before another attempt; `None` if there is none.
    pub(super) fn next(&self, rule: Option<Retry>, problem: &NodeProblem) -> Option<Duration> {
        let rule = rule.filter(|rule| self.count < rule.attempts && problem.may_pass())?;
        let again = match problem {
            NodeProblem::Step(error) => match (error.downcast_ref::<Remote>(), rule.when) {
                (Some(remote), _) => remote.again,
                (None, Some(when)) => when(error),
                (None, None) => true,
            },
            _ => true,
        };
        again.then(|| rule.wait(self.count, random()))
    }
}

pub(super) fn error(node: &Node, problem: NodeProblem, history: Vec<String>) -> NodeError {
    NodeError {
        node: node.name.clone(),
        step: node.step.name().to_owned(),
        place: node.place,
        problem: Box::new(problem),
        history,
    }
}
