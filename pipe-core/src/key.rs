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

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::{ColumnSpec, ColumnType};
use crate::digest::Digest;
use crate::graph::{Graph, Input, Node, NodeRef};
use crate::source::{KnownFiles, SourceError, SourceIdentity};
use crate::step::StepError;

/// Version of what the store holds, part of every key.
pub(crate) const STORE_FORMAT: u64 = 1;

/// Why there are no keys.
pub(crate) enum Unkeyed {
    /// Sources that cannot be read.
    Sources(Vec<SourceError>),
    /// Nodes with parameters that cannot be part of a key.
    Parameters(Vec<(usize, StepError)>),
}

/// What a node's result depends on, its inputs left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Own {
    step: String,
    code: String,
    version: u32,
    helpers: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
    /// Canonical JSON as text: parsing it again need not give the same floats.
    parameters: BTreeMap<String, String>,
    /// The declared columns of its sources and of its result, one per line.
    contract: Vec<String>,
    environment: BTreeMap<String, String>,
}

/// An input of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputPart {
    name: String,
    kind: InputKind,
    /// Of the data, or for a node without checkpoint its key.
    digest: String,
    /// The files behind a source, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum InputKind {
    Source,
    Checkpoint,
    /// A node without checkpoint.
    Plan,
}

/// A node's own parts and inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parts {
    own: Own,
    inputs: Vec<InputPart>,
}

/// Everything that a key is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyParts {
    node: Parts,
    /// The nodes without checkpoint that stand between this node and its data, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    plans: BTreeMap<String, Parts>,
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

impl KeyParts {
    /// The key.
    pub(crate) fn key(&self) -> String {
        self.node.digest()
    }
}

impl Parts {
    fn digest(&self) -> String {
        digest(
            "key",
            &self.own,
            self.inputs.iter().map(|i| (i.kind, i.digest.as_str())),
        )
    }
}

impl Own {
    fn of(graph: &Graph, node: &Node) -> Result<Self, StepError> {
        let mut parameters = crate::step::Parameters::default();
        node.step.parameters(&mut parameters)?;
        let parameters = parameters.values().iter();
        let code = node.step.code();
        Ok(Self {
            step: node.step.name().to_owned(),
            code: code.digest,
            version: code.version,
            helpers: code.helpers,
            constants: code.constants,
            parameters: parameters
                .map(|(name, value)| (name.clone(), canonical(value)))
                .collect(),
            contract: contract(graph, node),
            environment: environment(),
        })
    }
}

/// What results depend on beside the pipeline.
fn environment() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("polars".to_owned(), polars::VERSION.to_owned()),
        (
            env!("CARGO_PKG_NAME").to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
        ("store format".to_owned(), STORE_FORMAT.to_string()),
    ])
}

/// The declared columns of the sources that the node reads and of its result.
fn contract(graph: &Graph, node: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    for (position, input) in node.inputs.iter().enumerate() {
        if let NodeRef::Input(i) = *input
            && let Input {
                schema: Some(schema),
                ..
            } = &graph.inputs[i]
        {
            lines.extend(
                schema
                    .columns
                    .iter()
                    .map(|c| format!("input {position}: {}", column(c))),
            );
        }
    }
    if let Some(promise) = &node.promise {
        lines.extend(promise.live().map(|c| format!("result: {}", column(c))));
        lines.push(format!(
            "result: {}",
            if promise.open {
                "and others"
            } else {
                "no others"
            }
        ));
    }
    lines
}

fn column(spec: &ColumnSpec) -> String {
    format!(
        "{}: {}{}",
        spec.name,
        if spec.nullable { "nullable " } else { "" },
        type_of(spec.ty)
    )
}

/// A type with all its parts; the name of a struct is none of them.
fn type_of(ty: ColumnType) -> String {
    match ty {
        ColumnType::List(item) => format!("[{}]", type_of(*item)),
        ColumnType::Struct(_, fields) => {
            format!(
                "{{{}}}",
                fields.iter().map(column).collect::<Vec<_>>().join(", ")
            )
        }
        flat => flat.to_string(),
    }
}

fn digest<'a>(
    purpose: &str,
    own: &Own,
    inputs: impl Iterator<Item = (InputKind, &'a str)>,
) -> String {
    fn map(digest: &mut Digest, map: &BTreeMap<String, String>) {
        digest.part(map.len().to_string());
        for (name, value) in map {
            digest.part(name).part(value);
        }
    }
    let mut digest = Digest::new(purpose);
    digest
        .part(&own.step)
        .part(&own.code)
        .part(own.version.to_string());
    map(&mut digest, &own.helpers);
    map(&mut digest, &own.constants);
    map(&mut digest, &own.parameters);
    digest.part(own.contract.len().to_string());
    for line in &own.contract {
        digest.part(line);
    }
    map(&mut digest, &own.environment);
    for (kind, input) in inputs {
        let kind = match kind {
            InputKind::Source => "source",
            InputKind::Checkpoint => "checkpoint",
            InputKind::Plan => "plan",
        };
        digest.part(kind).part(input);
    }
    digest.finish()
}

/// JSON with the keys of its objects in order, whatever map `serde_json` was built with.
fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(canonical).collect::<Vec<_>>().join(",")
            )
        }
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            let field = |(name, value): (&String, &Value)| {
                format!("{}:{}", Value::from(name.as_str()), canonical(value))
            };
            format!(
                "{{{}}}",
                fields.into_iter().map(field).collect::<Vec<_>>().join(",")
            )
        }
        scalar => scalar.to_string(),
    }
}

