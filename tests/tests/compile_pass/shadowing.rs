//! A module whose own names hide those of the standard prelude.

#![allow(
    dead_code,
    unused_macros,
    clippy::unnecessary_wraps,
    reason = "they are there to be in the way"
)]

use pipe_core::prelude::{
    ColumnName, Csv, Frame, LazyFrame, Pipeline, Schema, col, lit, pipeline, step, tracked,
};

struct Option;
struct Result;
struct Vec;
struct Box;
struct Clone;
struct Default;
struct Into;
struct From;
struct Sync;
struct Send;
struct Partial;
struct Step;
#[allow(non_snake_case, reason = "hides the variant")]
fn Some() {}
#[allow(non_snake_case, reason = "hides the variant")]
fn None() {}
#[allow(non_snake_case, reason = "hides the variant")]
fn Ok() {}
#[allow(non_snake_case, reason = "hides the variant")]
fn Err() {}
mod std {}
mod core {}
macro_rules! vec {
    () => {};
}
macro_rules! panic {
    () => {};
}
macro_rules! concat {
    () => {};
}

#[derive(Schema)]
struct Flight {
    carrier: ::std::string::String,
    dep_delay: ::core::option::Option<i64>,
}

#[tracked]
fn minutes(column: &ColumnName) -> pipe_core::prelude::Expr {
    column.col()
}

#[step(reads(column: Option<integer>), adds(late: bool), retry(attempts = 2))]
fn flag_late(flights: LazyFrame, column: ColumnName, limit: i64) -> LazyFrame {
    flights.with_column(minutes(&column).gt(lit(limit)).alias("late"))
}

#[step(returns(Flight))]
fn forget(flights: LazyFrame) -> LazyFrame {
    flights.select([col("carrier"), col("dep_delay")])
}

#[step]
fn typed(flights: Frame<Flight>) -> ::core::result::Result<Frame<Flight>, ::std::fmt::Error> {
    ::core::result::Result::Ok(flights)
}

pipeline! {
    fn delays(flights: Frame<Flight> = Csv::new("flights.csv"), limit: i64 = 15) -> Frame<Flight> {
        let flagged = flag_late(flights, "dep_delay", limit);
        let plain = forget(flagged);
        let typed = typed(plain);
        typed
    }
}

#[test]
fn names_of_the_prelude_may_be_hidden() {
    let _: fn(Csv, i64) -> Pipeline<DelaysPipeline> = delays;
    let _ = Flight {
        carrier: ::std::string::String::new(),
        dep_delay: ::core::option::Option::None,
    };
}
