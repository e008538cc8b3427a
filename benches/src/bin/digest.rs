//! What the integrity digest costs: the same frame written with and without it, and read back.
//!
//! Usage: `digest [ROWS] [FOLDER]`; 42 million rows unless told otherwise, a file of a gigabyte. Five rounds,
//! interleaved; prints the medians in seconds and as ratios to the write without a digest. The runs read
//! their input from a file and digest that too.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use pipe_core::polars::io::utils::file::{Writable, WritableTrait};
use pipe_core::polars::polars_utils::compression::ZstdLevel;
use pipe_core::prelude::*;

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 5;

/// Writes to a file, and digests what it writes if it is told to: what the store does.
struct Output {
    file: BufWriter<File>,
    hasher: Option<blake3::Hasher>,
}

impl Write for Output {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.file.write(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl WritableTrait for Output {
    fn close(&mut self) -> io::Result<()> {
        self.file.flush()?;
        if let Some(hasher) = &self.hasher {
            std::hint::black_box(hasher.finalize());
        }
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.file.get_ref().sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.get_ref().sync_data()
    }
}

/// Writes the frame with the store's options.
fn write(frame: &DataFrame, path: &Path, digested: bool) -> Result<(), Failure> {
    let output = Output {
        file: BufWriter::new(File::create(path)?),
        hasher: digested.then(blake3::Hasher::new),
    };
    let target = Arc::new(Mutex::new(Some(Writable::Dyn(Box::new(output)))));
    let options = ParquetWriteOptions {
        compression: ParquetCompression::Zstd(Some(ZstdLevel::try_new(1)?)),
        row_group_size: Some(122_880),
        ..ParquetWriteOptions::default()
    };
    let sink = frame.clone().lazy().sink(
        SinkDestination::File {
            target: SinkTarget::Dyn(SpecialEq::new(target)),
        },
        FileWriteFormat::Parquet(Arc::new(options)),
        UnifiedSinkArgs {
            maintain_order: true,
            ..UnifiedSinkArgs::default()
        },
    )?;
    sink.collect_with_engine(Engine::Streaming)?;
    Ok(())
}

#[step]
fn same(rows: LazyFrame) -> LazyFrame {
    rows
}

/// Numbers that do not compress, and one column that does.
fn frame(rows: u64) -> PolarsResult<DataFrame> {
    let mixed = |i: u64, by: u64| (i + 1).wrapping_mul(by).rotate_left(29).wrapping_mul(by);
    let column = |by: u64| (0..rows).map(|i| mixed(i, by)).collect::<Vec<_>>();
    df!(
        "id" => (0..rows).collect::<Vec<_>>(),
        "a" => column(0x9e37_79b9_7f4a_7c15),
        "b" => column(0xbf58_476d_1ce4_e5b9),
        "c" => column(0x94d0_49bb_1331_11eb),
    )
}

fn timed(action: impl FnOnce() -> Result<(), Failure>) -> Result<f64, Failure> {
    let started = Instant::now();
    action()?;
    Ok(started.elapsed().as_secs_f64())
}

fn measure(rows: u64, folder: &Path) -> Result<(), Failure> {
    const WAYS: [&str; 4] = [
        "written without a digest",
        "written with a digest",
        "a run that stores it",
        "a run that verifies it and reuses it",
    ];
    let folder = folder.join(format!("pipe-digest-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("rows.parquet");
    let frame = frame(rows)?;
    write(&frame, &file, false)?;
    println!("{:.2} GB", std::fs::metadata(&file)?.len() as f64 / 1e9);
    let store = |resume| -> Result<(), Failure> {
        let pipeline = Pipeline::builder("digest")
            .source("rows", file.clone())
            .step("same", same {})
            .build()?;
        pipeline.store(&folder).resume(resume).run()?;
        Ok(())
    };
    let mut times: [Vec<f64>; WAYS.len()] = Default::default();
    for _ in 0..ROUNDS {
        let copy = folder.join("copy.parquet");
        times[0].push(timed(|| write(&frame, &copy, false))?);
        times[1].push(timed(|| write(&frame, &copy, true))?);
        times[2].push(timed(|| store(false))?);
        times[3].push(timed(|| store(true))?);
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    for (way, median) in WAYS.iter().zip(medians) {
        println!("{median:8.3} s  {:.3}  {way}", median / medians[0]);
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let rows = arguments.next().map_or(Ok(42_000_000), |rows| rows.parse());
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    match rows.map(|rows| measure(rows, &folder)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        Err(_) => {
            eprintln!("usage: digest [ROWS] [FOLDER]");
            ExitCode::FAILURE
        }
    }
}
