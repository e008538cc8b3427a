//! How many nodes are best run side by side: eight branches of the steps of W1 over the same orders, with a
//! checkpoint after each, and 1 to 4 jobs.
//!
//! Usage: `jobs [--rows N] [--rounds N] [--folder FOLDER]`. Medians; the rounds are interleaved. Each query
//! has all of Polars' own threads, whatever the number of jobs.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, ArgMatches, Command, value_parser};
use pipe_bench::measure::{self, Figures, median};
use pipe_bench::w1::{drop_nulls, feature1, feature2, keep_large, read, sum_up, with_customers};
use pipe_bench::{Failure, orders, w1};
use pipe_core::Environment;
use pipe_core::prelude::*;

const BRANCHES: i32 = 8;
const JOBS: [usize; 4] = [1, 2, 3, 4];

fn command() -> Command {
    let number = |name: &'static str| Arg::new(name).value_parser(value_parser!(u64));
    let folder = Arg::new("folder").value_parser(value_parser!(PathBuf));
    let once = |name: &'static str, what: &'static str| {
        let folder = folder.clone().required(true);
        Command::new(name).args([folder, number(what).required(true)])
    };
    Command::new("jobs")
        .about("how many nodes are best run side by side")
        .arg(number("rows").long("rows").default_value("250000"))
        .arg(number("rounds").long("rounds").default_value("5"))
        .arg(folder.clone().long("folder"))
        .subcommands([
            once("data", "rows"),
            once("once", "jobs").arg(Arg::new("store").required(true)),
        ])
}

fn pipeline(folder: &Path) -> Result<Pipeline, Failure> {
    let builder = Pipeline::builder("jobs")
        .environment(Environment::Polars)
        .source("orders", Csv::new(folder.join("orders.csv")))
        .rules_of::<w1::Order>()
        .source("customers", folder.join("customers.parquet"));
    let builder = builder.step_on("read", read {}, ["orders"]);
    let builder = (1..=BRANCHES).fold(builder, |builder, i| {
        let name = |step: &str| format!("{step}{i}");
        builder
            .step_on(name("drop"), drop_nulls {}, ["read"])
            .step(name("first"), feature1 { factor: i })
            .step(name("second"), feature2 {})
            .step(name("large"), keep_large {})
            .step_on(
                name("joined"),
                with_customers {},
                [name("large"), "customers".to_owned()],
            )
            .step(name("sales"), sum_up {})
    });
    let outputs = (1..=BRANCHES).map(|i| format!("sales{i}"));
    Ok(builder.outputs(outputs).build()?)
}

/// One process that is measured.
fn once(folder: &Path, jobs: u64, store: &str) -> Result<(), Failure> {
    let jobs = NonZero::new(usize::try_from(jobs)?).ok_or("no jobs")?;
    let pipeline = pipeline(folder)?.store(folder.join(store)).jobs(jobs);
    let started = Instant::now();
    pipeline.run()?;
    measure::report(&[started.elapsed().as_secs_f64()]);
    Ok(())
}

fn write_data(folder: &Path, rows: u64) -> Result<(), Failure> {
    orders::write_customers(&folder.join("customers.parquet"), 1)?;
    orders::write_orders(&folder.join("orders.csv"), rows, 1)?;
    measure::report(&[]);
    Ok(())
}

fn measure_all(rows: u64, rounds: u64, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let path = folder.display().to_string();
    measure::child(&["data", &path, &rows.to_string()])?;
    let mut series: [Vec<Figures>; JOBS.len()] = Default::default();
    for round in 0..rounds {
        for (jobs, series) in JOBS.iter().zip(&mut series) {
            measure::settle()?;
            let store = format!("store {round} {jobs}");
            series.push(measure::child(&["once", &path, &jobs.to_string(), &store])?);
            measure::remove(&folder.join(store))?;
        }
    }
    println!("| jobs | seconds | CPU s | peak MB | to one job |");
    println!("| --- | --: | --: | --: | --: |");
    let of =
        |series: &[Figures], figure: &dyn Fn(&Figures) -> f64| median(series.iter().map(figure));
    let seconds = |figures: &Figures| figures.own.first().copied().unwrap_or(f64::NAN);
    let one = of(&series[0], &seconds);
    for (jobs, series) in JOBS.iter().zip(&series) {
        let time = of(series, &seconds);
        let (cpu, peak) = (of(series, &|f| f.cpu), of(series, &|f| f.peak_mb));
        println!(
            "| {jobs} | {time:.2} | {cpu:.2} | {peak:.0} | {:.2} |",
            time / one
        );
    }
    measure::remove(folder)
}

fn main() -> ExitCode {
    let arguments = command().get_matches();
    let number = |arguments: &ArgMatches, name: &str| {
        arguments.get_one::<u64>(name).copied().unwrap_or_default()
    };
    let folder = |arguments: &ArgMatches| {
        let own = || std::env::temp_dir().join(format!("pipe-jobs-{}", std::process::id()));
        let given = arguments.get_one::<PathBuf>("folder").cloned();
        given.unwrap_or_else(own)
    };
    let done = match arguments.subcommand() {
        Some(("data", arguments)) => write_data(&folder(arguments), number(arguments, "rows")),
        Some((_, arguments)) => {
            let store = arguments.get_one::<String>("store");
            let store = store.map_or("store", String::as_str);
            once(&folder(arguments), number(arguments, "jobs"), store)
        }
        None => {
            let number = |name| number(&arguments, name);
            measure_all(number("rows"), number("rounds"), &folder(&arguments))
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
