//! What the macros' code calls. Not for people: it changes without notice.

pub use crate::cli;
pub use crate::constant::{Constant, ConstantValue};
pub use crate::contract;
pub use crate::environment::{Environment, Packages};
pub use crate::exec::CheckError;
pub use crate::frame::Frame;
pub use crate::graph::{NodeOptions, NodeRef};
pub use crate::pipeline::{NodeName, Pipeline, PipelineDef};
pub use crate::retry::Retry;
pub use crate::rules;
pub use crate::schema::{ColumnValue, FrameSchema, RowField, SchemaField, struct_series};
pub use crate::source::{IntoSource, Source, SourceError};
pub use crate::step::{
    Code, FromInput, Inputs, IntoOutput, KnownOutput, Parameters, Step, StepError,
};
pub use crate::typed::{
    CallArgs, Helper, InputType, OutputType, OwnedText, OwnedTexts, ParameterType, PipelineBuilder,
    PipelineParameter, PipelineParameterType, ReadArgument, StepArg, StepArgType, StepDef,
    StepParameter, Tracked,
};
pub use pipe_macros::locked_packages;
pub use polars;
