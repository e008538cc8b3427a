//! A small store with all that a store can hold, and what a run over it must answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::prelude::*;
use pipe_core::{Action, Event, Outcome, PlanError, Run, RunError};
use tempfile::TempDir;

#[derive(Schema)]
struct Reading {
    sensor: String,
    #[column(min = 0)]
    value: i64,
}

#[step(replaces(value: i64))]
fn scaled(readings: LazyFrame, factor: i64) -> LazyFrame {
    readings.with_column(col("value") * lit(factor))
}

#[step(reads(value: i64))]
fn large(readings: LazyFrame) -> LazyFrame {
    readings.filter(col("value").gt(lit(20)))
}

pipeline! {
    fn readings(
        #[invalid(quarantine)] readings: Frame<Reading>,
        factor: i64,
    ) -> (Frame<Reading>, LazyFrame, LazyFrame) {
        let scaled = scaled(readings, factor);
        // Without checkpoint: its parts are in the record of what uses it.
        #[checkpoint(false)]
        let more = scaled(readings, factor = 7);
        let large = large(scaled);
        let larger = large(more);
        (readings, large, larger)
    }
}

/// What every run must give, whatever was damaged.
struct Truth {
    outputs: Vec<DataFrame>,
    /// The rows that were put aside.
    aside: DataFrame,
    /// Of each node that is stored.
    rows: BTreeMap<String, u64>,
}

pub(crate) struct Workplace {
    _scratch: TempDir,
    /// The pipeline's part of the store.
    folder: PathBuf,
    pipeline: Pipeline<ReadingsPipeline>,
    corrupt: Arc<AtomicUsize>,
    truth: Truth,
    /// Every file as it was.
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Those that every run uses. The others are of another key, or of a node that is needed if what
    /// stands behind it is damaged.
    current: BTreeSet<PathBuf>,
}

pub(crate) enum Answer {
    Right { ran: usize, corrupt: usize },
    Wrong(String),
}

pub(crate) struct Failure {
    /// The message without what is different each time.
    pub(crate) kind: String,
    pub(crate) names_a_file: bool,
}

fn over(factor: i64, store: &Path) -> Pipeline<ReadingsPipeline> {
    let rows = (0..6).map(|i| Reading {
        sensor: ["roof", "cellar", "door"][i % 3].into(),
        value: [4, -1, 8, 15, 16, 23][i],
    });
    readings(rows.collect::<Vec<_>>(), factor).store(store)
}

