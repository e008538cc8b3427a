//! Options of a sample that cannot be (4 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
#[schema(sample(separator = ";"))]
struct NoPath {
    carrier: String,
}

#[derive(Schema)]
#[schema(sample(path = "flights.csv", seperator = ";"))]
struct Misspelled {
    carrier: String,
}

#[derive(Schema)]
#[schema(sample(path = "flights.csv", separator = "::"))]
struct TwoCharacters {
    carrier: String,
}

#[derive(Schema)]
#[schema(sample = 1)]
struct NotAString {
    carrier: String,
}

fn main() {}
