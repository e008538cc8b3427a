//! CSV files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::lazy::dsl::ScanSources;
use polars::prelude::*;

use super::conform::{self, Target};
use super::convert::TextFormat;
use super::diagnose::{self, Cause};
use super::files;
use super::records::{Dialect, Records};
use super::{Fault, IntoSource, KnownFiles, Source, SourceError, SourceIdentity, SourceProblem};
use crate::contract::NamedSchema;
use crate::digest::Digest;

mod explain;
mod header;

/// CSV files: a path, or a glob whose files are read as one frame, in sorted order.
///
/// ```
/// use pipe_core::prelude::*;
///
/// let flights = Csv::new("data/flights-*.csv").separator(';').null_values(["NA", ""]);
/// ```
///
/// Declared columns are read with their declared types, found by the names in each file's header
/// line; other columns are never parsed. Dates and times are read in ISO 8601 form (`2013-01-31`,
/// `17:30:00`, `2013-01-31T17:30:00`, and for `DateTime<Utc>` `2013-01-31T17:30:00Z`); one that the
/// column's unit cannot hold as it is is an error. An empty field is null, a quoted empty one is the
/// empty `String`. A record with too few fields has nulls in the others. Without a schema, types are
/// inferred from the first 100 000 records of all files; dates and times stay `String`.
#[derive(Clone, Debug)]
pub struct Csv {
    path: PathBuf,
    separator: Option<char>,
    quote: Option<char>,
    null_values: Vec<String>,
    header: bool,
    comment_prefix: Option<String>,
    skip_rows: usize,
    lossy: bool,
    decimal_comma: bool,
}

/// A file and its columns.
pub(super) type Headed = (PathBuf, Vec<PlSmallStr>);

/// Records that types are inferred from where there is no schema.
const INFERRED: usize = 100_000;

impl Csv {
    /// The CSV files at a path or a glob. Fields are separated by tabs in a `.tsv` file, by commas
    /// elsewhere.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().into(),
            separator: None,
            quote: Some('"'),
            null_values: Vec::new(),
            header: true,
            comment_prefix: None,
            skip_rows: 0,
            lossy: false,
            decimal_comma: false,
        }
    }

    /// What separates fields.
    #[must_use]
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// What encloses fields that hold separators or line breaks; `None`: nothing does.
    #[must_use]
    pub fn quote(mut self, quote: Option<char>) -> Self {
        self.quote = quote;
        self
    }

    /// Fields that are null, quoted or not.
    #[must_use]
    pub fn null_values<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.null_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Whether the first line names the columns. If not, the schema does, in its order.
    #[must_use]
    pub fn header(mut self, header: bool) -> Self {
        self.header = header;
        self
    }

    /// Lines that begin with this are skipped.
    #[must_use]
    pub fn comment_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.comment_prefix = Some(prefix.into());
        self
    }

    /// Skips this many records at the beginning, before the header.
    #[must_use]
    pub fn skip_rows(mut self, rows: usize) -> Self {
        self.skip_rows = rows;
        self
    }

    /// Reads bytes that are not UTF-8 as `�`, instead of failing.
    #[must_use]
    pub fn lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Reads `1,5` as one and a half.
    #[must_use]
    pub fn decimal_comma(mut self) -> Self {
        self.decimal_comma = true;
        self
    }

    /// The options in the terms of bytes, as Polars wants them.
    pub(super) fn dialect(&self) -> Result<Dialect, SourceError> {
        let by_extension = if extension_is(&self.path, "tsv") {
            '\t'
        } else {
            ','
        };
        let mut faults = Vec::new();
        let mut byte = |option, value: char, taken: &[Option<char>]| {
            let problem = |help| SourceProblem::BadOption {
                option,
                value: value.into(),
                help,
            };
            let fault = if !value.is_ascii() {
                problem("only ASCII characters can be")
            } else if value == '\n' || value == '\r' {
                problem("a line break ends the record")
            } else if taken.contains(&Some(value)) {
                problem("another option has this character")
            } else {
                return u8::try_from(value).unwrap_or_default();
            };
            faults.push(Fault::of(&self.path.display(), fault));
            0
        };
        let separator = self.separator.unwrap_or(by_extension);
        let comma = self.decimal_comma.then_some(',');
        let dialect = Dialect {
            separator: byte("separator", separator, &[self.quote, comma]),
            quote: self.quote.map(|quote| byte("quote", quote, &[])),
            comment: self
                .comment_prefix
                .clone()
                .filter(|prefix| !prefix.is_empty()),
            skip_blank: false,
        };
        SourceError::unless_empty(self.path.display(), faults)?;
        Ok(dialect)
    }

    /// Whether a field with this text is null.
    pub(super) fn is_null(&self, text: &str) -> bool {
        self.null_values.iter().any(|null| null == text)
    }

    /// The files with their columns, checked against the schema; `faults` were found before.
    pub(super) fn headers(
        &self,
        dialect: &Dialect,
        schema: Option<NamedSchema>,
        mut faults: Vec<Fault>,
    ) -> Result<Vec<Headed>, SourceError> {
        let mut headed: Vec<Headed> = Vec::new();
        for file in files::find(&self.path)? {
            match self.columns(dialect, &file, schema) {
                Ok(columns) => headed.push((file, columns)),
                Err(error) => faults.extend(error.faults),
            }
        }
        if schema.is_none()
            && let Some((first, columns)) = headed.first()
        {
            let differ = headed.iter().filter(|(_, other)| other != columns);
            faults.extend(differ.map(|(file, _)| {
                let other = first.display().to_string();
                Fault::of(&file.display(), SourceProblem::FilesDiffer { other })
            }));
        }
        SourceError::unless_empty(self.path.display(), faults)?;
        Ok(headed)
    }

    /// The frame of these files; without targets, types are inferred.
    pub(super) fn read(
        &self,
        dialect: &Dialect,
        files: &[Headed],
        targets: Option<&[Target]>,
    ) -> Result<LazyFrame, SourceError> {
        // Polars gives a schema's columns to a file's columns by position: one scan reads only files
        // with the same header.
        let scans = files.chunk_by(|(_, a), (_, b)| a == b).map(|same| {
            let sources = files::scan_sources(same.iter().map(|(file, _)| file))?;
            let columns = same.first().map_or(&[][..], |(_, columns)| columns);
            let place = (self.header, self.skip_rows);
            self.scan(dialect, sources, columns, targets, place)
        });
        let scans = scans.collect::<PolarsResult<Vec<_>>>();
        scans
            .and_then(one_frame)
            .map_err(|error| self.polars_error(error))
    }

    /// The scan of files that all have the given columns; without targets, types are inferred.
    fn scan(
        &self,
        dialect: &Dialect,
        sources: ScanSources,
        columns: &[PlSmallStr],
        targets: Option<&[Target]>,
        (header, skip_rows): (bool, usize),
    ) -> PolarsResult<LazyFrame> {
        let nulls: Vec<PlSmallStr> = self.null_values.iter().map(PlSmallStr::from).collect();
        let reader = LazyCsvReader::new_with_sources(sources)
            .with_glob(false)
            .with_has_header(header)
            .with_skip_rows(skip_rows)
            .with_separator(dialect.separator)
            .with_quote_char(dialect.quote)
            .with_comment_prefix(dialect.comment.as_deref().map(PlSmallStr::from))
            .with_null_values((!nulls.is_empty()).then_some(NullValues::AllColumns(nulls)))
            .with_encoding(if self.lossy {
                CsvEncoding::LossyUtf8
            } else {
                CsvEncoding::Utf8
            })
            .with_decimal_comma(self.decimal_comma);
        let Some(targets) = targets else {
            return reader
                .with_infer_schema_length(Some(INFERRED))
                .with_infer_schema_files(std::num::NonZeroUsize::MAX)
                .finish();
        };
        let dtype = |name: &PlSmallStr| {
            let declared = targets.iter().find(|target| target.name == *name);
            declared.map_or(DataType::String, |target| {
                TextFormat::Csv.reads(&target.dtype)
            })
        };
        let schema: Schema = columns
            .iter()
            .map(|name| Field::new(name.clone(), dtype(name)))
            .collect();
        let lazy = reader.with_schema(Some(Arc::new(schema))).finish()?;
        Ok(TextFormat::Csv.converted(lazy, targets))
    }

    fn polars_error(&self, error: PolarsError) -> SourceError {
        SourceError::new(self.path.display(), SourceProblem::Polars(error))
    }
}

