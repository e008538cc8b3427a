use pipe_core::prelude::*;

/// A row of `planes.csv`, as found in 3322 rows.
///
/// Read it with `Csv::new("planes.csv").null_values(["NA"])`.
#[derive(Schema)]
pub struct Plane {
    pub tailnum: String,
    pub year: Option<i64>, // 1956 to 2013
    pub r#type: String,
    pub manufacturer: String,
    pub model: String,
    pub engines: i64, // 1 to 4
    pub seats: i64, // 2 to 450
    pub speed: Option<i64>, // 90 to 432
    pub engine: String,
}
