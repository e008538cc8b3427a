//! How checkpoints are best laid out: as the store writes them, and by Polars' sink with other codecs, row groups, pages
//! and statistics. A frame in memory is written to a file, which is read again, all of it and one column.
//!
//! Usage: `layout [--rows N] [--rounds N] [--folder FOLDER]`. Medians of wall time; the rounds are interleaved, the
//! files are in the page cache.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, Command, value_parser};
use pipe_bench::measure::{self, median};
use pipe_bench::{Failure, by_hand, orders, w1};
use pipe_core::__private::write_as_checkpoint;
use pipe_core::polars::polars_utils::compression::ZstdLevel;
use pipe_core::prelude::*;
use pipe_core::{CheckpointFormat, Compression};

/// Who writes a file, and how.
enum Way {
    Checkpoint(CheckpointFormat),
    Sink(ParquetWriteOptions),
}

/// One way to write, and what it took: seconds to write, to read, to read one column.
struct Layout {
    name: String,
    way: Way,
    seconds: [Vec<f64>; 3],
    bytes: u64,
}

impl Layout {
    fn new(name: impl Into<String>, way: Way) -> Self {
        Self {
            name: name.into(),
            way,
            seconds: [const { Vec::new() }; 3],
            bytes: 0,
        }
    }

    fn measure(&mut self, frame: &DataFrame, path: &Path) -> Result<(), Failure> {
        measure::settle()?;
        let mut since = Instant::now();
        let mut took = || {
            let seconds = since.elapsed().as_secs_f64();
            since = Instant::now();
            seconds
        };
        match &self.way {
            Way::Checkpoint(format) => {
                let mut file = BufWriter::new(File::create(path)?);
                write_as_checkpoint(frame, *format, &mut file)?;
                file.flush()?;
            }
            Way::Sink(options) => {
                by_hand::sink_as(frame.clone().lazy(), path, options.clone())?;
            }
        }
        self.seconds[0].push(took());
        by_hand::compute(by_hand::scan(path)?, Engine::Streaming)?;
        self.seconds[1].push(took());
        by_hand::compute(
            by_hand::scan(path)?.select([col("value")]),
            Engine::Streaming,
        )?;
        self.seconds[2].push(took());
        self.bytes = path.metadata()?.len();
        Ok(())
    }
}

/// What the sinks of the other benchmarks write.
fn sink() -> ParquetWriteOptions {
    ParquetWriteOptions {
        compression: by_hand::COMPRESSION,
        row_group_size: Some(by_hand::ROW_GROUP),
        ..ParquetWriteOptions::default()
    }
}

fn layouts() -> Result<Vec<Layout>, Failure> {
    let checkpoint = CheckpointFormat::default();
    let compressed = |codec| checkpoint.compression(codec);
    let checkpoints = [
        ("a checkpoint: the default", checkpoint),
        ("Zstd 1", compressed(Compression::Zstd(1))),
        ("Zstd 3", compressed(Compression::Zstd(3))),
        ("not compressed", compressed(Compression::Uncompressed)),
        ("no dictionaries", checkpoint.dictionaries(false)),
        ("no statistics", checkpoint.statistics(false)),
        ("row groups of 16,384", checkpoint.row_groups(16_384)),
        ("row groups of 61,440", checkpoint.row_groups(61_440)),
        ("row groups of 245,760", checkpoint.row_groups(245_760)),
        ("row groups of 1,000,000", checkpoint.row_groups(1_000_000)),
        ("pages of 64 KiB", checkpoint.pages(64 << 10)),
        ("pages of 4 MiB", checkpoint.pages(4 << 20)),
    ];
    let layout = |(name, format)| Layout::new(name, Way::Checkpoint(format));
    let mut layouts: Vec<_> = checkpoints.map(layout).into();
    layouts.push(Layout::new("a sink of Polars, LZ4", Way::Sink(sink())));
    let codecs = [
        ("a sink, not compressed", ParquetCompression::Uncompressed),
        ("a sink, Snappy", ParquetCompression::Snappy),
        (
            "a sink, Zstd 1",
            ParquetCompression::Zstd(Some(ZstdLevel::try_new(1)?)),
        ),
    ];
    layouts.extend(codecs.map(|(name, compression)| {
        let options = ParquetWriteOptions {
            compression,
            ..sink()
        };
        Layout::new(name, Way::Sink(options))
    }));
    Ok(layouts)
}

fn measure_all(rows: u64, rounds: usize, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let paths = w1::Paths {
        orders: folder.join("orders.csv"),
        customers: folder.join("customers.parquet"),
        state: folder.to_owned(),
    };
    orders::write_orders(&paths.orders, rows, 1)?;
    let frame = by_hand::compute(w1::scan_orders(&paths)?, Engine::Streaming)?;
    let mut layouts = layouts()?;
    for _ in 0..rounds {
        for layout in &mut layouts {
            layout.measure(&frame, &folder.join("orders.parquet"))?;
        }
    }
    println!("| | write ms | read | one column | MB |\n| --- | --: | --: | --: | --: |");
    for layout in layouts {
        let [write, read, column] = layout.seconds.map(|seconds| median(seconds) * 1e3);
        let (name, megabytes) = (layout.name, layout.bytes as f64 / 1e6);
        println!("| {name} | {write:.0} | {read:.0} | {column:.1} | {megabytes:.1} |");
    }
    measure::remove(folder)
}

fn main() -> ExitCode {
    let arguments = Command::new("layout")
        .about("how checkpoints are best laid out")
        .arg(
            Arg::new("rows")
                .long("rows")
                .default_value("1000000")
                .value_parser(value_parser!(u64)),
        )
        .arg(
            Arg::new("rounds")
                .long("rounds")
                .default_value("9")
                .value_parser(value_parser!(usize)),
        )
        .arg(
            Arg::new("folder")
                .long("folder")
                .value_parser(value_parser!(PathBuf)),
        )
        .get_matches();
    let rows = arguments.get_one("rows").copied().unwrap_or_default();
    let rounds = arguments.get_one("rounds").copied().unwrap_or_default();
    let own = || std::env::temp_dir().join(format!("pipe-layout-{}", std::process::id()));
    let folder = arguments.get_one("folder").cloned().unwrap_or_else(own);
    match measure_all(rows, rounds, &folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
