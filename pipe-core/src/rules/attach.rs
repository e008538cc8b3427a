//! Inputs with rules become nodes: their rows are checked while they are copied into the store, once,
//! and every step reads the copy.

use std::sync::Arc;

use crate::graph::{Graph, Node, NodeOptions, NodeRef};
use crate::step::{Code, Inputs, Step, StepError, StepOutput};

/// Puts a node behind every input that has rules, by the input's name and before all others.
pub(crate) fn attach(graph: &mut Graph) {
    let mut nodes = Vec::new();
    // Where what read an input reads now.
    let mut moved = Vec::with_capacity(graph.inputs.len());
    for (i, input) in graph.inputs.iter_mut().enumerate() {
        let mut rules = std::mem::take(&mut input.rules);
        if let Some(schema) = input.schema {
            rules.add(schema);
        }
        if rules.is_empty() {
            moved.push(NodeRef::Input(i));
            continue;
        }
        rules.source = Some(input.source.describe());
        moved.push(NodeRef::Node(nodes.len()));
        nodes.push(Node {
            name: input.name.clone(),
            step: Arc::new(Checked),
            inputs: vec![NodeRef::Input(i)],
            options: NodeOptions::default(),
            promise: None,
            place: None,
            rules,
        });
    }
    let added = nodes.len();
    let here = |frame: &mut NodeRef| match *frame {
        NodeRef::Input(i) => *frame = moved[i],
        NodeRef::Node(i) => *frame = NodeRef::Node(i + added),
    };
    for node in &mut graph.nodes {
        node.inputs.iter_mut().for_each(here);
    }
    graph.outputs.iter_mut().for_each(here);
    nodes.append(&mut graph.nodes);
    graph.nodes = nodes;
}

/// Passes an input's rows on; the rules are its node's.
struct Checked;

impl Step for Checked {
    fn name(&self) -> &'static str {
        "checked"
    }

    fn code(&self) -> Code {
        Code::by_hand("pipe_core::rules::Checked 1")
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        inputs.only().map(StepOutput::Frame)
    }
}
