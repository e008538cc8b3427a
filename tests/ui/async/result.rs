//! A result that cannot be stored, of a step that is `async`.

use pipe_core::prelude::*;

struct Page(u32);

#[step]
async fn fetch(number: u32) -> Result<Page, StepError> {
    Ok(Page(number))
}

fn main() {}
