//! `unique` on lists.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(unique)]
    stops: Vec<String>,
}

fn main() {}
