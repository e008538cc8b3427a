//! Values that their column's type cannot hold (3 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    #[column(min = -1)]
    seats: u8,
    #[column(max = 40_000)]
    year: i16,
    #[column(max = 1e39)]
    distance: f32,
}

fn main() {}
