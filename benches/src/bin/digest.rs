//! What the integrity digest costs: the same frame written with and without it, and read back.
//!
//! Usage: `digest [ROWS] [FOLDER]`; 42 million rows unless told otherwise, a file of a gigabyte. Five rounds,
//! interleaved; prints the medians in seconds and as ratios to the write without a digest. The runs read
//! their input from a file and digest that too.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use pipe_core::__private::DigestingWriter;
use pipe_core::polars::io::utils::file::{Writable, WritableTrait};
use pipe_core::polars::polars_utils::compression::ZstdLevel;
use pipe_core::prelude::*;
use pipe_core::storage::StagedWriter;

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 5;

/// Writes to a file as the store does, without a digest.
struct Output(BufWriter<File>);

impl Output {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(BufWriter::with_capacity(1 << 17, File::create(path)?)))
    }
}

impl Write for Output {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl StagedWriter for Output {
    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl WritableTrait for Output {
    fn close(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.get_ref().sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.get_ref().sync_data()
    }
}

/// Writes to a file as the store does.
struct Digested(DigestingWriter);

impl Write for Digested {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl WritableTrait for Digested {
    fn close(&mut self) -> io::Result<()> {
        self.0.finish().map(|_| ())
    }

    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the frame with the store's options.
fn write(frame: &DataFrame, path: &Path, digested: bool) -> Result<(), Failure> {
    let output = Output::create(path)?;
    let output: Box<dyn WritableTrait + Send> = if digested {
        Box::new(Digested(DigestingWriter::new(Box::new(output))))
    } else {
        Box::new(output)
    };
    let target = Arc::new(Mutex::new(Some(Writable::Dyn(output))));
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

/// Waits until all that was written is on the disk.
fn settle() -> Result<(), Failure> {
    if Command::new("sync").status()?.success() {
        Ok(())
    } else {
        Err("`sync` failed".into())
    }
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
        // What one way leaves to be written to the disk must not be the next one's burden.
        for (way, times) in times.iter_mut().enumerate() {
            let _ = std::fs::remove_file(&copy);
            settle()?;
            times.push(timed(|| match way {
                0 => write(&frame, &copy, false),
                1 => write(&frame, &copy, true),
                2 => store(false),
                _ => store(true),
            })?);
        }
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
