//! Steps held against their contracts without data.

use polars::prelude::{DataFrame, IntoLazy, LazyFrame, Schema};

use super::attempt::{self, Product, Target};
use super::error::CheckError;
use super::retry;
use crate::engine::Engine;
use crate::graph::{Graph, Node, NodeRef};
use crate::schema::polars_schema;
use crate::step::{Inputs, OutputKind, Where};

pub(crate) fn check(graph: &Graph) -> Result<(), CheckError> {
    let mut sources = Vec::new();
    let mut nodes = Vec::new();
    let mut inputs: Vec<Option<LazyFrame>> = Vec::new();
    for input in &graph.inputs {
        inputs.push(match &input.schema {
            Some(schema) => Some(empty(&polars_schema(schema.columns))),
            None => match input.source.open(None) {
                // A frame that cannot tell its schema fails in the first node that reads it.
                Ok(mut frame) => Some(match frame.collect_schema() {
                    Ok(schema) => empty(&schema),
                    Err(_) => frame,
                }),
                Err(error) => {
                    sources.push(error);
                    None
                }
            },
        });
    }
    let mut results: Vec<Option<LazyFrame>> = Vec::new();
    for node in &graph.nodes {
        let frames = node.inputs.iter().map(|input| match *input {
            NodeRef::Input(i) => inputs[i].clone(),
            NodeRef::Node(i) => results[i].clone(),
        });
        // Without its inputs nothing can be said of a node; what is wrong with them has been said. What
        // was promised is what the nodes after it were written for.
        let Some(frames) = frames.collect::<Option<Vec<_>>>() else {
            results.push(promised(node));
            continue;
        };
        // A value is made of data: there is none for no rows, and nothing can be said of what takes it.
        if let OutputKind::Value(_) = node.step.output() {
            results.push(None);
            continue;
        }
        // It asks somebody else, who is not to be asked in vain.
        if node.step.options().place == Where::Async {
            results.push(promised(node));
            continue;
        }
        // Run on no rows, not only planned: planning alone does not find every type error.
        let output = attempt::call(node, Inputs::new(frames));
        match output.and_then(|output| {
            attempt::compute(node, output, &Target::Memory, Engine::Streaming, &[])
        }) {
            Ok(Product::Memory(frame, _)) => results.push(Some(empty(frame.schema()))),
            Ok(Product::Plan(_) | Product::Value(_) | Product::Staged(_)) => results.push(None),
            Err(problem) => {
                nodes.push(retry::error(node, problem, Vec::new()));
                results.push(promised(node));
            }
        }
    }
    if sources.is_empty() && nodes.is_empty() {
        Ok(())
    } else {
        Err(CheckError {
            sources,
            nodes,
            lock: None,
        })
    }
}

/// An empty frame with the columns that a node's contract promises, if it promises all of them.
fn promised(node: &Node) -> Option<LazyFrame> {
    let promise = node.promise.filter(|promise| !promise.open)?;
    Some(empty(&polars_schema(promise.live())))
}

fn empty(schema: &Schema) -> LazyFrame {
    DataFrame::empty_with_schema(schema).lazy()
}
