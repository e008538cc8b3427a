use polars::prelude::by_name;

use crate::step::{Code, Inputs, Parameters, Step, StepError, StepOutput};

/// Drops rows with nulls.
#[derive(Clone, Debug)]
pub struct DropNulls {
    columns: Option<Vec<String>>,
}

impl DropNulls {
    /// Drops every row with a null in any column.
    #[must_use]
    pub fn all() -> Self {
        Self { columns: None }
    }

    /// Drops every row with a null in one of these columns.
    pub fn of<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self {
            columns: Some(columns.into_iter().map(Into::into).collect()),
        }
    }
}

impl Step for DropNulls {
    fn name(&self) -> &'static str {
        "drop_nulls"
    }

    fn code(&self) -> Code {
        Code::by_hand("pipe_core::steps::DropNulls 1")
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("columns", &self.columns)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        // `by_name` is strict: a column that is not there is an error, not silence.
        let columns = self
            .columns
            .as_ref()
            .map(|columns| by_name(columns, true, false));
        Ok(inputs.only()?.drop_nulls(columns).into())
    }
}
