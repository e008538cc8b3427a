//! ETL pipelines as annotated Rust functions over Polars.
//!
//! > If it compiles, the wiring is right. If it crashes, it resumes. If anything changes, exactly what
//! > the change touches runs again, and the tool says why.
//!
//! | you write | you get |
//! | --- | --- |
//! | `#[derive(Schema)]` on a struct | a [schema](FrameSchema): the columns of a [`Frame`] |
//! | `#[step]` on a function | a [`Step`] with a contract that the compiler knows; the function stays as it is |
//! | `#[tracked]` on a helper function | a change in it counts as a change of the steps that call it |
//! | `pipeline!` with a function of `let` bindings | a [`Pipeline`] whose names, arguments, columns, types and nulls are checked |
//!
//! ```
//! use pipe_core::prelude::*;
//!
//! #[derive(Schema)]
//! struct Reading {
//!     sensor: String,
//!     celsius: Option<f64>,
//! }
//!
//! #[step(non_null(celsius))]
//! fn measured(readings: LazyFrame) -> LazyFrame {
//!     readings.drop_nulls(Some(by_name(["celsius"], true, false)))
//! }
//!
//! #[step(reads(celsius: f64), adds(kelvin: f64))]
//! fn add_kelvin(readings: LazyFrame, offset: f64) -> LazyFrame {
//!     readings.with_column((col("celsius") + lit(offset)).alias("kelvin"))
//! }
//!
//! pipeline! {
//!     fn temperatures(readings: Frame<Reading>, offset: f64 = 273.15) -> LazyFrame {
//!         let measured = measured(readings);
//!         let kelvin = add_kelvin(measured, offset);
//!         kelvin
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let readings = vec![
//!     Reading { sensor: "a".into(), celsius: Some(20.0) },
//!     Reading { sensor: "b".into(), celsius: None },
//! ];
//! let pipeline = temperatures(readings, 273.15).store(folder.path());
//! let result = pipeline.run()?.output().collect()?;
//! assert_eq!(result.column("kelvin")?.f64()?.get(0), Some(293.15));
//! assert_eq!(pipeline.status()?.nodes.len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! A binary gets its command line from the pipeline: `fn main() -> ExitCode {
//! TemperaturesPipeline::main() }`, see [`cli`]. Pipelines that are only known at run time are put
//! together with [`Pipeline::builder`] from the [`steps`] of the library and your own.
//!
//! Data come from [sources](source), which are checked against their schema before anything runs.
//! Results are kept in a folder, by default `./checkpoints`; a checkpoint counts as long as the code, the
//! parameters and the data that it was made from are the same.

// The macros write `::pipe_core::…`; inside this crate that must be found too.
extern crate self as pipe_core;

mod builder;
mod cancellation;
mod checkpoints;
pub mod cli;
mod constant;
pub mod contract;
mod digest;
mod engine;
mod environment;
mod exec;
mod frame;
pub mod graph;
mod key;
mod layers;
mod lock;
mod parallel;
mod parameters;
mod pipeline;
pub mod prelude;
mod results;
mod retry;
mod rows;
pub mod rules;
mod schema;
mod secret;
pub mod source;
mod step;
pub mod steps;
pub mod storage;
mod store;
pub mod testing;
mod text;
mod typed;

#[doc(hidden)]
pub mod __private;

pub use builder::{BuildError, BuildMistake, Builder};
pub use cancellation::Cancellation;
pub use checkpoints::Checkpoints;
/// The version of chrono whose types are column types.
pub use chrono;
pub use environment::{Build, Environment, Packages};
pub use exec::{
    AcceptError, AcceptReport, Acceptance, AcceptedNode, Action, CheckError, CheckpointDiff,
    CheckpointPlan, ColumnDifference, DiffError, DiffOptions, DiffRowSide, DiffSide, Difference,
    Event, Explanation, LoadError, Mode, NodeError, NodeExplanation, NodePlan, NodeProblem,
    NodeReport, NodeStatus, OnFailure, Outcome, Plan, PlanError, Refusal, RefusalProblem,
    RowDifference, RunError, RunReport, RunStatus, SaveError, Saved, SchemaDifference, Selection,
    State, Status, StoredCheckpoint, TransferError, TransferOutcome, TransferReport,
    TransferredCheckpoint, ValueDifference,
};
pub use frame::Frame;
pub use lock::{Change, ChangeClass, ContractChanges, LockError, Locked, Side};
/// The version of `object_store` whose stores [`storage::ObjectStorage`] takes.
#[cfg(feature = "s3")]
pub use object_store;
pub use pipe_macros::{Schema, pipeline, step, tracked};
pub use pipeline::{Dynamic, NodeId, NodeName, Pipeline, PipelineDef, Run};
pub use polars;
pub use retry::Retry;
pub use schema::{ColumnValue, FrameSchema, describe_dtype};
pub use secret::Secret;
pub use step::{
    Code, ColumnName, ColumnNames, Inputs, OutputKind, Parameter, Parameters, Step, StepContext,
    StepError, StepFuture, StepOptions, StepOutput, Value, ValueKind, Where, WrittenFile,
};
pub use store::{
    CheckpointFormat, ClearError, Compression, Gc, GcCheckpoint, GcReport, GcUnusable, LeftOver,
    StoreError, StoreProblem, StoreProblemKind, Verified,
};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The README's code is compiled with the other examples of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
