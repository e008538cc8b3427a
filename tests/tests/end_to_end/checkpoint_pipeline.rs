//! Everything that the Python package of `docs/checkpoint-pipeline.md` can do, done here: one test
//! for each row of the table there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pipe_core::prelude::*;
use pipe_core::steps::{AddColumn, DropNulls, Filter};
use pipe_core::{Builder, Dynamic, Event, Outcome, RunError, State};
use tempfile::TempDir;

type Tested = Result<(), Box<dyn std::error::Error>>;

/// 20 rows: id, category, value, status; three of them hold a null, values are 3 to 30.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/quickstart.csv")
}

/// The demo of that package.
fn demo() -> Builder {
    Pipeline::builder("demo")
        .source("data", data())
        .step("drop_nulls", DropNulls::all())
        .step("add_feature1", AddColumn::new("value", "feature1", 3))
        .step("add_feature2", AddColumn::new("value", "feature2", 7))
        .step("filter_data", Filter::gt("feature1", 10))
}

fn store() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn outcomes(pipeline: &Pipeline<Dynamic>) -> Result<Vec<Outcome>, RunError> {
    Ok(pipeline
        .run()?
        .report()
        .nodes
        .iter()
        .map(|node| node.outcome)
        .collect())
}

#[test]
fn built_in_steps() -> Tested {
    let store = store();
    let run = demo().build()?.store(store.path()).run()?;
    let node = |name: &str| run.node(name).expect(name).collect();
    assert_eq!(node("drop_nulls")?.height(), 17);
    let featured = node("add_feature2")?;
    let sum =
        |column: &str| -> PolarsResult<Option<i64>> { Ok(featured.column(column)?.i64()?.sum()) };
    let value = sum("value")?.expect("a sum");
    assert_eq!(
        (sum("feature1")?, sum("feature2")?),
        (Some(value * 3), Some(value * 7))
    );
    let filtered = run.output().collect()?;
    assert!(
        filtered
            .column("feature1")?
            .i64()?
            .iter()
            .flatten()
            .all(|feature| feature > 10)
    );
    assert_eq!(filtered.height(), 16);
    Ok(())
}

#[test]
fn automatic_checkpoints_in_parquet() -> Tested {
    let store = store();
    let pipeline = demo().build()?.store(store.path());
    let result = pipeline.run()?.output().collect()?;
    let folder = store.path().join("demo/filter_data");
    let files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    let parquet = files
        .iter()
        .find(|path| path.extension().is_some_and(|e| e == "parquet"));
    let stored = ParquetReader::new(fs::File::open(parquet.expect("a file"))?).finish()?;
    assert!(stored.equals(&result));
    Ok(())
}

#[test]
fn resume_is_the_default_and_can_be_switched_off() -> Tested {
    let store = store();
    let pipeline = demo().build()?.store(store.path());
    assert_eq!(outcomes(&pipeline)?, [Outcome::Ran; 4]);
    assert_eq!(outcomes(&pipeline)?[3], Outcome::Reused);
    assert_eq!(outcomes(&pipeline.resume(false))?, [Outcome::Ran; 4]);
    Ok(())
}

/// Fails while it is told to.
struct Fragile(Arc<AtomicBool>);

#[step]
impl Step for Fragile {
    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        if self.0.load(Ordering::Relaxed) {
            return Err("the service is down".into());
        }
        inputs.only().map(StepOutput::Frame)
    }
}

#[test]
fn resume_after_a_failure() -> Tested {
    let store = store();
    let down = Arc::new(AtomicBool::new(true));
    let pipeline = demo()
        .step("send", Fragile(down.clone()))
        .build()?
        .store(store.path());
    let Err(RunError::Failed { report, failures }) = pipeline.run() else {
        panic!("it must fail")
    };
    assert_eq!(
        failures[0].to_string().lines().next(),
        Some("node `send` (step `Fragile`) failed: the service is down")
    );
    let stored = report
        .nodes
        .iter()
        .filter(|node| node.outcome == Outcome::Ran)
        .count();
    assert_eq!(stored, 4);

    down.store(false, Ordering::Relaxed);
    let outcomes = outcomes(&pipeline)?;
    assert_eq!(outcomes[3..], [Outcome::Reused, Outcome::Ran]);
    assert!(!outcomes[..3].contains(&Outcome::Ran));
    Ok(())
}

#[test]
fn force_a_rerun_from_a_step() -> Tested {
    let store = store();
    let pipeline = demo().build()?.store(store.path());
    pipeline.run()?;
    assert_eq!(
        pipeline.clear_from("add_feature2")?,
        ["add_feature2", "filter_data"]
    );
    let outcomes = outcomes(&pipeline)?;
    assert_eq!(outcomes[1..], [Outcome::Reused, Outcome::Ran, Outcome::Ran]);
    Ok(())
}

#[test]
fn status_with_sizes() -> Tested {
    let store = store();
    let pipeline = demo().build()?.store(store.path());
    pipeline.run()?;
    pipeline.clear_from("add_feature2")?;
    let status = pipeline.status()?;
    let found: Vec<_> = status.nodes.iter().map(|node| node.state).collect();
    assert_eq!(
        found,
        [State::Valid, State::Valid, State::Missing, State::Missing]
    );
    assert!(status.nodes[0].bytes.is_some_and(|bytes| bytes > 0));
    let lines: Vec<String> = status.to_string().lines().map(str::to_owned).collect();
    assert!(
        lines[0].starts_with("[x]  drop_nulls") && lines[0].contains(" KB"),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("[ ]  filter_data"), "{lines:?}");
    Ok(())
}

