//! Files of layers are damaged at random: what is below a layer is no less verified than its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::prelude::*;
use pipe_core::testing::{TestStore, assert_frames_equal};
use pipe_core::{Code, Environment, Event, Gc, Mode};

type Tested = Result<(), Box<dyn std::error::Error>>;

const CASES: usize = 600;

const NODES: [&str; 6] = ["read", "complete", "twice", "large", "named", "sum"];

/// A step by its name.
struct Does(&'static str);

impl Step for Does {
    fn name(&self) -> &'static str {
        self.0
    }

    fn code(&self) -> Code {
        Code::by_hand(self.0)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let frame = inputs.only()?;
        let done = match self.0 {
            "complete" => frame.drop_nulls(None),
            "twice" => frame.with_column((col("n") * lit(2)).alias("twice")),
            "large" => frame.filter(col("twice").gt(lit(20))),
            "named" => frame.rename(["text"], ["name"], true),
            "sum" => frame.select([col("twice").sum(), col("name").max(), len()]),
            _ => frame,
        };
        Ok(done.into())
    }
}

fn pipeline(store: &TestStore) -> Result<Pipeline, Box<dyn std::error::Error>> {
    let numbers: Vec<i64> = (0..50).collect();
    let texts = numbers
        .iter()
        .map(|n| (n % 9 > 0).then(|| format!("text {n}")));
    let frame = df!("n" => &numbers, "text" => texts.collect::<Vec<_>>())?;
    let steps = NODES.iter().fold(
        Pipeline::builder("damage").source("source", frame),
        |builder, node| builder.step(*node, Does(node)),
    );
    let built = steps.environment(Environment::None).build()?;
    Ok(built.store(store).small_layers())
}

