//! A schema from data: the struct that reads a file, as text.
//!
//! Every row is looked at. What the types may be is guessed from the text; then the file is read with
//! them, by the very code that a pipeline reads it with. A column that cannot be read so is a
//! `String`, and whether there are nulls is what that reading says.

use std::path::{Path, PathBuf};

use super::{Csv, NdJson, Parquet, SourceError, SourceProblem};

mod csv;
mod facts;
mod guess;
mod json;
mod names;
mod render;

use facts::Facts;
use polars::prelude::{DataType, PlSmallStr};

/// Writes the `#[derive(Schema)]` struct for a CSV, Parquet or NDJSON file, ready to paste.
///
/// ```
/// use pipe_core::source::InferSchema;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("readings.csv");
/// std::fs::write(&path, "sensor,Temp °C\na,20.5\nb,\n")?;
/// let text = InferSchema::new(&path).to_rust()?;
/// assert!(text.ends_with(
///     r#"
/// #[derive(Schema)]
/// pub struct Reading {
///     pub sensor: String,
///     #[column(name = "Temp °C")]
///     pub temp_c: Option<f64>, // always 20.5
/// }
/// "#
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// All rows are looked at: a column with a null is an `Option`. In CSV and NDJSON, texts that are all
/// ISO dates or times become dates and times. What no schema can hold stands there as a comment that
/// says what to do.
#[derive(Clone, Debug)]
pub struct InferSchema {
    path: PathBuf,
    name: Option<String>,
    null_values: Vec<String>,
    separator: Option<char>,
}

/// Why there is no schema for a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferError {
    /// The file cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Not a name that a struct can have.
    #[error(
        "`{name}` cannot be the name of a struct; help: letters, digits and `_`, as in `{near}`"
    )]
    Name {
        /// The name.
        name: String,
        /// One that could be.
        near: String,
    },
    /// An option that says nothing about this kind of file.
    #[error("{option} is for CSV files, and {file} is none; help: leave it out")]
    OnlyCsv {
        /// The option.
        option: &'static str,
        /// The file.
        file: String,
    },
}

/// What was found in a file.
struct Found {
    columns: Vec<FoundColumn>,
    rows: u64,
}

/// A column as it can be read.
struct FoundColumn {
    name: PlSmallStr,
    dtype: DataType,
    facts: Facts,
    /// What its user should know of it.
    notes: Vec<String>,
}

impl InferSchema {
    /// A schema for the files at a path or a glob; the extension says their format, as everywhere.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().into(),
            name: None,
            null_values: Vec::new(),
            separator: None,
        }
    }

    /// The struct's name. Unless told otherwise it is that of the file, in `CamelCase` and without a
    /// plural's ending: `flights.csv` has rows of `Flight`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Fields of a CSV file that are null, as in [`Csv::null_values`].
    #[must_use]
    pub fn null_values<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.null_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// What separates fields of a CSV file, as in [`Csv::separator`].
    #[must_use]
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// The struct, with those for its nested columns and the `use` lines that all of them need.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or options do not fit it.
    pub fn to_rust(&self) -> Result<String, InferError> {
        let name = self.struct_name()?;
        let extension = self.path.extension().and_then(|e| e.to_str());
        let found = match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv" | "tsv") => csv::found(&self.csv(), self.separator.is_some())?,
            Some("parquet" | "pq") => {
                self.only_csv()?;
                facts::stored(&Parquet::new(&self.path))?
            }
            Some("ndjson" | "jsonl") => {
                self.only_csv()?;
                json::found(&NdJson::new(&self.path))?
            }
            _ => {
                let problem = SourceProblem::UnknownFormat;
                return Err(SourceError::new(self.path.display(), problem).into());
            }
        };
        Ok(render::rust(&name, &self.doc(found.rows), &found.columns))
    }

    fn csv(&self) -> Csv {
        let csv = Csv::new(&self.path).null_values(self.null_values.iter().map(String::as_str));
        match self.separator {
            Some(separator) => csv.separator(separator),
            None => csv,
        }
    }

    fn only_csv(&self) -> Result<(), InferError> {
        let option = if self.separator.is_some() {
            "a separator"
        } else if !self.null_values.is_empty() {
            "a list of null values"
        } else {
            return Ok(());
        };
        let file = self.path.display().to_string();
        Err(InferError::OnlyCsv { option, file })
    }

    fn struct_name(&self) -> Result<String, InferError> {
        let Some(name) = &self.name else {
            let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
            let letters = stem.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            return Ok(names::struct_name(&names::singular(letters)));
        };
        if names::is_type_name(name) {
            return Ok(name.clone());
        }
        Err(InferError::Name {
            name: name.clone(),
            near: names::struct_name(name),
        })
    }

    /// The struct's documentation: where it comes from and, where it is not plain, how to read it.
    fn doc(&self, rows: u64) -> Vec<String> {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let rows = match rows {
            1 => "1 row".to_owned(),
            rows => format!("{rows} rows"),
        };
        let mut doc = vec![format!("A row of `{file}`, as found in {rows}.")];
        let separator = self.separator.map(|char| format!(".separator({char:?})"));
        let nulls =
            (!self.null_values.is_empty()).then(|| format!(".null_values({:?})", self.null_values));
        let options: Vec<String> = separator.into_iter().chain(nulls).collect();
        if !options.is_empty() {
            let options = options.concat();
            doc.push(String::new());
            doc.push(format!("Read it with `Csv::new({file:?}){options}`."));
        }
        doc
    }
}
