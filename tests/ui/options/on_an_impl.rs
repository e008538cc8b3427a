//! Options and clauses on a step that is written by hand (2 mistakes).

use pipe_core::prelude::*;

struct Newest;

#[step(retry(attempts = 3), reads(carrier: String))]
impl Step for Newest {
    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(inputs.only()?.reverse().into())
    }
}

fn main() {}
