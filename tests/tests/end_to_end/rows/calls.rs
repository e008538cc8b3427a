//! Async row steps: a call for each row.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use pipe_core::prelude::*;
use pipe_core::{Cancellation, NodeProblem, RunError, StepContext};

use super::{Tested, failure, folder};

#[derive(Schema, Clone, Debug, PartialEq)]
struct Url {
    path: String,
}

#[derive(Schema, Clone, Debug, PartialEq)]
struct Page {
    path: String,
    attempt: i64,
}

fn urls(count: usize) -> Vec<Url> {
    let url = |i| Url {
        path: format!("/{i}"),
    };
    (0..count).map(url).collect()
}

#[derive(Debug, PartialEq)]
enum FetchError {
    Busy,
    Gone,
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Busy => "the server is busy",
            Self::Gone => "the page is gone",
        })
    }
}

impl std::error::Error for FetchError {}

fn is_busy(error: &FetchError) -> bool {
    *error == FetchError::Busy
}

/// Calls that run, and the most of them at one time.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static FOUR: LazyLock<tokio::sync::Barrier> = LazyLock::new(|| tokio::sync::Barrier::new(4));

/// Comes back when four calls run.
async fn meet() {
    let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
    MOST.fetch_max(running, Ordering::SeqCst);
    FOUR.wait().await;
    RUNNING.fetch_sub(1, Ordering::SeqCst);
}

#[step(rows, concurrency = 4, rate = "100000/s", untracked(meet))]
async fn four_at_a_time(row: Url, attempt: i64, context: &StepContext) -> Page {
    meet().await;
    assert_eq!(context.node(), "pages");
    Page {
        path: row.path,
        attempt,
    }
}

/// How often each path was asked for.
static ASKED: Mutex<Option<HashMap<String, i64>>> = Mutex::new(None);

fn ask(path: &str) -> i64 {
    let mut asked = ASKED.lock().unwrap();
    let asked = asked.get_or_insert_default();
    let count = asked.entry(path.to_owned()).or_default();
    *count += 1;
    *count
}

#[step(rows, retry(attempts = 3, base = "1ms", when = is_busy), on_error = skip, untracked(ask))]
async fn fetch(row: Url) -> Result<Page, FetchError> {
    tokio::task::yield_now().await;
    let attempt = ask(&row.path);
    match (attempt, row.path.as_str()) {
        (_, "/gone") => Err(FetchError::Gone),
        (_, "/busy") | (1..3, _) => Err(FetchError::Busy),
        _ => Ok(Page {
            path: row.path,
            attempt,
        }),
    }
}

#[step(rows)]
async fn panics(row: Url) -> Result<Page, FetchError> {
    tokio::task::yield_now().await;
    assert_ne!(row.path, "/40", "not this one");
    Err(FetchError::Gone)
}

/// Stops the run of the step that it is called in.
static STOP: LazyLock<Cancellation> = LazyLock::new(Cancellation::new);
static CALLED: AtomicUsize = AtomicUsize::new(0);

fn stop_at_third() {
    if CALLED.fetch_add(1, Ordering::SeqCst) == 2 {
        STOP.cancel();
    }
}

#[step(rows, concurrency = 1, untracked(stop_at_third))]
async fn stops(row: Url) -> Page {
    tokio::task::yield_now().await;
    stop_at_third();
    Page {
        path: row.path,
        attempt: 1,
    }
}

pipeline! {
    fn fetched(urls: Frame<Url>) -> Frame<Page> {
        let pages = fetch(urls);
        pages
    }

    fn fours(urls: Frame<Url>) -> Frame<Page> {
        let pages = four_at_a_time(urls, 7);
        pages
    }

    fn stopped(urls: Frame<Url>) -> Frame<Page> {
        let pages = stops(urls);
        pages
    }

    fn broken(urls: Frame<Url>) -> Frame<Page> {
        let pages = panics(urls);
        pages
    }
}

#[test]
fn so_many_calls_run_at_a_time_and_rows_stay_in_order() -> Tested {
    let folder = folder();
    let run = fours(urls(200)).store(folder.path()).run()?;
    let pages = run.output().collect_rows()?;
    let expected = urls(200).into_iter().map(|url| Page {
        path: url.path,
        attempt: 7,
    });
    assert_eq!(pages, expected.collect::<Vec<_>>());
    assert_eq!(MOST.load(Ordering::SeqCst), 4);
    Ok(())
}

#[test]
fn rows_are_tried_again_and_the_step_is_not() -> Tested {
    let folder = folder();
    let mut urls = urls(30);
    for path in ["/gone", "/busy"] {
        urls.push(Url { path: path.into() });
    }
    let run = fetched(urls).store(folder.path()).run()?;
    let node = &run.report().nodes[0];
    assert_eq!(node.attempts, 1);
    let invalid = node.invalid.as_ref().unwrap();
    assert_eq!(
        invalid.rules[0].to_string(),
        "step fetch: 2 of 32 rows, first: row 31 (the page is gone), row 32 (the server is busy)"
    );
    let pages = run.output().collect_rows()?;
    assert_eq!(pages.len(), 30);
    assert!(pages.iter().all(|page| page.attempt == 3));
    let asked = ASKED.lock().unwrap().take().unwrap();
    assert_eq!((asked["/gone"], asked["/busy"]), (1, 3));
    Ok(())
}

#[test]
fn a_panic_in_a_call_is_the_error_of_its_row() {
    let folder = folder();
    let failed = failure(broken(urls(100)).store(folder.path()).run());
    let text = failed.to_string();
    assert!(matches!(*failed.problem, NodeProblem::Panic(_)), "{text}");
    assert!(text.contains("not this one"), "{text}");
    assert!(text.contains("in row 41"), "{text}");
}

#[test]
fn contracts_are_checked_without_a_call() -> Tested {
    FetchedPipeline::check()?;
    Ok(())
}

/// However quickly the calls answer.
#[test]
fn a_run_that_is_stopped_calls_no_more_rows() {
    let folder = folder();
    let pipeline = stopped(urls(500)).store(folder.path());
    let stopped = pipeline.cancellation(&STOP).run();
    assert!(matches!(stopped, Err(RunError::Cancelled { .. })));
    // The one that was handed out already may be called.
    assert!(CALLED.load(Ordering::SeqCst) <= 4);
}
