//! Files on their way into the store.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use polars::io::utils::file::{Writable, WritableTrait};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;

use super::Footer;
use crate::digest::Digest;
use crate::storage::{Condition, Content, Staged, StagedWriter, StorageError};

/// Ends the names of files that are not in the store yet.
pub(crate) const STAGED: &str = "staged";

/// Rows per row group: what readers skip and parallelise by, and what a writer holds in memory.
const ROW_GROUP: usize = 122_880;

/// Bytes that are collected before they are written.
const BUFFER: usize = 1 << 20;

/// Parquet on its way into the store, removed unless it is published.
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
        let writer = self.staged.writer()?;
        let outcome = Outcome::default();
        let target = DigestingWriter {
            writer: BufWriter::with_capacity(BUFFER, writer),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            outcome: outcome.clone(),
        };
        let target = Writable::Dyn(Box::new(target));
        let sink = query.sink(
            SinkDestination::File {
                target: SinkTarget::Dyn(SpecialEq::new(Arc::new(Mutex::new(Some(target))))),
            },
            FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions {
                // Half the bytes of LZ4 for little more time; every reuse reads and hashes them.
                compression: ParquetCompression::Zstd(Some(ZstdLevel::try_new(1)?)),
                statistics: StatisticsOptions::default(),
                row_group_size: Some(ROW_GROUP),
                ..ParquetWriteOptions::default()
            })),
            UnifiedSinkArgs {
                maintain_order: true,
                ..UnifiedSinkArgs::default()
            },
        )?;
        let collected = crate::engine::collect(sink);
        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.staged.path();
        let failed = StorageError::io("write", path.display());
        // Polars has other words for it, about the format of the file.
        if let Some(error) = outcome.error.take() {
            return Err(failed(error).into());
        }
        collected?;
        // Only now: a writer is closed after some failed queries too.
        self.written = outcome.written.take();
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

/// What became of a writer, which Polars takes away and closes.
type Outcome = Arc<Mutex<Written>>;

#[derive(Default)]
struct Written {
    written: Option<Content>,
    error: Option<io::Error>,
}

/// Digests what it writes.
struct DigestingWriter {
    writer: BufWriter<Box<dyn StagedWriter>>,
    hasher: blake3::Hasher,
    bytes: u64,
    outcome: Outcome,
}

impl DigestingWriter {
    /// Keeps the first error, and gives Polars one of its kind.
    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let again = io::Error::new(error.kind(), error.to_string());
            let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.error.get_or_insert(error);
            again
        })
    }
}

impl Write for DigestingWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.writer.write(buffer);
        let count = self.noted(count)?;
        self.hasher.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.writer.flush();
        self.noted(flushed)
    }
}

impl WritableTrait for DigestingWriter {
    fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        let finished = self.writer.get_mut().finish();
        self.noted(finished)?;
        let written = Content {
            bytes: self.bytes,
            digest: self.hasher.finalize().to_string(),
        };
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.written = Some(written);
        Ok(())
    }

    /// [`StagedWriter::finish`] does what the storage promises.
    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
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
