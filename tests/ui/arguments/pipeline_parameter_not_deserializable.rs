//! A parameter of a pipeline that the command line cannot read.

use pipe_core::prelude::*;

#[derive(Clone)]
enum Order {
    Newest,
    Oldest,
}

impl Order {
    fn minutes(&self) -> i64 {
        matches!(self, Self::Newest).into()
    }
}
#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
    distance: i64,
}

#[step(reads(dep_delay: Option<i64>), adds(late: bool))]
fn flag_late(flights: LazyFrame, minutes: i64) -> LazyFrame {
    flights.with_column(col("dep_delay").gt(lit(minutes)).alias("late"))
}

pipeline! {
    fn delays(flights: Frame<Flight>, order: Order) -> LazyFrame {
        let flagged = flag_late(flights, order.minutes());
        flagged
    }
}

fn main() {}
