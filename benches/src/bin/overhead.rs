//! What a node costs beside its work: graphs whose steps do nothing.
//!
//! Usage: `overhead [--frames N] [--values N] [--rounds N] [--folder FOLDER]`. Frames have three rows, and a
//! checkpoint after each node; values have none. Each figure is the median of several processes, in
//! microseconds a node: of the clock, and of all processors. *Building* makes the pipeline, *cold* runs it into
//! an empty store, *cached* runs it again in a new process. By hand: the same number of files, each written
//! by Polars alone.
//!
//! Every process has a folder of its own that is removed at the end: some file systems (ext4) are slow to
//! create files for half a minute after many were removed. So wait that long before you start it again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, ArgMatches, Command, value_parser};
use pipe_bench::Failure;
use pipe_bench::measure::{self, Figures, median};
use pipe_bench::shapes::{self, Shape};
use pipe_core::Outcome;

fn command() -> Command {
    let number = |name: &'static str, default: &'static str| {
        let number = Arg::new(name).long(name).default_value(default);
        number.value_parser(value_parser!(usize))
    };
    let folder = Arg::new("folder").value_parser(value_parser!(PathBuf));
    let once = Command::new("once")
        .about("one process that is measured")
        .arg(Arg::new("what").required(true))
        .arg(
            Arg::new("nodes")
                .required(true)
                .value_parser(value_parser!(usize)),
        )
        .arg(folder.clone().required(true));
    Command::new("overhead")
        .about("what a node costs beside its work")
        .args([
            number("frames", "1000"),
            number("values", "10000"),
            number("rounds", "5"),
        ])
        .arg(folder.long("folder"))
        .subcommand(once)
}

/// One process that is measured: prints the seconds of building and of running, and how many nodes ran.
fn once(what: &str, nodes: usize, folder: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    let shape = |name: &str| {
        Shape::ALL
            .iter()
            .find(|(it, _)| *it == name)
            .map(|(_, shape)| *shape)
    };
    let pipeline = match what.split_once('-') {
        Some(("frames", name)) => shape(name).map(|shape| shapes::frames(shape, nodes, folder)),
        Some(("values", name)) => shape(name).map(|shape| shapes::values(shape, nodes, folder)),
        _ => None,
    };
    if let Some(pipeline) = pipeline {
        let pipeline = pipeline?;
        let built = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let run = pipeline.run()?;
        let seconds = started.elapsed().as_secs_f64();
        let nodes = run.report().nodes.iter();
        let ran = nodes.filter(|node| node.outcome == Outcome::Ran).count();
        measure::report(&[built, seconds, ran as f64]);
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    match what {
        "sink by hand" => shapes::sinks(nodes, folder)?,
        "write by hand" => shapes::files(nodes, folder)?,
        _ => return Err("no such shape".into()),
    }
    measure::report(&[0.0, started.elapsed().as_secs_f64(), nodes as f64]);
    Ok(())
}

/// Frames that are streamed from file to file, and one that is written again and again.
const BY_HAND: [&str; 2] = ["sink by hand", "write by hand"];

fn child(what: &str, nodes: usize, folder: &Path) -> Result<Figures, Failure> {
    let nodes = nodes.to_string();
    measure::child(&[
        "once".as_ref(),
        what.as_ref(),
        nodes.as_ref(),
        folder.as_os_str(),
    ])
}

fn measure_all(frames: usize, values: usize, rounds: usize, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    println!("| µs a node | nodes | building | cold | cold, CPU | cached | cached, CPU |");
    println!("| --- | --: | --: | --: | --: | --: | --: |");
    for what in ["frames-chain", "frames-grid", "frames-grid-all"] {
        measure_one(what, frames, (rounds, 2 * rounds + 1), folder)?;
    }
    for what in ["values-chain", "values-grid"] {
        measure_one(what, values, (rounds, 0), folder)?;
    }
    for what in BY_HAND {
        measure_one(what, frames, (rounds, 0), folder)?;
    }
    measure::remove(folder)
}

/// So many processes with an empty store, and so many with a full one.
fn measure_one(
    what: &str,
    nodes: usize,
    (cold, cached): (usize, usize),
    folder: &Path,
) -> Result<(), Failure> {
    let store = |round: usize| folder.join(format!("{what} {round}"));
    let run = |round: usize, ran: usize| -> Result<Figures, Failure> {
        let figures = child(what, nodes, &store(round))?;
        let found = figures.own.get(2).copied().unwrap_or_default();
        // A value to begin with is one more.
        if (found - ran as f64).abs() > 1.0 {
            return Err(format!("{what}: {found} nodes ran, not {ran}").into());
        }
        Ok(figures)
    };
    let cold = (0..cold).map(|round| {
        measure::settle()?;
        run(round, nodes)
    });
    let cold = cold.collect::<Result<Vec<_>, _>>()?;
    let cached = (0..cached)
        .map(|_| run(0, 0))
        .collect::<Result<Vec<_>, _>>()?;
    let each = |series: &[Figures], figure: &dyn Fn(&Figures) -> f64| match series {
        [] => "-".to_owned(),
        _ => format!(
            "{:.1}",
            median(series.iter().map(figure)) * 1e6 / nodes as f64
        ),
    };
    let own = |i: usize| move |figures: &Figures| figures.own.get(i).copied().unwrap_or(f64::NAN);
    let cells = [
        each(&cold, &own(0)),
        each(&cold, &own(1)),
        each(&cold, &|figures| figures.cpu),
        each(&cached, &own(1)),
        each(&cached, &|figures| figures.cpu),
    ];
    println!("| {what} | {nodes} | {} |", cells.join(" | "));
    Ok(())
}

fn main() -> ExitCode {
    let arguments = command().get_matches();
    let done = match arguments.subcommand() {
        Some(("once", arguments)) => {
            let what = arguments
                .get_one::<String>("what")
                .cloned()
                .unwrap_or_default();
            once(&what, number(arguments, "nodes"), &folder(arguments))
        }
        _ => {
            let number = |name| number(&arguments, name);
            let (frames, values, rounds) = (number("frames"), number("values"), number("rounds"));
            measure_all(frames, values, rounds, &folder(&arguments))
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

fn number(arguments: &ArgMatches, name: &str) -> usize {
    arguments.get_one(name).copied().unwrap_or_default()
}

fn folder(arguments: &ArgMatches) -> PathBuf {
    let own = || std::env::temp_dir().join(format!("pipe-overhead-{}", std::process::id()));
    arguments.get_one("folder").cloned().unwrap_or_else(own)
}
