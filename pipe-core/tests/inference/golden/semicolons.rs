use pipe_core::prelude::*;

/// A row of `semicolons.csv`, as found in 3 rows.
///
/// Read it with `Csv::new("semicolons.csv").separator(';').null_values(["-", "NULL"])`.
#[derive(Schema)]
pub struct Pair {
    pub a: i64, // 1 to 3
    pub b: Option<i64>, // always 4
}
