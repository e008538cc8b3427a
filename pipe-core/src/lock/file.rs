//! The lock file as text.
//!
//! It is written whole and in one form, so that equal contracts are equal files: pipelines and frames
//! sorted by name, columns in the order of their schema, one in a line.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::LockError;
use super::model::{Column, Contracts, Frame};

/// Counted up when older versions could not read the file rightly.
pub(super) const FORMAT: i64 = 1;

const HEADER: &str = "\
# What the pipelines of this crate take and give: columns, types, rules.
# Written by the verb `lock` of each pipeline's binary, compared with the code by `check`.
# Keep it under version control; do not edit it.

";

/// The contracts of every pipeline in the file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct LockFile {
    pub(super) pipelines: BTreeMap<String, Contracts>,
}

impl LockFile {
    /// `None` if there is no such file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, LockError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let path = path.into();
                return Err(LockError::Read { path, error });
            }
        };
        Self::parse(&text, path).map(Some)
    }

    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, LockError> {
        let broken = |reason| LockError::Broken {
            path: path.into(),
            reason,
        };
        let document = Document::parse(text)
            .map_err(|error| broken(format!("is no TOML: {}", error.to_string().trim_end())))?;
        // Before anything else: what else is in a newer file is not known.
        match document.get("format").and_then(Item::as_integer) {
            Some(format) if format > FORMAT => {
                let path = path.into();
                return Err(LockError::Newer { path, format });
            }
            Some(FORMAT) => {}
            _ => return Err(broken("has no `format` that is known".to_owned())),
        }
        parse(document.as_table()).map_err(broken)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), LockError> {
        fs::write(path, self.text()).map_err(|error| LockError::Write {
            path: path.into(),
            error,
        })
    }

    pub(super) fn text(&self) -> String {
        let mut document = DocumentMut::new();
        document.decor_mut().set_prefix(HEADER);
        document["format"] = value(FORMAT);
        let mut pipelines = implicit();
        for (name, contracts) in &self.pipelines {
            let mut pipeline = implicit();
            // Without frames nothing else says that it is there.
            pipeline.set_implicit(*contracts != Contracts::default());
            for (side, frames) in [
                ("inputs", &contracts.inputs),
                ("outputs", &contracts.outputs),
            ] {
                let mut tables = implicit();
                for (name, frame) in frames {
                    tables.insert(name, Item::Table(frame_table(frame)));
                }
                pipeline.insert(side, Item::Table(tables));
            }
            pipelines.insert(name, Item::Table(pipeline));
        }
        document.insert("pipelines", Item::Table(pipelines));
        document.to_string()
    }
}

/// A table without a line of its own.
fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

fn frame_table(frame: &Frame) -> Table {
    let mut table = Table::new();
    if frame.rules.is_empty() {
        table.set_implicit(true);
    } else {
        table.insert("rules", value(strings(&frame.rules)));
    }
    let mut columns = Table::new();
    for column in &frame.columns {
        let written = column.written();
        let item = if column.rules.is_empty() {
            value(written)
        } else {
            let mut item = InlineTable::new();
            item.insert("type", written.into());
            item.insert("rules", strings(&column.rules).into());
            value(item)
        };
        columns.insert(&column.name, item);
    }
    table.insert("columns", Item::Table(columns));
    table
}

fn strings(texts: &[String]) -> Array {
    texts.iter().map(String::as_str).collect()
}

fn parse(document: &Table) -> Result<LockFile, String> {
    let mut file = LockFile::default();
    let Some(pipelines) = document.get("pipelines") else {
        return Ok(file);
    };
    for (name, pipeline) in table(pipelines, "pipelines")? {
        let mut contracts = Contracts::default();
        for (side, frames) in table(pipeline, name)? {
            let to = match side {
                "inputs" => &mut contracts.inputs,
                "outputs" => &mut contracts.outputs,
                other => {
                    return Err(format!(
                        "pipeline `{name}` has `{other}`, which is not known"
                    ));
                }
            };
            for (name, frame) in table(frames, side)? {
                to.insert(name.to_owned(), parse_frame(name, frame)?);
            }
        }
        file.pipelines.insert(name.to_owned(), contracts);
    }
    Ok(file)
}

fn parse_frame(name: &str, frame: &Item) -> Result<Frame, String> {
    let mut found = Frame::default();
    for (key, item) in table(frame, name)? {
        match key {
            "rules" => found.rules = parse_rules(item.as_value(), name)?,
            "columns" => {
                for (name, column) in table(item, key)? {
                    found.columns.push(parse_column(name, column)?);
                }
            }
            other => return Err(format!("frame `{name}` has `{other}`, which is not known")),
        }
    }
    Ok(found)
}

