//! Options of a column that are given twice (3 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
pub struct Flight {
    #[column(name = "Carrier", name = "Airline")]
    pub carrier: String,
    #[column(unit = "ms", unit = "us")]
    pub air_time: chrono::TimeDelta,
    #[column(zone = "Europe/Berlin")]
    #[column(zone = "Europe/Paris")]
    pub departure: chrono::DateTime<chrono::Utc>,
}

fn main() {}
