//! What a step returns, and what the steps after it are given.

use polars::prelude::{DataFrame, IntoLazy, LazyFrame, PolarsError, PolarsResult};

use super::value::{Value, ValueKind};
use crate::rows::RowsOutput;

/// The result of a step.
#[derive(Clone)]
pub enum StepOutput {
    /// A frame.
    Frame(LazyFrame),
    /// Anything else.
    Value(Value),
    /// A frame that a row step makes, with what becomes known of its rows as it is computed.
    #[doc(hidden)]
    Rows(RowsOutput),
}

/// What a step's results are.
#[derive(Clone, Copy, Debug)]
pub enum OutputKind {
    /// Frames.
    Frame,
    /// Values of one type.
    Value(ValueKind),
}

impl StepOutput {
    /// The frame, if it is one.
    #[must_use]
    pub fn frame(self) -> Option<LazyFrame> {
        match self {
            Self::Frame(frame) => Some(frame),
            Self::Rows(rows) => Some(rows.into_plan()),
            Self::Value(_) => None,
        }
    }

    /// Computes the frame, on the streaming engine.
    ///
    /// # Errors
    ///
    /// When it is a value, and whatever the query meets.
    pub fn collect(self) -> PolarsResult<DataFrame> {
        match self {
            Self::Frame(frame) => crate::engine::collect(frame),
            Self::Rows(rows) => crate::engine::collect(rows.into_plan()),
            Self::Value(value) => {
                let found = value.kind().type_name();
                let problem = format!("this is a value of type `{found}`, not a frame");
                Err(PolarsError::InvalidOperation(problem.into()))
            }
        }
    }

    /// The value, if it is one.
    #[must_use]
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Frame(_) | Self::Rows(_) => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl From<LazyFrame> for StepOutput {
    fn from(frame: LazyFrame) -> Self {
        Self::Frame(frame)
    }
}

impl From<DataFrame> for StepOutput {
    fn from(frame: DataFrame) -> Self {
        Self::Frame(frame.lazy())
    }
}

impl From<Value> for StepOutput {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl std::fmt::Debug for StepOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frame(_) | Self::Rows(_) => f.write_str("Frame"),
            Self::Value(value) => value.fmt(f),
        }
    }
}
