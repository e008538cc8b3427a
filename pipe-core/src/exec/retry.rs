//! Attempts at one node until one succeeds or there are no more.

use polars::prelude::LazyFrame;

use super::attempt::{Product, Target, attempt};
use super::error::{NodeError, NodeProblem, with_causes};
use super::event::Event;
use crate::graph::Node;

/// What came of a node's attempts.
pub(super) struct Attempts {
    pub(super) count: u32,
    pub(super) result: Result<Product, NodeError>,
}

/// Attempts a node as often as its options or else its step allow, and waits in between.
pub(super) fn attempts(
    node: &Node,
    inputs: &[LazyFrame],
    target: Target,
    tell: &dyn Fn(&Event),
) -> Attempts {
    let retry = node.options.retry.or_else(|| node.step.options().retry);
    let allowed = retry.map_or(1, |retry| retry.attempts.max(1));
    let mut history = Vec::new();
    let mut count = 1;
    let problem = loop {
        let problem = match attempt(node, inputs.to_vec(), target) {
            Ok(product) => {
                return Attempts {
                    count,
                    result: Ok(product),
                };
            }
            Err(problem) => problem,
        };
        let Some(retry) = retry.filter(|_| count < allowed && problem.may_pass()) else {
            break problem;
        };
        let wait = retry.wait(count, 0.5);
        tell(&Event::NodeRetrying {
            node: node.name.clone(),
            attempt: count,
            attempts: allowed,
            wait_seconds: wait.as_secs_f64(),
            error: with_causes(&problem),
        });
        history.push(with_causes(&problem));
        std::thread::sleep(wait);
        count += 1;
    };
    Attempts {
        count,
        result: Err(error(node, problem, history)),
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
