//! Values between steps: numbers, models, files; what is stored of them, and when they are made again.

use std::fs;
use std::path::{Path, PathBuf};

use pipe_core::prelude::*;
use pipe_core::{Outcome, RunReport};
use serde::{Deserialize, Serialize};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[step]
fn multiply_by_two(x: i64) -> i64 {
    x * 2
}

#[step]
fn add_five(x: &i64) -> i64 {
    x + 5
}

pipeline! {
    /// The smallest one.
    fn arithmetic(x: i64) -> i64 {
        let doubled = multiply_by_two(x);
        let sum = add_five(doubled);
        sum
    }
}

#[derive(Clone, Debug, PartialEq, Schema)]
struct Flight {
    carrier: String,
    delay: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    mean: f64,
    carriers: Vec<String>,
}

/// A value of a frame.
#[step]
fn train(flights: Frame<Flight>) -> PolarsResult<Model> {
    let flights = flights.collect()?;
    let carriers = flights.column("carrier")?.str()?.iter().flatten();
    Ok(Model {
        mean: flights.column("delay")?.i64()?.mean().unwrap_or_default(),
        carriers: carriers.map(ToOwned::to_owned).collect(),
    })
}

#[step(reads(delay: i64), adds(above: bool))]
fn score(flights: LazyFrame, model: &Model) -> LazyFrame {
    flights.with_column(col("delay").gt(lit(model.mean)).alias("above"))
}

#[step(reads(delay: i64))]
fn late(model: &Model, flights: LazyFrame, by: f64) -> LazyFrame {
    flights.filter(col("delay").gt(lit(model.mean + by)))
}

#[step]
fn count(rows: DataFrame) -> u64 {
    rows.height() as u64
}

pipeline! {
    fn models(flights: Frame<Flight>, by: f64) -> (LazyFrame, Frame<Flight>, Model, u64) {
        let model = train(flights);
        let scored = score(flights, model);
        let late = late(model, flights, by);
        let counted = count(late);
        (scored, late, model, counted)
    }
}

#[step]
fn write(
    rows: Frame<Flight>,
    folder: PathBuf,
    context: &StepContext,
) -> Result<Vec<WrittenFile>, StepError> {
    let rows = rows.collect()?;
    let (text, height) = (folder.join("rows.txt"), folder.join("height.txt"));
    fs::write(&text, rows.to_string())?;
    fs::write(&height, rows.height().to_string())?;
    context.log(format!("{} rows", rows.height()));
    Ok(vec![WrittenFile::new(text)?, WrittenFile::new(height)?])
}

#[step]
fn longest(files: &Vec<WrittenFile>) -> Result<WrittenFile, String> {
    let longest = files.iter().max_by_key(|file| file.bytes());
    longest.cloned().ok_or_else(|| "no file".to_owned())
}

pipeline! {
    fn exports(flights: Frame<Flight>, folder: PathBuf) -> (Vec<WrittenFile>, WrittenFile) {
        let written = write(flights, folder);
        let longest = longest(written);
        (written, longest)
    }
}

fn flights() -> Vec<Flight> {
    let flight = |(carrier, delay): (&str, i64)| Flight {
        carrier: carrier.to_owned(),
        delay,
    };
    [("AA", 10), ("UA", 20), ("DL", 60)].map(flight).into()
}

/// What became of each node.
fn outcomes(report: &RunReport) -> Vec<(&str, Outcome)> {
    let nodes = report.nodes.iter();
    nodes
        .map(|node| (node.name.as_str(), node.outcome))
        .collect()
}

fn ran<'a>(report: &'a RunReport) -> Vec<&'a str> {
    let ran = |(name, outcome): (&'a str, Outcome)| (outcome == Outcome::Ran).then_some(name);
    outcomes(report).into_iter().filter_map(ran).collect()
}

#[test]
fn three_gives_eleven() -> Tested {
    let folder = tempfile::tempdir()?;
    let pipeline = arithmetic(3).store(folder.path());
    let run = pipeline.run()?;
    assert_eq!(run.output(), 11);
    assert_eq!(ran(run.report()), ["doubled", "sum"]);
    assert_eq!(run.value("doubled").as_deref(), Some(&6_i64));
    assert!(run.node("doubled").is_none());

    let again = pipeline.run()?;
    assert_eq!(again.output(), 11);
    assert_eq!(ran(again.report()), Vec::<&str>::new());
    let stored = pipeline.stored_value::<i64>(ArithmeticNode::Sum)?;
    assert_eq!(stored.as_deref(), Some(&11));

    let other = arithmetic(4).store(folder.path()).run()?;
    assert_eq!(other.output(), 13);
    assert_eq!(ran(other.report()), ["doubled", "sum"]);
    Ok(())
}

