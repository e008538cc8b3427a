//! Parquet files of this machine, as Polars reads them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::{CheckpointFormat, Compression, parquet};

/// Reads a Parquet file of this machine, lazily.
pub(crate) fn read_parquet(path: PathBuf) -> PolarsResult<LazyFrame> {
    scan([path])
}

/// Writes a frame to a file of this machine that nobody keeps.
pub(crate) fn write_parquet(path: &Path, frame: LazyFrame) -> PolarsResult<()> {
    let format = CheckpointFormat::default().compression(Compression::Uncompressed);
    let mut file = BufWriter::new(File::create(path)?);
    parquet::stream(frame, &format.options()?, &mut file)?;
    Ok(file.flush()?)
}

/// Scans Parquet files as they are: names with `*` or `=` mean nothing.
pub(super) fn scan(paths: impl IntoIterator<Item = PathBuf>) -> PolarsResult<LazyFrame> {
    let arguments = ScanArgsParquet {
        hive_options: HiveOptions::new_disabled(),
        glob: false,
        ..ScanArgsParquet::default()
    };
    let paths = paths
        .into_iter()
        .map(|path| PlRefPath::try_from_path(&path));
    LazyFrame::scan_parquet_files(paths.collect::<PolarsResult<_>>()?, arguments)
}
