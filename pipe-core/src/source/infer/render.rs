//! What was found, as Rust.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;

use polars::prelude::*;

use super::names;
use super::{Facts, FoundColumn};
use crate::schema::describe_dtype;

/// The `use` lines and the structs, that of the file first.
pub(super) fn rust(name: &str, doc: &[String], columns: &[FoundColumn]) -> String {
    let mut file = File::default();
    file.structs.insert(name.to_owned());
    let fields = columns.iter().map(|column| FieldOf {
        name: &column.name,
        dtype: &column.dtype,
        facts: &column.facts,
        notes: &column.notes,
    });
    file.add(name, doc, fields.collect());
    let mut text = String::new();
    if !file.chrono.is_empty() {
        let types: Vec<&str> = file.chrono.into_iter().collect();
        let types = match types[..] {
            [only] => only.to_owned(),
            _ => format!("{{{}}}", types.join(", ")),
        };
        let _ = writeln!(text, "use pipe_core::chrono::{types};");
    }
    text += "use pipe_core::prelude::*;\n";
    text + &file.text
}

/// A column, or a field of a struct in one.
struct FieldOf<'a> {
    name: &'a str,
    dtype: &'a DataType,
    facts: &'a Facts,
    notes: &'a [String],
}

/// The structs written so far.
#[derive(Default)]
struct File {
    text: String,
    structs: HashSet<String>,
    /// Types of chrono that fields have.
    chrono: BTreeSet<&'static str>,
}

/// How a type is written.
struct Written {
    ty: String,
    unit: Option<&'static str>,
    zone: Option<String>,
}

impl Written {
    fn plain(ty: impl Into<String>) -> Self {
        Self {
            ty: ty.into(),
            unit: None,
            zone: None,
        }
    }

    /// Whether the type alone says everything.
    fn is_plain(&self) -> bool {
        self.unit.is_none() && self.zone.is_none()
    }
}

/// Where a struct in a column gets its name from.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: &'a str,
    column: &'a str,
    /// Whether it is one of many in a list.
    item: bool,
}

/// A struct in a column, to be written once the struct around it is.
struct Nested<'a> {
    name: String,
    doc: String,
    fields: &'a [Field],
    facts: &'a Facts,
}

impl File {
    fn add(&mut self, name: &str, doc: &[String], fields: Vec<FieldOf>) {
        let mut nested = Vec::new();
        let mut lines = String::new();
        let mut taken = HashSet::new();
        for (position, field) in fields.into_iter().enumerate() {
            for note in field.notes {
                let _ = writeln!(lines, "    // {}", one_line(note));
            }
            self.field(name, position, &field, &mut taken, &mut nested, &mut lines);
        }
        let text = &mut self.text;
        text.push('\n');
        for line in doc {
            let _ = writeln!(text, "{}", format!("/// {}", one_line(line)).trim_end());
        }
        let _ = write!(text, "#[derive(Schema)]\npub struct {name} {{\n{lines}}}\n");
        for Nested {
            name,
            doc,
            fields,
            facts,
        } in nested
        {
            let fields = fields
                .iter()
                .zip(&facts.parts)
                .map(|(field, facts)| FieldOf {
                    name: &field.name,
                    dtype: &field.dtype,
                    facts,
                    notes: &[],
                });
            self.add(&name, &[doc], fields.collect());
        }
    }

