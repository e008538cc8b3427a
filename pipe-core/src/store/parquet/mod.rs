//! Parquet files as checkpoints want them: written fast.
//!
//! Polars writes its files so that they are small: it tries a dictionary on every column, and compresses everything.
//! For a checkpoint both cost more time than they save, so [`chunk`] looks at a few values first. The format itself
//! is left to Polars.
//!
//! Equal frames become equal bytes, or what comes after would run again: all that is chosen here depends on the
//! values alone, not on how a frame was computed, nor on how it lies in memory.

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::mpsc;

use polars::prelude::*;
use polars_parquet::read::fallible_streaming_iterator;
use polars_parquet::write::{
    CompressedPage, DynIter, DynStreamingIterator, FileWriter, WriteOptions, schema_to_metadata_key,
};

use self::chunk::Columns;
use super::CheckpointFormat;
use crate::layers::Picked;
use crate::parallel;

mod chunk;
mod statistics;
mod texts;

/// Values that are not worth a thread of their own.
const FEW: usize = 1 << 15;

/// More threads than this wait for the one that writes.
const THREADS: usize = 8;

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) write: WriteOptions,
    /// Rows of a row group.
    pub(super) row_group: NonZeroUsize,
    pub(super) dictionaries: bool,
}

/// Writes a frame that is in memory.
pub(super) fn write(
    frame: &DataFrame,
    options: &Options,
    to: &mut (impl Write + Send),
) -> PolarsResult<()> {
    let group = |start, rows| Ok(frame.slice(start, rows));
    write_slices(frame.height(), frame.schema(), group, options, to)
}

/// Writes rows that are looked up group by group.
pub(super) fn write_picked(
    picked: &Picked,
    options: &Options,
    to: &mut (impl Write + Send),
) -> PolarsResult<()> {
    let group = |start, rows| picked.slice(start, rows);
    write_slices(picked.rows(), picked.schema(), group, options, to)
}

/// As the store writes a frame that is in memory: for benchmarks of it.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_as_checkpoint(
    frame: &DataFrame,
    format: CheckpointFormat,
    to: &mut (impl Write + Send),
) -> PolarsResult<()> {
    write(frame, &format.options()?, to)
}

/// Writes so many rows, of which `group` gives some: from which one on, and how many at most.
fn write_slices(
    all: usize,
    schema: &Schema,
    group: impl Fn(i64, usize) -> PolarsResult<DataFrame> + Send,
    options: &Options,
    to: &mut (impl Write + Send),
) -> PolarsResult<()> {
    let rows = options.row_group.get();
    let starts = (0..i64::try_from(all).unwrap_or(i64::MAX)).step_by(rows);
    let groups = starts.map(move |start| group(start, rows));
    let threads = threads(all, schema.len(), rows);
    write_groups(groups, schema, options, threads, to)
}

/// How many threads encode a frame.
fn threads(all: usize, columns: usize, rows: usize) -> usize {
    if all.saturating_mul(columns) <= FEW {
        return 1;
    }
    most_threads().min(all.div_ceil(rows).saturating_mul(columns))
}

fn most_threads() -> usize {
    parallel::threads().min(THREADS)
}

/// Runs a query and writes its result while it is computed.
pub(super) fn stream(
    mut query: LazyFrame,
    options: &Options,
    to: &mut (impl Write + Send),
) -> PolarsResult<()> {
    let schema = query.collect_schema()?;
    // One group waits while the next one is made.
    let (send, receive) = mpsc::sync_channel(1);
    // It is told to stop when nobody wants more.
    let hand_over = PlanCallback::new(move |group| Ok(send.send(group).is_err()));
    let query = query.sink_batches(hand_over, true, Some(options.row_group))?;
    std::thread::scope(|scope| {
        let compute = || crate::engine::collect(query).map(|_| ());
        let computed = std::thread::Builder::new().spawn_scoped(scope, compute)?;
        let groups = receive.into_iter().map(Ok);
        let written = write_groups(groups, &schema, options, most_threads(), to);
        let computed = computed.join();
        // What is wrong with the query matters more than what became of its first groups.
        computed.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        written
    })
}

/// Writes row groups of these columns.
fn write_groups(
    groups: impl Iterator<Item = PolarsResult<DataFrame>> + Send,
    schema: &Schema,
    options: &Options,
    threads: usize,
    to: &mut impl Write,
) -> PolarsResult<()> {
    let columns = Columns::new(schema, *options)?;
    let mut file = FileWriter::new_with_parquet_schema(
        to,
        columns.arrow.clone(),
        columns.parquet.clone(),
        // Those of row groups are written none the less. An index of pages would have to have all columns.
        WriteOptions {
            statistics: StatisticsOptions::empty(),
            ..options.write
        },
    );
    let width = schema.len();
    if width == 0 {
        for group in groups {
            file.write(group?.height() as u64, DynIter::new(std::iter::empty()))?;
        }
    } else {
        let chunks = groups.flat_map(|group| {
            let (columns, error) = match group {
                Ok(group) => (group.columns().to_vec(), None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            columns.into_iter().enumerate().map(Ok).chain(error)
        });
        let encode = |chunk: PolarsResult<(usize, Column)>| {
            let (number, column) = chunk?;
            Ok((column.len() as u64, columns.encode(number, &column)?))
        };
        let mut group = Vec::with_capacity(width);
        parallel::in_order(chunks, threads, encode, |chunk: PolarsResult<_>| {
            let (rows, pages) = chunk?;
            group.push(pages);
            if group.len() == width {
                write_group(&mut file, rows, &group)?;
                group.clear();
            }
            Ok::<_, PolarsError>(())
        })?;
    }
    // For other tools: Polars' own types have names that they do not all know.
    let types = schema.to_arrow(CompatLevel::oldest());
    file.end(Some(vec![schema_to_metadata_key(&types)]))?;
    Ok(())
}

/// A row group: of each column, the pages of each of its leaves.
fn write_group<W: Write>(
    file: &mut FileWriter<W>,
    rows: u64,
    columns: &[Vec<Vec<CompressedPage>>],
) -> PolarsResult<()> {
    let leaves = columns.iter().flatten().map(|pages| {
        let pages = pages.iter().map(PolarsResult::Ok);
        let pages = fallible_streaming_iterator::convert(pages);
        Ok(DynStreamingIterator::new(pages))
    });
    file.write(rows, DynIter::new(leaves))
}

#[cfg(test)]
mod tests;