/// The parts of a node as far as they are known now.
struct Now<'a> {
    own: &'a Own,
    inputs: &'a [Option<InputPart>],
    plans: &'a BTreeMap<String, Parts>,
}

/// Appends what differs, in words. Inputs that are not known yet do not differ.
fn differences(old: &Parts, record: &KeyParts, now: &Now, of: &str, to: &mut Vec<String>) {
    let mut say = |what: String| {
        let what = format!("{of}{what}");
        if !to.contains(&what) {
            to.push(what);
        }
    };
    let (was, is) = (&old.own, now.own);
    if was.step != is.step {
        say(format!("step: {} -> {}", was.step, is.step));
    }
    if was.version != is.version {
        say(format!(
            "version of {}: {} -> {}",
            is.step, was.version, is.version
        ));
    }
    if was.code != is.code {
        say(format!("code of {} changed", is.step));
    }
    for (name, old, new) in changed(&was.helpers, &is.helpers) {
        say(match (old, new) {
            (None, _) => format!("helper {name} is new"),
            (_, None) => format!("helper {name} is gone"),
            _ => format!("helper {name} changed"),
        });
    }
    for (name, old, new) in changed(&was.constants, &is.constants) {
        say(format!("constant {name}: {} -> {}", short(old), short(new)));
    }
    for (name, old, new) in changed(&was.parameters, &is.parameters) {
        say(format!(
            "parameter {name}: {} -> {}",
            short(old),
            short(new)
        ));
    }
    if was.contract != is.contract {
        say("contract changed".to_owned());
    }
    for (name, old, new) in changed(&was.environment, &is.environment) {
        say(format!(
            "environment: {name} {} -> {}",
            short(old),
            short(new)
        ));
    }
    if old.inputs.len() != now.inputs.len() {
        say(format!(
            "inputs: {} -> {}",
            old.inputs.len(),
            now.inputs.len()
        ));
        return;
    }
    let mut plans = Vec::new();
    for (was, is) in old.inputs.iter().zip(now.inputs) {
        let Some(is) = is else { continue };
        let name = &is.name;
        match (was.kind, is.kind) {
            _ if was.kind == is.kind && was.digest == is.digest => {}
            (InputKind::Source, InputKind::Source) => {
                let files: Vec<_> = changed(&was.files, &is.files)
                    .map(|(path, ..)| path)
                    .take(4)
                    .collect();
                say(match files.as_slice() {
                    [] => format!("input {name} changed"),
                    [files @ .., _more] if files.len() == 3 => {
                        format!("input {name} changed: {}, …", files.join(", "))
                    }
                    files => format!("input {name} changed: {}", files.join(", ")),
                });
            }
            (InputKind::Checkpoint, InputKind::Checkpoint) => {
                say(format!("input {name} has new content"));
            }
            (InputKind::Plan, InputKind::Plan) => plans.push((was, is)),
            _ => say(format!("input {name} comes from elsewhere")),
        }
    }
    for (was, is) in plans {
        match (record.plans.get(&was.name), now.plans.get(&is.name)) {
            (Some(was), Some(plan)) => {
                let inputs: Vec<_> = plan.inputs.iter().cloned().map(Some).collect();
                let now = Now {
                    own: &plan.own,
                    inputs: &inputs,
                    plans: now.plans,
                };
                differences(was, record, &now, &format!("{of}{}: ", is.name), to);
            }
            _ => to.push(format!("{of}input {} changed", is.name)),
        }
    }
}

/// The entries that differ, by name.
fn changed<'a>(
    old: &'a BTreeMap<String, String>,
    new: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, Option<&'a str>, Option<&'a str>)> {
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let get = |map: &'a BTreeMap<String, String>, name| map.get(name).map(String::as_str);
    new.keys()
        .chain(gone)
        .map(move |name| (name.as_str(), get(old, name), get(new, name)))
        .filter(|(_, old, new)| old != new)
}

/// A value for a message.
fn short(value: Option<&str>) -> String {
    const LONGEST: usize = 60;
    match value {
        None => "none".to_owned(),
        Some(value) if value.chars().count() <= LONGEST => value.to_owned(),
        Some(value) => value.chars().take(LONGEST).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_has_one_form() {
        let value = serde_json::json!({"b": [1, 2.0, null], "a": {"d": "\"", "c": true}});
        assert_eq!(
            canonical(&value),
            r#"{"a":{"c":true,"d":"\""},"b":[1,2.0,null]}"#
        );
    }

    #[test]
    fn types_are_told_with_all_their_parts() {
        use crate::contract::TimeUnit;
        const FIELD: ColumnSpec = ColumnSpec {
            name: "at",
            hash: 0,
            ty: ColumnType::Datetime(TimeUnit::Milliseconds, None),
            nullable: true,
        };
        let list = ColumnType::List(&ColumnType::Struct("Event", &[FIELD]));
        assert_eq!(type_of(list), "[{at: nullable NaiveDateTime in ms}]");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(short(Some(&"x".repeat(61))), format!("{}…", "x".repeat(60)));
        assert_eq!(short(None), "none");
    }
}
