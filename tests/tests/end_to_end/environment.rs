//! What of the build counts, said in `pipeline!`.

use std::fs;

use pipe_core::prelude::*;
use pipe_core::{Environment, Packages};

mod steps {
    use pipe_core::prelude::*;

    #[derive(Schema)]
    pub(crate) struct Row {
        pub n: i64,
    }

    #[step]
    pub(crate) fn all(rows: LazyFrame) -> LazyFrame {
        rows
    }
}

use steps::{Row, all};

pipeline! {
    fn locked(rows: Frame<Row>) -> LazyFrame {
        let all = all(rows);
        all
    }

    /// Documentation and lints are no options.
    #[environment(polars)]
    #[allow(dead_code, reason = "a lint, to show that it is no option")]
    fn of_polars(rows: Frame<Row>) -> LazyFrame {
        let all = all(rows);
        all
    }

    #[environment(none)]
    fn of_nothing(rows: Frame<Row>) -> LazyFrame {
        let all = all(rows);
        all
    }

    #[environment(lockfile)]
    fn locked_too(rows: Frame<Row>) -> LazyFrame {
        let all = all(rows);
        all
    }
}

/// The names of what is recorded of the build.
fn recorded<D: PipelineDef>(pipeline: Pipeline<D>) -> Vec<String> {
    let store = tempfile::tempdir().expect("a folder");
    let pipeline = pipeline.store(store.path()).on_event(|event| {
        assert!(
            !matches!(event, pipe_core::Event::Warning { .. }),
            "{event:?}"
        );
    });
    pipeline.run().expect("a run");
    let node = store.path().join(D::NAME).join("all");
    let mut files = fs::read_dir(node)
        .expect("a folder")
        .map(|file| file.expect("a file").path());
    let record = files.find(|path| path.extension().is_some_and(|end| end == "json"));
    let record = fs::read(record.expect("a record")).expect("a record");
    let record: serde_json::Value = serde_json::from_slice(&record).expect("JSON");
    let environment = &record["parts"]["node"]["own"]["environment"];
    environment
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect()
}

fn rows() -> Vec<Row> {
    vec![Row { n: 1 }]
}

#[test]
fn the_environment_is_what_stands_above_the_pipeline() {
    assert_eq!(LockedPipeline::ENVIRONMENT, Environment::Lockfile);
    assert_eq!(LockedTooPipeline::ENVIRONMENT, Environment::Lockfile);
    assert_eq!(OfPolarsPipeline::ENVIRONMENT, Environment::Polars);
    assert_eq!(OfNothingPipeline::ENVIRONMENT, Environment::None);

    let all = ["packages", "pipe-core", "polars", "store format"];
    assert_eq!(recorded(locked(rows())), all);
    assert_eq!(recorded(locked_too(rows())), all);
    assert_eq!(recorded(of_polars(rows())), all[1..]);
    assert_eq!(recorded(of_nothing(rows())), all[3..]);
}

#[test]
fn the_packages_are_those_that_the_lock_file_has() {
    assert_eq!(LockedPipeline::PACKAGES, pipe_core::packages!());
    assert_ne!(LockedPipeline::PACKAGES, Packages::default());
    let list = format!("{:?}", LockedPipeline::PACKAGES);
    // Of this workspace, of a registry; not the crate itself.
    for package in ["pipe-core 0.", "polars-core 0.", "serde 1."] {
        assert!(list.contains(package), "{list}");
    }
    assert!(!list.contains("pipe-tests 0."), "{list}");
}
