//! Both preludes at once: no name of ours is one of Polars'.

use pipe_core::prelude::*;
#[allow(
    unused_imports,
    reason = "a collision would be an error where the name is used"
)]
use polars::prelude::*;

use crate::common::{Scratch, Tested};

#[derive(Clone, Copy)]
struct Known;

impl PipelineDef for Known {
    type Node = pipe_core::NodeId;
    type Output = (LazyFrame, LazyFrame);
    const NAME: &'static str = "known";

    fn output(results: Vec<StepOutput>) -> Option<Self::Output> {
        let mut frames = results.into_iter().map_while(StepOutput::frame);
        Some((frames.next()?, frames.next()?))
    }

    fn copy(output: &Self::Output) -> Self::Output {
        output.clone()
    }
}

type Ours = (Pipeline<Known>, Run<Known>, Csv, NdJson, Parquet);
type Theirs = (Schema, Column, Field, DataType, Duration, Expr);
type OfSteps = (Code, ColumnName, Inputs, Parameters, StepError);

fn all_at_once(_: Option<(Ours, Theirs, OfSteps)>) {}

#[test]
fn both_preludes_can_be_imported() -> Tested {
    all_at_once(None);
    let scratch = Scratch::new();
    let dynamic = Pipeline::builder("known")
        .input("a", crate::common::Table::numbers(&[1]))
        .step("b", crate::common::Act::plus(1))
        .step("c", crate::common::Act::plus(1))
        .outputs(["b", "c"])
        .build()?;
    let dynamic_graph = dynamic.graph();
    let graph = pipe_core::graph::Graph {
        name: Known::NAME.into(),
        inputs: vec![pipe_core::graph::Input {
            name: "a".into(),
            source: dynamic_graph.inputs[0].source.clone(),
            schema: None,
            rules: pipe_core::rules::NodeRules::default(),
        }],
        nodes: Vec::new(),
        outputs: vec![pipe_core::graph::NodeRef::Input(0); 2],
        build: pipe_core::Build::default(),
        checkpoints: pipe_core::Checkpoints::default(),
    };
    let run = Pipeline::<Known>::from_graph(graph)
        .store(scratch.path())
        .run()?;
    let (left, right) = run.output();
    assert_eq!(left.collect()?.height() + right.collect()?.height(), 2);

    // A type that says more than the graph has is an error, not a panic.
    let graph = pipe_core::graph::Graph {
        name: Known::NAME.into(),
        inputs: Vec::new(),
        nodes: Vec::new(),
        outputs: Vec::new(),
        build: pipe_core::Build::default(),
        checkpoints: pipe_core::Checkpoints::default(),
    };
    assert!(
        Pipeline::<Known>::from_graph(graph)
            .store(scratch.path())
            .run()
            .is_err()
    );
    Ok(())
}
