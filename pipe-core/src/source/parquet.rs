//! Parquet files.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::io::HiveOptions;
use polars::lazy::dsl::{DslBuilder, UnifiedScanArgs};
use polars::prelude::*;

use super::conform::{self, Target};
use super::csv::one_frame;
use super::diagnose::{self, Cause};
use super::error::Position;
use super::files;
use super::{Fault, IntoSource, KnownFiles, Source, SourceError, SourceIdentity, SourceProblem};
use crate::contract::NamedSchema;
use crate::digest::Digest;

/// Parquet files: a path, or a glob whose files are read as one frame, in sorted order.
///
/// ```
/// use pipe_core::prelude::*;
///
/// let flights = Parquet::new("flights/*.parquet");
/// ```
///
/// Columns must have exactly the declared types; other columns are not read. Folder names such as
/// `year=2013` are names, not columns.
#[derive(Clone, Debug)]
pub struct Parquet {
    path: PathBuf,
}

impl Parquet {
    /// The Parquet files at a path or a glob.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().into(),
        }
    }

    fn polars_error(&self, error: PolarsError) -> SourceError {
        SourceError::new(self.path.display(), SourceProblem::Polars(error))
    }
}

impl Source for Parquet {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn open(&self, schema: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        let files = files::find(&self.path)?;
        let mut faults = Vec::new();
        let mut typed: Vec<(&PathBuf, Schema)> = Vec::new();
        for file in &files {
            match file_schema(file) {
                Ok(found) => typed.push((file, found)),
                Err(error) => faults.extend(error.faults),
            }
        }
        for (file, found) in &typed {
            let place = file.display().to_string();
            if let Some(schema) = schema {
                let names: Vec<PlSmallStr> = found.iter_names().cloned().collect();
                faults.extend(conform::missing(&place, schema, &names));
                faults.extend(conform::mistyped(&place, schema, found));
            } else if *found != typed[0].1 {
                let other = typed[0].0.display().to_string();
                faults.push(Fault::of(&place, SourceProblem::FilesDiffer { other }));
            }
        }
        SourceError::unless_empty(self.path.display(), faults)?;

        let targets = schema.map(Target::declared);
        // One scan reads only files with the same columns.
        let scans = typed.chunk_by(|(_, a), (_, b)| a == b).map(|same| {
            let lazy = scan(same.iter().map(|(file, _)| *file))?;
            Ok(match &targets {
                Some(targets) => lazy.select(targets.iter().map(Target::expr).collect::<Vec<_>>()),
                None => lazy,
            })
        });
        let scans = scans.collect::<PolarsResult<Vec<_>>>();
        scans
            .and_then(one_frame)
            .map_err(|error| self.polars_error(error))
    }

    fn identity(&self, known: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        files::identity(&self.path, &Digest::new("parquet"), known)
    }

    fn diagnose(&self, schema: Option<NamedSchema>, error: &PolarsError) -> Option<SourceError> {
        let targets = Target::declared(schema?);
        let Cause::Null(target) = Cause::of(error, &self.describe(), &targets)? else {
            return None;
        };
        files::find(&self.path).ok()?.iter().find_map(|file| {
            let row = diagnose::first_null_row(scan([file]).ok()?, &target)?;
            let problem = diagnose::null_cell(&target, "is null".into(), "file");
            let fault = Fault::of(&file.display(), problem).at(Position::Row(row));
            Some(fault.column(target.name.as_str()).into())
        })
    }

    fn at(&self, path: &Path) -> Option<Arc<dyn Source>> {
        super::from_path(path)
            .ok()
            .or_else(|| Some(Arc::new(Self::new(path))))
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for Parquet {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(self))
    }
}

fn scan<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> PolarsResult<LazyFrame> {
    let options = ParquetOptions {
        schema: None,
        parallel: ParallelStrategy::default(),
        low_memory: false,
        use_statistics: true,
    };
    let arguments = UnifiedScanArgs {
        glob: false,
        hive_options: HiveOptions::new_disabled(),
        ..UnifiedScanArgs::default()
    };
    Ok(
        DslBuilder::scan_parquet(files::scan_sources(files)?, options, arguments)?
            .build()
            .into(),
    )
}

/// The columns of a file and their types.
fn file_schema(file: &Path) -> Result<Schema, SourceError> {
    let place = file.display();
    let handle = File::open(file).map_err(|error| Fault::io(file, error))?;
    let schema = ParquetReader::new(handle).schema().map_err(|error| {
        let reason = error.to_string().lines().next().unwrap_or_default().into();
        SourceError::new(&place, SourceProblem::NotParquet { reason })
    })?;
    let mut faults = Vec::new();
    let mut found = Schema::default();
    for field in schema.iter_values() {
        // Polars panics at types whose features are off, and there is no way to ask before.
        let dtype = catch_unwind(AssertUnwindSafe(|| DataType::from_arrow_field(field)));
        if let Ok(dtype) = dtype {
            found.insert(field.name.clone(), dtype);
        } else {
            let problem = SourceProblem::UnreadableType {
                found: format!("{:?}", field.dtype()),
            };
            faults.push(Fault::of(&place, problem).column(field.name.as_str()));
        }
    }
    SourceError::unless_empty(place, faults)?;
    Ok(found)
}