    fn field<'a>(
        &mut self,
        parent: &str,
        position: usize,
        field: &FieldOf<'a>,
        taken: &mut HashSet<String>,
        nested: &mut Vec<Nested<'a>>,
        lines: &mut String,
    ) {
        let column = field.name;
        if column.is_empty() {
            let _ = writeln!(
                lines,
                "    // Column {} has no name, so no field can be it: name it in the file, or do without it.",
                position + 1,
            );
            return;
        }
        let place = Place {
            parent,
            column,
            item: false,
        };
        let written = match self.written(place, field.dtype, field.facts, nested) {
            Ok(written) => written,
            Err(ty) => {
                let _ = writeln!(
                    lines,
                    "    // `{}`: {ty} is no type that a schema has. Leave the column out, write it with another\n    // type, or read the file without a schema and cast it in a step.",
                    one_line(column),
                );
                return;
            }
        };
        let name = names::field_name(column, position, taken);
        let mut options = Vec::new();
        if !names::is_name_of(&name, column) {
            options.push(format!("name = {column:?}"));
        }
        options.extend(written.unit.map(|unit| format!("unit = {unit:?}")));
        options.extend(written.zone.map(|zone| format!("zone = {zone:?}")));
        if !options.is_empty() {
            let _ = writeln!(lines, "    #[column({})]", options.join(", "));
        }
        let ty = optional(written.ty, field.facts.nulls);
        let range = match &field.facts.range {
            None => String::new(),
            Some((least, greatest)) if least == greatest => format!(" // always {least}"),
            Some((least, greatest)) => format!(" // {least} to {greatest}"),
        };
        let _ = writeln!(lines, "    pub {name}: {ty},{range}");
    }

    /// The type of a column; what it is in Polars' words if no field can have it.
    fn written<'a>(
        &mut self,
        place: Place,
        dtype: &'a DataType,
        facts: &'a Facts,
        nested: &mut Vec<Nested<'a>>,
    ) -> Result<Written, String> {
        let unit = |unit: &TimeUnit| match unit {
            TimeUnit::Nanoseconds => Some("ns"),
            TimeUnit::Microseconds => None,
            TimeUnit::Milliseconds => Some("ms"),
        };
        Ok(match dtype {
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
            | DataType::Binary => Written::plain(describe_dtype(dtype)),
            DataType::Date => Written::plain(self.chrono("NaiveDate")),
            DataType::Time => Written::plain(self.chrono("NaiveTime")),
            DataType::Duration(found) => Written {
                unit: unit(found),
                ..Written::plain(self.chrono("TimeDelta"))
            },
            DataType::Datetime(found, None) => Written {
                unit: unit(found),
                ..Written::plain(self.chrono("NaiveDateTime"))
            },
            DataType::Datetime(found, Some(zone)) => {
                self.chrono("Utc");
                let ty = format!("{}<Utc>", self.chrono("DateTime"));
                let zone = zone.as_str();
                Written {
                    ty,
                    unit: unit(found),
                    zone: (zone != "UTC").then(|| zone.to_owned()),
                }
            }
            DataType::List(item) => {
                let items = facts.parts.first().ok_or_else(|| describe_dtype(dtype))?;
                let known = nested.len();
                let place = Place {
                    item: true,
                    ..place
                };
                let written = self.written(place, item, items, nested)?;
                // Units and zones are said of whole columns only, and `Vec<u8>` means bytes.
                if !written.is_plain() || (written.ty == "u8" && !items.nulls) {
                    nested.truncate(known);
                    return Err(format!("a list of {}", describe_dtype(item)));
                }
                Written::plain(format!("Vec<{}>", optional(written.ty, items.nulls)))
            }
            DataType::Struct(fields) if !fields.is_empty() => {
                let Place {
                    parent,
                    column,
                    item,
                } = place;
                let one = if item {
                    names::singular(column)
                } else {
                    column.to_owned()
                };
                let name = format!("{parent}{}", names::struct_name(&one));
                let name = names::unique(name, &mut self.structs);
                nested.push(Nested {
                    name: name.clone(),
                    doc: format!("What is in `{column}` of [`{parent}`]."),
                    fields,
                    facts,
                });
                Written::plain(name)
            }
            other => return Err(describe_dtype(other)),
        })
    }

    /// Notes that a type of chrono is needed.
    fn chrono(&mut self, ty: &'static str) -> &'static str {
        self.chrono.insert(ty);
        ty
    }
}

fn optional(ty: String, nulls: bool) -> String {
    if nulls { format!("Option<{ty}>") } else { ty }
}

/// Names in files may hold line breaks, which would end a comment.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
