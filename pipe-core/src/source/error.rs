//! What can be wrong with a source.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::PolarsError;

/// A source that cannot be read, or not as what it is declared to be.
///
/// Shown as one line for each thing that is wrong:
/// ``flights.csv, line 17, column `dep_delay`: `abc` is not an i64; help: …``
#[derive(Clone, Debug, thiserror::Error)]
pub struct SourceError {
    /// Which source: its path, as the user wrote it.
    pub source_name: String,
    /// What is wrong with it; at least one.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The file, or what a source without files calls itself.
    pub place: String,
    /// The line or row.
    pub position: Option<Position>,
    /// The column.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: SourceProblem,
}

/// Where in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// A line of a text file, from 1, as editors count.
    Line(u64),
    /// A row of a table, from 1.
    Row(u64),
}

/// What is wrong with a source.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceProblem {
    /// The file name's extension says nothing.
    #[error(
        "unknown file format; known extensions are .csv, .tsv, .parquet, .ndjson and .jsonl; help: rename the file, or name its format with `Csv::new`, `Parquet::new` or `NdJson::new`"
    )]
    UnknownFormat,
    /// No such file.
    #[error("no such file; looked for {path}; help: check the path")]
    NotFound {
        /// The absolute path.
        path: String,
    },
    /// No file matches a glob.
    #[error("no file matches; looked for {path}; help: check the pattern")]
    NoMatch {
        /// The absolute pattern.
        path: String,
    },
    /// Not a glob.
    #[error("not a valid pattern: {reason}; help: write `[[]` for a `[` in a file name")]
    BadPattern {
        /// What is wrong with it.
        reason: String,
    },
    /// A folder instead of a file.
    #[error("is a folder; help: name the files in it, such as `{pattern}`")]
    IsFolder {
        /// A glob for the files in it.
        pattern: String,
    },
    /// The operating system forbids it.
    #[error("permission denied; help: make {path} readable for this user")]
    PermissionDenied {
        /// The absolute path.
        path: String,
    },
    /// Reading failed otherwise.
    #[error("cannot be read: {0}")]
    Io(#[source] Arc<io::Error>),
    /// A path that Polars cannot take.
    #[error("its path is not UTF-8; help: rename it")]
    PathNotUtf8,
    /// No byte in it, or no line that counts.
    #[error("is empty; help: check what should have written it")]
    Empty,
    /// gzip or zstd.
    #[error("is compressed; help: decompress it first")]
    Compressed,
    /// An option that cannot be.
    #[error("{option} cannot be {value:?}; help: {help}")]
    BadOption {
        /// The method of `Csv`.
        option: &'static str,
        /// Its value.
        value: String,
        /// What can be.
        help: &'static str,
    },
    /// Not a Parquet file.
    #[error("is not a Parquet file: {reason}; help: check what has written it")]
    NotParquet {
        /// What Polars says.
        reason: String,
    },
    /// A Parquet file with a column of a type that this build of Polars cannot read.
    #[error(
        "has the type {found}, which this build of Polars cannot read; help: switch on the matching `dtype-…` feature of polars, or write the column with another type"
    )]
    UnreadableType {
        /// Arrow's name of the type.
        found: String,
    },
    /// Two columns of one name.
    #[error("is twice in the header; help: rename one of them")]
    DuplicateColumn,
    /// The first line has none of the declared columns.
    #[error("its first line `{line}` names no column of `{schema}`; help: {help}")]
    NotAHeader {
        /// The line.
        line: String,
        /// The schema's name.
        schema: &'static str,
        /// What may be the reason.
        help: String,
    },
    /// A file without header line has another number of columns than the schema.
    #[error(
        "its first line has {found}, but `{schema}` has {declared}; help: without a header line the schema names all columns, in order"
    )]
    ColumnCount {
        /// In the file.
        found: Count,
        /// In the schema.
        declared: usize,
        /// The schema's name.
        schema: &'static str,
    },
    /// A declared column is not there.
    #[error("no column `{declared}` of `{schema}`; the columns are {columns}; help: {help}")]
    MissingColumn {
        /// The column as declared: `dep_delay: Option<i64>`.
        declared: String,
        /// The schema's name.
        schema: &'static str,
        /// What there is.
        columns: String,
        /// The nearest name, if one is near.
        help: String,
    },
    /// A column has another type than declared.
    #[error("has the type {found}, but is declared `{declared}` in `{schema}`; help: {help}")]
    WrongType {
        /// The type in the file, as a schema would say it.
        found: String,
        /// The declared type.
        declared: String,
        /// The schema's name.
        schema: &'static str,
        /// What to do.
        help: String,
    },
    /// A declared type that the format cannot hold.
    #[error("{format} cannot hold `{declared}`; help: {help}")]
    NotInFormat {
        /// `CSV`, `NDJSON`.
        format: &'static str,
        /// The declared type.
        declared: String,
        /// What to do.
        help: &'static str,
    },
    /// Files of one source have different columns, and there is no schema to choose by.
    #[error("its columns differ from those of {other}; help: give the source a schema")]
    FilesDiffer {
        /// The first file.
        other: String,
    },
    /// A cell that is not of its column's type.
    #[error("`{text}` is not {article} {ty}; help: {help}", article = article(.ty))]
    BadCell {
        /// The cell.
        text: String,
        /// The wanted type.
        ty: String,
        /// What to do.
        help: String,
    },
    /// A null where none may be.
    #[error(
        "{what}, but `{declared}` may not be null; help: declare it `{option}`, or repair the {place}"
    )]
    NullCell {
        /// `is empty`, `is null`, `has no value`, …
        what: String,
        /// The column as declared.
        declared: String,
        /// The type that could hold it.
        option: String,
        /// `file`, `frame`.
        place: &'static str,
    },
    /// A cell whose bytes are not UTF-8.
    #[error("`{text}` is not UTF-8; help: convert the file, or read it with `.lossy()`")]
    NotUtf8 {
        /// The cell, as far as it is readable.
        text: String,
    },
    /// More fields than columns.
    #[error(
        "has {found}, but there are {columns} columns; help: quote the field that holds a separator, or repair the file"
    )]
    FieldCount {
        /// In this line.
        found: Count,
        /// In the header or the schema.
        columns: usize,
    },
    /// A quoted field that never ends.
    #[error(
        "a quote is opened in this record and never closed; help: close it, or switch quoting off with `.quote(None)`"
    )]
    UnclosedQuote,
    /// Bytes at the beginning of NDJSON that some editors write.
    #[error("begins with a byte order mark; help: save the file as UTF-8 without one")]
    ByteOrderMark,
    /// Not JSON.
    #[error("is not JSON: {reason}; help: each line must hold one complete JSON object")]
    InvalidJson {
        /// What is wrong.
        reason: String,
    },
    /// JSON, but not an object.
    #[error("`{text}` is not a JSON object; help: each line must hold one, such as {{\"a\": 1}}")]
    NotAnObject {
        /// The line.
        text: String,
    },
    /// A record that Polars refuses for another reason.
    #[error("cannot be read: {reason}; help: check its quotes and separators")]
    Malformed {
        /// What Polars says.
        reason: String,
    },
    /// Polars refuses it.
    #[error("{0}")]
    Polars(#[source] PolarsError),
    /// Anything else, in its own words.
    #[error("{0}")]
    Other(String),
}

