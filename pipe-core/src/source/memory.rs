//! Frames in memory.

use std::sync::{Arc, OnceLock};

use polars::prelude::*;

use super::conform::{self, Target};
use super::diagnose::{self, Cause};
use super::error::Position;
use super::{Fault, IntoSource, KnownFiles, Source, SourceError, SourceIdentity, SourceProblem};
use crate::contract::NamedSchema;
use crate::schema::FrameSchema;

/// A frame in memory.
///
/// A `DataFrame` and a `Vec` of rows become one by themselves; its identity is its content.
#[derive(Debug)]
pub struct Memory {
    frame: DataFrame,
    digest: OnceLock<String>,
}

impl Memory {
    /// A source of this frame.
    #[must_use]
    pub fn new(frame: DataFrame) -> Self {
        Self {
            frame,
            digest: OnceLock::new(),
        }
    }

    /// The digest of the content.
    ///
    /// It is taken over the Parquet file that the frame would make: that depends on types and values
    /// only, not on what lies in memory under nulls or outside of slices. One chunk, one row group, no
    /// statistics, no compression, and no flags of sorted columns: nothing else can differ.
    fn content(&self) -> PolarsResult<String> {
        let mut frame = self.frame.clone();
        frame.rechunk_mut();
        let height = frame.height();
        let mut hasher = blake3::Hasher::new();
        ParquetWriter::new(&mut hasher)
            .with_compression(ParquetCompression::Uncompressed)
            .with_statistics(StatisticsOptions::empty())
            .with_row_group_size(Some(height.max(1)))
            .set_parallel(false)
            .finish(&mut frame)?;
        Ok(hasher.finalize().to_hex().to_string())
    }
}

impl Source for Memory {
    fn describe(&self) -> String {
        let rows = self.frame.height();
        format!(
            "frame in memory ({rows} row{})",
            if rows == 1 { "" } else { "s" }
        )
    }

    fn open(&self, schema: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        let lazy = self.frame.clone().lazy();
        let Some(schema) = schema else {
            return Ok(lazy);
        };
        let place = self.describe();
        let found = self.frame.schema();
        let names: Vec<PlSmallStr> = found.iter_names().cloned().collect();
        let mut faults = conform::missing(&place, schema, &names);
        faults.extend(conform::mistyped(&place, schema, found));
        SourceError::unless_empty(place, faults)?;
        let targets = Target::declared(schema);
        Ok(lazy.select(targets.iter().map(Target::expr).collect::<Vec<_>>()))
    }

    fn size(&self) -> Option<u64> {
        Some(self.frame.estimated_size() as u64)
    }

    fn identity(&self, _: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        if let Some(digest) = self.digest.get() {
            return Ok(SourceIdentity {
                digest: digest.clone(),
                files: Vec::new(),
            });
        }
        let digest = self
            .content()
            .map_err(|error| SourceError::new(self.describe(), SourceProblem::Polars(error)))?;
        let digest = self.digest.get_or_init(|| digest).clone();
        Ok(SourceIdentity {
            digest,
            files: Vec::new(),
        })
    }

    fn diagnose(&self, schema: Option<NamedSchema>, error: &PolarsError) -> Option<SourceError> {
        let targets = Target::declared(schema?);
        let Cause::Null(target) = Cause::of(error, &self.describe(), &targets)? else {
            return None;
        };
        let row = diagnose::first_null_row(self.frame.clone().lazy(), &target)?;
        let problem = diagnose::null_cell(&target, "is null".into(), "frame");
        let fault = Fault::of(&self.describe(), problem).at(Position::Row(row));
        Some(fault.column(target.name.as_str()).into())
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for Memory {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoSource<S> for DataFrame {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(Memory::new(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<S: FrameSchema> IntoSource<S> for Vec<S> {
    fn into_source(self) -> Result<Arc<dyn Source>, SourceError> {
        let frame = crate::rows::frame_of(&self);
        let frame = frame.map_err(|error| {
            SourceError::new(
                format!("rows of `{}`", S::NAME),
                SourceProblem::Polars(error),
            )
        })?;
        Ok(Arc::new(Memory::new(frame)))
    }
}
