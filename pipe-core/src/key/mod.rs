//! Keys: when a checkpoint is valid.
//!
//! A node's key is a digest over parts that the record keeps apart, so that a difference can be
//! named. There are two digests, over the same own parts of the node and
//!
//! * **recipe**: the recipes of the nodes before it and the identities of the sources. Known before
//!   anything runs or any record is read. Equal recipes mean equal results, as far as steps are
//!   deterministic.
//! * **key**: the *content* of the checkpoints before it. Known only when those are. Equal keys mean
//!   equal results even if what stands before came about in another way, so a rerun with an equal
//!   result stops there.
//!
//! Names of inputs are in neither: renaming a binding changes no data.

use std::collections::BTreeMap;

use crate::graph::{Graph, NodeRef};
use crate::source::{KnownFiles, SourceError, SourceIdentity};
use crate::step::StepError;

mod compare;
mod differences;
mod parts;

use differences::{Now, differences};
use parts::{InputKind, InputPart, Own, Parts, digest};
pub(crate) use parts::{KeyParts, STORE_FORMAT};

/// Why there are no keys.
pub(crate) enum Unkeyed {
    /// Sources that cannot be read.
    Sources(Vec<SourceError>),
    /// Nodes with parameters that cannot be part of a key.
    Parameters(Vec<(usize, StepError)>),
}

/// What is known of a graph's keys before anything runs.
pub(crate) struct Keys {
    own: Vec<Own>,
    sources: Vec<SourceIdentity>,
    recipes: Vec<String>,
}

impl Keys {
    pub(crate) fn of(graph: &Graph, known: &mut dyn KnownFiles) -> Result<Self, Unkeyed> {
        let identities: Vec<_> = graph
            .inputs
            .iter()
            .map(|input| input.source.identity(known))
            .collect();
        let mut errors = Vec::new();
        let mut sources = Vec::new();
        let one_is_lost = identities.iter().any(Result::is_err);
        for (input, identity) in graph.inputs.iter().zip(identities) {
            match identity {
                // Nothing can run any more: tell in one go what else is wrong.
                Ok(_) if one_is_lost => errors.extend(input.source.open(input.schema).err()),
                Ok(identity) => sources.push(identity),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(Unkeyed::Sources(errors));
        }
        let mut errors = Vec::new();
        let mut own = Vec::new();
        for (i, node) in graph.nodes.iter().enumerate() {
            match Own::of(graph, node) {
                Ok(parts) => own.push(parts),
                Err(error) => errors.push((i, error)),
            }
        }
        if !errors.is_empty() {
            return Err(Unkeyed::Parameters(errors));
        }
        let mut recipes: Vec<String> = Vec::with_capacity(own.len());
        for (node, own) in graph.nodes.iter().zip(&own) {
            let inputs = node.inputs.iter().map(|&input| match input {
                NodeRef::Input(i) => (InputKind::Source, sources[i].digest.as_str()),
                NodeRef::Node(i) => (InputKind::Plan, recipes[i].as_str()),
            });
            recipes.push(digest("recipe", own, inputs));
        }
        Ok(Self {
            own,
            sources,
            recipes,
        })
    }

    /// Whether a source is still what it was, as far as its files can tell that without much ado.
    pub(crate) fn is_current(
        &self,
        input: usize,
        graph: &Graph,
        known: &mut dyn KnownFiles,
    ) -> Result<bool, SourceError> {
        let then = &self.sources[input];
        Ok(then.files.is_empty() || graph.inputs[input].source.identity(known)? == *then)
    }

    pub(crate) fn recipe(&self, node: usize) -> &str {
        &self.recipes[node]
    }

    /// What the node's key is made of; `None` while the content of a checkpoint before it is not
    /// known.
    pub(crate) fn parts(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
    ) -> Option<KeyParts> {
        let (parts, plans) = self.known_parts(graph, node, contents);
        let complete = |parts: Vec<Option<InputPart>>| parts.into_iter().collect::<Option<_>>();
        let node = Parts {
            own: self.own[node].clone(),
            inputs: complete(parts)?,
        };
        Some(KeyParts { node, plans })
    }

    /// How what is known now differs from what a checkpoint was made of.
    pub(crate) fn changes(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
        old: &KeyParts,
    ) -> Vec<String> {
        let (inputs, plans) = self.known_parts(graph, node, contents);
        let mut changes = Vec::new();
        let now = Now {
            own: &self.own[node],
            inputs: &inputs,
            plans: &plans,
        };
        differences(&old.node, old, &now, "", &mut changes);
        changes
    }

    fn known_parts(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
    ) -> (Vec<Option<InputPart>>, BTreeMap<String, Parts>) {
        let mut plans = BTreeMap::new();
        let inputs = self.inputs(graph, node, contents, &mut plans);
        (inputs, plans)
    }

    fn inputs(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
        plans: &mut BTreeMap<String, Parts>,
    ) -> Vec<Option<InputPart>> {
        let mut input = |&input: &NodeRef| {
            let name = graph.name_of(input).to_owned();
            let (kind, digest, files) = match input {
                NodeRef::Input(i) => {
                    let source = &self.sources[i];
                    let files = source
                        .files
                        .iter()
                        .map(|f| (f.path.clone(), f.digest.clone()));
                    (InputKind::Source, source.digest.clone(), files.collect())
                }
                NodeRef::Node(i) if graph.nodes[i].options.checkpoint => {
                    (InputKind::Checkpoint, contents[i].clone()?, BTreeMap::new())
                }
                NodeRef::Node(i) => {
                    if !plans.contains_key(&name) {
                        let inputs = self.inputs(graph, i, contents, plans);
                        let inputs = inputs.into_iter().collect::<Option<_>>()?;
                        plans.insert(
                            name.clone(),
                            Parts {
                                own: self.own[i].clone(),
                                inputs,
                            },
                        );
                    }
                    (InputKind::Plan, plans[&name].digest(), BTreeMap::new())
                }
            };
            Some(InputPart {
                name,
                kind,
                digest,
                files,
            })
        };
        graph.nodes[node].inputs.iter().map(&mut input).collect()
    }
}
