//! Schemas that are held against a sample.

use chrono::NaiveDate;
use pipe_core::prelude::*;

/// In the folder of `Cargo.toml`.
#[derive(Schema)]
#[schema(sample(path = "tests/compile_pass/flights.csv", separator = ";"))]
struct Flight {
    carrier: String,
    #[column(name = "Air Time")]
    air_time: f64,
    dep_delay: Option<i64>,
    day: NaiveDate,
}

/// Not all columns; in the folder of this file; types that the macro does not know.
#[derive(Schema)]
#[schema(sample = "events.ndjson", crate = pipe_core)]
struct Event {
    id: Id,
    user: Option<User>,
}

type Id = u64;

#[derive(Schema)]
struct User {
    name: String,
}

#[test]
fn a_sample_changes_nothing_of_the_schema() {
    let columns: Vec<_> = Flight::COLUMNS.iter().map(ToString::to_string).collect();
    assert_eq!(
        columns,
        [
            "carrier: String",
            "Air Time: f64",
            "dep_delay: Option<i64>",
            "day: NaiveDate"
        ]
    );
    assert_eq!(Event::COLUMNS.len(), 2);
    let _ = |flight: Flight, event: Event, user: User| {
        let Flight {
            carrier,
            air_time,
            dep_delay,
            day,
        } = flight;
        let _ = (
            carrier, air_time, dep_delay, day, event.id, event.user, user.name,
        );
    };
}
