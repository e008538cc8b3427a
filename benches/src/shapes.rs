//! Shapes of graphs whose steps do nothing, to see what a node costs.
#![expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "values of earlier nodes come by reference"
)]

use std::path::Path;

use pipe_core::Environment;
use pipe_core::prelude::*;

use crate::{Failure, by_hand};

/// How many nodes stand side by side in a grid.
pub const WIDTH: usize = 100;

/// How nodes hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One after the other.
    Chain,
    /// Layers of a hundred; each node has two inputs in the layer before. The last layer is the output.
    Grid,
    /// The same, and every node is an output.
    GridAllOutputs,
}

impl Shape {
    /// All of them, each with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("chain", Self::Chain),
        ("grid", Self::Grid),
        ("grid-all", Self::GridAllOutputs),
    ];

    fn outputs(self, nodes: usize) -> Vec<String> {
        let layers = nodes / WIDTH;
        let names = |layer| (0..WIDTH).map(move |column| name(layer, column));
        match self {
            Self::Chain => vec![format!("node{}", nodes - 1)],
            Self::Grid => names(layers - 1).collect(),
            Self::GridAllOutputs => (0..layers).flat_map(names).collect(),
        }
    }
}

/// Gives back what it gets.
#[step]
fn same(rows: LazyFrame) -> LazyFrame {
    rows
}

/// Gives back the first of two.
#[step(passes(one))]
fn first(one: LazyFrame, other: LazyFrame) -> LazyFrame {
    drop(other);
    one
}

fn rows() -> PolarsResult<DataFrame> {
    df!("id" => [1_i64, 2, 3], "name" => ["a", "b", "c"], "value" => [1.5, 2.5, 3.5])
}

/// By hand: files that are streamed from one to the next.
///
/// # Errors
///
/// When a file cannot be written.
pub fn sinks(nodes: usize, folder: &Path) -> Result<(), Failure> {
    let mut frame = rows()?.lazy();
    for i in 0..nodes {
        frame = by_hand::sink(same(frame), &folder.join(format!("node{i}.parquet")))?;
    }
    Ok(())
}

/// By hand: a frame that stays in memory and is written again and again.
///
/// # Errors
///
/// When a file cannot be written.
pub fn files(nodes: usize, folder: &Path) -> Result<(), Failure> {
    let mut frame = rows()?;
    for i in 0..nodes {
        frame = by_hand::compute(same(frame.lazy()), Engine::InMemory)?;
        by_hand::write(&mut frame, &folder.join(format!("node{i}.parquet")))?;
    }
    Ok(())
}

/// A value to begin with.
#[step]
fn begin(_rows: LazyFrame) -> i64 {
    3
}

#[step]
fn same_value(value: &i64) -> i64 {
    *value
}

#[step]
fn first_value(one: &i64, _other: &i64) -> i64 {
    *one
}

/// A pipeline over values, without checkpoints.
///
/// # Errors
///
/// When it cannot be built.
pub fn values(shape: Shape, nodes: usize, store: &Path) -> Result<Pipeline, Failure> {
    let builder = Pipeline::builder("values")
        .environment(Environment::Polars)
        .source("rows", rows()?)
        .step("begin", begin {})
        .checkpoint(false);
    let builder = match shape {
        Shape::Chain => (0..nodes).fold(builder, |builder, i| {
            let node = builder.step(format!("node{i}"), same_value {});
            node.checkpoint(false)
        }),
        Shape::Grid | Shape::GridAllOutputs => grid(nodes).fold(builder, |builder, node| {
            let node = match node {
                (name, None) => builder.step_on(name, same_value {}, ["begin"]),
                (name, Some(inputs)) => builder.step_on(name, first_value {}, inputs),
            };
            node.checkpoint(false)
        }),
    };
    // What comes out first has to be a frame.
    let outputs = std::iter::once("rows".to_owned()).chain(shape.outputs(nodes));
    Ok(builder.outputs(outputs).build()?.store(store))
}

/// A pipeline over a frame of three rows, with checkpoints in a folder.
///
/// # Errors
///
/// When the frame cannot be built.
pub fn frames(shape: Shape, nodes: usize, store: &Path) -> Result<Pipeline, Failure> {
    let builder = Pipeline::builder("frames")
        .environment(Environment::Polars)
        .source("rows", rows()?);
    let builder = match shape {
        Shape::Chain => (0..nodes).fold(builder, |builder, i| {
            builder.step(format!("node{i}"), same {})
        }),
        Shape::Grid | Shape::GridAllOutputs => {
            grid(nodes).fold(builder, |builder, node| match node {
                (name, None) => builder.step_on(name, same {}, ["rows"]),
                (name, Some(inputs)) => builder.step_on(name, first {}, inputs),
            })
        }
    };
    Ok(builder.outputs(shape.outputs(nodes)).build()?.store(store))
}

/// The nodes of a grid, each with its two inputs unless it is in the first layer.
fn grid(nodes: usize) -> impl Iterator<Item = (String, Option<[String; 2]>)> {
    (0..nodes).map(|node| {
        let (layer, column) = (node / WIDTH, node % WIDTH);
        let before = layer.checked_sub(1);
        let inputs = before.map(|layer| [name(layer, column), name(layer, column + 1)]);
        (name(layer, column), inputs)
    })
}

fn name(layer: usize, column: usize) -> String {
    format!("node{layer}_{}", column % WIDTH)
}
