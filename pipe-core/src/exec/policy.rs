//! Which nodes are stored, where it is left to a policy.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use crate::checkpoints::Checkpoints;
use crate::graph::{Graph, Node, NodeRef};
use crate::key::Keys;
use crate::rules::Policy;
use crate::step::OutputKind;
use crate::store::{Cost, Costs, Store, StoreError};
use crate::text::seconds;

/// Storing is worth it where it saves so many times what it takes: all of it together costs a twentieth of the
/// work at most.
const WORTH: f64 = 20.0;

/// Nodes that run as one query at most: plans are looked at over and over.
const LONGEST: usize = 64;

/// A graph in which it is decided which nodes are stored.
pub(super) struct Settled {
    pub(super) graph: Arc<Graph>,
    /// Why a node is stored or not, where a policy decided; empty if there was nothing to decide.
    why: Vec<Option<Why>>,
}

impl Settled {
    /// Why a node is stored or not, where a policy decided.
    pub(super) fn why(&self, node: usize) -> Option<&Why> {
        self.why.get(node)?.as_ref()
    }
}

/// Decides which of the nodes are stored that are needed for the wanted ones.
pub(super) fn settle(
    graph: &Arc<Graph>,
    keys: &Keys,
    store: &Store,
    wanted: &[bool],
) -> Result<Settled, StoreError> {
    let max_recompute = match graph.checkpoints {
        Checkpoints::Every => {
            return Ok(Settled {
                graph: graph.clone(),
                why: Vec::new(),
            });
        }
        Checkpoints::None => None,
        Checkpoints::Auto { max_recompute } => Some(max_recompute.as_secs_f64()),
    };
    let there = there(graph, keys, store, wanted)?;
    let costs = store.costs();
    let mut auto = max_recompute.map(|max_recompute| Auto::new(graph, &costs, max_recompute));
    let mut settled = Settled {
        graph: graph.clone(),
        why: vec![None; graph.nodes.len()],
    };
    let nodes = &mut Arc::make_mut(&mut settled.graph).nodes;
    for (i, node) in graph.nodes.iter().enumerate() {
        let given = node.options.checkpoint_is_given;
        let found = match &mut auto {
            _ if given => None,
            _ if needs_place(node) => Some(Why::Place),
            _ if there[i] => Some(Why::There),
            None => Some(Why::None),
            Some(auto) => Some(auto.decide(i)),
        };
        let stored = found.as_ref().map_or(node.options.checkpoint, Why::stored);
        if let Some(auto) = &mut auto {
            auto.note(i, stored);
        }
        nodes[i].options.checkpoint = stored;
        settled.why[i] = found;
    }
    Ok(settled)
}

/// Whether rows may be put aside beside a node's checkpoint.
fn needs_place(node: &Node) -> bool {
    let has_rules = !node.rules.is_empty() && node.rules.policy == Policy::Quarantine;
    has_rules || node.step.options().puts_aside
}

/// The needed nodes of which there is a checkpoint that was made from what is there now, and those before them: its data may
/// be damaged, and are not read yet.
fn there(
    graph: &Graph,
    keys: &Keys,
    store: &Store,
    wanted: &[bool],
) -> Result<Vec<bool>, StoreError> {
    let mut there = vec![false; graph.nodes.len()];
    let mut needed = wanted.to_vec();
    for (i, node) in graph.nodes.iter().enumerate().rev() {
        if !needed[i] {
            continue;
        }
        let recipe = keys.recipe(i);
        let is_plan = node.options.checkpoint_is_given && !node.options.checkpoint;
        let records = if is_plan {
            Vec::new()
        } else {
            store.records(&node.name)?.sound
        };
        there[i] = records.iter().any(|record| record.has_recipe(recipe));
        for input in &node.inputs {
            if let NodeRef::Node(before) = *input {
                needed[before] = true;
            }
        }
    }
    Ok(there)
}

/// Why a node is stored, or not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Why {
    /// Not: nothing is.
    None,
    /// Rows may be put aside.
    Place,
    /// It is stored already.
    There,
    /// The pipeline returns it.
    Result,
    /// Nothing is known of it.
    Unknown,
    /// What it is made of was put together from so many nodes.
    Long(usize),
    /// A failure could lose more than it may: this.
    Bound(f64),
    /// Seconds to store and read it again, and what that saves.
    Worth {
        store: f64,
        saves: f64,
    },
    NotWorth {
        store: f64,
        saves: f64,
    },
}

impl Why {
    pub(super) fn stored(&self) -> bool {
        !matches!(self, Self::None | Self::NotWorth { .. })
    }
}