#[test]
fn clear_one_from_and_all() -> Tested {
    let store = store();
    let pipeline = demo().build()?.store(store.path());
    let valid = || -> Result<Vec<String>, pipe_core::PlanError> {
        let status = pipeline.status()?;
        let valid = status
            .nodes
            .into_iter()
            .filter(|node| node.state == State::Valid);
        Ok(valid.map(|node| node.name).collect())
    };
    pipeline.run()?;
    assert_eq!(pipeline.clear("add_feature1")?, ["add_feature1"]);
    assert_eq!(valid()?, ["drop_nulls", "add_feature2", "filter_data"]);
    pipeline.clear_from("add_feature2")?;
    assert_eq!(valid()?, ["drop_nulls"]);
    pipeline.clear_all()?;
    assert_eq!(valid()?, Vec::<String>::new());
    Ok(())
}

/// A custom step as a class.
struct Uppercase {
    column: &'static str,
}

#[step]
impl Step for Uppercase {
    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("column", &self.column)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let upper = col(self.column).str().to_uppercase();
        Ok(inputs
            .only()?
            .with_column(upper.name().suffix("_upper"))
            .into())
    }
}

/// A custom step as a function: the same step struct serves both faces.
#[step(reads(column: String))]
fn starting_with(rows: LazyFrame, column: ColumnName, prefix: String) -> LazyFrame {
    rows.filter(column.col().str().starts_with(lit(prefix)))
}

#[test]
fn custom_steps() -> Tested {
    let store = store();
    let result = Pipeline::builder("custom")
        .source("data", data())
        .step("upper", Uppercase { column: "status" })
        .step(
            "active",
            starting_with {
                column: "status_upper".into(),
                prefix: "ACT".into(),
            },
        )
        .build()?
        .store(store.path())
        .run()?
        .output()
        .collect()?;
    assert_eq!(result.height(), 10);
    let names: Vec<_> = result.get_column_names();
    assert_eq!(names, ["id", "category", "value", "status", "status_upper"]);
    Ok(())
}

#[test]
fn progress_of_a_run() -> Tested {
    let store = store();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = told.clone();
    let pipeline = demo().build()?.store(store.path()).on_event(move |event| {
        if let Event::NodeFinished { node, rows, .. } = event {
            listener.lock().expect("a list").push((node.clone(), *rows));
        }
    });
    pipeline.run()?;
    let told = told.lock().expect("a list");
    assert_eq!(told[0], ("drop_nulls".to_owned(), Some(17)));
    assert_eq!(told[3], ("filter_data".to_owned(), Some(16)));
    assert_eq!(told.len(), 4);
    Ok(())
}

#[test]
fn empty_pipelines() -> Tested {
    let store = store();
    let pipeline = Pipeline::builder("empty")
        .source("data", data())
        .build()?
        .store(store.path());
    assert_eq!(pipeline.run()?.output().collect()?.height(), 20);
    let nothing = Pipeline::builder("nothing").build().expect_err("no source");
    assert!(nothing.to_string().contains("source"), "{nothing}");
    Ok(())
}

#[test]
fn error_conditions() -> Tested {
    let store = store();
    // A column that is not there.
    let pipeline = Pipeline::builder("wrong")
        .source("data", data())
        .step("add", AddColumn::new("valu", "feature1", 3))
        .build()?
        .store(store.path());
    let error = pipeline.run().expect_err("no such column").to_string();
    assert!(
        error.contains("node `add`") && error.contains("valu"),
        "{error}"
    );
    // A file that is not there: found before anything runs.
    let pipeline = Pipeline::builder("wrong")
        .source("data", "nowhere.csv")
        .step("clean", DropNulls::all())
        .build()?
        .store(store.path());
    let error = pipeline.run().expect_err("no such file").to_string();
    assert!(
        error.contains("nowhere.csv") && error.contains("no such file"),
        "{error}"
    );
    // A step that is not there.
    let error = demo()
        .build()?
        .clear("filter_dat")
        .expect_err("no such node")
        .to_string();
    assert!(
        error.contains("filter_dat") && error.contains("filter_data"),
        "{error}"
    );
    // Two steps of one name.
    let error = demo()
        .step("drop_nulls", DropNulls::all())
        .build()
        .expect_err("twice")
        .to_string();
    assert!(error.contains("drop_nulls"), "{error}");
    Ok(())
}

#[test]
fn one_step_at_a_time_and_only_what_is_needed() -> Tested {
    // Every step sees the checkpoint of the one before it, not its memory.
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    #[step(untracked(CALLS))]
    impl Step for Counted {
        fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
            CALLS.fetch_add(1, Ordering::Relaxed);
            inputs.only().map(StepOutput::Frame)
        }
    }
    let store = store();
    let pipeline = || -> Result<_, pipe_core::BuildError> {
        Ok(Pipeline::builder("counted")
            .source("data", data())
            .step("first", Counted)
            .step("second", Filter::gt("value", 10))
            .build()?
            .store(store.path()))
    };
    pipeline()?.run()?;
    pipeline()?.run()?;
    pipeline()?.clear("second")?;
    pipeline()?.run()?;
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    Ok(())
}
