//! Thousands of random pipelines, each stored as layers, as whole frames and not at all: cold, resumed,
//! after a run that was broken off.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::prelude::*;
use pipe_core::storage::{Folder, Location, Storage, Watched};
use pipe_core::testing::{TestStore, assert_frames_equal, assert_nothing_to_run};
use pipe_core::{Checkpoints, Code, Environment};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::cases::{Case, cases};
use crate::operations::{Kind, Operation};

/// Threads that make cases, each from a seed of its own, and cases of each.
const THREADS: u8 = 2;
const CASES: u32 = 1_000;

/// Says how many cases each thread makes instead.
const FEWER: &str = "PIPE_TEST_CASES";

fn count_of_cases() -> u32 {
    let asked = std::env::var(FEWER).ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(CASES)
}

/// Checkpoints that were stored as layers.
static LAYERS: AtomicUsize = AtomicUsize::new(0);

/// Nodes that `auto` did not store.
static LEFT_OUT: AtomicUsize = AtomicUsize::new(0);

/// Pipelines that fail, however they are stored.
static FAILED: AtomicUsize = AtomicUsize::new(0);

struct Work(Operation);

impl Step for Work {
    fn name(&self) -> &'static str {
        "work"
    }

    fn code(&self) -> Code {
        Code::by_hand("work")
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("operation", &self.0)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let (frame, other) = (inputs.next_frame()?, inputs.next_frame()?);
        Ok(self.0.apply(frame, other)?.into())
    }
}

fn name(number: usize) -> String {
    match number {
        0 => "source".to_owned(),
        number => format!("n{number}"),
    }
}

/// A frame with nulls, duplicates, lists, structs and categories.
pub(crate) fn source(case: &Case) -> PolarsResult<DataFrame> {
    let rows = case.rows;
    let mut state = case.seed;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut numbers = |below: u64, nulls: u64| -> Vec<Option<i64>> {
        let one = |random: &mut dyn FnMut(u64) -> u64| {
            let number = random(below);
            (random(nulls) > 0).then(|| i64::try_from(number).unwrap_or(0))
        };
        (0..rows).map(|_| one(&mut random)).collect()
    };
    let (id, key, value) = (
        numbers(1_000_000, u64::MAX),
        numbers(40, 9),
        numbers(100, 5),
    );
    let texts = |numbers: &[Option<i64>]| -> Vec<Option<String>> {
        let text =
            |n: &Option<i64>| n.map(|n| format!("a text that is longer than twelve bytes {n}"));
        numbers.iter().map(text).collect()
    };
    let (text, category) = (texts(&value), texts(&key));
    let floats = value
        .iter()
        .map(|n| n.map(|n| if n == 13 { f64::NAN } else { n as f64 / 7.0 }));
    let floats: Vec<_> = floats.collect();
    let frame = df!("id" => id, "key" => key, "value" => value, "text" => text, "f" => floats, "category" => category)?;
    let mut columns = vec![
        all().as_expr(),
        col("key").is_null().alias("flag"),
        as_struct(vec![col("key"), col("text")]).alias("struct"),
        concat_list([col("key"), col("value")])?.alias("list"),
    ];
    if case.seed.is_multiple_of(3) {
        let categories = Categories::global();
        let category = DataType::from_categories(categories);
        columns.push(col("category").cast(category).alias("categorical"));
    }
    frame.lazy().select(columns).collect()
}

pub(crate) fn pipeline(case: &Case, frame: &DataFrame, store: impl Into<Location>) -> Pipeline {
    let mut builder = Pipeline::builder("layers").source("source", frame.clone());
    for (i, node) in case.nodes.iter().enumerate() {
        // What several nodes read is no layer: so only those read a second one that use it.
        let other = match node.operation.kind {
            Kind::Stacked => node.other,
            _ => node.input,
        };
        let inputs = [name(node.input), name(other)];
        builder = builder.step_on(name(i + 1), Work(node.operation), inputs);
    }
    let built = builder
        .outputs([name(case.nodes.len())])
        .environment(Environment::None)
        .build();
    let built = built.expect("the pipeline is sound");
    let built = built.store(store).small_layers();
    // Half of them as if their frames were long.
    match case.seed.rotate_left(32) % 2 {
        0 => built.long_frames_from(0),
        _ => built,
    }
}

