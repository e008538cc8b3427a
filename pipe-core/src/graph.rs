//! A pipeline as data: inputs, nodes, outputs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::checkpoints::Checkpoints;
use crate::contract::{Flow, NamedSchema};
use crate::environment::Build;
use crate::retry::Retry;
use crate::rules::NodeRules;
use crate::source::Source;
use crate::step::Step;

mod render;

/// A pipeline, ready to be planned and run. Nodes stand in an order in which every node comes after
/// its inputs.
#[derive(Clone)]
pub struct Graph {
    /// The pipeline's name: its folder in the store.
    pub name: String,
    /// Where frames come from.
    pub inputs: Vec<Input>,
    /// The uses of steps.
    pub nodes: Vec<Node>,
    /// What the pipeline returns.
    pub outputs: Vec<NodeRef>,
    /// The build that it runs in.
    pub build: Build,
    /// Which nodes are stored that do not say it themselves.
    pub checkpoints: Checkpoints,
}

/// A pipeline's input.
#[derive(Clone)]
pub struct Input {
    /// The argument's name.
    pub name: String,
    /// Where the frame comes from.
    pub source: Arc<dyn Source>,
    /// The schema it must have, if it was declared.
    pub schema: Option<NamedSchema>,
    /// What its rows are held against. An input that has rules is read by a node of its name, and
    /// everything else reads that node.
    pub rules: NodeRules,
}

/// One use of a step.
#[derive(Clone)]
pub struct Node {
    /// The binding's name: names the checkpoint.
    pub name: String,
    /// What it runs.
    pub step: Arc<dyn Step>,
    /// Where its step's frames come from, in the order of the step's arguments.
    pub inputs: Vec<NodeRef>,
    /// Options of the node.
    pub options: NodeOptions,
    /// The columns that the contracts promise for its result, where they are known.
    pub promise: Option<Flow>,
    /// Where the call stands: `file:line:column`.
    pub place: Option<&'static str>,
    /// What the rows of its result are held against.
    pub rules: NodeRules,
}

/// The options of one node.
#[derive(Clone, Copy, Debug)]
pub struct NodeOptions {
    /// Whether its result is stored.
    pub checkpoint: bool,
    /// Whether that was said of the node: then no [`Checkpoints`] change it.
    pub checkpoint_is_given: bool,
    /// How often to try again; overrides the step's own.
    pub retry: Option<Retry>,
    /// How long one attempt may take; overrides the step's own.
    pub timeout: Option<Duration>,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            checkpoint: true,
            checkpoint_is_given: false,
            retry: None,
            timeout: None,
        }
    }
}

/// A frame in a pipeline: an input or the result of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeRef {
    /// Index into [`Graph::inputs`].
    Input(usize),
    /// Index into [`Graph::nodes`].
    Node(usize),
}

impl Graph {
    /// The name of a frame.
    #[must_use]
    pub fn name_of(&self, frame: NodeRef) -> &str {
        match frame {
            NodeRef::Input(i) => &self.inputs[i].name,
            NodeRef::Node(i) => &self.nodes[i].name,
        }
    }

    /// What the rows of a frame are held against.
    pub(crate) fn rules_of(&mut self, frame: NodeRef) -> &mut NodeRules {
        match frame {
            NodeRef::Input(i) => &mut self.inputs[i].rules,
            NodeRef::Node(i) => &mut self.nodes[i].rules,
        }
    }

    /// Has the rows of a frame held against the rules of a schema.
    pub(crate) fn hold(&mut self, frame: NodeRef, schema: NamedSchema) {
        self.rules_of(frame).add(schema);
    }

    /// For each node the nodes that use it, each once, in order.
    pub(crate) fn consumers(&self) -> Vec<Vec<usize>> {
        let mut consumers = vec![Vec::new(); self.nodes.len()];
        for (node, it) in self.nodes.iter().enumerate() {
            for &input in &it.inputs {
                if let NodeRef::Node(i) = input
                    && consumers[i].last() != Some(&node)
                {
                    consumers[i].push(node);
                }
            }
        }
        consumers
    }

    /// The nodes without checkpoint that a node reads through, directly or not, in order.
    pub(crate) fn plans_before(&self, node: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut look = vec![node];
        while let Some(node) = look.pop() {
            for &input in &self.nodes[node].inputs {
                if let NodeRef::Node(i) = input
                    && !self.nodes[i].options.checkpoint
                    && found.insert(i)
                {
                    look.push(i);
                }
            }
        }
        found
    }

    /// What a node reads: itself, or through nodes without checkpoint. Each once, in order.
    pub(crate) fn read_by(&self, node: usize) -> BTreeSet<NodeRef> {
        let plans = self.plans_before(node);
        let nodes = plans.iter().copied().chain([node]);
        let inputs = nodes.flat_map(|i| self.nodes[i].inputs.iter().copied());
        inputs
            .filter(|input| !matches!(input, NodeRef::Node(i) if plans.contains(i)))
            .collect()
    }

    /// Index of the node of that name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// The node and every node that needs it, directly or not, in order.
    #[must_use]
    pub fn downstream(&self, node: usize) -> Vec<usize> {
        let mut reached = vec![false; self.nodes.len()];
        for i in node..self.nodes.len() {
            reached[i] = i == node
                || self.nodes[i].inputs.iter().any(|input| match *input {
                    NodeRef::Node(j) => reached[j],
                    NodeRef::Input(_) => false,
                });
        }
        (node..self.nodes.len()).filter(|&i| reached[i]).collect()
    }
}

/// A name that no node of the pipeline has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pipeline `{pipeline}` has no node `{node}`{}; its nodes: {}", self.hint(), nodes.join(", "))]
pub struct UnknownNode {
    /// The pipeline's name.
    pub pipeline: String,
    /// The name that was asked for.
    pub node: String,
    /// The names there are.
    pub nodes: Vec<String>,
}

impl UnknownNode {
    fn hint(&self) -> String {
        crate::builder::nearest(&self.node, self.nodes.iter().map(String::as_str))
            .map(|name| format!(", did you mean `{name}`?"))
            .unwrap_or_default()
    }
}