impl Source for Csv {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn open(&self, schema: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        let dialect = self.dialect()?;
        let targets = schema.map(Target::declared);
        let faults = match &targets {
            Some(targets) => TextFormat::Csv.refused(&self.describe(), targets),
            None => Vec::new(),
        };
        let files = self.headers(&dialect, schema, faults)?;
        self.read(&dialect, &files, targets.as_deref())
    }

    fn identity(&self, known: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        let dialect = self.dialect()?;
        let mut options = Digest::new("csv");
        options
            .part([dialect.separator])
            .part(dialect.quote.as_slice());
        options.part([self.header, self.lossy, self.decimal_comma].map(u8::from));
        options
            .part(dialect.comment.unwrap_or_default())
            .part(self.skip_rows.to_string());
        for value in &self.null_values {
            options.part(value);
        }
        files::identity(&self.path, &options, known)
    }

    fn diagnose(&self, schema: Option<NamedSchema>, error: &PolarsError) -> Option<SourceError> {
        let dialect = self.dialect().ok()?;
        let targets = match schema {
            Some(schema) => Target::declared(schema),
            None => Target::inferred(&*self.open(None).ok()?.collect_schema().ok()?),
        };
        let cause = Cause::of(error, &self.describe(), &targets)?;
        files::find(&self.path).ok()?.iter().find_map(|file| {
            let columns = self.columns(&dialect, file, schema).ok()?;
            let reader = explain::Reader {
                csv: self,
                dialect: &dialect,
                columns: &columns,
            };
            let records = self.records(&dialect, file).ok()?;
            diagnose::first_fault(&reader, file, records, &targets, &cause)
        })
    }

    fn at(&self, path: &Path) -> Option<Arc<dyn Source>> {
        match super::from_path(path) {
            Ok(other) if !extension_is(path, "csv") && !extension_is(path, "tsv") => Some(other),
            _ => Some(Arc::new(Self {
                path: path.into(),
                ..self.clone()
            })),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for Csv {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(self))
    }
}

fn extension_is(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Several frames with the same columns as one, in order.
pub(super) fn one_frame(mut frames: Vec<LazyFrame>) -> PolarsResult<LazyFrame> {
    match frames.len() {
        1 => Ok(frames.remove(0)),
        _ => concat(
            frames,
            UnionArgs {
                maintain_order: true,
                ..UnionArgs::default()
            },
        ),
    }
}
