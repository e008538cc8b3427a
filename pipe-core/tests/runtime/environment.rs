//! The build as part of keys.

use std::sync::Mutex;

use pipe_core::{Environment, Event, Packages, Pipeline};

use crate::common::*;

const OLD: &str = "memchr 2.7.0\npolars 0.55.2\nregex 1.10.0\nserde 1.0.1\n";
const REGEX: &str = "memchr 2.7.0\npolars 0.55.2\nregex 1.11.0\nserde 1.0.1\n";
const MANY: &str = "memchr 2.8.0\npolars 0.55.2\nregex 1.11.0\nryu 1.0.0\n";

struct Builds {
    scratch: Scratch,
    step: Act,
}

impl Builds {
    fn new() -> Self {
        Self {
            scratch: Scratch::new(),
            step: Act::plus(1),
        }
    }

    /// The pipeline as a program of these packages has it.
    fn build(&self, environment: Environment, packages: Option<&'static str>) -> Pipeline {
        Pipeline::builder("test")
            .environment(environment)
            .packages(Packages::found(packages))
            .input("numbers", Table::numbers(&[1]))
            .step("first", self.step.clone())
            .step("plan", Act::plus(10))
            .checkpoint(false)
            .step("last", Act::plus(100))
            .build()
            .unwrap()
            .store(self.scratch.path())
    }

    fn locked(&self, packages: &'static str) -> Pipeline {
        self.build(Environment::Lockfile, Some(packages))
    }

    /// Why the last node would run; nothing if it would not.
    fn reason(pipeline: &Pipeline) -> String {
        let plan = pipeline.plan().unwrap();
        let node = &plan.nodes[2];
        match node.action {
            pipe_core::Action::Reuse => String::new(),
            _ => node.reason.clone(),
        }
    }
}

#[test]
fn an_upgrade_runs_everything_again_and_is_named() -> Tested {
    let builds = Builds::new();
    builds.locked(OLD).run()?;
    assert_eq!(Builds::reason(&builds.locked(OLD)), "");
    assert_eq!(
        Builds::reason(&builds.locked(REGEX)),
        "package regex 1.10.0 -> 1.11.0"
    );
    assert_eq!(
        Builds::reason(&builds.locked(MANY)),
        "packages memchr 2.7.0 -> 2.8.0, regex 1.10.0 -> 1.11.0, ryu 1.0.0 is new and 1 other"
    );
    let run = builds.locked(REGEX).run()?;
    assert_eq!(
        told(run.report()),
        [
            "first: Ran (package regex 1.10.0 -> 1.11.0)",
            "plan: Ran (is not stored)",
            "last: Ran (package regex 1.10.0 -> 1.11.0)",
        ]
    );
    // Going back to the old build needs no run.
    assert_eq!(Builds::reason(&builds.locked(OLD)), "");
    assert_eq!(builds.step.calls(), 2);
    Ok(())
}

#[test]
fn a_record_has_the_digest_of_the_packages_and_the_store_their_list() -> Tested {
    let builds = Builds::new();
    builds.locked(OLD).run()?;
    let record = std::fs::read_to_string(builds.scratch.only_file("last", "json"))?;
    assert!(!record.contains("memchr"), "{record}");
    let list = builds.scratch.only_file("packages", "txt");
    assert_eq!(std::fs::read_to_string(&list)?, OLD);

    // Other lists are not believed, and a lost one costs the names only.
    for damage in [Some(REGEX), Some(""), None] {
        match damage {
            Some(text) => std::fs::write(&list, text)?,
            None => std::fs::remove_file(&list)?,
        }
        assert_eq!(Builds::reason(&builds.locked(REGEX)), "packages changed");
        assert_eq!(Builds::reason(&builds.locked(OLD)), "");
    }
    // It comes back with the next run of that build.
    builds.locked(OLD).run()?;
    assert_eq!(std::fs::read_to_string(&list)?, OLD);
    // It is no checkpoint.
    assert_eq!(builds.locked(OLD).clear_all()?, ["first", "last"]);
    Ok(())
}

#[test]
fn what_of_the_build_counts_is_a_choice() -> Tested {
    use Environment::{Lockfile, None, Polars};

    for environment in [Polars, None] {
        let builds = Builds::new();
        builds.build(environment, Some(OLD)).run()?;
        for packages in [Some(REGEX), Option::None] {
            assert_eq!(Builds::reason(&builds.build(environment, packages)), "");
        }
        assert!(builds.scratch.files("packages", "txt").is_empty());
    }
    let builds = Builds::new();
    builds.locked(OLD).run()?;
    assert_eq!(
        Builds::reason(&builds.build(Polars, Option::None)),
        "environment: packages do not count any more"
    );
    let none = Builds::reason(&builds.build(None, Option::None));
    assert!(
        none.contains("environment: polars does not count any more"),
        "{none}"
    );
    builds.build(Polars, Option::None).run()?;
    assert_eq!(Builds::reason(&builds.build(Lockfile, Some(OLD))), "");
    builds.locked(OLD).clear_all()?;
    builds.build(Polars, Option::None).run()?;
    assert_eq!(
        Builds::reason(&builds.locked(OLD)),
        "environment: packages count now"
    );
    Ok(())
}

/// The warnings of a run.
fn warnings(pipeline: Pipeline) -> Vec<String> {
    let warnings = std::sync::Arc::new(Mutex::new(Vec::new()));
    let told = warnings.clone();
    let pipeline = pipeline.on_event(move |event| {
        if let Event::Warning { message } = event {
            told.lock().unwrap().push(message.clone());
        }
    });
    pipeline.run().unwrap();
    warnings.lock().unwrap().clone()
}

#[test]
fn packages_that_nobody_knows_are_told_of_once_in_each_run() -> Tested {
    let builds = Builds::new();
    let unknown = || builds.build(Environment::Lockfile, None);
    for _ in 0..2 {
        let warnings = warnings(unknown());
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].contains("no Cargo.lock was found"),
            "{warnings:?}"
        );
        assert!(warnings[0].contains("help: "), "{warnings:?}");
    }
    assert_eq!(Builds::reason(&unknown()), "");
    assert_eq!(Builds::reason(&builds.locked(OLD)), "packages changed");
    assert!(warnings(builds.locked(OLD)).is_empty());
    assert!(warnings(builds.build(Environment::Polars, None)).is_empty());

    let not_given = Pipeline::builder("test")
        .input("numbers", Table::numbers(&[1]))
        .step("first", Act::plus(1))
        .build()?
        .store(builds.scratch.path());
    let warnings = warnings(not_given);
    assert!(
        warnings[0].contains(".packages(pipe_core::packages!())"),
        "{warnings:?}"
    );
    Ok(())
}

#[test]
fn the_packages_of_this_crate_are_found() {
    let packages = format!("{:?}", pipe_core::packages!());
    for name in ["polars 0.", "serde 1."] {
        assert!(packages.contains(name), "{packages}");
    }
}
