//! How checkpoints are stored is no part of keys: what was stored in one way is valid in all others.

use pipe_core::prelude::*;
use pipe_core::testing::{TestStore, assert_frames_equal, assert_nothing_to_run};
use pipe_core::{Code, Compression, Environment};

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
    let ways: [fn(Pipeline) -> Pipeline; 4] = [
        |it| it,
        |it| it.layers(false),
        |it| it.compression(Compression::Zstd(3)),
        |it| it.compression(Compression::Uncompressed),
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
    let [layer, whole, zstd, plain] = sizes[..] else {
        return Err("four ways".into());
    };
    // A column instead of four; and the settings are heard.
    assert!(2 * layer < whole, "{sizes:?}");
    assert!(zstd < layer && layer < plain, "{sizes:?}");
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
