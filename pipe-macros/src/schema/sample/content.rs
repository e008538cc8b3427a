//! What is in a sample file.

use std::path::Path;

use serde_json::Value;

/// Rows that are looked at.
const ROWS: usize = 1000;

/// The columns of a sample, and its first rows.
pub(super) struct Content {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// What separates the fields of a CSV file.
    separator: Option<u8>,
}

/// A row and the line that it begins in.
pub(super) struct Row {
    pub(super) line: u64,
    cells: Cells,
}

enum Cells {
    Csv(csv::StringRecord),
    Json(serde_json::Map<String, Value>),
}

/// The value of a column in a row.
pub(super) enum Cell<'a> {
    /// Of a CSV file; `None` where a record is too short.
    Text(Option<&'a str>),
    /// Of an NDJSON file; `None` where there is no such key.
    Json(Option<&'a Value>),
}

impl Content {
    /// Reads the text of a file, whose extension says its format.
    pub(super) fn parse(text: &str, path: &str, separator: Option<u8>) -> Result<Self, String> {
        let extension = Path::new(path).extension().and_then(|e| e.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::csv(text, separator.unwrap_or(b','))),
            Some("tsv") => Ok(Self::csv(text, separator.unwrap_or(b'\t'))),
            Some("ndjson" | "jsonl") => Self::json(text, path),
            _ => Err(format!(
                "`{path}` is neither CSV nor NDJSON\nknown extensions: `.csv`, `.tsv`, `.ndjson`, `.jsonl`\nhelp: write some rows of it in one of these formats"
            )),
        }
    }

    fn csv(text: &str, separator: u8) -> Self {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .from_reader(text.as_bytes());
        // Text cannot fail: it is UTF-8, and records may be of any length.
        let columns = reader
            .headers()
            .map(|names| names.iter().map(str::to_owned).collect());
        let rows = reader
            .records()
            .map_while(Result::ok)
            .take(ROWS)
            .map(|record| Row {
                line: record.position().map_or(0, csv::Position::line),
                cells: Cells::Csv(record),
            });
        Self {
            rows: rows.collect(),
            columns: columns.unwrap_or_default(),
            separator: Some(separator),
        }
    }

    fn json(text: &str, path: &str) -> Result<Self, String> {
        let mut content = Self {
            columns: Vec::new(),
            rows: Vec::new(),
            separator: None,
        };
        let lines = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.trim().is_empty());
        for (text, line) in lines.take(ROWS) {
            let Ok(object) = serde_json::from_str::<serde_json::Map<String, Value>>(text) else {
                return Err(format!(
                    "line {line} of `{path}` is not a JSON object\nhelp: each line must hold one, such as {{\"a\": 1}}"
                ));
            };
            for key in object.keys() {
                if !content.columns.contains(key) {
                    content.columns.push(key.clone());
                }
            }
            content.rows.push(Row {
                line,
                cells: Cells::Json(object),
            });
        }
        Ok(content)
    }

    /// The values of a column from the first row on, with their lines.
    pub(super) fn cells<'a>(&'a self, column: &'a str) -> impl Iterator<Item = (u64, Cell<'a>)> {
        let index = self.columns.iter().position(|name| name == column);
        self.rows.iter().map(move |row| {
            let cell = match &row.cells {
                Cells::Csv(record) => Cell::Text(index.and_then(|index| record.get(index))),
                Cells::Json(object) => Cell::Json(object.get(column)),
            };
            (row.line, cell)
        })
    }

    /// What to say of a sample that has no column of the schema.
    pub(super) fn no_column(&self, path: &str, schema: &str) -> String {
        let columns: Vec<String> = self.columns.iter().map(|c| format!("`{c}`")).collect();
        let other = match (self.separator, &self.columns[..]) {
            (Some(separator), [only]) => [b',', b';', b'\t', b'|']
                .into_iter()
                .filter(|other| *other != separator)
                .find(|other| only.as_bytes().contains(other)),
            _ => None,
        };
        let help = match other.map(char::from) {
            Some(other) => {
                format!(
                    "it looks separated by {other:?}: `sample(path = {path:?}, separator = \"{}\")`",
                    other.escape_default()
                )
            }
            None if self.separator.is_some() => {
                "the first line of a sample names the columns".to_owned()
            }
            None => "name another file, or other fields".to_owned(),
        };
        format!(
            "`{path}` has no column of `{schema}`\nits columns: {}\nhelp: {help}",
            columns.join(", ")
        )
    }
}