fn hold(case: &Case) -> Result<(), Box<dyn std::error::Error>> {
    let frame = source(case)?;
    let last = name(case.nodes.len());
    let (whole, layered, bare, broken) = (
        TestStore::new(),
        TestStore::new(),
        TestStore::new(),
        TestStore::new(),
    );
    let all = |store: &TestStore| pipeline(case, &frame, store);

    // Cold: what the run hands on, and what is read from the store.
    let expected = all(&whole).layers(false);
    let found = all(&layered);
    let Ok(expected_run) = expected.run() else {
        assert!(found.run().is_err(), "it must fail as well");
        FAILED.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    };
    let found_run = found.run()?;
    for node in &found_run.report().nodes {
        // What nothing needs does not run.
        let Some(handed) = found_run.node(&node.name) else {
            continue;
        };
        let whole = expected_run
            .node(&node.name)
            .ok_or("a node that did not run")?;
        assert_frames_equal(handed, whole.clone());
        let stored = found.stored(node.name.as_str())?.ok_or("no checkpoint")?;
        assert_frames_equal(stored, whole);
    }
    let output = expected_run.node(&last).ok_or("no output")?.collect()?;
    LAYERS.fetch_add(count_layers(&layered, case), Ordering::Relaxed);

    // Without checkpoints, and with those that are worth it by costs of any kind.
    let run = all(&bare).checkpoints(Checkpoints::None).run()?;
    assert_frames_equal(run.output().frame().ok_or("no frame")?, output.clone());
    assert!(data(&bare, case).is_empty());
    write_costs(&bare, case)?;
    let auto = all(&bare).checkpoints(Checkpoints::AUTO);
    let run = auto.run()?;
    assert_frames_equal(run.output().frame().ok_or("no frame")?, output.clone());
    assert_nothing_to_run(&auto);
    let stored = count_records(&bare, case, "");
    LEFT_OUT.fetch_add(case.nodes.len() - stored, Ordering::Relaxed);
    assert_nothing_to_run(&all(&bare));

    // Again, from the middle: what was stored is below what is made now.
    let cleared = name(case.cleared + 1);
    let before = data(&layered, case);
    found.clear_from(cleared.as_str())?;
    write_costs(&layered, case)?;
    let run = found.clone().checkpoints(Checkpoints::AUTO).run()?;
    assert_frames_equal(run.output().frame().ok_or("no frame")?, output.clone());
    assert!(found.verify()?.is_sound());
    found.clear_from(cleared.as_str())?;
    assert_frames_equal(
        found.run()?.output().frame().ok_or("no frame")?,
        output.clone(),
    );
    assert!(found.verify()?.is_sound());
    // Names of data have their content in them: read again or still in memory, it came out the same.
    assert_eq!(data(&layered, case), before);

    // One in the middle is gone: those above it do not need its record.
    found.clear(cleared.as_str())?;
    assert!(found.verify()?.is_sound());
    for node in found_run.report().nodes.iter().rev().take(2) {
        if let Some(stored) = found.stored(node.name.as_str())? {
            let whole = expected_run
                .node(&node.name)
                .ok_or("a node that did not run")?;
            assert_frames_equal(stored, whole);
        }
    }

    // Broken off: from some operation on the store does nothing any more.
    let folder: Arc<dyn Storage> = Arc::new(Folder::new(broken.path()));
    let (count, limit) = (AtomicUsize::new(0), case.killed_after);
    let storage = Watched::new(folder, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) < limit {
            Ok(())
        } else {
            Err(std::io::Error::other("killed"))
        }
    });
    let storage = Location::from(Arc::new(storage) as Arc<dyn Storage>);
    let _ = pipeline(case, &frame, storage).run();
    // In a part of the cases nothing is kept in memory.
    let memory = if case.seed.is_multiple_of(4) {
        0
    } else {
        u64::MAX
    };
    let again = all(&broken).memory(memory).run()?;
    assert_frames_equal(again.output().frame().ok_or("no frame")?, output);
    assert!(all(&broken).verify()?.is_sound());
    Ok(())
}

/// Lets it be known what the nodes took: some are worth storing, others are not.
fn write_costs(store: &TestStore, case: &Case) -> std::io::Result<()> {
    let costs = (0..case.nodes.len()).map(|node| {
        let random = case.seed.rotate_left(u32::try_from(node).unwrap_or(0) * 5);
        let store = if random.is_multiple_of(3) {
            0.001
        } else {
            10.0
        };
        let cost = serde_json::json!({"compute": 1.0, "store": store, "bytes": 1, "whole": 1});
        (name(node + 1), cost)
    });
    let costs: serde_json::Map<_, _> = costs.collect();
    let folder = store.path().join("layers");
    std::fs::create_dir_all(&folder)?;
    let costs = serde_json::json!({"nodes": costs});
    std::fs::write(folder.join("costs.json"), costs.to_string())
}

/// The data files of all nodes.
fn data(store: &TestStore, case: &Case) -> Vec<PathBuf> {
    let nodes = (1..=case.nodes.len()).map(name);
    let data = nodes.flat_map(|node| store.files("layers", &node, "parquet"));
    data.collect()
}

pub(crate) fn count_layers(store: &TestStore, case: &Case) -> usize {
    count_records(store, case, "\"layout\": \"layers\"")
}

/// How many records there are that say something.
fn count_records(store: &TestStore, case: &Case, says: &str) -> usize {
    let nodes = (1..=case.nodes.len()).map(name);
    let records = nodes.flat_map(|node| store.files("layers", &node, "json"));
    let says = records.filter(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.contains(says)
    });
    says.count()
}

#[test]
fn two_thousand_random_pipelines() {
    let work = |thread: u8| {
        let config = Config {
            cases: count_of_cases(),
            failure_persistence: None,
            max_shrink_iters: 300,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[thread; 32]);
        let mut runner = TestRunner::new_with_rng(config, rng);
        runner.run(&cases(), |case| {
            hold(&case)
                .map_err(|error| proptest::test_runner::TestCaseError::fail(error.to_string()))
        })
    };
    let errors: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(held) => held.map_err(|error| error.to_string()),
            Err(_) => Err("the test panicked".to_owned()),
        });
        joined.filter_map(Result::err).collect()
    });
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let layers = LAYERS.load(Ordering::Relaxed);
    let failed = FAILED.load(Ordering::Relaxed);
    println!("{layers} checkpoints were layers; {failed} pipelines failed");
    // Or it would show little: one layer for each pipeline, and four of five pipelines that run.
    let cases = usize::try_from(count_of_cases()).unwrap_or(0) * usize::from(THREADS);
    assert!(
        layers > cases,
        "only {layers} checkpoints of {cases} pipelines were layers"
    );
    let left_out = LEFT_OUT.load(Ordering::Relaxed);
    assert!(left_out > cases, "only {left_out} were not stored");
    assert!(failed < cases / 5, "{failed} of {cases} pipelines fail");
}
