//! How checkpoints are stored is no part of keys: what was stored in one way is valid in all others.

use pipe_core::prelude::*;
use pipe_core::testing::{TestStore, assert_frames_equal, assert_nothing_to_run};
use pipe_core::{CheckpointFormat, Checkpoints, Code, Compression, Environment};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// Adds a column to many rows.
struct Twice;

impl Step for Twice {
    fn name(&self) -> &'static str {
        "twice"
    }

    fn code(&self) -> Code {
        Code::by_hand("twice")
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        let frame = inputs.only()?;
        let name = format!("twice {}", frame.clone().collect_schema()?.len());
        Ok(frame.with_column((col("n") * lit(2)).alias(name)).into())
    }
}

fn pipeline(store: &TestStore) -> Result<Pipeline, Box<dyn std::error::Error>> {
    let numbers: Vec<i64> = (0..6_000).map(|n| n * 7_919 % 1_000).collect();
    let pipeline = Pipeline::builder("settings")
        .source("numbers", df!("n" => &numbers, "m" => &numbers)?)
        .step("one", Twice)
        .step("two", Twice)
        .step("three", Twice)
        .environment(Environment::None)
        .build()?;
    Ok(pipeline.store(store))
}

#[test]
fn what_is_stored_in_one_way_is_valid_in_all_others() -> Tested {
    let small_groups = |it: Pipeline| {
        let format = CheckpointFormat::default()
            .row_groups(100)
            .statistics(false);
        it.checkpoint_format(format)
    };
    let ways: [fn(Pipeline) -> Pipeline; 5] = [
        |it| it,
        |it| it.layers(false),
        |it| it.compression(Compression::Zstd(3)),
        |it| it.compression(Compression::Uncompressed),
        small_groups,
    ];
    let expected = pipeline(&TestStore::new())?.run()?.output().collect()?;
    let mut sizes = Vec::new();
    for way in ways {
        let store = TestStore::new();
        way(pipeline(&store)?).run()?;
        for other in ways {
            let other = other(pipeline(&store)?);
            assert_nothing_to_run(&other);
            let stored = other.stored("two")?.ok_or("no checkpoint")?;
            assert_frames_equal(
                stored,
                expected
                    .clone()
                    .lazy()
                    .drop(by_name(["twice 4"], true, false)),
            );
        }
        let files = store.files("settings", "two", "parquet");
        let [file] = files.as_slice() else {
            return Err(format!("{files:?}").into());
        };
        sizes.push(std::fs::metadata(file)?.len());
    }
    let [layer, whole, zstd, plain, small_groups] = sizes[..] else {
        return Err("five ways".into());
    };
    // A column instead of four; and the settings are heard.
    assert!(2 * layer < whole, "{sizes:?}");
    assert!(zstd < layer && layer < plain, "{sizes:?}");
    assert!(layer < small_groups, "{sizes:?}");
    Ok(())
}

#[test]
fn a_level_that_does_not_exist_is_an_error_that_says_which_do() -> Tested {
    let store = TestStore::new();
    let failed = pipeline(&store)?.compression(Compression::Zstd(99)).run();
    let error = failed.err().ok_or("it must fail")?;
    assert_eq!(
        error.to_string(),
        "checkpoints cannot be compressed by Zstandard at level 99; its levels are 1 to 22"
    );
    assert!(
        !store.path().join("settings").exists(),
        "something was begun"
    );
    Ok(())
}

#[test]
fn groups_without_rows_and_pages_without_bytes_are_errors() -> Tested {
    let store = TestStore::new();
    let format = CheckpointFormat::default();
    for (format, expected) in [
        (
            format.row_groups(0),
            "checkpoints cannot be written with row groups of no rows; at least one is needed",
        ),
        (
            format.pages(0),
            "checkpoints cannot be written with pages of no bytes; at least one is needed",
        ),
    ] {
        let failed = pipeline(&store)?.checkpoint_format(format).run();
        let error = failed.err().ok_or("it must fail")?;
        assert_eq!(error.to_string(), expected);
    }
    Ok(())
}

#[test]
fn a_layer_is_saved_as_the_whole_frame() -> Tested {
    let (store, folder) = (TestStore::new(), TestStore::new());
    let pipeline = pipeline(&store)?;
    pipeline.run()?;
    let path = folder.path().join("two.parquet");
    let saved = pipeline.save("two", &path)?;
    let stored = pipeline.stored("two")?.ok_or("no checkpoint")?;
    let record = store.files("settings", "two", "json");
    assert!(std::fs::read_to_string(&record[0])?.contains("\"layout\": \"layers\""));
    let found = ParquetReader::new(std::fs::File::open(&path)?).finish()?;
    assert_eq!((found.height(), found.width()), (6_000, 4));
    assert_frames_equal(found, stored);
    assert_eq!((saved.rows, saved.bytes), (6_000, path.metadata()?.len()));
    Ok(())
}

/// Under the name that was given, or not at all.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_an_error() -> Tested {
    use std::os::unix::ffi::OsStrExt;

    let (store, folder) = (TestStore::new(), TestStore::new());
    let pipeline = pipeline(&store)?;
    pipeline.run()?;
    let path = folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"r\xe9.parquet"));
    let error = pipeline.save("two", &path).err().ok_or("it must fail")?;
    assert!(
        error.to_string().contains("its name is not Unicode"),
        "{error}"
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[derive(Schema)]
struct Number {
    n: i64,
}

#[step]
fn same(numbers: LazyFrame) -> LazyFrame {
    numbers
}

pipeline! {
    fn every(numbers: Frame<Number>) -> LazyFrame {
        let same = same(numbers);
        same
    }

    #[checkpoint(none)]
    fn none(numbers: Frame<Number>) -> LazyFrame {
        let same = same(numbers);
        same
    }

    #[checkpoint(auto)]
    fn auto(numbers: Frame<Number>) -> LazyFrame {
        let same = same(numbers);
        same
    }

    #[checkpoint(auto, max_recompute = "1.5m")]
    #[environment(polars)]
    fn bounded(numbers: Frame<Number>) -> LazyFrame {
        #[checkpoint(false)]
        let first = same(numbers);
        #[checkpoint(true)]
        let last = same(first);
        last
    }
}

#[test]
fn a_pipeline_says_which_of_its_nodes_are_stored() {
    let rows = || vec![Number { n: 1 }];
    let bound = Checkpoints::Auto {
        max_recompute: std::time::Duration::from_secs(90),
    };
    assert_eq!(every(rows()).graph().checkpoints, Checkpoints::Every);
    assert_eq!(none(rows()).graph().checkpoints, Checkpoints::None);
    assert_eq!(auto(rows()).graph().checkpoints, Checkpoints::AUTO);
    let bounded = bounded(rows());
    assert_eq!(bounded.graph().checkpoints, bound);
    // What is said at run time holds.
    let told = bounded.clone().checkpoints(Checkpoints::Every);
    assert_eq!(told.graph().checkpoints, Checkpoints::Every);
    let given = |graph: &pipe_core::graph::Graph| {
        let nodes = graph.nodes.iter();
        let given = nodes.map(|node| (node.options.checkpoint, node.options.checkpoint_is_given));
        given.collect::<Vec<_>>()
    };
    assert_eq!(given(bounded.graph()), [(false, true), (true, true)]);
    assert_eq!(given(every(rows()).graph()), [(true, false)]);
}
