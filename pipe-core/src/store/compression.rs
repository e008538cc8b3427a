//! How the data of checkpoints are compressed.

use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::PolarsResult;
use polars_parquet::write::CompressionOptions;

use super::StoreError;

/// How the data of checkpoints are compressed.
///
/// It is no part of keys: what was stored in another way stays valid, and can be read.
///
/// ```
/// use pipe_core::Compression;
///
/// assert_eq!(Compression::default(), Compression::Lz4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// LZ4, where it saves a third of the bytes: little time, to write and to read again.
    #[default]
    Lz4,
    /// Zstandard at a level from 1 to 22: fewer bytes, for more time. Worth it where checkpoints go over a
    /// network, or stay for long.
    Zstd(i32),
    /// None.
    Uncompressed,
}

impl Compression {
    /// Makes sure that there is such a thing, before anything is computed that is to be stored.
    pub(super) fn check(self) -> Result<(), StoreError> {
        match self {
            Self::Zstd(level) if !(1..=22).contains(&level) => {
                Err(StoreError::Compression { level })
            }
            Self::Lz4 | Self::Zstd(_) | Self::Uncompressed => Ok(()),
        }
    }

    /// As Parquet has it.
    pub(super) fn parquet(self) -> PolarsResult<CompressionOptions> {
        Ok(match self {
            Self::Lz4 => CompressionOptions::Lz4Raw,
            Self::Zstd(level) => CompressionOptions::Zstd(Some(ZstdLevel::try_new(level)?)),
            Self::Uncompressed => CompressionOptions::Uncompressed,
        })
    }
}
