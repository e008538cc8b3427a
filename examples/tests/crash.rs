//! Kills the `flights` pipeline in the middle, as a crash or an operator would, and runs it again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pipe_core::polars::prelude::*;

/// `node` → `outcome` of `run --json`.
type Outcomes = BTreeMap<String, String>;

fn flights(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flights"));
    command.arg("run").arg("--json").arg("--store").arg(store);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(store: &Path) -> Outcomes {
    let output = flights(store).output().expect("a run");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let nodes = report["nodes"].as_array().expect("nodes");
    let text = |node: &serde_json::Value, key: &str| node[key].as_str().expect(key).to_owned();
    nodes
        .iter()
        .map(|node| (text(node, "name"), text(node, "outcome")))
        .collect()
}

/// The nodes that have a commit record.
fn committed(store: &Path) -> Vec<String> {
    let mut nodes: Vec<_> = files(store, "json")
        .iter()
        .filter_map(|path| path.parent()?.file_name()?.to_str().map(str::to_owned))
        .filter(|folder| folder != "flights")
        .collect();
    nodes.sort();
    nodes
}

/// The files of the nodes with this extension.
fn files(store: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect()
    };
    let mut found: Vec<_> = entries(&store.join("flights"))
        .iter()
        .flat_map(|folder| entries(folder))
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

/// Waits until at least `count` nodes are committed, then kills the process without warning.
fn kill_after(mut child: Child, store: &Path, count: usize) {
    while committed(store).len() < count {
        assert!(
            child.try_wait().expect("a status").is_none(),
            "it ended before it was killed"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("SIGKILL");
    let status = child.wait().expect("a status");
    assert!(!status.success(), "it ended before it was killed");
}

#[test]
fn a_killed_run_goes_on_where_it_was_with_the_same_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let undisturbed = folder.path().join("undisturbed");
    let expected = run(&undisturbed);
    let nodes = committed(&undisturbed);
    assert_eq!(
        expected
            .values()
            .filter(|outcome| *outcome == "ran")
            .count(),
        expected.len()
    );

    let killed = folder.path().join("killed");
    // Once early, once late; the second kill hits a run that has resumed.
    for count in [1, nodes.len() / 2] {
        let child = flights(&killed).spawn().expect("a process");
        kill_after(child, &killed, count);
    }
    let done_before = committed(&killed);
    assert!(done_before.len() >= nodes.len() / 2 && done_before.len() < nodes.len());

    let resumed = run(&killed);
    // A node without checkpoint has nothing to come back to.
    for (node, outcome) in resumed.iter().filter(|(node, _)| nodes.contains(node)) {
        let was_done = done_before.contains(node);
        match outcome.as_str() {
            "ran" => assert!(!was_done, "{node} ran again"),
            "reused" | "skipped" => assert!(was_done, "{node} was not run"),
            other => panic!("{node} is {other}"),
        }
    }

    // To the row, and with nothing left over.
    assert_eq!(committed(&killed), nodes);
    assert_eq!(files(&killed, "staged"), Vec::<PathBuf>::new());
    let (expected, found) = (files(&undisturbed, "parquet"), files(&killed, "parquet"));
    assert_eq!(expected.len(), found.len());
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(
            expected.strip_prefix(&undisturbed).ok(),
            found.strip_prefix(&killed).ok()
        );
        assert!(
            read(expected).equals_missing(&read(found)),
            "{} differs",
            found.display()
        );
    }
}

fn read(path: &Path) -> DataFrame {
    ParquetReader::new(std::fs::File::open(path).expect("a file"))
        .finish()
        .expect("a frame")
}
