//! What the macros' code calls. Not for people: it changes without notice.

pub use crate::checkpoints::Checkpoints;
pub use crate::cli;
pub use crate::constant::{Constant, ConstantValue};
pub use crate::contract;
pub use crate::environment::{Environment, Packages};
pub use crate::exec::CheckError;
pub use crate::frame::Frame;
pub use crate::graph::{NodeOptions, NodeRef};
pub use crate::pipeline::{NodeName, Pipeline, PipelineDef};
pub use crate::results::{
    Checked, Fallible, Hands, Made, PipelineResult, PipelineResultType, ResultType, StepResult,
    ValueInput, ValueInputType,
};
pub use crate::retry::Retry;
pub use crate::rows::{
    Calls, ListReader, ListWriter, ReadRows, RowColumns, RowInput, RowOutput, RowResult, RowStep,
    RowsOutput, StructReader, StructWriter,
};
pub use crate::rules;
pub use crate::schema::{ColumnValue, FrameSchema, SchemaField};
pub use crate::source::{IntoSource, Source, SourceError};
pub use crate::step::{
    Code, FromInput, Inputs, IntoOutput, Judge, KnownOutput, OutputKind, Parameters, Step,
    StepContext, StepError, StepFuture, StepOptions, StepOutput, Value, ValueKind, Where, may_pass,
};
pub use crate::store::{DigestingWriter, write_as_checkpoint};
pub use crate::typed::{
    CallArgs, Helper, InputType, OutputType, OwnedText, OwnedTexts, ParameterType, PipelineBuilder,
    PipelineParameter, PipelineParameterType, ReadArgument, StepArg, StepArgType, StepDef,
    StepParameter, Tracked,
};
pub use pipe_macros::locked_packages;
pub use polars;

/// What must hold of whatever is read as a file of a store or as `contracts.lock`: never a panic, and what
/// is read is what is written. `Ok` says whether it was such a file, `Err` which promise was broken.
pub mod probe {
    /// Known digests of input files, `files.json`.
    ///
    /// # Errors
    ///
    /// When the promise is broken.
    pub fn files(bytes: &[u8]) -> Result<bool, String> {
        crate::store::probe_files(bytes)
    }

    /// A commit record.
    ///
    /// # Errors
    ///
    /// When the promise is broken.
    pub fn record(bytes: &[u8]) -> Result<bool, String> {
        crate::store::probe_record(bytes)
    }

    /// `contracts.lock`.
    ///
    /// # Errors
    ///
    /// When the promise is broken.
    pub fn contracts_lock(text: &str) -> Result<bool, String> {
        crate::lock::probe(text)
    }
}
