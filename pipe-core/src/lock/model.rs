//! What a pipeline takes and gives, as it is locked.

use std::collections::BTreeMap;

use crate::contract::{ColumnSpec, ColumnType, Flow, NamedSchema};
use crate::graph::{Graph, NodeRef};
use crate::rules::Check;

/// The frames of one pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Contracts {
    pub(super) inputs: BTreeMap<String, Frame>,
    pub(super) outputs: BTreeMap<String, Frame>,
}

/// What is said of one frame; of a frame without schema, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// What must hold for whole rows or for all rows together, as a schema writes it.
    pub(super) rules: Vec<String>,
    /// In the order of the schema.
    pub(super) columns: Vec<Column>,
}

/// What is said of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// As a schema writes it, without `Option`.
    pub(super) ty: String,
    pub(super) nullable: bool,
    /// What must hold for its values, as a schema writes it: `min = 0`.
    pub(super) rules: Vec<String>,
}

impl Contracts {
    /// What the code says. Declared schemas count; where none is declared for an output, the columns
    /// that follow from the steps do.
    pub(super) fn of(graph: &Graph, outputs: &[Option<NamedSchema>]) -> Self {
        let inputs = graph.inputs.iter().map(|input| {
            let frame = input.schema.map(Frame::declared);
            (input.name.clone(), frame.unwrap_or_default())
        });
        let outputs = graph.outputs.iter().enumerate().map(|(i, &output)| {
            let declared = outputs.get(i).copied().flatten();
            let frame = match (declared, output) {
                (Some(schema), _) => Frame::declared(schema),
                (None, NodeRef::Input(input)) => graph.inputs[input]
                    .schema
                    .map(Frame::declared)
                    .unwrap_or_default(),
                (None, NodeRef::Node(node)) => {
                    let promise = graph.nodes[node].promise;
                    Frame::of(promise.iter().flat_map(Flow::live))
                }
            };
            (graph.name_of(output).to_owned(), frame)
        });
        Self {
            inputs: inputs.collect(),
            outputs: outputs.collect(),
        }
    }
}

impl Frame {
    fn declared(schema: NamedSchema) -> Self {
        let mut frame = Self::of(schema.columns);
        for rule in schema.rules {
            let words = rule.words();
            // Rules of a column are written `column: rule`; a column's name may have a colon, too.
            let of_column = frame.columns.iter_mut().find_map(|column| {
                let rest = words.strip_prefix(column.name.as_str())?;
                Some((column, rest.strip_prefix(": ")?.to_owned()))
            });
            match (of_column, rule.check) {
                (Some((column, words)), _) => column.rules.push(words),
                // The name of a condition does not say what it asks.
                (None, Check::Condition { code, .. }) => {
                    let code = code.get(..8).unwrap_or(code);
                    frame.rules.push(format!("{words}, code {code}"));
                }
                (None, _) => frame.rules.push(words),
            }
        }
        frame
    }

    fn of<'a>(columns: impl IntoIterator<Item = &'a ColumnSpec>) -> Self {
        let columns = columns.into_iter().map(|column| Column {
            name: column.name.to_owned(),
            ty: described(column.ty),
            nullable: column.nullable,
            rules: Vec::new(),
        });
        Self {
            rules: Vec::new(),
            columns: columns.collect(),
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// The type as a user writes it.
    pub(super) fn written(&self) -> String {
        if self.nullable {
            format!("Option<{}>", self.ty)
        } else {
            self.ty.clone()
        }
    }

    /// The type and nullability that such a text means.
    pub(super) fn parse(name: &str, written: &str, rules: Vec<String>) -> Self {
        let inner = written.strip_prefix("Option<");
        let inner = inner.and_then(|inner| inner.strip_suffix('>'));
        Self {
            name: name.to_owned(),
            ty: inner.unwrap_or(written).to_owned(),
            nullable: inner.is_some(),
            rules,
        }
    }
}

/// A type with all that it consists of: the name of a struct says nothing about its fields.
fn described(ty: ColumnType) -> String {
    match ty {
        ColumnType::List(item) => format!("Vec<{}>", described(*item)),
        ColumnType::Struct(_, fields) => {
            let fields = fields.iter().map(|field| {
                let ty = described(field.ty);
                let ty = if field.nullable {
                    format!("Option<{ty}>")
                } else {
                    ty
                };
                format!("{}: {ty}", field.name)
            });
            format!("struct {{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        ty => ty.to_string(),
    }
}
