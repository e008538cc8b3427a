//! Fetches a list of pages from a server that is down for one request in five, and counts their words.
//!
//! `cargo run -p pipe-examples --bin pages -- run` starts a server of its own. `--site http://…` fetches from
//! another one.

mod server;

use std::process::ExitCode;
use std::time::Duration;

use pipe_core::Retry;
use pipe_core::prelude::*;
use pipe_core::service::Calls;

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

/// All pages, eight at once, at most 500 requests a second; each is asked for up to ten times.
#[step(timeout = "2m", untracked(start))]
async fn fetch(
    addresses: Frame<Address>,
    site: String,
    context: &StepContext,
) -> Result<Frame<Page>, StepError> {
    let calls = Calls::new(8).per_second(500.0).retry(Retry {
        base: Duration::from_millis(20),
        max: Duration::from_secs(1),
        ..Retry::new(10)
    });
    let site = if site.is_empty() {
        server::start().await?
    } else {
        site
    };
    let client = reqwest::Client::new();
    let pages = calls
        .each(addresses.collect_rows()?, |address| {
            get(&client, &site, address)
        })
        .await;
    let pages: Vec<_> = pages.into_iter().collect::<Result<_, _>>()?;
    context.log(format!("{} pages from {site}", pages.len()));
    Ok(Frame::from_rows(pages)?)
}

#[tracked]
async fn get(
    client: &reqwest::Client,
    site: &str,
    address: Address,
) -> Result<Page, reqwest::Error> {
    let path = address.path;
    let answer = client.get(format!("{site}{path}")).send().await?;
    let text = answer.error_for_status()?.text().await?;
    Ok(Page { path, text })
}

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
