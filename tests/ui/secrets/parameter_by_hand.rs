//! A hand-written step adds a parameter that cannot be serialised.

use pipe_core::prelude::*;

struct Login {
    name: String,
}

struct Fetch {
    login: Login,
}

#[step]
impl Step for Fetch {
    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("login", &self.login)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(inputs.only()?.filter(col("name").eq(lit(self.login.name.clone()))).into())
    }
}

fn main() {}
