//! Random pipelines, and what is done with them.

use std::num::NonZero;

use proptest::prelude::*;
use proptest::sample::Index;

/// The resources that nodes take, and how much there is of each.
pub(crate) const RESOURCES: [(&str, u32); 2] = [("db", 2), ("gpu", 1)];

/// A pipeline, and runs of it, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Dag {
    pub(crate) nodes: Vec<Node>,
    pub(crate) runs: Vec<Run>,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Whether it gives a value, and not a frame.
    pub(crate) value: bool,
    pub(crate) inputs: Vec<Input>,
    pub(crate) place: Place,
    /// Whether its result is stored, at first.
    pub(crate) checkpoint: bool,
    /// Whether the pipeline returns it.
    pub(crate) output: bool,
    /// At first. Two that follow each other give the same result: 0 and 1, 2 and 3, …
    pub(crate) parameter: i64,
    /// How often it is tried.
    pub(crate) attempts: u32,
    /// What it takes of each resource.
    pub(crate) takes: [u32; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Source,
    Node(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Thread,
    Async,
}

#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// What is done before it.
    pub(crate) changes: Vec<Change>,
    /// What goes wrong, by node and attempt.
    pub(crate) faults: Vec<(usize, u32, Fault)>,
    pub(crate) mode: Mode,
    pub(crate) resume: bool,
    pub(crate) jobs: NonZero<usize>,
    /// Whether frames stay in memory, and do not go through the disk.
    pub(crate) in_memory: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Parameter(usize, i64),
    /// Another parameter, of which the same comes.
    Harmless(usize),
    Checkpoint(usize, bool),
    Source(i64),
    Clear(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error that may pass.
    Error,
    /// An error that is not tried again.
    ForGood,
    Panic,
    /// In the query that the step built, on a thread of Polars.
    PanicInQuery,
    /// Until the timeout.
    Hang,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    KeepGoing,
    FailFast,
    /// Cancelled when the event of this number is told.
    Cancelled(usize),
}

pub(crate) fn dags() -> impl Strategy<Value = Dag> {
    prop::collection::vec(node(), 1..12).prop_flat_map(|nodes| {
        let mut nodes: Vec<Node> = nodes
            .into_iter()
            .enumerate()
            .map(|(i, (node, inputs))| Node {
                inputs: inputs.iter().map(|index| input(*index, i)).collect(),
                ..node
            })
            .collect();
        // What nothing uses is returned, or it would never run.
        for i in 0..nodes.len() {
            let is_used = nodes
                .iter()
                .any(|node| node.inputs.contains(&Input::Node(i)));
            nodes[i].output |= !is_used;
        }
        let runs = prop::collection::vec(run(nodes.len()), 1..5);
        (Just(nodes), runs).prop_map(|(nodes, runs)| Dag { nodes, runs })
    })
}

/// One of the nodes before the given one, or the source.
fn input(index: Index, node: usize) -> Input {
    match index.index(node + 1) {
        0 => Input::Source,
        i => Input::Node(i - 1),
    }
}

fn node() -> impl Strategy<Value = (Node, Vec<Index>)> {
    let place = prop_oneof![4 => Just(Place::Thread), 1 => Just(Place::Async)];
    let takes =
        prop_oneof![3 => Just([0, 0]), 1 => Just([1, 0]), 1 => Just([2, 0]), 1 => Just([1, 1])];
    let inputs = prop::collection::vec(any::<Index>(), 1..4);
    let flags = (
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.6),
        prop::bool::weighted(0.1),
    );
    (flags, inputs, place, 0..6_i64, 1..4_u32, takes).prop_map(
        |((value, checkpoint, output), inputs, place, parameter, attempts, takes)| {
            let node = Node {
                value,
                inputs: Vec::new(),
                place,
                checkpoint,
                output,
                parameter,
                attempts,
                takes,
            };
            (node, inputs)
        },
    )
}

fn run(nodes: usize) -> impl Strategy<Value = Run> {
    let fault = prop_oneof![
        3 => Just(Fault::Error),
        1 => Just(Fault::ForGood),
        1 => Just(Fault::Panic),
        1 => Just(Fault::PanicInQuery),
        1 => Just(Fault::Hang),
    ];
    let attempt = prop_oneof![3 => Just(1), 2 => Just(2), 1 => Just(3)];
    let mode = prop_oneof![
        4 => Just(Mode::KeepGoing),
        2 => Just(Mode::FailFast),
        1 => (0..30_usize).prop_map(Mode::Cancelled),
    ];
    let change = prop_oneof![
        2 => (0..nodes, 0..6_i64).prop_map(|(node, to)| Change::Parameter(node, to)),
        3 => (0..nodes).prop_map(Change::Harmless),
        1 => (0..nodes, any::<bool>()).prop_map(|(node, to)| Change::Checkpoint(node, to)),
        1 => (0..3_i64).prop_map(Change::Source),
        1 => (0..nodes).prop_map(Change::Clear),
    ];
    (
        prop::collection::vec(change, 0..3),
        prop_oneof![
            1 => Just(Vec::new()),
            2 => prop::collection::vec((0..nodes, attempt, fault), 1..8),
        ],
        mode,
        prop::bool::weighted(0.9),
        (1..5_usize).prop_map(|jobs| NonZero::new(jobs).unwrap_or(NonZero::<usize>::MIN)),
        any::<bool>(),
    )
        .prop_map(|(changes, faults, mode, resume, jobs, in_memory)| Run {
            changes,
            faults,
            mode,
            resume,
            jobs,
            in_memory,
        })
}

impl Run {
    /// One in which nothing goes wrong.
    pub(crate) fn sound() -> Self {
        Self {
            changes: Vec::new(),
            faults: Vec::new(),
            mode: Mode::KeepGoing,
            resume: true,
            jobs: NonZero::<usize>::MIN,
            in_memory: true,
        }
    }
}
