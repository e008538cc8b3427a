//! A secret is nowhere: every file of a store, everything that is printed and logged is searched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipe_core::prelude::*;
use tempfile::TempDir;

const TOKEN: &str = "hunter2-7f3a9c";
const OTHER: &str = "hunter3-81bb0d";
const PIN: &str = "47111";

/// A folder with the input, and the store.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        fs::write(place.path("rows.csv"), "n\n1\n2\n").expect("a file");
        fs::write(place.path("token"), format!("{TOKEN}\n")).expect("a file");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the program and makes sure that it prints no secret. `@` stands for this folder.
    fn call(&self, line: &str) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_secretive"))
            .args(
                line.split_whitespace()
                    .map(|word| word.replace('@', &self.path("").display().to_string())),
            )
            .current_dir(self.0.path())
            .env("TOKEN_OF_TEST", TOKEN)
            .env("RUST_LOG", "trace")
            .output()
            .expect("a process");
        for (stream, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            assert_hidden(bytes, &format!("{line}: {stream}"));
        }
        output
    }

    /// Runs it with a token, and returns what it printed.
    fn with_token(&self, line: &str) -> String {
        let output = self.call(&format!("{line} --numbers @rows.csv --token {TOKEN}"));
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Makes sure that no file of the store has a secret, and returns how many there are.
    fn search_store(&self) -> usize {
        files(&self.path("checkpoints"))
            .iter()
            .map(|path| {
                let bytes = fs::read(path).expect("a file");
                assert_hidden(&bytes, &path.display().to_string());
            })
            .count()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn assert_hidden(bytes: &[u8], place: &str) {
    for secret in [TOKEN, OTHER, PIN, "47_110"] {
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(
            !found,
            "{secret} is in {place}:\n{}",
            String::from_utf8_lossy(bytes)
        );
    }
}

/// The only record of a node.
fn record(place: &Place, node: &str) -> serde_json::Value {
    let mut records = files(&place.path("checkpoints").join("fetched").join(node));
    records.retain(|path| path.extension().is_some_and(|end| end == "json"));
    assert_eq!(records.len(), 1, "{records:?}");
    serde_json::from_slice(&fs::read(&records[0]).expect("a record")).expect("JSON")
}

#[test]
fn secrets_are_in_no_file_and_in_nothing_that_is_printed() {
    let place = Place::new();
    let run = place.with_token("run --json");
    assert!(run.contains("\"status\":\"succeeded\""), "{run}");
    for line in [
        "run -vv",
        "run --no-resume -vv",
        "run --json -vv",
        "plan",
        "plan --json",
        "status",
        "status --json",
        "show unlocked",
        "show fetched --json",
        "graph",
        "graph --format mermaid",
        "graph --format dot",
        "graph --json",
        "check",
        "check -vv",
        "lock --lock-file @contracts.lock",
    ] {
        place.with_token(line);
    }
    for line in ["--help", "run --help", "-h", ""] {
        place.call(line);
    }
    assert_hidden(
        &fs::read(place.path("contracts.lock")).expect("a file"),
        "contracts.lock",
    );
    // Records, data, two logs and more.
    assert!(place.search_store() >= 8);
}

#[test]
fn secrets_are_in_no_error() {
    let place = Place::new();
    for how in ["refused", "panic"] {
        for flags in ["", " --json", " -vv"] {
            let line = format!("run{flags} --numbers @rows.csv --token {TOKEN} --how {how}");
            let output = place.call(&line);
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(error.contains("***, ***"), "{error}");
        }
    }
    for (line, problem) in [
        (
            format!("--token {TOKEN} --pin {OTHER}"),
            "--pin: not a `Secret<u16>`; its value is not shown",
        ),
        (
            format!("--token {TOKEN} --pin file:@token"),
            "--pin: not a `Secret<u16>`; its value is not shown",
        ),
        (
            "--token env:NO_SUCH_VARIABLE".to_owned(),
            "--token env:NO_SUCH_VARIABLE: there is no environment variable of this name",
        ),
        (
            "--token file:no/such/file".to_owned(),
            "--token file:no/such/file: cannot be read",
        ),
        (String::new(), "argument --token is missing"),
        (
            format!("--token {TOKEN} --token {OTHER}"),
            "cannot be used multiple times",
        ),
        (format!("--tokn {TOKEN}"), "unexpected argument '--tokn'"),
    ] {
        let output = place.call(format!("run --numbers @rows.csv {line}").trim_end());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(problem), "{error}");
    }
    place.search_store();
}

#[test]
fn another_secret_runs_the_step_again_and_says_so() {
    let place = Place::new();
    place.with_token("run");
    // The same one, from elsewhere.
    for token in ["env:TOKEN_OF_TEST", "file:@token"] {
        let output = place.call(&format!("plan --numbers @rows.csv --token {token}"));
        let plan = String::from_utf8_lossy(&output.stdout);
        assert!(plan.contains("reuse  unlocked"), "{plan}");
    }
    let output = place.call(&format!("plan --numbers @rows.csv --token {OTHER} --pin 1"));
    let plan = String::from_utf8_lossy(&output.stdout);
    assert!(plan.contains("run  fetched "), "{plan}");
    assert!(plan.contains("parameter token changed (secret)"), "{plan}");
    assert!(plan.contains("parameter pin changed (secret)"), "{plan}");
    place.call(&format!("run -vv --numbers @rows.csv --token {OTHER}"));
    place.search_store();
}

#[test]
fn records_of_two_stores_have_different_digests_of_one_secret() {
    let digest = || {
        let place = Place::new();
        place.with_token("run");
        let record = record(&place, "fetched");
        let digest = record["parts"]["node"]["own"]["secrets"]["token"]
            .as_str()
            .map(str::to_owned);
        digest.expect("a digest")
    };
    let digests = [digest(), digest()];
    assert_eq!(digests[0].len(), 64);
    assert_ne!(digests[0], digests[1]);
}

#[test]
fn looking_makes_no_key_and_a_lost_key_is_a_miss() {
    let place = Place::new();
    let plan = place.with_token("plan");
    assert!(plan.contains("no checkpoint"), "{plan}");
    place.with_token("status");
    assert!(!place.path("checkpoints").exists());

    place.with_token("run");
    let key = place.path("checkpoints/fetched/secret.key");
    assert_eq!(fs::read(&key).expect("the key").len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&key).expect("the key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for damage in [
        |key: &Path| fs::write(key, "torn"),
        |key: &Path| fs::remove_file(key),
    ] {
        damage(&key).expect("damage");
        let plan = place.with_token("plan");
        assert!(plan.contains("parameter token changed (secret)"), "{plan}");
        place.with_token("run");
        assert_eq!(fs::read(&key).expect("the key").len(), 32);
        let plan = place.with_token("plan");
        assert!(plan.contains("reuse  unlocked"), "{plan}");
    }
}

/// A pipeline without secrets has no key for them.
#[test]
fn a_key_is_made_only_where_it_is_needed() -> Result<(), Box<dyn std::error::Error>> {
    let place = Place::new();
    let pipeline = Pipeline::builder("plain")
        .packages(pipe_core::packages!())
        .source("rows", place.path("rows.csv"))
        .step("known", pipe_core::steps::DropNulls::all())
        .build()?
        .store(place.path("checkpoints"));
    pipeline.run()?;
    assert!(!place.path("checkpoints/plain/secret.key").exists());
    Ok(())
}

#[step]
fn named(rows: LazyFrame, token: Secret<String>) -> Result<LazyFrame, StepError> {
    drop(rows);
    Err(format!("{token}").into())
}

#[test]
fn what_holds_a_secret_can_be_shown() -> Result<(), StepError> {
    struct ByHand(Secret<String>);

    #[step]
    impl Step for ByHand {
        fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
            parameters.add("token", &self.0)
        }

        fn process(&self, _: Inputs) -> Result<StepOutput, StepError> {
            Err(format!("{:?}", self.0).into())
        }
    }

    let place = Place::new();
    let token = || Secret::new(TOKEN.to_owned());
    let step = NamedStep { token: token() };
    let mut parameters = Parameters::default();
    step.parameters(&mut parameters)?;
    parameters.add("nested", &Secret::new(Some(vec![(TOKEN.to_owned(), 1)])))?;
    assert!(parameters.values().is_empty());
    assert_hidden(
        format!("{parameters:?}").as_bytes(),
        "Debug of the parameters",
    );
    let pipeline = Pipeline::builder("shown")
        .source("rows", place.path("rows.csv"))
        .step("by_macro", step)
        .step_on("by_hand", ByHand(token()), ["rows"])
        .outputs(["by_macro", "by_hand"])
        .build()?
        .store(place.path("checkpoints"))
        .on_event(|event| {
            assert_hidden(format!("{event:?}").as_bytes(), "an event");
            let json = serde_json::to_vec(event).expect("JSON");
            assert_hidden(&json, "an event");
        });
    assert_hidden(format!("{pipeline:?}").as_bytes(), "Debug of the pipeline");
    let plan = pipeline.plan()?;
    assert_hidden(format!("{plan:?}").as_bytes(), "the plan");
    let error = pipeline.run().expect_err("two steps that fail");
    assert_hidden(format!("{error} {error:?}").as_bytes(), "the error");
    let status = pipeline.status()?;
    assert_hidden(format!("{status:?}").as_bytes(), "the status");
    place.search_store();
    Ok(())
}
