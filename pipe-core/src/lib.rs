//! ETL pipelines as annotated Rust functions over Polars.

// The macros write `::pipe_core::…`; inside this crate that must be found too.
extern crate self as pipe_core;

mod builder;
pub mod cli;
mod constant;
pub mod contract;
mod digest;
mod engine;
mod exec;
mod frame;
pub mod graph;
mod key;
mod pipeline;
pub mod prelude;
mod retry;
mod schema;
pub mod source;
mod step;
pub mod steps;
mod store;
mod text;
mod typed;

#[doc(hidden)]
pub mod __private;

pub use builder::{BuildError, BuildMistake, Builder};
/// The version of chrono whose types are column types.
pub use chrono;
pub use exec::{
    Action, CheckError, Difference, Event, LoadError, NodeError, NodePlan, NodeProblem, NodeReport,
    NodeStatus, Outcome, Plan, PlanError, RunError, RunReport, RunStatus, State, Status,
};
pub use frame::Frame;
pub use pipe_macros::{Schema, pipeline, step, tracked};
pub use pipeline::{Dynamic, FromOutputs, NodeId, NodeName, Pipeline, PipelineDef, Run};
pub use polars;
pub use retry::Retry;
pub use schema::{ColumnValue, FrameSchema, describe_dtype};
pub use step::{Code, ColumnName, Inputs, Parameters, Step, StepError};
pub use store::{ClearError, StoreError};

/// The README's code is compiled with the other examples of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
