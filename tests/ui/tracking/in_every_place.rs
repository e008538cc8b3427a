//! Helpers in closures, as values, with type arguments, in macros and behind variables of their names (7 mistakes).

use pipe_core::prelude::*;

fn one(minutes: Expr) -> Expr {
    minutes / lit(60)
}

fn two(minutes: Expr) -> Expr {
    minutes / lit(60)
}

fn three<T: Into<f64>>(minutes: Expr, by: T) -> Expr {
    minutes / lit(by.into())
}

fn four() -> &'static str {
    "hours"
}

fn five(text: &str) -> Option<usize> {
    text.find('h')
}

fn six(minutes: Expr) -> Expr {
    minutes / lit(60)
}

fn first(minutes: Expr) -> Expr {
    minutes / lit(60)
}

#[step(reads(air_time: f64), adds(hours: f64))]
fn add_hours(flights: LazyFrame) -> LazyFrame {
    let in_closure = |minutes: Expr| one(minutes);
    let as_value = Some(col("air_time")).map(two).map(in_closure);
    let generic = three::<f32>(col("air_time"), 60.0);
    let text = format!("{}", four());
    let matched = matches!(five(&text), Some(0) | Some(1) if text.len() > 3);
    let six = six(as_value.unwrap_or(generic));
    let first = first(six);
    flights.filter(lit(matched)).with_column(first.alias("hours"))
}

fn main() {}
