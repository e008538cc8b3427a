//! Everything that a file with steps and pipelines needs, Polars' own prelude included.
//!
//! No name here collides with one of `polars::prelude`: importing both is fine.

pub use polars::prelude::*;

pub use pipe_macros::{Schema, pipeline, step, tracked};

pub use crate::frame::Frame;
pub use crate::pipeline::{Pipeline, PipelineDef, Run};
pub use crate::rules::Policy;
pub use crate::schema::{ColumnValue, FrameSchema};
pub use crate::secret::Secret;
pub use crate::source::{Csv, IntoSource, NdJson, Parquet};
pub use crate::step::{
    Code, ColumnName, ColumnNames, Inputs, Parameters, Step, StepContext, StepError, StepOutput,
    WrittenFile,
};
