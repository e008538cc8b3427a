//! Kills a run of `flights` at every operation on its store, and runs it again.
//!
//! The store is a real folder; the process is a real one and gets a real SIGKILL, before the n-th
//! operation, for every n until a run comes to its end. After each kill the next run must give the right
//! result, to the byte, run nothing again that was committed, and leave nothing behind.
//!
//! Two cases: a run into an empty store, and one that makes everything again over a complete one
//! (`--no-resume`), which must not lose what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::polars::prelude::*;
use pipe_core::prelude::*;
use pipe_core::storage::{Folder, Watched};
use pipe_core::{Action, Outcome};

#[allow(dead_code, unreachable_pub, reason = "a program, here as a module")]
#[path = "../src/bin/flights/main.rs"]
mod example;

type Anything<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Files of a store by path, the logs of its runs left out.
type Files = BTreeMap<PathBuf, Vec<u8>>;

const NAME: &str = "killed_at_every_operation";

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

fn main() -> Anything<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("child") => child(&arguments[1..]),
        // What `cargo test -- --list` and filters ask of a test binary.
        Some("--list") => {
            println!("{NAME}: test");
            Ok(ExitCode::SUCCESS)
        }
        _ if is_wanted(&arguments) => parent(),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Whether the filters of `cargo test` leave it in.
fn is_wanted(arguments: &[String]) -> bool {
    let mut filters = arguments
        .iter()
        .filter(|it| !it.starts_with('-'))
        .peekable();
    filters.peek().is_none() || filters.any(|filter| NAME.contains(filter.as_str()))
}

/// Runs the pipeline over the flights in a file, and kills itself before the n-th operation.
fn child(arguments: &[String]) -> Anything<ExitCode> {
    let [flights, store, resume, at] = arguments else {
        return Err("child FLIGHTS STORE RESUME AT".into());
    };
    let (at, count) = (at.parse::<usize>()?, AtomicUsize::new(0));
    let storage = Watched::new(Arc::new(Folder::new(store)), move |_| {
        if count.fetch_add(1, Ordering::SeqCst) + 1 == at {
            let me = std::process::id().to_string();
            Command::new("kill").args(["-9", &me]).status()?;
            // The signal is on its way: nothing more is done.
            loop {
                std::thread::park();
            }
        }
        Ok(())
    });
    let run = pipeline(flights)
        .store(storage)
        .resume(resume == "resume")
        .run()?;
    for node in &run.report().nodes {
        println!("{} {:?}", node.name, node.outcome);
    }
    Ok(ExitCode::SUCCESS)
}

fn pipeline(flights: &str) -> Pipeline<example::FlightsPipeline> {
    let table = |file: &str| Csv::new(format!("{DATA}/{file}")).null_values(["NA"]);
    example::flights(
        Parquet::new(flights),
        table("weather.csv"),
        table("planes.csv"),
        table("airlines.csv"),
        table("airports.csv"),
        15,
        10.0,
        3.0,
        100,
        30,
    )
}

/// The flights of the first days: every operation of a run is the same as for the whole year, and
/// there are hundreds of runs.
fn sample(to: &Path) -> Anything {
    let year = LazyFrame::scan_parquet(
        format!("{DATA}/flights.parquet").as_str().into(),
        ScanArgsParquet::default(),
    )?;
    let first = col("month").eq(lit(1)).and(col("day").lt_eq(lit(4)));
    let mut days = year.filter(first).collect()?;
    ParquetWriter::new(File::create(to)?).finish(&mut days)?;
    Ok(())
}

/// What was seen over all kills.
#[derive(Default)]
struct Seen {
    operations: AtomicUsize,
    wrong_results: AtomicUsize,
    crashes: AtomicUsize,
    lost: AtomicUsize,
    left_over: AtomicUsize,
}

