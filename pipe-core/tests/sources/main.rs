//! Sources: what they read, what they refuse, and what they say.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod csv_diagnosis;
mod csv_options;
mod csv_types;
mod files;
mod memory;
mod ndjson;
mod parquet;
mod rows;

use std::path::{Path, PathBuf};

use pipe_core::prelude::*;
use pipe_core::source::{Source, SourceError};

#[step]
fn every_row(rows: LazyFrame) -> LazyFrame {
    rows
}

/// A folder for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A message without the folder's random name.
    fn relative(&self, message: &impl ToString) -> String {
        message
            .to_string()
            .replace(&format!("{}/", self.0.path().display()), "")
    }

    fn refused<S: FrameSchema>(&self, source: &dyn Source) -> String {
        match source.open(Some(S::SCHEMA)) {
            Ok(_) => panic!("{} opens", source.describe()),
            Err(error) => self.relative(&error),
        }
    }

    /// What the source says about a query over all its columns that fails.
    fn diagnosed<S: FrameSchema>(&self, source: &dyn Source) -> String {
        let error = read::<S>(source).expect_err("the query should fail");
        let found = source.diagnose(Some(S::SCHEMA), &error);
        self.relative(&found.unwrap_or_else(|| panic!("nothing found for {error}")))
    }

    /// What a run that reads all columns of the source says of it.
    fn run_fails<S: FrameSchema>(&self, source: impl IntoSource<()>) -> String {
        let pipeline = Pipeline::builder("test")
            .packages(pipe_core::packages!())
            .source("rows", source)
            .rules_of::<S>()
            .step("all", EveryRowStep {})
            .build()
            .unwrap();
        let said = match pipeline.store(self.path("store")).run() {
            Ok(run) => panic!("it runs: {}", run.report()),
            Err(error) => self.relative(&error),
        };
        let failed = "node `all` (step `every_row`) failed: ";
        said.strip_prefix(failed).unwrap_or(&said).to_owned()
    }
}

fn open<S: FrameSchema>(source: &dyn Source) -> Result<LazyFrame, SourceError> {
    source.open(Some(S::SCHEMA))
}

fn read<S: FrameSchema>(source: &dyn Source) -> PolarsResult<DataFrame> {
    let frame = Frame::<S>::from(open::<S>(source).unwrap_or_else(|e| panic!("{e}"))).collect()?;
    let declared: Vec<(&str, DataType)> = S::COLUMNS
        .iter()
        .map(|column| (column.name, column.ty.dtype()))
        .collect();
    let found: Vec<(&str, DataType)> = frame
        .columns()
        .iter()
        .map(|c| (c.name().as_str(), c.dtype().clone()))
        .collect();
    assert_eq!(found, declared, "exactly the declared columns, in order");
    Ok(frame)
}

/// A frame as rows of text.
fn rows(frame: &DataFrame) -> Vec<String> {
    (0..frame.height())
        .map(|row| {
            let cells = frame
                .columns()
                .iter()
                .map(|c| c.get(row).unwrap().to_string());
            cells.collect::<Vec<_>>().join(" | ")
        })
        .collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
