//! A step that keeps what cannot go to another thread while it waits.

use pipe_core::prelude::*;

use std::rc::Rc;

#[step]
async fn fetch(pages: u32) -> Result<u32, StepError> {
    let pages = Rc::new(pages);
    std::future::ready(()).await;
    Ok(*pages)
}

fn main() {}
