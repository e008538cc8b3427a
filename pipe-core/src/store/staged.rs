//! Files on their way into the store.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use polars::io::utils::file::{Writable, WritableTrait};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;

use super::Footer;
use super::digesting::{DigestingWriter, Outcome};
use crate::digest::Digest;
use crate::storage::{Condition, Content, Staged, StorageError};

/// Ends the names of files that are not in the store yet.
pub(crate) const STAGED: &str = "staged";

/// Rows per row group: what readers skip and parallelise by, and what a writer holds in memory.
const ROW_GROUP: usize = 122_880;

/// A result on its way into the store, removed unless it is published.
#[derive(Debug)]
pub(crate) struct StagedData {
    staged: Box<dyn Staged>,
    /// There once everything was written.
    written: Option<Content>,
}

impl StagedData {
    pub(super) fn new(staged: Box<dyn Staged>) -> Self {
        Self {
            staged,
            written: None,
        }
    }

    /// Runs the query, streaming its result into the file as Parquet.
    pub(crate) fn write(&mut self, query: LazyFrame) -> Result<(), WriteError> {
        let outcome = Outcome::default();
        let target = self.writer(&outcome)?;
        let target = Writable::Dyn(Box::new(target));
        let sink = query.sink(
            SinkDestination::File {
                target: SinkTarget::Dyn(SpecialEq::new(Arc::new(Mutex::new(Some(target))))),
            },
            FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions {
                compression: compression()?,
                statistics: StatisticsOptions::default(),
                row_group_size: Some(ROW_GROUP),
                ..ParquetWriteOptions::default()
            })),
            UnifiedSinkArgs {
                maintain_order: true,
                ..UnifiedSinkArgs::default()
            },
        )?;
        let collected = crate::engine::collect(sink).map(|_| ());
        self.ended(&outcome, collected)
    }

    /// Writes a frame that is in memory, as the same bytes that its query would have become.
    pub(crate) fn write_frame(&mut self, frame: &DataFrame) -> Result<(), WriteError> {
        // A sink encodes row groups side by side. One alone is done sooner without one.
        if frame.height() > ROW_GROUP {
            return self.write(frame.clone().lazy());
        }
        let outcome = Outcome::default();
        let mut target = self.writer(&outcome)?;
        let written =
            parquet(&mut target, frame).and_then(|()| target.close().map_err(PolarsError::from));
        self.ended(&outcome, written)
    }

    /// Writes bytes.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let outcome = Outcome::default();
        let mut target = self.writer(&outcome)?;
        let written = target.write_all(bytes).and_then(|()| target.close());
        self.ended(&outcome, written.map_err(PolarsError::from))
    }

    fn writer(&mut self, outcome: &Outcome) -> Result<DigestingWriter, StorageError> {
        let writer = self.staged.writer()?;
        Ok(DigestingWriter::new(writer, outcome.clone()))
    }

    /// Takes note of what was written, or of why it was not.
    fn ended(&mut self, outcome: &Outcome, result: PolarsResult<()>) -> Result<(), WriteError> {
        let ended = outcome.take();
        let path = self.staged.path();
        let failed = StorageError::io("write", path.display());
        // Polars has other words for it, about the format of the file.
        if let Some(error) = ended.error {
            return Err(failed(error).into());
        }
        result?;
        // Only now: a writer is closed after some failed queries too.
        self.written = ended.written;
        match (&self.written, fs::metadata(path)) {
            (Some(written), Ok(file)) if file.len() == written.bytes => Ok(()),
            (_, Err(error)) => Err(failed(error).into()),
            _ => Err(failed(io::Error::other("it was not written to its end")).into()),
        }
    }

    /// What the written file says about itself.
    pub(crate) fn footer(&self) -> PolarsResult<Footer> {
        Footer::read(self.staged.path())
    }

    /// The written file, lazily.
    pub(crate) fn scan(&self) -> PolarsResult<LazyFrame> {
        super::scan([self.staged.path().to_owned()])
    }

    /// What was written.
    pub(super) fn content(&self) -> Result<Content, StorageError> {
        let written = self.written.clone();
        let nothing = || io::Error::other("nothing was written to it");
        let path = self.staged.path().display();
        written
            .ok_or_else(nothing)
            .map_err(StorageError::io("publish", path))
    }

    /// Gives the file its name in the store. A file of that name has the same content, or is damaged.
    pub(super) fn publish(self, path: &str) -> Result<(), StorageError> {
        self.staged.publish(path, &Condition::Any).map(|_| ())
    }
}

/// Half the bytes of LZ4 for little more time; every reuse reads and hashes them.
fn compression() -> PolarsResult<ParquetCompression> {
    Ok(ParquetCompression::Zstd(Some(ZstdLevel::try_new(1)?)))
}

/// Writes a frame in the row groups that a query is written in.
fn parquet(target: &mut DigestingWriter, frame: &DataFrame) -> PolarsResult<()> {
    let mut writer = ParquetWriter::new(target)
        .with_compression(compression()?)
        .with_statistics(StatisticsOptions::default())
        .batched(frame.schema())?;
    for start in (0..frame.height()).step_by(ROW_GROUP) {
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        writer.write_batch(&frame.slice(start, ROW_GROUP))?;
    }
    writer.finish().map(|_| ())
}

/// Why there is no staged data.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The query failed.
    Query(PolarsError),
    /// Its result could not be written.
    Storage(StorageError),
}

impl From<PolarsError> for WriteError {
    fn from(error: PolarsError) -> Self {
        Self::Query(error)
    }
}

impl From<StorageError> for WriteError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// Writes a small file of this machine so that readers see the old one or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = path.with_file_name(format!("{}.{STAGED}", unique()));
    let mut file = File::create_new(&staged)?;
    let done = file
        .write_all(bytes)
        .and_then(|()| fs::rename(&staged, path));
    if done.is_err() {
        let _ = fs::remove_file(&staged);
    }
    done
}

/// A name that no other attempt of this or another process has.
pub(crate) fn unique() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut digest = Digest::new("unique");
    digest.part(std::process::id().to_le_bytes());
    digest.part(COUNTER.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    digest.part(jiff::Timestamp::now().as_nanosecond().to_le_bytes());
    digest.finish()[..16].to_owned()
}
