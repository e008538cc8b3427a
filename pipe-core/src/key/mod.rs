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
use crate::secret::SecretKey;
use crate::source::{KnownFiles, SourceError, SourceIdentity};
use crate::step::StepError;

mod compare;
mod differences;
mod environment;
mod parts;

use differences::{Now, differences};
pub(crate) use environment::digest_of;
use environment::{Current, FindPackages};
use parts::{InputKind, InputPart, Own, Parts, digest};
pub(crate) use parts::{KeyParts, STORE_FORMAT, canonical};

/// Why there are no keys.
pub(crate) enum Unkeyed {
    /// Sources that cannot be read.
    Sources(Vec<SourceError>),
    /// Nodes with parameters that cannot be part of a key.
    Parameters(Vec<(usize, StepError)>),
}

/// What is known of a graph's keys before anything runs.
pub(crate) struct Keys {
    /// Without their contracts.
    own: Vec<Own>,
    own_digests: Vec<String>,
    sources: Vec<SourceIdentity>,
    recipes: Vec<String>,
    environment: Current,
}

impl Keys {
    pub(crate) fn of(
        graph: &Graph,
        secret_key: &SecretKey,
        known: &mut dyn KnownFiles,
    ) -> Result<Self, Unkeyed> {
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
        let environment = Current::of(graph.build);
        let mut own = Vec::with_capacity(graph.nodes.len());
        for (i, node) in graph.nodes.iter().enumerate() {
            match Own::of(node, &environment.part, secret_key) {
                Ok(parts) => own.push(parts),
                Err(error) => errors.push((i, error)),
            }
        }
        if !errors.is_empty() {
            return Err(Unkeyed::Parameters(errors));
        }
        let mut recipes: Vec<String> = Vec::with_capacity(own.len());
        let nodes = graph.nodes.iter().zip(&own);
        let own_digests: Vec<_> = nodes
            .map(|(node, own)| own.digest_of(graph, node))
            .collect();
        for (node, own) in graph.nodes.iter().zip(&own_digests) {
            let inputs = node.inputs.iter().map(|&input| match input {
                NodeRef::Input(i) => (InputKind::Source, sources[i].digest.as_str()),
                NodeRef::Node(i) => (InputKind::Plan, recipes[i].as_str()),
            });
            recipes.push(digest("recipe", own, inputs));
        }
        Ok(Self {
            own,
            own_digests,
            sources,
            recipes,
            environment,
        })
    }

    /// Whether there are secrets among the parameters.
    pub(crate) fn have_secrets(&self) -> bool {
        self.own.iter().any(|own| !own.secrets.is_empty())
    }

    /// The packages that are part of the keys, as a list, and its digest.
    pub(crate) fn packages(&self) -> Option<(&str, &'static str)> {
        self.environment.packages()
    }

    /// What to tell the user of what the keys do not see.
    pub(crate) fn warning(&self, pipeline: &str) -> Option<String> {
        self.environment.warning(pipeline)
    }

    /// What a source was when the keys were made.
    pub(crate) fn source(&self, input: usize) -> &SourceIdentity {
        &self.sources[input]
    }

    pub(crate) fn recipe(&self, node: usize) -> &str {
        &self.recipes[node]
    }

    /// The node's key; `None` while the content of a checkpoint before it is not known. `plans` are
    /// the keys of nodes without checkpoint that are known: more of them afterwards.
    pub(crate) fn key(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
        plans: &mut [Option<String>],
    ) -> Option<String> {
        if let Some(known) = &plans[node] {
            return Some(known.clone());
        }
        let is_plan = |i: usize| !graph.nodes[i].options.checkpoint;
        // No recursion: chains of nodes without checkpoint may be long.
        let mut path = vec![node];
        while let Some(&next) = path.last() {
            if is_plan(next) && plans[next].is_some() {
                path.pop();
                continue;
            }
            let unknown = graph.nodes[next]
                .inputs
                .iter()
                .find_map(|&input| match input {
                    NodeRef::Node(i) if is_plan(i) && plans[i].is_none() => Some(i),
                    _ => None,
                });
            if let Some(unknown) = unknown {
                path.push(unknown);
                continue;
            }
            let key = self.key_of(graph, next, contents, plans)?;
            path.pop();
            if is_plan(next) {
                plans[next] = Some(key);
            } else {
                return Some(key);
            }
        }
        plans[node].clone()
    }

    /// The key of a node, given those of all nodes without checkpoint that it uses.
    fn key_of(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
        plans: &[Option<String>],
    ) -> Option<String> {
        let input = |&input: &NodeRef| match input {
            NodeRef::Input(i) => Some((InputKind::Source, self.sources[i].digest.as_str())),
            NodeRef::Node(i) if graph.nodes[i].options.checkpoint => {
                Some((InputKind::Checkpoint, contents[i].as_deref()?))
            }
            NodeRef::Node(i) => Some((InputKind::Plan, plans[i].as_deref()?)),
        };
        let inputs: Vec<_> = graph.nodes[node]
            .inputs
            .iter()
            .map(input)
            .collect::<Option<_>>()?;
        Some(digest("key", &self.own_digests[node], inputs.into_iter()))
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
            inputs: complete(parts)?,
            own: self.own_of(graph, node),
        };
        Some(KeyParts { node, plans })
    }

    fn own_of(&self, graph: &Graph, node: usize) -> Own {
        self.own[node].with_contract(graph, &graph.nodes[node])
    }

    /// How what is known now differs from what a checkpoint was made of. `packages` finds the lists of
    /// packages that were kept.
    pub(crate) fn changes(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
        old: &KeyParts,
        packages: &FindPackages,
    ) -> Vec<String> {
        let (inputs, plans) = self.known_parts(graph, node, contents);
        let mut changes = Vec::new();
        let now = Now {
            own: &self.own_of(graph, node),
            inputs: &inputs,
            plans: &plans,
        };
        differences(&old.node, old, &now, "", &mut changes);
        // All nodes without checkpoint before this one have the same.
        changes.extend(
            self.environment
                .differences(&old.node.own.environment, packages),
        );
        changes
    }

    fn known_parts(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
    ) -> (Vec<Option<InputPart>>, BTreeMap<String, Parts>) {
        let mut plans = BTreeMap::new();
        // From the first on: each finds those before it.
        for plan in graph.plans_before(node) {
            let inputs = self.inputs(graph, plan, contents, &plans).into_iter();
            if let Some(inputs) = inputs.collect() {
                let own = self.own_of(graph, plan);
                let name = graph.nodes[plan].name.clone();
                plans.insert(name, Parts { own, inputs });
            }
        }
        let inputs = self.inputs(graph, node, contents, &plans);
        (inputs, plans)
    }

    fn inputs(
        &self,
        graph: &Graph,
        node: usize,
        contents: &[Option<String>],
        plans: &BTreeMap<String, Parts>,
    ) -> Vec<Option<InputPart>> {
        let input = |&input: &NodeRef| {
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
                NodeRef::Node(_) => {
                    let digest = plans.get(&name)?.digest();
                    (InputKind::Plan, digest, BTreeMap::new())
                }
            };
            Some(InputPart {
                name,
                kind,
                digest,
                files,
            })
        };
        graph.nodes[node].inputs.iter().map(input).collect()
    }
}
