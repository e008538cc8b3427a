use pipe_core::chrono::{DateTime, Utc};
use pipe_core::prelude::*;

/// A row of `events.ndjson`, as found in 3 rows.
#[derive(Schema)]
pub struct Event {
    pub id: i64, // 1 to 3
    pub at: DateTime<Utc>, // 2013-01-31 17:30:00 UTC to 2013-02-02 17:30:00 UTC
    pub user: Option<EventUser>,
    pub tags: Vec<Option<String>>,
    pub items: Vec<EventItem>,
    pub score: f64, // 0.5 to 2
    // numbers, strings, lists: what is no string is taken as its JSON text
    pub mixed: String,
    // no row has a value: nothing is known of its type
    pub never: Option<String>,
    pub last: Option<bool>,
}

/// What is in `user` of [`Event`].
#[derive(Schema)]
pub struct EventUser {
    pub name: String,
    pub age: Option<i64>,
    pub address: EventUserAddress,
}

/// What is in `address` of [`EventUser`].
#[derive(Schema)]
pub struct EventUserAddress {
    pub city: String,
}

/// What is in `items` of [`Event`].
#[derive(Schema)]
pub struct EventItem {
    pub sku: String,
    pub n: Option<f64>,
}
