//! ETL pipelines as annotated Rust functions over Polars.

// The macros write `::pipe_core::…`; inside this crate that must be found too.
extern crate self as pipe_core;

pub mod cli;
pub mod contract;
mod digest;
mod engine;
mod frame;
pub mod graph;
mod pipeline;
pub mod prelude;
mod retry;
mod schema;
pub mod source;
mod step;
mod typed;

#[doc(hidden)]
pub mod __private;

pub use frame::Frame;
pub use pipe_macros::{Schema, pipeline, step, tracked};
pub use pipeline::{NodeName, Pipeline, PipelineDef};
pub use polars;
pub use retry::Retry;
pub use schema::{ColumnValue, FrameSchema, describe_dtype};
pub use step::{Code, ColumnName, Inputs, Parameters, Step, StepError};
