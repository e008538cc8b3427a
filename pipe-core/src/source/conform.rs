//! Holding what a source has against what a schema declares.

use polars::prelude::*;

use super::{Fault, SourceProblem};
use crate::contract::nearest::distance;
use crate::contract::{ColumnSpec, NamedSchema};
use crate::engine;
use crate::schema::describe_dtype;

/// A column as it is wanted: declared by a schema, or inferred where there is none.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) name: PlSmallStr,
    pub(super) dtype: DataType,
    /// The type in the words of a schema.
    pub(super) ty: String,
    pub(super) nullable: bool,
}

impl Target {
    pub(super) fn declared(schema: NamedSchema) -> Vec<Self> {
        let target = |column: &ColumnSpec| Self {
            name: column.name.into(),
            dtype: column.ty.dtype(),
            ty: column.ty.to_string(),
            nullable: column.nullable,
        };
        schema.columns.iter().map(target).collect()
    }

    pub(super) fn inferred(schema: &Schema) -> Vec<Self> {
        let target = |field: Field| Self {
            ty: describe_dtype(field.dtype()),
            dtype: field.dtype,
            name: field.name,
            nullable: true,
        };
        schema.iter_fields().map(target).collect()
    }

    /// The column.
    pub(super) fn expr(&self) -> Expr {
        engine::column(self.name.clone())
    }
}

/// The declared columns that are not there.
pub(super) fn missing(place: &str, schema: NamedSchema, names: &[PlSmallStr]) -> Vec<Fault> {
    let absent = schema
        .columns
        .iter()
        .filter(|c| !names.iter().any(|name| name == c.name));
    absent
        .map(|column| {
            let problem = SourceProblem::MissingColumn {
                declared: column.to_string(),
                schema: schema.name,
                columns: list(names),
                help: match nearest(column.name, names) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!(
                        "check the source, or remove the field from `{}`",
                        schema.name
                    ),
                },
            };
            Fault::of(&place, problem)
        })
        .collect()
}

/// The declared columns that have another type.
pub(super) fn mistyped(place: &str, schema: NamedSchema, found: &Schema) -> Vec<Fault> {
    let wrong = schema.columns.iter().filter_map(|column| {
        let dtype = found.get(column.name)?;
        (*dtype != column.ty.dtype()).then(|| wrong_type(place, schema, column, dtype))
    });
    wrong.collect()
}

fn wrong_type(place: &str, schema: NamedSchema, column: &ColumnSpec, dtype: &DataType) -> Fault {
    let found = describe_dtype(dtype);
    let help = if has_field_type(dtype) {
        format!("change the field's type to {found}, and convert it in a step if need be")
    } else {
        format!(
            "no field of a schema has this type; write the column as `{}`, or read it without a schema and cast it in a step",
            column.ty
        )
    };
    let declared = column.ty.to_string();
    let problem = SourceProblem::WrongType {
        found,
        declared,
        schema: schema.name,
        help,
    };
    Fault::of(&place, problem).column(column.name)
}

/// Whether a field of a schema can have this type.
fn has_field_type(dtype: &DataType) -> bool {
    match dtype {
        DataType::List(item) => has_field_type(item),
        DataType::Struct(fields) => fields.iter().all(|field| has_field_type(&field.dtype)),
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float32
        | DataType::Float64
        | DataType::String
        | DataType::Binary => true,
        other => other.is_temporal(),
    }
}

/// The name that was probably meant.
pub(super) fn nearest<'a>(wanted: &str, names: &'a [PlSmallStr]) -> Option<&'a PlSmallStr> {
    let near = names.iter().map(|name| (distance(wanted, name), name));
    near.filter(|(distance, _)| *distance != usize::MAX)
        .min_by_key(|(d, _)| *d)
        .map(|(_, n)| n)
}

/// Names for a message; the first of very many.
fn list(names: &[PlSmallStr]) -> String {
    const SHOWN: usize = 40;
    let mut text: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > SHOWN {
        text.push(format!("and {} more", names.len() - SHOWN));
    }
    text.join(", ")
}
