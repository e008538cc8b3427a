//! What keys are made of, kept apart so that a difference can be named.

use std::collections::BTreeMap;
use std::fmt::{self, Arguments, Display, Formatter, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::environment::EnvironmentPart;
use crate::contract::{ColumnSpec, ColumnType};
use crate::digest::Digest;
use crate::graph::{Graph, Node, NodeRef};
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
            &self.own.digest(),
            self.inputs.iter().map(|i| (i.kind, i.digest.as_str())),
        )
    }
}

impl Own {
    /// The parts of a node without its contract, which is [`Own::with_contract`]'s: most nodes need but
    /// the digest of it.
    pub(super) fn of(
        node: &Node,
        environment: &EnvironmentPart,
        secret_key: &SecretKey,
    ) -> Result<Self, StepError> {
        let mut parameters = Parameters::with_key(secret_key);
        node.step.parameters(&mut parameters)?;
        let (values, secrets) = parameters.into_parts();
        let code = node.step.code();
        Ok(Self {
            step: node.step.name().to_owned(),
            code: code.digest,
            version: code.version,
            helpers: code.helpers,
            constants: code.constants,
            parameters: values
                .into_iter()
                .map(|(name, value)| (name, canonical(&value)))
                .collect(),
            secrets,
            contract: Vec::new(),
            rules: node.rules.parts(),
            policy: (!node.rules.is_empty()).then_some(node.rules.policy),
            environment: environment.clone(),
        })
    }

    /// All parts of a node.
    pub(super) fn with_contract(&self, graph: &Graph, node: &Node) -> Self {
        let mut own = self.clone();
        contract(graph, node, &mut |line| own.contract.push(line.to_string()));
        own
    }

    /// The digest of all parts of a node.
    pub(super) fn digest_of(&self, graph: &Graph, node: &Node) -> String {
        let mut text = String::new();
        self.digest_with(|digest| {
            let mut lines = 0;
            contract(graph, node, &mut |_| lines += 1);
            digest.count(lines);
            contract(graph, node, &mut |line| {
                text.clear();
                // Writing into text does not fail.
                let _ = text.write_fmt(line);
                digest.part(&text);
            });
        })
    }

    fn digest(&self) -> String {
        self.digest_with(|digest| {
            digest.count(self.contract.len());
            for line in &self.contract {
                digest.part(line);
            }
        })
    }

    fn digest_with(&self, contract: impl FnOnce(&mut Digest)) -> String {
        fn map(digest: &mut Digest, map: &BTreeMap<String, String>) {
            digest.count(map.len());
            for (name, value) in map {
                digest.part(name).part(value);
            }
        }
        let mut digest = Digest::new("own");
        digest
            .part(&self.step)
            .part(&self.code)
            .part(self.version.to_le_bytes())
            .part(self.environment.digest());
        map(&mut digest, &self.helpers);
        map(&mut digest, &self.constants);
        map(&mut digest, &self.parameters);
        map(&mut digest, &self.secrets);
        contract(&mut digest);
        if let Some(policy) = self.policy {
            digest.part(policy.word()).count(self.rules.len());
            for (words, rule) in &self.rules {
                digest.part(words).part(&rule.code);
            }
        }
        digest.finish()
    }
}

/// The declared columns of the sources that the node reads and of its result, a line for each.
fn contract(graph: &Graph, node: &Node, line: &mut dyn FnMut(Arguments)) {
    for (position, input) in node.inputs.iter().enumerate() {
        if let NodeRef::Input(i) = *input
            && let Some(schema) = graph.inputs[i].schema
        {
            for column in schema.columns {
                line(format_args!("input {position}: {}", Declared(column)));
            }
        }
    }
    if let Some(promise) = &node.promise {
        for column in promise.live() {
            line(format_args!("result: {}", Declared(column)));
        }
        line(format_args!(
            "result: {}",
            if promise.open {
                "and others"
            } else {
                "no others"
            }
        ));
    }
}

/// A column with its type.
struct Declared<'a>(&'a ColumnSpec);

impl Display for Declared<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)?;
        f.write_str(": ")?;
        if self.0.nullable {
            f.write_str("nullable ")?;
        }
        TypeOf(self.0.ty).fmt(f)
    }
}

/// A type with all its parts; the name of a struct is none of them.
struct TypeOf(ColumnType);

impl Display for TypeOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            ColumnType::List(item) => write!(f, "[{}]", Self(*item)),
            ColumnType::Struct(_, fields) => {
                f.write_str("{")?;
                for (i, field) in fields.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    Declared(field).fmt(f)?;
                }
                f.write_str("}")
            }
            flat => flat.fmt(f),
        }
    }
}

/// The digest of a node's own parts and of what it reads.
pub(super) fn digest<'a>(
    purpose: &str,
    own: &str,
    inputs: impl Iterator<Item = (InputKind, &'a str)>,
) -> String {
    let mut digest = Digest::new(purpose);
    digest.part(own);
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
        assert_eq!(
            TypeOf(list).to_string(),
            "[{at: nullable NaiveDateTime in ms}]"
        );
    }
}
