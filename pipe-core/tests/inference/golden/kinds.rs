use pipe_core::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use pipe_core::prelude::*;

/// A row of `kinds.csv`, as found in 2 rows.
#[derive(Schema)]
pub struct Kind {
    pub flag: bool,
    pub count: i64, // -2 to 1
    pub big: u64, // 1 to 18446744073709551615
    #[column(name = "Mean Value")]
    pub mean_value: Option<f64>, // always 0.5
    pub r#type: String,
    #[column(name = "2nd")]
    pub _2nd: Option<String>,
    pub day: NaiveDate, // 2013-01-31 to 2013-02-01
    pub at: NaiveTime, // 08:00:00.500 to 17:30:00
    pub taken: NaiveDateTime, // 2013-01-31 17:30:00 to 2013-02-01 08:00:00
    pub stamp: DateTime<Utc>, // 2013-01-31 17:30:00 UTC to 2013-02-01 07:00:00 UTC
    #[column(unit = "ns")]
    pub precise: NaiveDateTime, // 2013-01-31 17:30:00.123456789 to 2013-02-01 08:00:00
    pub id: i64, // 7 to 8
    #[column(name = "ID")]
    pub id_2: i64, // 1 to 2
    // no row has a value: nothing is known of its type
    pub empty: Option<String>,
    pub name: String,
}
