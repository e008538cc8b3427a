//! Processes that are measured, and figures of them.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Failure;

/// What a process took.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Seconds from its start to its end.
    pub wall: f64,
    /// Seconds of all processors, in user and in system mode; 10 ms is the unit.
    pub cpu: f64,
    /// The most memory it had, in megabytes (Linux: mapped files that were read count).
    pub peak_mb: f64,
    /// What it measured itself and gave to [`report`].
    pub own: Vec<f64>,
}

/// Starts this program again with these arguments, and waits for it.
///
/// # Errors
///
/// When it fails; the error is what it wrote to standard error.
pub fn child<T: AsRef<std::ffi::OsStr>>(arguments: &[T]) -> Result<Figures, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    let started = Instant::now();
    let output = command.output()?;
    let wall = started.elapsed().as_secs_f64();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed: {}", error.trim()).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let last = text.lines().next_back().unwrap_or_default();
    let numbers: Vec<f64> = last
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    match &numbers[..] {
        [cpu, peak_mb, own @ ..] => Ok(Figures {
            wall,
            cpu: *cpu,
            peak_mb: *peak_mb,
            own: own.to_vec(),
        }),
        _ => Err(format!("{command:?} printed no figures: {text}").into()),
    }
}

/// Prints the figures of this process for [`child`], as the last thing that it does.
pub fn report(own: &[f64]) {
    let figures = [cpu_seconds(), peak_mb()].map(|figure| figure.unwrap_or(f64::NAN));
    let texts: Vec<String> = figures.iter().chain(own).map(f64::to_string).collect();
    println!("{}", texts.join(" "));
}

/// Fields 14 and 15 of `/proc/self/stat`, in hundredths of a second.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may have anything in it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|ticks| ticks.parse().ok()).collect();
    Some(ticks?.iter().sum::<f64>() / 100.0)
}

/// The most memory that this process had until now.
fn peak_mb() -> Option<f64> {
    status_mb("VmHWM:")
}

/// Megabytes of memory that this process has and that is no copy of a file: the system cannot take it back.
/// Looked at every 10 ms by a thread that ends with the process.
#[derive(Debug)]
pub struct OwnMemory(Arc<AtomicU64>);

impl OwnMemory {
    /// Begins to look.
    #[must_use]
    pub fn watch() -> Self {
        let most = Arc::new(AtomicU64::new(0));
        let watched = most.clone();
        std::thread::spawn(move || {
            while let Some(now) = status_mb("RssAnon:") {
                // Positive, and far below what a `u64` holds.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                watched.fetch_max(now as u64, Ordering::Relaxed);
                // Often enough to see a peak, and rare enough to cost nothing.
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self(most)
    }

    /// The most that was seen.
    #[must_use]
    pub fn peak_mb(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64
    }
}

fn status_mb(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

/// The median.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

/// Waits until all that was written is on the disk: what one way leaves to be written must not be the
/// next one's burden.
///
/// # Errors
///
/// When there is no `sync`.
pub fn settle() -> Result<(), Failure> {
    if Command::new("sync").status()?.success() {
        Ok(())
    } else {
        Err("`sync` failed".into())
    }
}

/// Removes a folder or file if it is there.
///
/// # Errors
///
/// When it cannot be removed.
pub fn remove(path: &Path) -> Result<(), Failure> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Bytes of all Parquet files in a folder and those in it; none if it is not there.
///
/// # Errors
///
/// When it cannot be read.
pub fn parquet_bytes(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    if !folder.exists() {
        return Ok(bytes);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            bytes += parquet_bytes(&entry.path())?;
        } else if entry.path().extension().is_some_and(|it| it == "parquet") {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}
