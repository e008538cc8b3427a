//! How the data of checkpoints are written.

use std::num::NonZeroUsize;

use polars::prelude::{PolarsResult, StatisticsOptions};
use polars_parquet::write::{CompressionOptions, Version, WriteOptions};

use super::{Compression, StoreError, parquet};

/// How the data of checkpoints are written: as Parquet, whose defaults here were chosen by measuring (see
/// `benches/src/bin/layout.rs`). Results of at most 4,096 values and 64 KiB are written in one way,
/// whatever is said.
///
/// It is no part of keys: what was stored in another way stays valid, and can be read. But a checkpoint that is made
/// again has other bytes then, and what comes after it runs again.
///
/// ```
/// use pipe_core::{CheckpointFormat, Compression};
///
/// // For readers of few columns and many rows, over a network.
/// let format = CheckpointFormat::default()
///     .compression(Compression::Zstd(3))
///     .row_groups(1_000_000);
/// assert_ne!(format, CheckpointFormat::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointFormat {
    compression: Compression,
    row_group: usize,
    page: usize,
    statistics: bool,
    dictionaries: bool,
}

impl Default for CheckpointFormat {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            row_group: 122_880,
            page: 1 << 20,
            statistics: true,
            dictionaries: true,
        }
    }
}

impl CheckpointFormat {
    /// How data are compressed; LZ4 unless told otherwise.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// How many rows a row group has: what is read side by side, and what a writer has in memory for each column;
    /// 122,880 unless told otherwise.
    #[must_use]
    pub fn row_groups(mut self, rows: usize) -> Self {
        self.row_group = rows;
        self
    }

    /// How many bytes a page of numbers or texts has at most, before it is compressed; 1 MiB unless told otherwise. Columns of
    /// other types, such as lists, structs and categories, have one page for each row group, unless it became too large.
    #[must_use]
    pub fn pages(mut self, bytes: usize) -> Self {
        self.page = bytes;
        self
    }

    /// Whether the least and the greatest value of each row group, and how many are missing, are written beside the data;
    /// they are unless told otherwise. Readers skip by them, and promises of columns without nulls are checked by them.
    #[must_use]
    pub fn statistics(mut self, are_written: bool) -> Self {
        self.statistics = are_written;
        self
    }

    /// Whether values that repeat are written as numbers, and once what they stand for; they are unless told otherwise.
    #[must_use]
    pub fn dictionaries(mut self, are_written: bool) -> Self {
        self.dictionaries = are_written;
        self
    }

    /// Makes sure that there is such a thing, before anything is computed that is to be stored.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.compression.check()?;
        if self.row_group == 0 || self.page == 0 {
            return Err(StoreError::Format {
                what: if self.row_group == 0 {
                    "row groups of no rows"
                } else {
                    "pages of no bytes"
                },
            });
        }
        Ok(())
    }

    /// As the writer has it.
    pub(super) fn options(&self) -> PolarsResult<parquet::Options> {
        let statistics = if self.statistics {
            statistics()
        } else {
            StatisticsOptions::empty()
        };
        Ok(parquet::Options {
            write: WriteOptions {
                statistics,
                version: Version::V1,
                compression: self.compression.parquet()?,
                data_page_size: Some(self.page),
            },
            row_group: NonZeroUsize::new(self.row_group).unwrap_or(NonZeroUsize::MIN),
            dictionaries: self.dictionaries,
        })
    }

    /// How small results are written: without compression, which costs more than it saves there.
    pub(super) fn of_small_results() -> parquet::Options {
        parquet::Options {
            write: WriteOptions {
                statistics: statistics(),
                version: Version::V1,
                compression: CompressionOptions::Uncompressed,
                data_page_size: None,
            },
            row_group: NonZeroUsize::MAX,
            dictionaries: true,
        }
    }
}

/// The same whatever the environment says, as bytes are to be.
fn statistics() -> StatisticsOptions {
    StatisticsOptions {
        binary_statistics_truncate_length: Some(64),
        ..StatisticsOptions::default()
    }
}
