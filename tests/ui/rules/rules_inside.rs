//! A schema with rules as the type of a column (2 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Airport {
    #[column(len = 3)]
    code: String,
}

#[derive(Schema)]
struct Flight {
    origin: Airport,
    stops: Vec<Option<Airport>>,
}

fn main() {}
