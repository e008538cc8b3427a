//! A node that is tried again, of a step that tries its rows again.

use pipe_core::prelude::*;

#[derive(Schema)]
struct Url {
    path: String,
}

#[derive(Schema)]
struct Page {
    text: String,
}

#[step(rows, retry(attempts = 4))]
async fn fetch(row: Url) -> Result<Page, String> {
    Ok(Page { text: row.path })
}

#[step(rows)]
async fn fetch_once(row: Url) -> Result<Page, String> {
    Ok(Page { text: row.path })
}

pipeline! {
    fn pages(urls: Frame<Url>) -> (Frame<Page>, Frame<Page>, Frame<Page>) {
        #[retry(attempts = 3)]
        let multiplied = fetch(urls);
        #[retry(attempts = 1)]
        let not_again = fetch(urls);
        #[retry(attempts = 3)]
        let as_a_whole = fetch_once(urls);
        (multiplied, not_again, as_a_whole)
    }
}

fn main() {}
