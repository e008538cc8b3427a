use pipe_core::chrono::{DateTime, Utc};
use pipe_core::prelude::*;

/// A row of `weather.csv`, as found in 26115 rows.
///
/// Read it with `Csv::new("weather.csv").null_values(["NA"])`.
#[derive(Schema)]
pub struct Weather {
    pub origin: String,
    pub year: i64, // always 2013
    pub month: i64, // 1 to 12
    pub day: i64, // 1 to 31
    pub hour: i64, // 0 to 23
    pub temp: Option<f64>, // 10.94 to 100.04
    pub dewp: Option<f64>, // -9.94 to 78.08
    pub humid: Option<f64>, // 12.74 to 100
    pub wind_dir: Option<i64>, // 0 to 360
    pub wind_speed: Option<f64>, // 0 to 1048.36058
    pub wind_gust: Option<f64>, // 16.11092 to 66.74524
    pub precip: f64, // 0 to 1.21
    pub pressure: Option<f64>, // 983.8 to 1042.1
    pub visib: f64, // 0 to 10
    pub time_hour: DateTime<Utc>, // 2013-01-01 06:00:00 UTC to 2013-12-30 23:00:00 UTC
}
