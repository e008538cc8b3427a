//! References that are none to values (5 mistakes).

use pipe_core::prelude::*;

use std::fmt::Display;

#[step]
fn scored(flights: LazyFrame, model: &mut Vec<f64>) -> LazyFrame {
    model.clear();
    flights.reverse()
}

#[step]
fn shown(flights: LazyFrame, what: &dyn Display) -> LazyFrame {
    let _ = what.to_string();
    flights.reverse()
}

#[step]
fn named(flights: LazyFrame, name: &str, weights: &[f64]) -> LazyFrame {
    let _ = (name, weights);
    flights.reverse()
}

#[step(reads(column: any))]
fn sorted(flights: LazyFrame, column: &ColumnName) -> LazyFrame {
    flights.sort([column.as_str()], SortMultipleOptions::default())
}

fn main() {}