fn parse_column(name: &str, item: &Item) -> Result<Column, String> {
    if let Some(ty) = item.as_str() {
        return Ok(Column::parse(name, ty, Vec::new()));
    }
    let options = item.as_table_like();
    let ty = options.and_then(|options| options.get("type")?.as_str());
    match (options, ty) {
        (Some(options), Some(ty)) => {
            let rules = options.get("rules").and_then(Item::as_value);
            Ok(Column::parse(name, ty, parse_rules(rules, name)?))
        }
        _ => Err(format!("column `{name}` has no type")),
    }
}

fn parse_rules(rules: Option<&Value>, of: &str) -> Result<Vec<String>, String> {
    let Some(rules) = rules else {
        return Ok(Vec::new());
    };
    let texts = rules.as_array().map(|rules| {
        let texts = rules.iter().map(|rule| rule.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<_>>>()
    });
    texts
        .flatten()
        .ok_or_else(|| format!("the rules of `{of}` are no list of texts"))
}

/// The entries of a table, in the order of the file.
fn table<'a>(
    item: &'a Item,
    name: &str,
) -> Result<impl Iterator<Item = (&'a str, &'a Item)>, String> {
    item.as_table_like()
        .map(TableLike::iter)
        .ok_or_else(|| format!("`{name}` is no table"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails panics")]
mod tests {
    use super::*;

    fn column(name: &str, ty: &str, rules: &[&str]) -> Column {
        Column::parse(
            name,
            ty,
            rules.iter().map(|&rule| rule.to_owned()).collect(),
        )
    }

    fn contracts() -> Contracts {
        let flights = Frame {
            rules: vec!["primary_key(carrier, flight)".to_owned()],
            columns: vec![
                column("flight", "i64", &["min = 1", "max = 9999"]),
                column("carrier", "String", &[]),
                column("Air Time: \"min\"", "Option<f64>", &[]),
            ],
        };
        let carriers = Frame {
            rules: Vec::new(),
            columns: vec![column("carrier", "String", &[])],
        };
        let open = Frame::default();
        Contracts {
            inputs: [("flights".to_owned(), flights), ("extra".to_owned(), open)].into(),
            outputs: [("carriers".to_owned(), carriers)].into(),
        }
    }

    const TEXT: &str = r#"# What the pipelines of this crate take and give: columns, types, rules.
# Written by the verb `lock` of each pipeline's binary, compared with the code by `check`.
# Keep it under version control; do not edit it.

format = 1

[pipelines.delays.inputs.extra.columns]

[pipelines.delays.inputs.flights]
rules = ["primary_key(carrier, flight)"]

[pipelines.delays.inputs.flights.columns]
flight = { type = "i64", rules = ["min = 1", "max = 9999"] }
carrier = "String"
'Air Time: "min"' = "Option<f64>"

[pipelines.delays.outputs.carriers.columns]
carrier = "String"
"#;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contracts.lock");
        let mut file = LockFile::default();
        file.pipelines.insert("delays".to_owned(), contracts());
        file.write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT);
        let read = LockFile::read(&path).unwrap().unwrap();
        assert_eq!(read.pipelines, file.pipelines);
        assert_eq!(read.text(), TEXT);
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contracts.lock");
        assert!(LockFile::read(&path).unwrap().is_none());
        for (text, message) in [
            (
                "format = 2\n[pipelines]\nx = [1]",
                "has format 2, and this version of pipe-core knows formats up to 1",
            ),
            ("", "has no `format`"),
            ("format = \"1\"", "has no `format`"),
            ("format = 1\n<<<<<<< HEAD\n", "is no TOML"),
            ("format = 1\npipelines = 1", "`pipelines` is no table"),
            (
                "format = 1\n[pipelines.a.middle]",
                "`middle`, which is not known",
            ),
            (
                "format = 1\n[pipelines.a.inputs.b]\nopen = true",
                "`open`, which is not known",
            ),
            (
                "format = 1\n[pipelines.a.inputs.b.columns]\nc = 1",
                "column `c` has no type",
            ),
            (
                "format = 1\n[pipelines.a.inputs.b]\nrules = 1",
                "the rules of `b`",
            ),
        ] {
            fs::write(&path, text).unwrap();
            let error = LockFile::read(&path).unwrap_err().to_string();
            assert!(
                error.contains(message) && error.contains("help: "),
                "{error}"
            );
        }
    }
}
