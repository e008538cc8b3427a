//! Fetches a list of pages from a server that is down for one request in five, and counts their words.
//!
//! `cargo run -p pipe-examples --bin pages -- run` starts a server of its own. `--site http://…` fetches from
//! another one.

mod server;

use std::process::ExitCode;
use std::sync::LazyLock;

use pipe_core::prelude::*;

/// A page to fetch.
#[derive(Clone, Schema)]
struct Address {
    path: String,
}

/// A page that was fetched.
#[derive(Schema)]
struct Page {
    path: String,
    text: String,
}

#[derive(Schema)]
struct WordCount {
    path: String,
    words: u32,
}

/// The paths of as many pages.
#[step]
fn addresses(pages: u32) -> PolarsResult<Frame<Address>> {
    let path = |page| Address {
        path: format!("/pages/{page}"),
    };
    Frame::from_rows((1..=pages).map(path).collect::<Vec<_>>())
}

/// Fetches a page: eight at once, at most 500 requests a second, each tried up to ten times.
#[step(
    rows,
    concurrency = 8,
    rate = "500/s",
    retry(attempts = 10, base = "20ms", max = "1s", when = is_down),
    untracked(CLIENT, OWN_SERVER)
)]
async fn fetch(address: Address, site: String) -> Result<Page, StepError> {
    let site = if site.is_empty() {
        OWN_SERVER.as_ref().map_err(String::as_str)?
    } else {
        &site
    };
    let url = format!("{site}{}", address.path);
    let answer = CLIENT.get(url).send().await?;
    let text = answer.error_for_status()?.text().await?;
    Ok(Page {
        path: address.path,
        text,
    })
}

/// Whether it helps to ask again: a page that is not there will not come.
fn is_down(error: &StepError) -> bool {
    let request = error.downcast_ref::<reqwest::Error>();
    request.is_some_and(|error| error.status().is_none_or(|status| status.is_server_error()))
}

/// Where it is says nothing of what it gives: so it is no argument, and no part of the key.
static OWN_SERVER: LazyLock<Result<String, String>> = LazyLock::new(server::start);

/// One for all requests: it keeps connections open.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);

#[step]
fn count(pages: Frame<Page>) -> Frame<WordCount> {
    let words = col("text").str().count_matches(lit(r"\w+"), false);
    let words = words.alias("words");
    pages.lazy().select([col("path"), words]).into()
}

pipeline! {
    /// The number of words of each page.
    fn pages(
        /// How many pages.
        pages: u32 = 100,
        /// Where they are; a server of this program unless given.
        site: String = String::new(),
    ) -> Frame<WordCount> {
        let addresses = addresses(pages);
        let fetched = fetch(addresses, site);
        let counted = count(fetched);
        counted
    }
}

fn main() -> ExitCode {
    PagesPipeline::main()
}
