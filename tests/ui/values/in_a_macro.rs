//! Values of steps in macros, as an argument and in a text (2 mistakes).

use pipe_core::prelude::*;

#[step]
fn count(orders: DataFrame) -> usize {
    orders.height()
}

#[step(reads(name: String))]
fn tag(orders: LazyFrame, text: String) -> LazyFrame {
    orders.filter(col("name").eq(lit(text)))
}

pipeline! {
    fn tags(orders: LazyFrame) -> LazyFrame {
        let n = count(orders);
        let m = count(orders);
        let first = tag(orders, format!("{}", n));
        let second = tag(first, format!("{m:>3}"));
        second
    }
}

fn main() {}
