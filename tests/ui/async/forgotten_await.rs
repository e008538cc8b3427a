//! A future that nobody waits for.

use pipe_core::prelude::*;

async fn page(number: u32) -> Result<u32, StepError> {
    Ok(number)
}

#[step(untracked(page))]
async fn fetch(number: u32) -> Result<u32, StepError> {
    let page: u32 = page(number)?;
    Ok(page)
}

fn main() {}
