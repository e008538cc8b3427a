//! `len` on a float.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(len(max = 6))]
    distance: Option<f64>,
}

fn main() {}
