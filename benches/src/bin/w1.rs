//! The work W1 of seven steps over a million orders: by hand and as a pipeline, each in a process of its own.
//!
//! Usage: `w1 [--rows N] [--rounds N] [--folder FOLDER]`. Prints medians and their ratios as a table, and
//! fails if two results differ. The rounds are interleaved, and the disk settles before each process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, ArgMatches, Command, value_parser};
use pipe_bench::measure::{self, Figures, median};
use pipe_bench::w1::{Paths, Way, compare};
use pipe_bench::{Failure, orders};
use pipe_core::prelude::*;

/// Resumed runs are short, so there are more of them.
const RESUMED: usize = 31;

fn command() -> Command {
    let file = |name: &'static str| {
        Arg::new(name)
            .required(true)
            .value_parser(value_parser!(PathBuf))
    };
    let once = Command::new("once")
        .about("one process that is measured: does the work in one way")
        .arg(Arg::new("way").required(true))
        .args(["orders", "customers", "state", "out"].map(file));
    let data = Command::new("data")
        .about("writes orders.csv and customers.parquet")
        .arg(
            Arg::new("rows")
                .required(true)
                .value_parser(value_parser!(u64)),
        )
        .arg(file("folder"));
    let option = |name: &'static str, default: &'static str| {
        Arg::new(name).long(name).default_value(default)
    };
    Command::new("w1")
        .about("the work W1, by hand and as a pipeline")
        .arg(option("rows", "1000000").value_parser(value_parser!(u64)))
        .arg(option("rounds", "7").value_parser(value_parser!(usize)))
        .arg(
            Arg::new("folder")
                .long("folder")
                .value_parser(value_parser!(PathBuf)),
        )
        .subcommands([once, data])
}

fn path(arguments: &ArgMatches, name: &str) -> PathBuf {
    arguments
        .get_one::<PathBuf>(name)
        .cloned()
        .unwrap_or_default()
}

/// One process that is measured.
fn once(arguments: &ArgMatches) -> Result<(), Failure> {
    let wanted = arguments.get_one::<String>("way");
    let way = Way::ALL
        .iter()
        .find(|(name, _)| Some(*name) == wanted.map(String::as_str));
    let (_, way) = way.ok_or("no such way")?;
    let paths = Paths {
        orders: path(arguments, "orders"),
        customers: path(arguments, "customers"),
        state: path(arguments, "state"),
    };
    let started = Instant::now();
    let mut result = way.run(&paths)?;
    let out = File::create(path(arguments, "out"))?;
    ParquetWriter::new(out).finish(&mut result)?;
    measure::report(&[started.elapsed().as_secs_f64()]);
    Ok(())
}

fn write_data(folder: &Path, rows: u64) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    orders::write_customers(&folder.join("customers.parquet"), 1)?;
    orders::write_orders(&folder.join("orders.csv"), rows, 1)?;
    measure::report(&[]);
    Ok(())
}

/// A measured way, and what it is compared with.
struct Series {
    name: &'static str,
    figures: Vec<Figures>,
    /// Bytes of Parquet that the last run left.
    stored: u64,
}

impl Series {
    fn median(&self, figure: impl Fn(&Figures) -> f64) -> f64 {
        median(self.figures.iter().map(figure))
    }
}

fn measure_all(rows: u64, rounds: usize, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    // In a process of its own, so that its memory is not this one's.
    measure::child(&[
        "data".into(),
        rows.to_string().into(),
        folder.as_os_str().to_owned(),
    ])?;
    let paths = |state: &str| {
        let state = folder.join(state);
        let files = ["orders.csv", "customers.parquet"].map(|name| folder.join(name));
        [
            files[0].clone(),
            files[1].clone(),
            state,
            folder.join("out.parquet"),
        ]
    };
    let run = |way: &'static str, state: &str| -> Result<(Figures, DataFrame), Failure> {
        let arguments = ["once", way].map(PathBuf::from);
        let figures = measure::child(&[&arguments[..], &paths(state)].concat())?;
        let out = File::open(folder.join("out.parquet"))?;
        Ok((figures, ParquetReader::new(out).finish()?))
    };
    // Digests of younger files are not remembered. The first round warms the page cache.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let (_, expected) = run("fused", "state")?;
    let mut series: Vec<Series> = Way::ALL
        .map(|(name, _)| Series {
            name,
            figures: Vec::new(),
            stored: 0,
        })
        .into();
    // What nodes took, which stays when checkpoints go.
    let costs = folder.join("state/full/costs.json");
    let mut known = None;
    for _ in 0..rounds {
        for series in &mut series {
            measure::remove(&folder.join("state"))?;
            if let ("auto", Some(known)) = (series.name, &known) {
                std::fs::create_dir_all(folder.join("state/full"))?;
                std::fs::write(&costs, known)?;
            }
            measure::settle()?;
            let (figures, found) = run(series.name, "state")?;
            compare(&expected, &found)?;
            series.figures.push(figures);
            series.stored = measure::parquet_bytes(&folder.join("state"))?;
            if series.name == "auto" || series.name == "full" && known.is_none() {
                known = Some(std::fs::read(&costs)?);
            }
        }
    }
    let mut resumed = Series {
        name: "full, resumed",
        figures: Vec::new(),
        stored: 0,
    };
    measure::remove(&folder.join("state"))?;
    run("full", "state")?;
    for _ in 0..RESUMED {
        let (figures, found) = run("full", "state")?;
        compare(&expected, &found)?;
        resumed.figures.push(figures);
    }
    series.push(resumed);
    print(&series);
    measure::remove(folder)
}

fn print(series: &[Series]) {
    let wall = |name: &str, figure: &dyn Fn(&Figures) -> f64| {
        let found = series.iter().find(|series| series.name == name);
        found.map_or(f64::NAN, |series| series.median(figure))
    };
    println!(
        "| | wall s | CPU s | peak MB | stored MB | wall to `sinks` | wall to `fused` | CPU to `sinks` | CPU to `fused` |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: | --: | --: |");
    for it in series {
        let (time, cpu) = (it.median(|f| f.wall), it.median(|f| f.cpu));
        println!(
            "| {} | {time:.3} | {cpu:.2} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} |",
            it.name,
            it.median(|f| f.peak_mb),
            it.stored as f64 / 1e6,
            time / wall("sinks", &|f| f.wall),
            time / wall("fused", &|f| f.wall),
            cpu / wall("sinks", &|f| f.cpu),
            cpu / wall("fused", &|f| f.cpu),
        );
    }
}

fn main() -> ExitCode {
    let arguments = command().get_matches();
    let done = match arguments.subcommand() {
        Some(("once", arguments)) => once(arguments),
        Some(("data", arguments)) => {
            let rows = arguments
                .get_one::<u64>("rows")
                .copied()
                .unwrap_or_default();
            write_data(&path(arguments, "folder"), rows)
        }
        _ => {
            let rows = arguments
                .get_one::<u64>("rows")
                .copied()
                .unwrap_or_default();
            let rounds = arguments
                .get_one::<usize>("rounds")
                .copied()
                .unwrap_or_default();
            let folder = arguments.get_one::<PathBuf>("folder").cloned();
            let own = || std::env::temp_dir().join(format!("pipe-w1-{}", std::process::id()));
            measure_all(rows, rounds, &folder.unwrap_or_else(own))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