fn parent() -> Anything<ExitCode> {
    let scratch = tempfile::tempdir()?;
    let flights = scratch.path().join("flights.parquet");
    sample(&flights)?;
    let flights = flights.display().to_string();
    let complete = scratch.path().join("complete");
    let ended = run_child(&flights, &complete, true, 0)?;
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    let expected = files(&complete)?;

    let mut good = true;
    for (case, resume) in [
        ("an empty store", true),
        ("a complete store, made again", false),
    ] {
        let (seen, next) = (Seen::default(), AtomicUsize::new(1));
        let kill = || -> Anything {
            loop {
                let at = next.fetch_add(1, Ordering::SeqCst);
                let store = scratch.path().join(format!("{resume}-{at}"));
                if !resume {
                    copy(&complete, &store)?;
                }
                let killed = run_child(&flights, &store, resume, at)?;
                if killed.status.success() {
                    // There were fewer operations than that.
                    return Ok(());
                }
                assert!(is_killed(&killed), "{at}: {}", text(&killed.stderr));
                look(&flights, &store, &expected, resume, at, &seen)?;
                fs::remove_dir_all(&store)?;
            }
        };
        std::thread::scope(|scope| {
            let workers = [scope.spawn(kill), scope.spawn(kill)];
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a panic".into())))
        })?;
        let of = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        println!(
            "{case}: killed at {} operations, {} wrong results, {} crashes on resume, {} commits lost, {} files left over",
            of(&seen.operations),
            of(&seen.wrong_results),
            of(&seen.crashes),
            of(&seen.lost),
            of(&seen.left_over)
        );
        let bad = [
            &seen.wrong_results,
            &seen.crashes,
            &seen.lost,
            &seen.left_over,
        ];
        // Data and record are each staged, written, finished and published.
        let least = 8 * records(&expected).len();
        good &= bad.into_iter().all(|count| of(count) == 0) && of(&seen.operations) >= least;
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Looks at a store after a kill, and runs the pipeline again.
fn look(
    flights: &str,
    store: &Path,
    expected: &Files,
    resume: bool,
    at: usize,
    seen: &Seen,
) -> Anything {
    let count = |of: &AtomicUsize, what: String| {
        eprintln!("killed at operation {at}: {what}");
        of.fetch_add(1, Ordering::SeqCst);
    };
    seen.operations.fetch_add(1, Ordering::SeqCst);
    let committed = records(&files(store)?);
    if !resume {
        // Every checkpoint is there as before.
        let plan = pipeline(flights).store(store).plan()?;
        let runs = |node: &pipe_core::NodePlan| matches!(node.action, Action::Run | Action::Maybe);
        for node in plan.nodes.iter().filter(|node| runs(node)) {
            count(
                &seen.lost,
                format!("{} would run: {}", node.name, node.reason),
            );
        }
    }
    let resumed = run_child(flights, store, true, 0)?;
    if !resumed.status.success() {
        count(&seen.crashes, text(&resumed.stderr));
        return Ok(());
    }
    let ran = format!(" {:?}", Outcome::Ran);
    for line in text(&resumed.stdout).lines() {
        if let Some(node) = line.strip_suffix(&ran)
            && committed.contains(node)
        {
            count(&seen.lost, format!("{node} was committed and ran again"));
        }
    }
    let found = files(store)?;
    for (path, bytes) in expected {
        // A record says when it was written and by which run; its data are the result.
        let same = match found.get(path) {
            Some(found) => path.extension().is_some_and(|e| e == "json") || found == bytes,
            None => false,
        };
        if !same {
            count(&seen.wrong_results, path.display().to_string());
        }
    }
    for path in found.keys().filter(|path| !expected.contains_key(*path)) {
        count(&seen.left_over, path.display().to_string());
    }
    Ok(())
}

fn run_child(flights: &str, store: &Path, resume: bool, at: usize) -> Anything<Output> {
    let resume = if resume { "resume" } else { "again" };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["child", flights]).arg(store);
    Ok(command.args([resume, &at.to_string()]).output()?)
}

fn is_killed(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt;
    output.status.signal() == Some(9)
}

/// The nodes that have a record.
fn records(files: &Files) -> BTreeSet<String> {
    let record = |path: &&PathBuf| path.extension().is_some_and(|e| e == "json");
    let node = |path: &PathBuf| Some(path.parent()?.file_name()?.to_str()?.to_owned());
    files.keys().filter(record).filter_map(node).collect()
}

/// The files of the nodes, staged ones too.
fn files(store: &Path) -> Anything<Files> {
    let mut found = Files::new();
    let folder = store.join("flights");
    if !folder.is_dir() {
        return Ok(found);
    }
    for node in fs::read_dir(folder)? {
        let node = node?.path();
        if !node.is_dir() || node.ends_with("runs") {
            continue;
        }
        for file in fs::read_dir(node)? {
            let file = file?.path();
            let path = file.strip_prefix(store)?.to_owned();
            found.insert(path, fs::read(file)?);
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Anything {
    for (path, bytes) in files(from)? {
        let to = to.join(path);
        fs::create_dir_all(to.parent().unwrap_or(&to))?;
        fs::write(to, bytes)?;
    }
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