impl Display for Why {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no checkpoints are wanted"),
            Self::Place => f.write_str("rows may be put aside beside it"),
            Self::There => f.write_str("it is there already"),
            Self::Result => f.write_str("the pipeline returns it"),
            Self::Unknown => f.write_str("nobody knows yet what it takes"),
            Self::Long(nodes) => write!(f, "{nodes} nodes before it are not"),
            Self::Bound(lost) => {
                write!(f, "without it a failure could lose {}", short(*lost))
            }
            Self::Worth { store, saves } | Self::NotWorth { store, saves } => {
                let (store, saves) = (short(*store), short(*saves));
                write!(
                    f,
                    "that takes {store} and saves {saves} if it is needed again"
                )
            }
        }
    }
}

/// `3 ms`, and seconds from a second on.
fn short(time: f64) -> String {
    if time < 0.001 {
        "less than 1 ms".to_owned()
    } else if time < 1.0 {
        format!("{:.0} ms", time * 1000.0)
    } else {
        seconds(time)
    }
}

/// Decides node after node, in order, by what they took.
struct Auto<'a> {
    graph: &'a Graph,
    costs: &'a Costs,
    max_recompute: f64,
    outputs: BTreeSet<NodeRef>,
    consumers: Vec<Vec<usize>>,
    /// Of each node that was decided what is lost without it: seconds and nodes. Nothing, if it is stored.
    unsaved: Vec<(f64, usize)>,
}

impl<'a> Auto<'a> {
    fn new(graph: &'a Graph, costs: &'a Costs, max_recompute: f64) -> Self {
        Self {
            outputs: graph.outputs.iter().copied().collect(),
            consumers: graph.consumers(),
            unsaved: Vec::with_capacity(graph.nodes.len()),
            graph,
            costs,
            max_recompute,
        }
    }

    fn cost(&self, node: usize) -> Option<Cost> {
        self.costs.of(&self.graph.nodes[node].name)
    }

    /// What is not stored of what a node is made of, as far as that was decided: seconds and nodes. It is computed again for
    /// each that reads it, and so counted for each.
    fn unsaved_before(&self, node: usize) -> (f64, usize) {
        let inputs: BTreeSet<_> = self.graph.nodes[node].inputs.iter().collect();
        let unsaved = inputs.into_iter().filter_map(|input| match *input {
            NodeRef::Node(i) => self.unsaved.get(i).copied(),
            NodeRef::Input(_) => None,
        });
        unsaved.fold((0.0, 0), |(a, b), (x, y)| (a + x, b.saturating_add(y)))
    }

    fn decide(&self, node: usize) -> Why {
        if self.outputs.contains(&NodeRef::Node(node)) {
            return Why::Result;
        }
        let Some(cost) = self.cost(node) else {
            return Why::Unknown;
        };
        let (before, nodes) = self.unsaved_before(node);
        if nodes >= LONGEST {
            return Why::Long(nodes);
        }
        // Where something before it is not stored, there is nothing that it could be a layer on.
        let to_store = self.costs.to_store(&cost, nodes > 0);
        let to_read = self.costs.to_read(&cost);
        let recompute = before + cost.compute;
        // Those that read a frame compute it once each; a value is there.
        let readers = self.consumers[node].len();
        let again = match self.graph.nodes[node].step.output() {
            OutputKind::Frame => readers.saturating_sub(1) as f64 * recompute,
            OutputKind::Value(_) => 0.0,
        };
        let store = to_store + to_read;
        if again > store {
            let saves = again;
            return Why::Worth { store, saves };
        }
        let saves = (recompute - to_read).max(0.0);
        if to_store * WORTH <= saves {
            return Why::Worth { store, saves };
        }
        // While a reader runs, it and all that is not stored before it may be lost.
        let next = self.consumers[node].iter().filter_map(|&reader| {
            let next = self.cost(reader)?.compute;
            // What takes too long by itself is lost anyway.
            (next <= self.max_recompute).then(|| next + self.unsaved_before(reader).0)
        });
        let lost = recompute + next.fold(0.0, f64::max);
        if lost > self.max_recompute && recompute > store {
            return Why::Bound(lost);
        }
        Why::NotWorth { store, saves }
    }

    /// Takes note of what was decided.
    fn note(&mut self, node: usize, stored: bool) {
        let unsaved = if stored {
            (0.0, 0)
        } else {
            let (before, nodes) = self.unsaved_before(node);
            let own = self.cost(node).map_or(0.0, |cost| cost.compute);
            (before + own, nodes.saturating_add(1))
        };
        self.unsaved.push(unsaved);
    }
}