/// A number of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub usize);

impl SourceError {
    /// An error of the given source as a whole.
    pub fn new(source: impl Display, problem: SourceProblem) -> Self {
        Fault::of(&source, problem).into()
    }

    /// `Err` with all that is wrong, if anything is.
    pub(super) fn unless_empty(source: impl Display, faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self {
                source_name: source.to_string(),
                faults,
            })
        }
    }
}

impl Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl From<Fault> for SourceError {
    fn from(fault: Fault) -> Self {
        Self {
            source_name: fault.place.clone(),
            faults: vec![fault],
        }
    }
}

impl Fault {
    pub(super) fn of(place: &impl ToString, problem: SourceProblem) -> Self {
        Self {
            place: place.to_string(),
            position: None,
            column: None,
            problem,
        }
    }

    pub(super) fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }

    pub(super) fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    pub(super) fn io(file: &Path, error: io::Error) -> Self {
        let problem = match error.kind() {
            io::ErrorKind::NotFound => SourceProblem::NotFound {
                path: absolute(file),
            },
            io::ErrorKind::PermissionDenied => SourceProblem::PermissionDenied {
                path: absolute(file),
            },
            _ => SourceProblem::Io(Arc::new(error)),
        };
        Self::of(&file.display(), problem)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        match self.position {
            Some(Position::Line(line)) => write!(f, ", line {line}")?,
            Some(Position::Row(row)) => write!(f, ", row {row}")?,
            None => {}
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} field{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.into())
        .display()
        .to_string()
}

fn article(ty: &str) -> &'static str {
    if ty.starts_with(['i', 'f']) {
        "an"
    } else {
        "a"
    }
}

/// As much of a text from a file as a message can take.
pub(super) fn shortened(text: String) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
