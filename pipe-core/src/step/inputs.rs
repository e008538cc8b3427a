//! What a node's step is given.

use std::sync::Arc;

use polars::prelude::LazyFrame;

use super::{StepContext, StepError, StepOutput};

/// The frames and values that a node's step is given, in the order of its arguments.
pub struct Inputs {
    given: std::vec::IntoIter<StepOutput>,
    context: StepContext,
}

impl Inputs {
    /// Inputs of a step, for calling one by hand: frames, or [`StepOutput`]s of other steps.
    #[must_use]
    pub fn new<T: Into<StepOutput>>(inputs: Vec<T>) -> Self {
        let given: Vec<_> = inputs.into_iter().map(Into::into).collect();
        Self {
            given: given.into_iter(),
            context: StepContext::default(),
        }
    }

    /// The same in another context.
    #[must_use]
    pub fn with_context(self, context: StepContext) -> Self {
        Self { context, ..self }
    }

    /// The run that the step is part of.
    #[must_use]
    pub fn context(&self) -> &StepContext {
        &self.context
    }

    /// The next input, a frame.
    ///
    /// # Errors
    ///
    /// When the step was given fewer inputs than it asks for, or the next one is a value.
    pub fn next_frame(&mut self) -> Result<LazyFrame, StepError> {
        match self.next_output()? {
            StepOutput::Frame(frame) => Ok(frame),
            StepOutput::Rows(rows) => Ok(rows.into_plan()),
            StepOutput::Value(value) => {
                let found = value.kind().type_name();
                Err(
                    format!("the step asks for a frame, but was given a value of type `{found}`")
                        .into(),
                )
            }
        }
    }

    /// The next input, a value of type `T`.
    ///
    /// # Errors
    ///
    /// When the step was given fewer inputs than it asks for, or the next one is a frame or a value of
    /// another type.
    pub fn next_value<T: Send + Sync + 'static>(&mut self) -> Result<Arc<T>, StepError> {
        let wanted = std::any::type_name::<T>();
        match self.next_output()? {
            StepOutput::Frame(_) | StepOutput::Rows(_) => Err(format!(
                "the step asks for a value of type `{wanted}`, but was given a frame"
            )
            .into()),
            StepOutput::Value(value) => {
                let found = value.kind().type_name();
                value.get().ok_or_else(|| {
                    format!("the step asks for a value of type `{wanted}`, but was given one of type `{found}`").into()
                })
            }
        }
    }

    /// The next input, whatever it is.
    ///
    /// # Errors
    ///
    /// When the step was given fewer inputs than it asks for.
    pub fn next_output(&mut self) -> Result<StepOutput, StepError> {
        self.given
            .next()
            .ok_or_else(|| "the step asks for more inputs than it was given".into())
    }

    /// The only input, a frame.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one, or it is a value.
    pub fn only(&mut self) -> Result<LazyFrame, StepError> {
        let frame = self.next_frame()?;
        match self.given.len() {
            0 => Ok(frame),
            more => Err(format!("the step takes one input, but was given {}", more + 1).into()),
        }
    }
}
