//! Files on their way into the store.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use polars::prelude::*;

use super::digesting::DigestingWriter;
use super::{CheckpointFormat, Footer, parquet};
use crate::digest::Digest;
use crate::layers::Picked;
use crate::storage::{Condition, Content, Staged, StorageError};

/// Ends the names of files that are not in the store yet.
pub(crate) const STAGED: &str = "staged";

/// Values and bytes of results that are written as small ones.
const SMALL_CELLS: u64 = 4_096;
const SMALL_BYTES: usize = 1 << 16;

/// A result on its way into the store, removed unless it is published.
#[derive(Debug)]
pub(crate) struct StagedData {
    staged: Box<dyn Staged>,
    format: CheckpointFormat,
    /// There once everything was written.
    written: Option<Content>,
    /// How long it took to write what was in memory; `None` if it was computed while it was written.
    took: Option<Duration>,
}

impl StagedData {
    pub(super) fn new(staged: Box<dyn Staged>, format: CheckpointFormat) -> Self {
        Self {
            staged,
            format,
            written: None,
            took: None,
        }
    }

    /// Runs the query, writing its result as Parquet while it is computed.
    pub(crate) fn write(&mut self, query: LazyFrame) -> Result<(), WriteError> {
        let options = self.format.options()?;
        self.write_with(|to| parquet::stream(query, &options, to))
    }

    /// Writes a frame that is in memory.
    pub(crate) fn write_frame(&mut self, frame: &DataFrame) -> Result<(), WriteError> {
        let began = Instant::now();
        match small(frame)? {
            Some(bytes) => self.write_bytes(&bytes),
            None => {
                let options = self.format.options()?;
                self.write_with(|to| parquet::write(frame, &options, to))
            }
        }?;
        self.took = Some(began.elapsed());
        Ok(())
    }

    /// Writes rows that are looked up while they are written.
    pub(crate) fn write_picked(&mut self, picked: &Picked) -> Result<(), WriteError> {
        let began = Instant::now();
        let options = self.format.options()?;
        self.write_with(|to| parquet::write_picked(picked, &options, to))?;
        self.took = Some(began.elapsed());
        Ok(())
    }

    /// Writes bytes.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let began = Instant::now();
        self.write_with(|to| Ok(to.write_all(bytes)?))?;
        self.took = Some(began.elapsed());
        Ok(())
    }

    /// Has something written, and takes note of what that was.
    fn write_with(
        &mut self,
        write: impl FnOnce(&mut DigestingWriter) -> PolarsResult<()>,
    ) -> Result<(), WriteError> {
        let mut writer = DigestingWriter::new(self.staged.writer()?);
        let done = write(&mut writer);
        let path = self.staged.path();
        let failed = |error| StorageError::io("write", path.display())(error);
        // Before what Polars says of it, which is about the format of the file.
        writer.check().map_err(failed)?;
        done?;
        let written = writer.finish().map_err(failed)?;
        if fs::metadata(path).map_err(failed)?.len() != written.bytes {
            return Err(failed(io::Error::other("it was not written to its end")).into());
        }
        self.written = Some(written);
        Ok(())
    }

    /// What the written file says about itself.
    pub(crate) fn footer(&self) -> PolarsResult<Footer> {
        Footer::read(self.staged.path())
    }

    /// The written file, lazily.
    pub(crate) fn scan(&self) -> PolarsResult<LazyFrame> {
        super::scan([self.staged.path().to_owned()])
    }

    /// How long it took to write what was in memory; `None` if it was computed while it was written.
    pub(crate) fn took(&self) -> Option<Duration> {
        self.took
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

/// Whether a result may be so small that it is written as a [`small`] one.
pub(crate) fn may_be_small(rows: u64, columns: usize) -> bool {
    rows.saturating_mul(columns as u64) <= SMALL_CELLS
}

/// A small frame as Parquet: at once and without compression, which costs more than it saves. `None` if
/// it is not small.
///
/// Equal frames must become equal bytes, or what comes after would run again. So the form depends on the
/// values alone: not on how the frame was computed, nor on how it lies in memory.
fn small(frame: &DataFrame) -> PolarsResult<Option<Vec<u8>>> {
    if !may_be_small(frame.height() as u64, frame.width()) {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(1 << 12);
    parquet::write(frame, &CheckpointFormat::of_small_results(), &mut bytes)?;
    Ok((bytes.len() <= SMALL_BYTES).then_some(bytes))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Folder, Storage};

    const ROW_GROUP: usize = 122_880;

    fn content(
        write: impl FnOnce(&mut StagedData) -> Result<(), WriteError>,
    ) -> Result<Content, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut staged = StagedData::new(
            Folder::new(folder.path()).stage("node")?,
            CheckpointFormat::default(),
        );
        write(&mut staged).map_err(|error| format!("{error:?}"))?;
        Ok(staged.content()?)
    }

    /// Whether a node is streamed or computed in memory depends on the sizes of its inputs. Equal results
    /// must have equal contents, or what comes after would run again.
    #[test]
    fn a_frame_is_the_same_bytes_streamed_and_at_once() -> Result<(), Box<dyn std::error::Error>> {
        for rows in [
            0,
            3,
            500,
            1_000,
            ROW_GROUP,
            ROW_GROUP + 1,
            3 * ROW_GROUP - 5,
        ] {
            let rows_signed = i64::try_from(rows)?;
            let numbers: Vec<i64> = (0..rows_signed).map(|row| row * 7919 % 1000).collect();
            let texts: Vec<_> = numbers
                .iter()
                .map(|n| (n % 3 > 0).then(|| format!("text {n}")))
                .collect();
            let days: Vec<_> = numbers
                .iter()
                .map(|&n| i32::try_from(n))
                .collect::<Result<_, _>>()?;
            let floats: Vec<_> = numbers.iter().map(|&n| n as f64 / 3.0).collect();
            let mut frame = df!("n" => numbers, "t" => texts, "f" => floats, "d" => days)?;
            let days = frame.column("d")?.cast(&DataType::Date)?;
            frame.with_column(days)?;
            let lists = frame.clone().lazy();
            let lists = lists.with_column(as_struct(vec![col("n"), col("t")]).alias("s"));
            let frame = crate::engine::collect(lists)?;
            let at_once = content(|staged| staged.write_frame(&frame))?;
            if !may_be_small(rows as u64, frame.width()) {
                let streamed = content(|staged| staged.write(frame.clone().lazy()))?;
                assert_eq!(streamed, at_once, "{rows} rows");
            }
            // In pieces, as it comes out of a query.
            let mut pieces = frame.slice(0, rows / 3);
            pieces.vstack_mut(&frame.slice(i64::try_from(rows / 3)?, rows))?;
            let in_pieces = content(|staged| staged.write_frame(&pieces))?;
            assert_eq!(at_once, in_pieces, "{rows} rows in pieces");
        }
        Ok(())
    }
}
