//! What keys are made of, kept apart so that a difference can be named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::environment::EnvironmentPart;
use crate::contract::{ColumnSpec, ColumnType};
use crate::digest::Digest;
use crate::graph::{Graph, Input, Node, NodeRef};
use crate::rules::{Policy, RulePart};
use crate::secret::SecretKey;
use crate::step::{Parameters, StepError};

/// Version of what the store holds, part of every key.
pub(crate) const STORE_FORMAT: u64 = 1;

/// What a node's result depends on, its inputs left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Own {
    pub(super) step: String,
    pub(super) code: String,
    pub(super) version: u32,
    pub(super) helpers: BTreeMap<String, String>,
    pub(super) constants: BTreeMap<String, String>,
    /// Canonical JSON as text: parsing it again need not give the same floats.
    pub(super) parameters: BTreeMap<String, String>,
    /// The declared columns of its sources and of its result, one per line.
    pub(super) contract: Vec<String>,
    /// The rules that its rows are held against, by their words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) rules: BTreeMap<String, RulePart>,
    /// What happens to rows that break one, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<Policy>,
    /// Digests of the parameters that nobody is to see.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) environment: EnvironmentPart,
}

/// An input of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputPart {
    pub(super) name: String,
    pub(super) kind: InputKind,
    /// Of the data, or for a node without checkpoint its key.
    pub(super) digest: String,
    /// The files behind a source, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) files: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum InputKind {
    Source,
    Checkpoint,
    /// A node without checkpoint.
    Plan,
}

/// A node's own parts and inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(super) own: Own,
    pub(super) inputs: Vec<InputPart>,
}

/// Everything that a key is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyParts {
    pub(super) node: Parts,
    /// The nodes without checkpoint that stand between this node and its data, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) plans: BTreeMap<String, Parts>,
}

impl KeyParts {
    /// The key.
    pub(crate) fn key(&self) -> String {
        self.node.digest()
    }
}

impl Parts {
    pub(super) fn digest(&self) -> String {
        digest(
            "key",
            &self.own,
            self.inputs.iter().map(|i| (i.kind, i.digest.as_str())),
        )
    }
}

impl Own {
    pub(super) fn of(
        graph: &Graph,
        node: &Node,
        environment: &EnvironmentPart,
        secret_key: &SecretKey,
    ) -> Result<Self, StepError> {
        let mut parameters = Parameters::with_key(secret_key);
        node.step.parameters(&mut parameters)?;
        let code = node.step.code();
        Ok(Self {
            step: node.step.name().to_owned(),
            code: code.digest,
            version: code.version,
            helpers: code.helpers,
            constants: code.constants,
            parameters: parameters
                .values()
                .iter()
                .map(|(name, value)| (name.clone(), canonical(value)))
                .collect(),
            secrets: parameters.secrets().clone(),
            contract: contract(graph, node),
            rules: node.rules.parts(),
            policy: (!node.rules.is_empty()).then_some(node.rules.policy),
            environment: environment.clone(),
        })
    }
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

pub(super) fn digest<'a>(
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
    digest.part(own.environment.digest());
    if !own.secrets.is_empty() {
        digest.part("secrets");
        map(&mut digest, &own.secrets);
    }
    if let Some(policy) = own.policy {
        digest.part(policy.word()).part(own.rules.len().to_string());
        for (words, rule) in &own.rules {
            digest.part(words).part(&rule.code);
        }
    }
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
pub(crate) fn canonical(value: &Value) -> String {
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
}
