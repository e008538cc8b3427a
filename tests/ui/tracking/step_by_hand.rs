//! A step that is written by hand calls a function whose code is not tracked.

use pipe_core::prelude::*;

struct AddHours;

fn hours(minutes: Expr) -> Expr {
    minutes / lit(60)
}

#[step]
impl Step for AddHours {
    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(inputs.only()?.with_column(hours(col("air_time")).alias("hours")).into())
    }
}

fn main() {}
