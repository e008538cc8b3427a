//! Options of calls that cannot be (5 mistakes).

use pipe_core::prelude::*;

#[derive(Schema)]
struct Url {
    path: String,
}

#[derive(Schema)]
struct Page {
    text: String,
}

#[step(rows, concurrency = 4)]
fn blocks(row: Url) -> Page {
    Page { text: row.path }
}

#[step(rate = "5/s")]
async fn fetches(urls: Frame<Url>) -> Result<Frame<Page>, String> {
    Err(format!("{urls:?}"))
}

#[step(rows, concurrency = 0)]
async fn never(row: Url) -> Page {
    Page { text: row.path }
}

#[step(rows, rate = "fast")]
async fn fast(row: Url) -> Page {
    Page { text: row.path }
}

#[step(rows, rate = 50)]
async fn a_number(row: Url) -> Page {
    Page { text: row.path }
}

fn main() {}
