use pipe_core::prelude::*;

/// A row of `airlines.csv`, as found in 16 rows.
#[derive(Schema)]
pub struct Airline {
    pub carrier: String,
    pub name: String,
}
