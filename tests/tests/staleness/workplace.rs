//! A folder with the input and the store of a pipeline that has run, and what a run does there.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use pipe_core::graph::NodeRef;
use pipe_core::polars::prelude::DataFrame;
use pipe_core::{Action, Outcome, Pipeline, PipelineDef, Run};
use tempfile::TempDir;

use crate::original;

const ORDERS: &str = "\
region,price,qty,note
north,1.5,10,
south,,3,
south,20.0,1,urgent
east,2.0,4,
";

pub(crate) struct Workplace(TempDir);

/// What a run did.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) ran: Vec<String>,
    /// The plan said that they may run.
    pub(crate) spared: Vec<String>,
    /// Why those run of which the plan was sure.
    pub(crate) why: Vec<String>,
    /// Whether the rows are those of a run that reused nothing.
    pub(crate) right: bool,
}

impl Workplace {
    /// The original has run here.
    pub(crate) fn new() -> Self {
        let workplace = Self(tempfile::tempdir().expect("a folder"));
        fs::write(workplace.input(), ORDERS).expect("a file");
        let cold = workplace.see(original::orders(workplace.input(), 1.0, 0.0));
        assert_eq!(cold.ran, ["clean", "total", "large", "regions", "gross"]);
        workplace
    }

    pub(crate) fn input(&self) -> PathBuf {
        self.0.path().join("orders.csv")
    }

    pub(crate) fn edit(&self, edit: impl Fn(String) -> String) {
        let old = fs::read_to_string(self.input()).expect("the input");
        let new = edit(old.clone());
        assert_ne!(old, new);
        fs::write(self.input(), new).expect("a file");
    }

    pub(crate) fn append(&self, row: &str) {
        self.edit(|text| text + row);
    }

    /// The input under another name.
    pub(crate) fn rename(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::rename(self.input(), &path).expect("a move");
        path
    }

    /// Another file with the same bytes in place of the input.
    pub(crate) fn replace(&self) {
        let copy = self.0.path().join("copy.csv");
        fs::copy(self.input(), &copy).expect("a copy");
        fs::rename(copy, self.input()).expect("a move");
    }

    fn store(&self) -> PathBuf {
        let moved = self.0.path().join("moved");
        if moved.exists() {
            moved
        } else {
            self.0.path().join("store")
        }
    }

    /// Puts the store into another folder.
    pub(crate) fn move_store(&self) {
        fs::rename(self.store(), self.0.path().join("moved")).expect("a move");
    }

    pub(crate) fn clear(&self, node: &str) {
        fs::remove_dir_all(self.store().join("orders").join(node)).expect("a checkpoint");
    }

    pub(crate) fn set_time(&self, time: SystemTime) {
        let input = fs::File::options().write(true).open(self.input());
        input
            .and_then(|input| input.set_modified(time))
            .expect("a time");
    }

    /// Plans and runs the pipeline here, and runs it where nothing is stored.
    pub(crate) fn see<D: PipelineDef>(&self, pipeline: Pipeline<D>) -> Seen {
        let pipeline = pipeline.store(self.store());
        let plan = pipeline.plan().expect("a plan");
        let run = pipeline.run().expect("a run");
        let empty = tempfile::tempdir().expect("a folder");
        let anew = pipeline.clone().store(empty.path()).run().expect("a run");

        let mut seen = Seen {
            ran: Vec::new(),
            spared: Vec::new(),
            why: Vec::new(),
            right: outputs(&pipeline, &run) == outputs(&pipeline, &anew),
        };
        for (planned, did) in plan.nodes.iter().zip(&run.report().nodes) {
            let name = &did.name;
            match (planned.action, did.outcome) {
                (Action::Run | Action::Maybe, Outcome::Ran) => seen.ran.push(name.clone()),
                (Action::Maybe, Outcome::Reused | Outcome::Skipped) => {
                    seen.spared.push(name.clone());
                }
                (Action::Reuse, Outcome::Reused) | (Action::Skip, Outcome::Skipped) => {}
                (planned, did) => panic!("{name}: planned {planned:?}, but {did:?}"),
            }
            if planned.action == Action::Run {
                let place = self.0.path().display().to_string();
                let why = planned.reason.replace(&place, "…");
                seen.why.push(format!("{name}: {why}"));
            }
        }
        seen
    }
}

fn outputs<D: PipelineDef>(pipeline: &Pipeline<D>, run: &Run<D>) -> Vec<DataFrame> {
    let graph = pipeline.graph();
    let outputs = graph.outputs.iter().map(|output| match *output {
        NodeRef::Node(node) => &graph.nodes[node].name,
        NodeRef::Input(input) => panic!("output {input} is an input"),
    });
    outputs
        .map(|name| run.node(name).expect("an output").collect().expect("rows"))
        .collect()
}
