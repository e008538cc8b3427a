//! What the macros' code calls. Not for people: it changes without notice.

pub use crate::contract;
pub use crate::frame::Frame;
pub use crate::graph::{Graph, Input, Node, NodeOptions, NodeRef};
pub use crate::pipeline::{FromOutputs, NodeName, Pipeline, PipelineDef};
pub use crate::schema::{ColumnValue, FrameSchema, struct_series};
pub use crate::step::{Code, ColumnName, FromInput, Inputs, IntoOutput, Parameters, Step, StepError};
pub use polars;
