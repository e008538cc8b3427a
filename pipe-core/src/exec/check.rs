//! Steps held against their contracts without data.

use polars::prelude::*;

use super::attempt::{self, Target};
use super::error::CheckError;
use super::retry;
use crate::graph::{Graph, NodeRef};
use crate::schema::polars_schema;

pub(crate) fn check(graph: &Graph) -> Result<(), CheckError> {
    let mut sources = Vec::new();
    let mut nodes = Vec::new();
    let mut inputs: Vec<Option<SchemaRef>> = Vec::new();
    for input in &graph.inputs {
        inputs.push(match &input.schema {
            Some(schema) => Some(polars_schema(schema.columns).into()),
            None => match input.source.open(None) {
                // A frame whose own schema cannot be told fails in the first node that reads it.
                Ok(mut frame) => frame.collect_schema().ok(),
                Err(error) => {
                    sources.push(error);
                    None
                }
            },
        });
    }
    let mut results: Vec<Option<SchemaRef>> = Vec::new();
    for node in &graph.nodes {
        let schema = |input: &NodeRef| match *input {
            NodeRef::Input(i) => inputs[i].clone(),
            NodeRef::Node(i) => results[i].clone(),
        };
        let empty = |schema: SchemaRef| DataFrame::empty_with_schema(&schema).lazy();
        let frames: Option<Vec<_>> = node
            .inputs
            .iter()
            .map(|input| schema(input).map(empty))
            .collect();
        // Without its inputs nothing can be said of a node; what is wrong with them has been said.
        let Some(frames) = frames else {
            results.push(None);
            continue;
        };
        // Run on no rows, not only planned: planning alone does not find every type error.
        match attempt::attempt(node, frames, Target::Memory) {
            Ok(attempt::Product::Memory(frame)) => results.push(Some(frame.schema().clone())),
            Ok(_) => results.push(None),
            Err(problem) => {
                nodes.push(retry::error(node, problem, Vec::new()));
                // What was promised is what the nodes after it were written for.
                let promised = node.promise.filter(|promise| !promise.open);
                results.push(promised.map(|promise| polars_schema(promise.live()).into()));
            }
        }
    }
    if sources.is_empty() && nodes.is_empty() {
        Ok(())
    } else {
        Err(CheckError { sources, nodes })
    }
}