#[test]
fn values_are_json_in_the_store() -> Tested {
    let folder = tempfile::tempdir()?;
    arithmetic(3).store(folder.path()).run()?;
    let files = fs::read_dir(folder.path().join("arithmetic/sum"))?;
    let mut texts = Vec::new();
    for file in files {
        texts.push(fs::read_to_string(file?.path())?);
    }
    assert!(texts.iter().any(|text| text == "11"), "{texts:?}");
    Ok(())
}

#[test]
fn a_value_is_asked_for_by_its_type() -> Tested {
    let folder = tempfile::tempdir()?;
    let pipeline = arithmetic(3).store(folder.path());
    assert_eq!(pipeline.stored_value::<i64>(ArithmeticNode::Sum)?, None);
    pipeline.run()?;
    let other = pipeline
        .stored_value::<u8>(ArithmeticNode::Sum)
        .expect_err("another type");
    assert_eq!(other.to_string(), "node `sum` is a `i64`, not a `u8`");
    let frame = pipeline
        .stored(ArithmeticNode::Sum)
        .err()
        .ok_or("a frame")?;
    let frame = frame.to_string();
    assert!(
        frame.starts_with("node `sum` is a value of type `i64`, not a frame"),
        "{frame}"
    );
    Ok(())
}

#[test]
fn frames_and_values_go_together() -> Tested {
    let folder = tempfile::tempdir()?;
    let pipeline = |by| models(flights(), by).store(folder.path());
    let run = pipeline(20.0).run()?;
    let (scored, late, model, counted) = run.output();
    assert_eq!((model.mean, model.carriers.len(), counted), (30.0, 3, 1));
    let above = scored.collect()?;
    let above: Vec<_> = above.column("above")?.bool()?.iter().collect();
    assert_eq!(above, [Some(false), Some(false), Some(true)]);
    assert_eq!(late.collect()?.height(), 1);

    // The model is read from its checkpoint, and nothing else is made again.
    let run = pipeline(50.0).run()?;
    assert_eq!(ran(run.report()), ["late", "counted"]);
    let (_, _, again, counted) = run.output();
    assert_eq!((again, counted), (model, 0));
    Ok(())
}

#[test]
fn a_value_that_comes_out_the_same_stops_the_ripple() -> Tested {
    let folder = tempfile::tempdir()?;
    models(flights(), 20.0).store(folder.path()).run()?;
    // Other rows are late, as many of them as before.
    let mut moved = flights();
    moved.reverse();
    let pipeline = models(moved, 20.0).store(folder.path());
    let run = pipeline.run()?;
    assert_eq!(run.output().3, 1);
    assert_eq!(ran(run.report()), ["model", "scored", "late"]);
    Ok(())
}

/// What a step gave that was called otherwise once.
mod before {
    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    pub(super) struct Model {
        pub(super) mean: f64,
    }

    #[step]
    fn train(flights: Frame<Flight>) -> PolarsResult<Model> {
        let mean = flights.collect()?.column("delay")?.i64()?.mean();
        Ok(Model {
            mean: mean.unwrap_or_default(),
        })
    }

    pipeline! {
        pub(super) fn trained(flights: Frame<Flight>) -> Model {
            let model = train(flights);
            model
        }
    }
}

/// The same tokens, for another type of that name.
mod now {
    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    pub(super) struct Model {
        pub(super) mean: f64,
        #[serde(default)]
        pub(super) rows: Option<u64>,
    }

    impl Model {
        fn of(mean: f64) -> Self {
            Self {
                mean,
                rows: Some(3),
            }
        }
    }

    #[step]
    fn train(flights: Frame<Flight>) -> PolarsResult<Model> {
        let mean = flights.collect()?.column("delay")?.i64()?.mean();
        Ok(Model::of(mean.unwrap_or_default()))
    }

    pipeline! {
        pub(super) fn trained(flights: Frame<Flight>) -> Model {
            let model = train(flights);
            model
        }
    }
}

