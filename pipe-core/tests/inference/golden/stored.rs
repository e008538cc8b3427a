use pipe_core::chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use pipe_core::prelude::*;

/// A row of `stored.parquet`, as found in 2 rows.
#[derive(Schema)]
pub struct Stored {
    #[column(name = "utc ms", unit = "ms")]
    pub utc_ms: DateTime<Utc>, // 1970-01-01 00:00:00.001 UTC to 1970-01-01 00:00:00.002 UTC
    #[column(unit = "ns", zone = "Europe/Berlin")]
    pub berlin: DateTime<Utc>, // 1970-01-01 01:00:00.000000001 CET to 1970-01-01 01:00:00.000000002 CET
    pub naive: NaiveDateTime, // 1970-01-01 00:00:00.000001 to 1970-01-01 00:00:00.000002
    #[column(unit = "ms")]
    pub took: TimeDelta, // 1ms to 2ms
    pub small: u8, // 1 to 2
    pub pair: StoredPair,
    pub ints: Option<Vec<Option<i32>>>,
    // `bytes_or_list`: a list of u8 is no type that a schema has. Leave the column out, write it with another
    // type, or read the file without a schema and cast it in a step.
    // `times`: a list of NaiveDateTime in ms is no type that a schema has. Leave the column out, write it with another
    // type, or read the file without a schema and cast it in a step.
    // `nothing`: null is no type that a schema has. Leave the column out, write it with another
    // type, or read the file without a schema and cast it in a step.
}

/// What is in `pair` of [`Stored`].
#[derive(Schema)]
pub struct StoredPair {
    pub x: Option<i64>,
    #[column(name = "Y")]
    pub y: String,
}