fn files(store: &TestStore) -> BTreeMap<PathBuf, Vec<u8>> {
    let nodes = NODES.iter().flat_map(|node| {
        let data = store.files("damage", node, "parquet");
        data.into_iter().chain(store.files("damage", node, "json"))
    });
    nodes
        .filter_map(|path| Some((path.clone(), fs::read(path).ok()?)))
        .collect()
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

/// Changes, cuts off, swaps or removes.
fn inflict(random: &mut Random, path: &Path, bytes: &[u8], other: &[u8]) -> std::io::Result<()> {
    match random.below(4) {
        0 => {
            let mut bytes = bytes.to_vec();
            let place = random.below(bytes.len());
            bytes[place] ^= 1 << random.below(8);
            fs::write(path, bytes)
        }
        1 => fs::write(path, &bytes[..random.below(bytes.len())]),
        2 => fs::write(path, other),
        _ => fs::remove_file(path),
    }
}

#[test]
fn a_damaged_layer_is_a_miss_and_never_a_wrong_row() -> Tested {
    let store = TestStore::new();
    let truth = pipeline(&store)?.run()?.output().collect()?;
    let sound = files(&store);
    let layers = sound
        .keys()
        .filter(|path| path.to_string_lossy().ends_with(".rows.parquet"));
    assert_eq!(layers.count(), 2, "rows are chosen twice");
    // What the checkpoint of `named` is made of, and its record: the run needs all of it.
    let is_needed = |path: &Path| {
        let is_of = |node: &str| path.parent().is_some_and(|folder| folder.ends_with(node));
        let is_data = path.extension().is_some_and(|it| it == "parquet");
        is_data && !is_of("sum") || path.exists() && is_of("named")
    };
    assert_eq!(sound.keys().filter(|path| is_needed(path)).count(), 5);
    let (mut random, mut needed) = (Random(7), 0);
    for case in 0..CASES {
        let paths: Vec<_> = sound.keys().collect();
        let (path, other) = (
            paths[random.below(paths.len())],
            paths[random.below(paths.len())],
        );
        inflict(&mut random, path, &sound[path], &sound[other])?;
        let is_other = fs::read(path).ok().as_ref() != Some(&sound[path]);
        let harmed = is_other && is_needed(path);

        let corrupt = Arc::new(AtomicUsize::new(0));
        let counter = corrupt.clone();
        let pipeline = pipeline(&store)?.on_event(move |event| {
            if matches!(event, Event::CheckpointCorrupt { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        // What it gives is made again of what is stored before it.
        pipeline.clear("sum")?;
        let run = pipeline.run()?;
        assert_frames_equal(run.output().frame().ok_or("no frame")?, truth.clone());
        for node in &NODES[..5] {
            if let Some(stored) = pipeline.stored(*node)? {
                stored
                    .collect()
                    .map_err(|error| format!("case {case}: {node}: {error}"))?;
            }
        }
        let noticed = corrupt.load(Ordering::Relaxed) > 0;
        assert!(
            noticed || !harmed,
            "case {case}: {} went unnoticed",
            path.display()
        );
        needed += usize::from(harmed);

        for node in NODES {
            let _ = fs::remove_dir_all(store.path().join("damage").join(node));
            fs::create_dir_all(store.path().join("damage").join(node))?;
        }
        for (path, bytes) in &sound {
            fs::write(path, bytes)?;
        }
    }
    assert!(
        needed > CASES / 4,
        "only {needed} of {CASES} had to be noticed"
    );
    Ok(())
}

#[test]
fn what_is_below_a_layer_lives_as_long_as_it() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(&store)?;
    let output = pipeline.run()?.output().collect()?;
    let expected = pipeline
        .stored("named")?
        .ok_or("no checkpoint")?
        .collect()?;
    let base = store.files("damage", "read", "parquet");

    // Its record is gone, its data are not.
    assert_eq!(pipeline.clear("read")?, ["read"]);
    assert!(store.files("damage", "read", "json").is_empty());
    assert_eq!(store.files("damage", "read", "parquet"), base);
    assert!(pipeline.verify()?.is_sound());
    assert!(pipeline.verify()?.left_over.is_empty());
    let gc = pipeline.gc(&pipe_core::Gc::default(), pipe_core::Mode::Apply)?;
    assert_eq!(gc.removed_bytes, 0);
    assert_frames_equal(pipeline.stored("named")?.ok_or("no checkpoint")?, expected);

    // With the last layer on it, it goes as well.
    for node in ["complete", "twice", "large", "named"] {
        pipeline.clear(node)?;
    }
    assert!(store.files("damage", "read", "parquet").is_empty());
    assert_frames_equal(pipeline.run()?.output().frame().ok_or("no frame")?, output);
    Ok(())
}

#[test]
fn gc_frees_what_only_layers_that_go_need() -> Tested {
    let store = TestStore::new();
    pipeline(&store)?.run()?;
    let before: usize = files(&store).values().map(Vec::len).sum();
    let records = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let data = files(&store).into_iter().filter(|(path, _)| !records(path));
    let data: usize = data.map(|(_, bytes)| bytes.len()).sum();
    let gc = pipeline(&store)?.gc(&pipe_core::Gc::default().keep(0), pipe_core::Mode::DryRun)?;
    assert_eq!(gc.removed_bytes, data as u64, "each file is counted once");
    let gc = pipeline(&store)?.gc(&pipe_core::Gc::default().keep(0), pipe_core::Mode::Apply)?;
    assert_eq!((gc.removed.len(), gc.kept_bytes), (6, 0));
    assert!(before > 0 && files(&store).is_empty());
    Ok(())
}

#[test]
fn a_layer_goes_to_another_store_with_what_it_stands_on() -> Tested {
    let (store, other) = (TestStore::new(), TestStore::new());
    let here = pipeline(&store)?;
    here.run()?;
    let selection = pipe_core::Selection::valid().only([pipe_core::NodeId::from("named")]);
    here.export(&other, &selection)?;
    let there = pipeline(&other)?;
    assert!(there.verify()?.is_sound());
    let (found, expected) = (there.stored("named")?, here.stored("named")?);
    assert_frames_equal(
        found.ok_or("no checkpoint")?,
        expected.ok_or("no checkpoint")?,
    );
    Ok(())
}

/// A record that cannot be read keeps nobody's data from others.
#[test]
fn gc_keeps_what_layers_stand_on() -> Tested {
    let store = TestStore::new();
    let pipeline = pipeline(&store)?;
    pipeline.run()?;
    let before = pipeline.stored("named")?.ok_or("no layer")?.collect()?;
    for record in store.files("damage", "read", "json") {
        fs::write(record, "garbage")?;
    }
    let gone = pipeline.gc(&Gc::default(), Mode::Apply)?;
    assert_eq!((gone.unusable.len(), gone.removed_bytes), (1, 7), "{gone}");
    assert_frames_equal(pipeline.stored("named")?.ok_or("it is gone")?, before);
    assert!(pipeline.verify()?.is_sound());
    Ok(())
}