#[expect(clippy::float_cmp, reason = "it is stored as it is")]
#[test]
fn a_value_of_another_shape_is_made_again() -> Tested {
    let folder = tempfile::tempdir()?;
    let old = before::trained(flights()).store(folder.path()).run()?;
    assert_eq!(old.output().mean, 30.0);
    let new = now::trained(flights()).store(folder.path()).run()?;
    assert_eq!((new.output().mean, new.output().rows), (30.0, Some(3)));
    assert_eq!(ran(new.report()), ["model"]);
    Ok(())
}

fn exported(
    store: &Path,
    folder: &Path,
) -> Result<(Vec<String>, String), Box<dyn std::error::Error>> {
    let run = exports(flights(), folder.to_owned()).store(store).run()?;
    let (_, longest) = run.output();
    let name = longest.path().file_name().ok_or("no name")?;
    let ran = ran(run.report()).into_iter().map(ToOwned::to_owned);
    Ok((ran.collect(), name.to_string_lossy().into_owned()))
}

#[test]
fn files_that_are_gone_or_changed_are_written_again() -> Tested {
    let (store, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let all = ["written", "longest"].map(ToOwned::to_owned);
    let (ran, name) = exported(store.path(), folder.path())?;
    assert_eq!(
        (ran.as_slice(), name.as_str()),
        (all.as_slice(), "rows.txt")
    );
    assert_eq!(exported(store.path(), folder.path())?.0, [""; 0]);

    fs::remove_file(folder.path().join("height.txt"))?;
    assert_eq!(exported(store.path(), folder.path())?.0, ["written"]);
    assert_eq!(fs::read_to_string(folder.path().join("height.txt"))?, "3");

    fs::write(folder.path().join("rows.txt"), "something else")?;
    assert_eq!(exported(store.path(), folder.path())?.0, all);
    assert_eq!(exported(store.path(), folder.path())?.0, [""; 0]);
    Ok(())
}

#[cfg(test)]
mod waiting {
    use super::*;

    #[step]
    async fn fetch(x: &i64, context: &StepContext, times: i64) -> Result<i64, StepError> {
        std::future::ready(()).await;
        context.log("fetched");
        Ok(x * times)
    }

    pipeline! {
        fn fetched(x: i64) -> i64 {
            let doubled = multiply_by_two(x);
            let fetched = fetch(doubled, 7);
            fetched
        }
    }

    #[test]
    fn steps_may_be_async() -> Tested {
        let folder = tempfile::tempdir()?;
        let pipeline = fetched(3).store(folder.path());
        assert_eq!(pipeline.run()?.output(), 42);
        assert_eq!(ran(pipeline.run()?.report()), Vec::<&str>::new());
        Ok(())
    }
}

mod errors {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[derive(Debug)]
    enum Trouble {
        Busy,
        Gone,
    }

    impl std::fmt::Display for Trouble {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{self:?}")
        }
    }

    impl std::error::Error for Trouble {}

    fn is_transient(error: &Trouble) -> bool {
        matches!(error, Trouble::Busy)
    }

    /// Busy twice, then gone.
    #[derive(Clone, Default, Serialize)]
    struct Service {
        #[serde(skip)]
        calls: std::sync::Arc<AtomicU32>,
    }

    #[step(retry(attempts = 5, base = "0s", when = is_transient))]
    fn ask(service: Service) -> Result<u32, Trouble> {
        match service.calls.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Err(Trouble::Busy),
            _ => Err(Trouble::Gone),
        }
    }

    impl<'de> Deserialize<'de> for Service {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self::default())
        }
    }

    pipeline! {
        fn asked(service: Service) -> u32 {
            let answer = ask(service);
            answer
        }

        fn asked_more(service: Service) -> u32 {
            #[retry(attempts = 2, base = "0s")]
            let answer = ask(service);
            answer
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() -> Tested {
        let folder = tempfile::tempdir()?;
        let service = Service::default();
        let run = asked(service.clone()).store(folder.path()).run();
        let error = run.err().ok_or("it answered")?.to_string();
        assert!(error.contains("Gone"), "{error}");
        assert_eq!(service.calls.load(Ordering::Relaxed), 3);
        Ok(())
    }

    #[test]
    fn a_node_says_how_often_and_the_step_what_for() -> Tested {
        let folder = tempfile::tempdir()?;
        let service = Service::default();
        let gone = || asked_more(service.clone()).store(folder.path()).run();
        assert!(gone().is_err());
        assert_eq!(service.calls.load(Ordering::Relaxed), 2);
        assert!(gone().is_err());
        assert_eq!(service.calls.load(Ordering::Relaxed), 3);
        Ok(())
    }
}
