use pipe_core::chrono::{DateTime, Utc};
use pipe_core::prelude::*;

/// A row of `flights.parquet`, as found in 336776 rows.
#[derive(Schema)]
pub struct Flight {
    pub year: i64, // always 2013
    pub month: i64, // 1 to 12
    pub day: i64, // 1 to 31
    pub dep_time: Option<i64>, // 1 to 2400
    pub sched_dep_time: i64, // 106 to 2359
    pub dep_delay: Option<i64>, // -43 to 1301
    pub arr_time: Option<i64>, // 1 to 2400
    pub sched_arr_time: i64, // 1 to 2359
    pub arr_delay: Option<i64>, // -86 to 1272
    pub carrier: String,
    pub flight: i64, // 1 to 8500
    pub tailnum: Option<String>,
    pub origin: String,
    pub dest: String,
    pub air_time: Option<i64>, // 20 to 695
    pub distance: i64, // 17 to 4983
    pub hour: i64, // 1 to 23
    pub minute: i64, // 0 to 59
    pub time_hour: DateTime<Utc>, // 2013-01-01 10:00:00 UTC to 2014-01-01 04:00:00 UTC
}