impl Workplace {
    pub(crate) fn new() -> Self {
        let alone = tempfile::tempdir().unwrap();
        let run = over(2, alone.path()).run().unwrap();
        let collected = outputs(&run).map(|frame| frame.collect().unwrap());
        let truth = Truth {
            outputs: collected.into(),
            aside: aside(&over(2, alone.path())),
            rows: rows(&run),
        };
        assert_eq!(truth.aside.height(), 1);
        let mut current = files(&alone.path().join("readings"));
        current.retain(|path, _| OUTPUTS.iter().any(|node| path.starts_with(node)));

        let scratch = tempfile::tempdir().unwrap();
        // Another key of every node but the first.
        over(3, scratch.path()).run().unwrap();
        let corrupt = Arc::new(AtomicUsize::new(0));
        let counter = corrupt.clone();
        let pipeline = over(2, scratch.path()).on_event(move |event| {
            if matches!(event, Event::CheckpointCorrupt { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        pipeline.run().unwrap();
        let folder = scratch.path().join("readings");
        let mut files = files(&folder);
        files.retain(|path, _| !path.starts_with("runs"));
        // There if files were old enough that their digests are remembered.
        files.insert("files.json".into(), b"{}".into());
        let mut workplace = Self {
            _scratch: scratch,
            folder,
            pipeline,
            corrupt,
            truth,
            files,
            current: current.into_keys().collect(),
        };
        workplace.restore();
        assert!(
            workplace
                .current
                .iter()
                .all(|path| workplace.files.contains_key(path))
        );
        workplace
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What can be damaged: every file with its length.
    pub(crate) fn files(&self) -> Vec<(PathBuf, usize)> {
        let files = self.files.iter();
        files
            .map(|(path, bytes)| (path.clone(), bytes.len()))
            .collect()
    }

    /// Whether a file that belongs to what the pipeline gives is not what it was.
    pub(crate) fn is_harmed(&self) -> bool {
        let is_other =
            |path: &PathBuf| fs::read(self.folder.join(path)).ok() != self.files.get(path).cloned();
        self.current.iter().any(is_other)
    }

    /// Puts everything back.
    pub(crate) fn restore(&mut self) {
        let there = files(&self.folder);
        for path in there.keys().filter(|path| !self.files.contains_key(*path)) {
            fs::remove_file(self.folder.join(path)).unwrap();
        }
        for (path, bytes) in &self.files {
            if there.get(path) != Some(bytes) {
                fs::write(self.folder.join(path), bytes).unwrap();
            }
        }
    }

    /// Plans and runs; what comes out is held against the truth, row by row if `thorough`. Else what
    /// was reused must be a scan of a file of the right name that has the bytes it had: the same in a tenth of
    /// the time.
    pub(crate) fn plan_and_run(&self, thorough: bool) -> Result<Answer, Failure> {
        self.corrupt.store(0, Ordering::Relaxed);
        let plan = self.pipeline.plan().map_err(|error| match error {
            PlanError::Store(_) => self.failure(&error.to_string()),
            _ => panic!("{error}"),
        })?;
        let run = self.pipeline.run().map_err(|error| match error {
            RunError::Store(_) => self.failure(&error.to_string()),
            _ => panic!("{error}"),
        })?;
        let wrong = if thorough {
            self.other_rows(&run)
        } else {
            self.other_files(&run)
        };
        if let Some(wrong) = wrong {
            return Ok(Answer::Wrong(wrong));
        }
        let rows = rows(&run);
        let is_true = |(node, count): (&String, &u64)| self.truth.rows.get(node) == Some(count);
        if !rows.iter().all(is_true) || !OUTPUTS.iter().all(|&node| rows.contains_key(node)) {
            return Ok(Answer::Wrong(format!("the report has {rows:?}")));
        }
        for (planned, did) in plan.nodes.iter().zip(&run.report().nodes) {
            if planned.action == Action::Reuse && did.outcome != Outcome::Reused {
                return Ok(Answer::Wrong(format!("{} was not reused", did.name)));
            }
        }
        let did = run.report().nodes.iter();
        Ok(Answer::Right {
            ran: did.filter(|node| node.outcome == Outcome::Ran).count(),
            corrupt: self.corrupt.load(Ordering::Relaxed),
        })
    }

    fn other_rows(&self, run: &Run<ReadingsPipeline>) -> Option<String> {
        for (frame, truth) in outputs(run).into_iter().zip(&self.truth.outputs) {
            match frame.collect() {
                Ok(frame) if frame.equals_missing(truth) => {}
                Ok(frame) => return Some(format!("{frame}")),
                Err(error) => return Some(format!("{error}")),
            }
        }
        let other = !aside(&self.pipeline).equals_missing(&self.truth.aside);
        other.then(|| "other rows are aside".to_owned())
    }

    fn other_files(&self, run: &Run<ReadingsPipeline>) -> Option<String> {
        let mut data: Vec<_> = self.current.iter().filter(|path| is_data(path)).collect();
        data.retain(|path| fs::read(self.folder.join(path)).ok().as_ref() == self.files.get(*path));
        let truths = OUTPUTS.into_iter().zip(&self.truth.outputs);
        for (frame, (node, truth)) in outputs(run).into_iter().zip(truths) {
            let ran = |did: &pipe_core::NodeReport| did.name == node && did.outcome == Outcome::Ran;
            if run.report().nodes.iter().any(ran) {
                // It is handed on as it was computed; what was stored of it must be what it was, too.
                let of_node = |path: &&PathBuf| path.starts_with(node) && is_data(path);
                let stored = self.current.iter().filter(of_node);
                let lost: Vec<_> = stored.filter(|path| !data.contains(path)).collect();
                if !lost.is_empty() {
                    return Some(format!("{node} ran, and {lost:?} are not what they were"));
                }
                match frame.collect() {
                    Ok(frame) if frame.equals_missing(truth) => {}
                    other => return Some(format!("{node} ran, and is {other:?}")),
                }
                continue;
            }
            let plan = frame
                .describe_plan()
                .unwrap_or_else(|error| error.to_string());
            let right = |path: &&&PathBuf| {
                path.starts_with(node)
                    && plan.contains(&self.folder.join(path).display().to_string())
            };
            if data.iter().filter(right).count() != 1 {
                return Some(format!("{node} is not {data:?}, but {plan}"));
            }
        }
        None
    }

    fn failure(&self, error: &str) -> Failure {
        let folder = self.folder.display().to_string();
        let kind = error
            .split_whitespace()
            .filter(|word| !word.contains(&folder));
        Failure {
            kind: kind.collect::<Vec<_>>().join(" "),
            names_a_file: error.contains(&folder),
        }
    }
}

const OUTPUTS: [&str; 3] = ["readings", "large", "larger"];

fn outputs(run: &Run<ReadingsPipeline>) -> [LazyFrame; 3] {
    let (readings, large, larger) = run.output();
    [readings.lazy(), large, larger]
}

/// Quarantined rows are data, too; the frame scanned never is that file.
fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "parquet")
}

fn aside(pipeline: &Pipeline<ReadingsPipeline>) -> DataFrame {
    let aside = pipeline.quarantined(ReadingsNode::Readings).unwrap();
    aside.unwrap().collect().unwrap()
}

/// What the report says.
fn rows(run: &Run<ReadingsPipeline>) -> BTreeMap<String, u64> {
    let nodes = run.report().nodes.iter();
    nodes
        .filter_map(|node| Some((node.name.clone(), node.rows?)))
        .collect()
}

/// The files in a folder, the lock left out.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, within: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder.join(within)).unwrap() {
            let entry = entry.unwrap();
            let path = within.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                walk(folder, &path, found);
            } else if path
                .extension()
                .is_some_and(|it| it == "json" || it == "parquet" || it == "jsonl")
            {
                found.insert(path.clone(), fs::read(folder.join(&path)).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, Path::new(""), &mut found);
    found
}
