//! A call that cannot be sent to another thread.

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
async fn fetch(row: Url) -> Page {
    let path = std::rc::Rc::new(row.path);
    std::future::ready(()).await;
    Page {
        text: path.to_string(),
    }
}

fn main() {}
