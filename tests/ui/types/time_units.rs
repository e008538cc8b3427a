//! Datetimes of different time units are different types.

use pipe_core::prelude::*;

use chrono::NaiveDateTime;

#[derive(Schema)]
struct Event {
    #[column(unit = "ms")]
    at: NaiveDateTime,
}

#[step(reads(at: NaiveDateTime))]
fn recent(events: LazyFrame) -> LazyFrame {
    events.filter(col("at").is_not_null())
}

pipeline! {
    fn events(events: Frame<Event>) -> LazyFrame {
        let recent = recent(events);
        recent
    }
}

fn main() {}
