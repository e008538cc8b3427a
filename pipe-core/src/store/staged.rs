//! Files on their way into the store.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use polars::io::utils::file::{Writable, WritableTrait};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;

use super::record::DataFile;
use super::{Footer, StoreError};
use crate::digest::Digest;

/// Ends the names of files that are not in the store yet.
pub(super) const SUFFIX: &str = "staged";

/// Rows per row group: what readers skip and parallelise by, and what a writer holds in memory.
const ROW_GROUP: usize = 122_880;

/// A new file beside its future place, removed unless it is published.
///
/// Its name is never used again: after a failed query Polars may go on writing to the file, and may
/// even finish it, with part of the data.
#[derive(Debug)]
pub(crate) struct Staged {
    path: PathBuf,
    /// There while nothing was written.
    file: Option<File>,
    /// There once everything was.
    written: Option<Written>,
}

#[derive(Clone, Debug)]
struct Written {
    bytes: u64,
    digest: String,
}

impl Staged {
    pub(super) fn create(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(format!("{}.{SUFFIX}", unique()));
        let file = File::create_new(&path).map_err(StoreError::io("create", &path))?;
        Ok(Self {
            path,
            file: Some(file),
            written: None,
        })
    }

    /// Runs the query, streaming its result into the file as Parquet.
    pub(crate) fn write(&mut self, query: LazyFrame) -> PolarsResult<()> {
        let file = self.file.take();
        let file =
            file.ok_or_else(|| polars_err!(ComputeError: "a staged file is written once"))?;
        let written = Arc::new(Mutex::new(None));
        let target = HashingFile {
            file: BufWriter::new(file),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            written: written.clone(),
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
        crate::engine::collect(sink)?;
        // Only now: a writer is closed after some failed queries too.
        self.written = written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match &self.written {
            Some(written) if fs::metadata(&self.path)?.len() == written.bytes => Ok(()),
            _ => polars_bail!(ComputeError: "{} was not written to its end", self.path.display()),
        }
    }

    /// What the written file says about itself.
    pub(crate) fn footer(&self) -> PolarsResult<Footer> {
        Footer::read(&self.path)
    }

    /// The written file, lazily.
    pub(crate) fn scan(&self) -> PolarsResult<LazyFrame> {
        super::scan(vec![PlRefPath::try_from_path(&self.path)?])
    }

    /// Gives the file its name in the store.
    pub(super) fn publish(mut self, name: &str) -> Result<DataFile, StoreError> {
        let to = self.path.with_file_name(name);
        let written = self.written.take();
        let done = match written {
            Some(written) => fs::rename(&self.path, &to).map(|()| written),
            None => Err(io::Error::other("nothing was written to it")),
        };
        let Written { bytes, digest } = done.map_err(StoreError::io("publish", &self.path))?;
        Ok(DataFile {
            name: name.to_owned(),
            bytes,
            digest,
        })
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Gone already if it was published. What cannot be removed is swept by the next run.
        let _ = fs::remove_file(&self.path);
    }
}

/// Digests what it writes.
struct HashingFile {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
    /// Set when the file is closed.
    written: Arc<Mutex<Option<Written>>>,
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.file.write(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl WritableTrait for HashingFile {
    fn close(&mut self) -> io::Result<()> {
        self.file.flush()?;
        let written = Written {
            bytes: self.bytes,
            digest: self.hasher.finalize().to_string(),
        };
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(written);
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.file.get_ref().sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.get_ref().sync_data()
    }
}

/// Writes a small file so that readers see the old one or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = path.with_file_name(format!("{}.{SUFFIX}", unique()));
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
