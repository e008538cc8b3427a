//! What people write who keep results of steps without a pipeline: Polars alone, with the store's codec
//! and row groups.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use pipe_core::prelude::*;

use crate::Failure;

/// Rows of a row group.
pub const ROW_GROUP: usize = 122_880;

/// How data are compressed.
pub const COMPRESSION: ParquetCompression = ParquetCompression::Lz4Raw;

/// Computes a frame.
///
/// # Errors
///
/// Those of the query.
pub fn compute(query: LazyFrame, engine: Engine) -> PolarsResult<DataFrame> {
    Ok(query.collect_with_engine(engine)?.unwrap_single())
}

/// Scans a Parquet file.
///
/// # Errors
///
/// When its path is no text.
pub fn scan(path: &Path) -> PolarsResult<LazyFrame> {
    LazyFrame::scan_parquet(PlRefPath::try_from_path(path)?, ScanArgsParquet::default())
}

/// Streams a frame into a file, and scans that.
///
/// # Errors
///
/// Those of the query.
pub fn sink(query: LazyFrame, path: &Path) -> PolarsResult<LazyFrame> {
    let options = ParquetWriteOptions {
        compression: COMPRESSION,
        row_group_size: Some(ROW_GROUP),
        ..ParquetWriteOptions::default()
    };
    sink_as(query, path, options)?;
    scan(path)
}

/// Streams a frame into a file of another layout.
///
/// # Errors
///
/// Those of the query.
pub fn sink_as(query: LazyFrame, path: &Path, options: ParquetWriteOptions) -> PolarsResult<()> {
    let sink = query.sink(
        SinkDestination::File {
            target: SinkTarget::Path(PlRefPath::try_from_path(path)?),
        },
        FileWriteFormat::Parquet(options.into()),
        UnifiedSinkArgs {
            maintain_order: true,
            ..UnifiedSinkArgs::default()
        },
    )?;
    compute(sink, Engine::Streaming).map(|_| ())
}

/// Writes a frame that is in memory.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(frame: &mut DataFrame, path: &Path) -> Result<(), Failure> {
    ParquetWriter::new(BufWriter::new(File::create(path)?))
        .with_compression(COMPRESSION)
        .with_row_group_size(Some(ROW_GROUP))
        .finish(frame)?;
    Ok(())
}
