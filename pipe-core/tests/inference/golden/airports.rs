use pipe_core::prelude::*;

/// A row of `airports.csv`, as found in 1458 rows.
#[derive(Schema)]
pub struct Airport {
    pub faa: String,
    pub name: String,
    pub lat: f64, // 19.721375 to 72.270833
    pub lon: f64, // -176.646 to 174.11362
    pub alt: i64, // -54 to 9078
    pub tz: i64, // -10 to 8
    pub dst: String,
    pub tzone: String,
}
