//! Where a pipeline's frames come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{LazyFrame, PolarsError};

use crate::contract::NamedSchema;

mod conform;
mod convert;
mod csv;
pub(crate) mod diagnose;
mod error;
mod files;
mod infer;
mod memory;
mod ndjson;
mod parquet;
mod records;

pub use csv::Csv;
pub use error::{Count, Fault, Position, SourceError, SourceProblem};
pub use files::FileIdentity;
pub use infer::{InferError, InferSchema};
pub use memory::Memory;
pub use ndjson::NdJson;
pub use parquet::Parquet;

/// A place that frames come from.
///
/// A source is asked in this order: [`Source::open`] before anything runs, [`Source::identity`] for
/// the key of whatever reads it, and [`Source::diagnose`] if a query over its frame failed.
pub trait Source: Send + Sync {
    /// What it is, for people: `flights.csv`.
    fn describe(&self) -> String;

    /// The frame, lazily. With a schema: checked against it (columns, types), cut down to exactly
    /// its columns, in its order.
    ///
    /// # Errors
    ///
    /// When the source cannot be read or does not have the schema; the error names the file, the
    /// column and what to do.
    fn open(&self, schema: Option<NamedSchema>) -> Result<LazyFrame, SourceError>;

    /// What identifies the data: equal identities mean equal data.
    ///
    /// # Errors
    ///
    /// When the data cannot be read.
    fn identity(&self, known: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError>;

    /// Bytes that the whole frame takes in memory, roughly; `None` if nobody knows. Sources whose
    /// identity names files need not say it.
    fn size(&self) -> Option<u64> {
        None
    }

    /// Finds what in the source made a query fail: the first cell that cannot be parsed, with file,
    /// line and column. `None` if it is not the source's fault.
    fn diagnose(&self, schema: Option<NamedSchema>, error: &PolarsError) -> Option<SourceError> {
        let _ = (schema, error);
        None
    }

    /// The same kind of source, with the same options, for another path. `None` if this source has
    /// no path.
    fn at(&self, path: &Path) -> Option<Arc<dyn Source>> {
        let _ = path;
        None
    }
}

/// What identifies the data of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceIdentity {
    /// Digest of the content and of the options that change how it is read.
    pub digest: String,
    /// The files behind it, if there are any, with their digests: they say which one changed.
    pub files: Vec<FileIdentity>,
}

/// Remembers the digests of files, so that an unchanged file is not read again.
pub trait KnownFiles {
    /// The digest of a file's content.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    fn digest(&mut self, path: &Path) -> std::io::Result<String>;
}

/// Computes every digest anew.
#[derive(Debug, Default)]
pub struct NothingKnown;

impl KnownFiles for NothingKnown {
    fn digest(&mut self, path: &Path) -> std::io::Result<String> {
        crate::digest::file(path)
    }
}

/// What can be given for a pipeline's input of schema `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of `{S}` rows",
    label = "not a source",
    note = "possible are `Csv`, `Parquet`, `NdJson`, a path, a `DataFrame`, a `Vec<{S}>` of rows, or your own `Source` in an `Arc`"
)]
pub trait IntoSource<S> {
    /// The source.
    ///
    /// # Errors
    ///
    /// When the values given cannot be made into a frame.
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError>;
}

#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for Arc<dyn Source> {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        Ok(self)
    }
}

/// What a default source comes out as; one that cannot be made says so when it is opened.
#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for Result<Arc<dyn Source>, SourceError> {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        self
    }
}

macro_rules! by_extension {
    ($($path:ty),*) => {$(
        /// By its extension; see [`from_path`].
        #[diagnostic::do_not_recommend]
        impl<S> IntoSource<S> for $path {
            fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
                from_path(self.as_ref())
            }
        }
    )*};
}

by_extension!(&Path, PathBuf, &str, String);

/// The source for a path, by its extension: `.csv`, `.tsv`, `.parquet`, `.ndjson`, `.jsonl`.
///
/// # Errors
///
/// When the extension is none of these.
pub fn from_path(path: &Path) -> Result<Arc<dyn Source>, SourceError> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("csv" | "tsv") => Ok(Arc::new(Csv::new(path))),
        Some("parquet" | "pq") => Ok(Arc::new(Parquet::new(path))),
        Some("ndjson" | "jsonl") => Ok(Arc::new(NdJson::new(path))),
        _ => Err(SourceError::new(
            path.display(),
            SourceProblem::UnknownFormat,
        )),
    }
}
