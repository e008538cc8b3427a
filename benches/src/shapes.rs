//! Shapes of graphs whose steps do nothing, to see what a node costs.

use std::path::Path;

use pipe_core::prelude::*;
use pipe_core::{Builder, Environment};

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
        Shape::Grid | Shape::GridAllOutputs => grid(builder, nodes / WIDTH),
    };
    let builder = match shape {
        Shape::Chain => builder,
        Shape::Grid => builder.outputs((0..WIDTH).map(|column| name(nodes / WIDTH - 1, column))),
        Shape::GridAllOutputs => {
            let layers = 0..nodes / WIDTH;
            let names = layers.flat_map(|layer| (0..WIDTH).map(move |column| name(layer, column)));
            builder.outputs(names)
        }
    };
    Ok(builder.build()?.store(store))
}

fn name(layer: usize, column: usize) -> String {
    format!("node{layer}_{}", column % WIDTH)
}

fn grid(mut builder: Builder, layers: usize) -> Builder {
    for column in 0..WIDTH {
        builder = builder.step_on(name(0, column), same {}, ["rows"]);
    }
    for layer in 1..layers {
        for column in 0..WIDTH {
            let inputs = [name(layer - 1, column), name(layer - 1, column + 1)];
            builder = builder.step_on(name(layer, column), first {}, inputs);
        }
    }
    builder
}
