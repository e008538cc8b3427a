//! Frames larger than memory: orders as CSV of several gigabytes through the seven steps of W1, with a
//! checkpoint after each, and what memory that takes.
//!
//! Usage: `streaming [--gigabytes N] [--memory MEGABYTES] [--folder FOLDER]`, 5 GB unless told otherwise;
//! three times that is needed on the disk. The pipeline, the same by hand (what `w1` calls `full` and `sinks`),
//! and both over a hundredth of the data. Two peaks: of the memory that a process had to have, and of all that
//! was in memory for it, mapped files too, which the system takes back when it needs the room. That it need
//! not be there shows a run with a limit:
//!
//! ```sh
//! systemd-run --scope -p MemoryMax=1500M -p MemorySwapMax=0 target/release/streaming
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, ArgMatches, Command, value_parser};
use pipe_bench::measure::{self, Figures, OwnMemory};
use pipe_bench::w1::{self, Paths, Way};
use pipe_bench::{Failure, orders};
use pipe_core::prelude::*;

/// Bytes of an order, about.
const ROW: f64 = 63.0;

fn command() -> Command {
    let path = Arg::new("folder").value_parser(value_parser!(PathBuf));
    let option = |name: &'static str| Arg::new(name).long(name);
    let memory = || option("memory").value_parser(value_parser!(u64));
    let once = |name: &'static str| Command::new(name).arg(path.clone().required(true));
    let rows = Arg::new("rows")
        .required(true)
        .value_parser(value_parser!(u64));
    Command::new("streaming")
        .about("frames larger than memory")
        .arg(
            option("gigabytes")
                .default_value("5")
                .value_parser(value_parser!(f64)),
        )
        .args([memory(), path.clone().long("folder")])
        .subcommands([
            once("data").arg(rows),
            once("pipeline").arg(memory()),
            once("by-hand"),
        ])
}

fn paths(folder: &Path) -> Paths {
    Paths {
        orders: folder.join("orders.csv"),
        customers: folder.join("customers.parquet"),
        state: folder.join("state"),
    }
}

/// One process that is measured.
fn once(folder: &Path, memory: Option<u64>, by_hand: bool) -> Result<(), Failure> {
    let paths = paths(folder);
    let memory_of_its_own = OwnMemory::watch();
    let started = Instant::now();
    let sales = if by_hand {
        Way::Sinks.run(&paths)?
    } else {
        let pipeline = w1::full(Csv::new(&paths.orders), &*paths.customers, 3).store(&*paths.state);
        let pipeline = match memory {
            Some(megabytes) => pipeline.memory(megabytes << 20),
            None => pipeline,
        };
        pipeline.run()?.output().collect()?
    };
    if sales.height() == 0 {
        return Err("nothing came out".into());
    }
    measure::report(&[started.elapsed().as_secs_f64(), memory_of_its_own.peak_mb()]);
    Ok(())
}

fn write_data(folder: &Path, rows: u64) -> Result<(), Failure> {
    orders::write_customers(&paths(folder).customers, 1)?;
    orders::write_orders(&paths(folder).orders, rows, 1)?;
    measure::report(&[]);
    Ok(())
}

fn measure_all(gigabytes: f64, memory: Option<u64>, folder: &Path) -> Result<(), Failure> {
    println!("| | CSV | rows | seconds | CPU s | peak, its own MB | with mapped files |");
    println!("| --- | --: | --: | --: | --: | --: | --: |");
    let given: Vec<String> = memory
        .iter()
        .flat_map(|memory| ["--memory".to_owned(), memory.to_string()])
        .collect();
    for gigabytes in [gigabytes, gigabytes / 100.0] {
        std::fs::create_dir_all(folder)?;
        // Rounded down: positive, and far below what a `u64` holds.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rows = (gigabytes * 1e9 / ROW) as u64;
        let path = folder.display().to_string();
        measure::child(&["data", &path, &rows.to_string()])?;
        let mut arguments = vec!["pipeline".to_owned(), path.clone()];
        arguments.extend(given.clone());
        let show = |name: &str, it: &Figures| {
            let size = std::fs::metadata(paths(folder).orders).map_or(0, |file| file.len());
            let own = |i: usize| it.own.get(i).copied().unwrap_or(f64::NAN);
            println!(
                "| {name} | {:.2} GB | {rows} | {:.1} | {:.1} | {:.0} | {:.0} |",
                size as f64 / 1e9,
                own(0),
                it.cpu,
                own(1),
                it.peak_mb
            );
        };
        show("pipeline", &measure::child(&arguments)?);
        measure::remove(&paths(folder).state)?;
        show("by hand", &measure::child(&["by-hand", &path])?);
        measure::remove(folder)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments = command().get_matches();
    let memory = |arguments: &ArgMatches| arguments.get_one::<u64>("memory").copied();
    let folder = |arguments: &ArgMatches| {
        let own = || std::env::temp_dir().join(format!("pipe-streaming-{}", std::process::id()));
        let given = arguments.get_one::<PathBuf>("folder").cloned();
        given.unwrap_or_else(own)
    };
    let done = match arguments.subcommand() {
        Some(("data", arguments)) => {
            let rows = arguments.get_one::<u64>("rows").copied();
            write_data(&folder(arguments), rows.unwrap_or_default())
        }
        Some(("pipeline", arguments)) => once(&folder(arguments), memory(arguments), false),
        Some((_, arguments)) => once(&folder(arguments), None, true),
        None => {
            let gigabytes = arguments.get_one::<f64>("gigabytes").copied();
            let gigabytes = gigabytes.unwrap_or_default();
            measure_all(gigabytes, memory(&arguments), &folder(&arguments))
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
