//! Files with one JSON object per line.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::io::HiveOptions;
use polars::lazy::dsl::{
    CastColumnsPolicy, DslPlan, ExtraColumnsPolicy, FileScanDsl, MissingColumnsPolicy,
    NDJsonReadOptions, ScanSources, UnifiedScanArgs,
};
use polars::prelude::*;
use serde_json::Value;

use super::conform::Target;
use super::convert::{self, TextFormat};
use super::diagnose::{self, Cause, TextSource, bad_cell_help};
use super::error::shortened;
use super::files;
use super::records::{Dialect, Records};
use super::{IntoSource, KnownFiles, Source, SourceError, SourceIdentity, SourceProblem};
use crate::contract::NamedSchema;
use crate::digest::Digest;

/// Files with one JSON object per line (`.ndjson`, `.jsonl`): a path, or a glob whose files are read
/// as one frame, in sorted order.
///
/// ```
/// use pipe_core::prelude::*;
///
/// let events = NdJson::new("events/*.ndjson");
/// ```
///
/// A key that an object does not have is null, keys that nobody declared are not looked at, and a
/// value of another type is an error. Only a `String` column takes every value: what is not a string
/// is taken as a text that is its JSON, but for keys and texts inside of it that have backslashes,
/// tabs or quotes: not all of them are escaped, so it need not be possible to parse it. Dates and
/// times are strings in ISO 8601 form (`2013-01-31`, `17:30:00`, `2013-01-31T17:30:00`, and for
/// `DateTime<Utc>` `2013-01-31T17:30:00Z`); one that the column's unit cannot hold as it is is an
/// error. Without a schema, types are inferred from the first 100 000 objects; dates and times stay
/// `String`.
#[derive(Clone, Debug)]
pub struct NdJson {
    path: PathBuf,
}

/// Objects that types are inferred from where there is no schema.
const INFERRED: Option<NonZeroUsize> = NonZeroUsize::new(100_000);

impl NdJson {
    /// The NDJSON files at a path or a glob.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().into(),
        }
    }

    /// The files, all of them readable.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, SourceError> {
        let files = files::find(&self.path)?;
        let faults = files
            .iter()
            .filter_map(|file| {
                files::not_compressed(file)
                    .and_then(|()| files::without_mark(file))
                    .err()
            })
            .flat_map(|error| error.faults)
            .collect();
        SourceError::unless_empty(self.path.display(), faults)?;
        Ok(files)
    }

    pub(super) fn polars_error(&self, error: PolarsError) -> SourceError {
        SourceError::new(self.path.display(), SourceProblem::Polars(error))
    }
}

impl Source for NdJson {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn open(&self, schema: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        let targets = schema.map(Target::declared);
        let mut faults = match &targets {
            Some(targets) => TextFormat::NdJson.refused(&self.describe(), targets),
            None => Vec::new(),
        };
        let files = match self.files() {
            Ok(files) => files,
            Err(error) => {
                faults.extend(error.faults);
                Vec::new()
            }
        };
        SourceError::unless_empty(self.path.display(), faults)?;
        let sources = files::scan_sources(&files).map_err(|error| self.polars_error(error))?;
        Ok(scan(sources, targets.as_deref()))
    }

    fn identity(&self, known: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        files::identity(&self.path, &Digest::new("ndjson"), known)
    }

    fn diagnose(&self, schema: Option<NamedSchema>, error: &PolarsError) -> Option<SourceError> {
        let targets = match schema {
            Some(schema) => Target::declared(schema),
            None => Target::inferred(&*self.open(None).ok()?.collect_schema().ok()?),
        };
        let cause = Cause::of(error, &self.describe(), &targets)?;
        files::find(&self.path).ok()?.iter().find_map(|file| {
            let records = records(file).ok()?;
            diagnose::first_fault(&Reader, file, records, &targets, &cause)
        })
    }

    fn at(&self, path: &Path) -> Option<Arc<dyn Source>> {
        super::from_path(path)
            .ok()
            .or_else(|| Some(Arc::new(Self::new(path))))
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for NdJson {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(self))
    }
}

/// The scan; without targets, types are inferred. `LazyJsonLineReader` would take every path for a
/// glob.
pub(super) fn scan(sources: ScanSources, targets: Option<&[Target]>) -> LazyFrame {
    let read =
        |target: &Target| Field::new(target.name.clone(), TextFormat::NdJson.reads(&target.dtype));
    let schema = targets.map(|targets| Arc::new(targets.iter().map(read).collect::<Schema>()));
    let options = NDJsonReadOptions {
        n_threads: None,
        infer_schema_length: INFERRED,
        chunk_size: NonZeroUsize::MIN.saturating_add((1 << 18) - 1),
        low_memory: false,
        ignore_errors: false,
        schema,
        schema_overwrite: None,
    };
    let arguments = UnifiedScanArgs {
        glob: false,
        hive_options: HiveOptions::new_disabled(),
        cast_columns_policy: CastColumnsPolicy::ERROR_ON_MISMATCH,
        missing_columns_policy: MissingColumnsPolicy::Raise,
        extra_columns_policy: ExtraColumnsPolicy::Raise,
        ..UnifiedScanArgs::default()
    };
    let lazy = LazyFrame::from(DslPlan::Scan {
        sources,
        unified_scan_args: Box::new(arguments),
        scan_type: Box::new(FileScanDsl::NDJson { options }),
        cached_ir: Arc::default(),
    });
    match targets {
        Some(targets) => TextFormat::NdJson.converted(lazy, targets),
        None => lazy,
    }
}

/// The lines of a file that hold something.
pub(super) fn records(file: &Path) -> std::io::Result<Records> {
    let lines = Dialect {
        separator: b'\n',
        quote: None,
        comment: None,
        skip_blank: true,
    };
    Records::open(file, lines)
}

/// Reads lines.
pub(super) struct Reader;

impl TextSource for Reader {
    fn read(&self, records: &[u8], targets: &[Target]) -> PolarsResult<LazyFrame> {
        let sources = ScanSources::Buffers([records.to_vec().into()].into());
        Ok(scan(sources, Some(targets)))
    }

    fn explain_record(&self, record: &[u8]) -> Option<(Option<String>, SourceProblem)> {
        let problem = match serde_json::from_slice(record) {
            Ok(Value::Object(_)) => return None,
            Ok(other) => SourceProblem::NotAnObject {
                text: shortened(other.to_string()),
            },
            Err(error) => {
                // serde_json counts lines too, but this is line 1 to it.
                let reason = error.to_string().replace("line 1 column", "character");
                SourceProblem::InvalidJson { reason }
            }
        };
        Some((None, problem))
    }

    fn explain_cell(&self, record: &[u8], target: &Target) -> SourceProblem {
        let value = cell(record, target);
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
        let advice = convert::advice(&target.dtype, text);
        let text = shortened(value.map_or_else(String::new, |value| value.to_string()));
        let rest = "declare the type that the file has, or repair the file";
        SourceProblem::BadCell {
            text,
            ty: target.ty.clone(),
            help: bad_cell_help(advice, rest),
        }
    }

    fn explain_null(&self, record: &[u8], target: &Target) -> String {
        match cell(record, target) {
            Some(_) => "is null".into(),
            None => "has no such key".into(),
        }
    }

    fn explain_rest(&self, _: &[u8]) -> Option<SourceProblem> {
        None
    }
}

fn cell(record: &[u8], target: &Target) -> Option<Value> {
    let mut object: Value = serde_json::from_slice(record).ok()?;
    object.get_mut(target.name.as_str()).map(Value::take)
}
